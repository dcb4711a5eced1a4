"""Make tables and figures of published predictions: nothing is trained or read."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from pathlib import Path

    from smallmass.files import write_csv
    from smallmass.paper.writing import write_table
    from smallmass.published.cases import read_published
    from smallmass.published.figure import draw
    from smallmass.published.summary import printed, summary
    from smallmass.settings.picking import chosen

    settings = chosen(params.settings)
    files = {Path(path).stem: read_published(path) for path in paths_in.files}
    confidence = settings.evaluation.confidence
    table = summary(files, settings.cohort, confidence)
    write_csv(paths_out.numbers, table)
    page = printed(table, files, confidence)
    write_table(page, csv=paths_out.csv, md=paths_out.md, tex=paths_out.tex)
    draw(files, table, settings.cohort, svg=paths_out.svg, png=paths_out.png)
    sets = table[["file", "cohort", "subset"]].drop_duplicates()
    log.info("%d files, %d sets of lesions: see %s", len(files), len(sets), paths_out.md)
