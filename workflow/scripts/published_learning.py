"""Make table and figure of the learning curve, of published cases: nothing is trained."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from pathlib import Path

    from smallmass.files import write_csv
    from smallmass.paper.writing import write_table
    from smallmass.published.retrained import read_part_cases
    from smallmass.retrained.curve import NAME, curve_numbers
    from smallmass.retrained.learning_figure import draw
    from smallmass.retrained.printed import learning_table, notes

    known = read_part_cases(Path(params.folder), NAME)
    numbers = curve_numbers(known.cases, known.confidence)
    write_csv(paths_out.numbers, numbers)
    beneath = [*known.notes, *notes(known.confidence, known.left_out)]
    table = learning_table(numbers, beneath)
    write_table(table, csv=paths_out.csv, md=paths_out.md, tex=paths_out.tex)
    draw(numbers, beneath, svg=paths_out.svg, png=paths_out.png)
    log.info("%d readings: see %s", len(known.cases), paths_out.md)
