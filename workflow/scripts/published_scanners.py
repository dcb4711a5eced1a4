"""Make the table of scanners that models never saw, of published cases: nothing is trained."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from pathlib import Path

    from smallmass.files import write_csv
    from smallmass.paper.writing import write_table
    from smallmass.published.retrained import read_part_cases
    from smallmass.retrained.drop import NAME, by_scanner
    from smallmass.retrained.printed import notes, scanners_table

    known = read_part_cases(Path(params.folder), NAME)
    numbers, differ = by_scanner(known.cases, known.trained_on, known.confidence)
    write_csv(paths_out.numbers, numbers)
    write_csv(paths_out.differ, differ)
    beneath = [*known.notes, *notes(known.confidence, known.left_out)]
    table = scanners_table(numbers, differ, beneath)
    write_table(table, csv=paths_out.csv, md=paths_out.md, tex=paths_out.tex)
    log.info("%d lesions: see %s", len(known.cases), paths_out.md)
