"""Make table and forest plot of published rivals: nothing is trained or read."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from pathlib import Path

    from smallmass.files import write_csv
    from smallmass.paper.writing import write_table
    from smallmass.published.rivals import read_rivals
    from smallmass.rivals.comparison import rivals
    from smallmass.rivals.forest import draw
    from smallmass.rivals.printed import notes, rivals_table, verdict

    known = read_rivals(Path(params.folder))
    table = rivals(
        known.parts,
        predictions=known.predictions,
        cohort=known.predictions[["case_id", "diameter_cm"]],
        settings=known.settings,
        costs=known.costs,
    )
    write_csv(paths_out.table, table)
    beneath = [*known.notes, *notes(known.parts, known.settings.evaluation.confidence)]
    page = rivals_table(table, beneath)
    write_table(page, csv=paths_out.csv, md=paths_out.md, tex=paths_out.tex)
    draw(table, beneath, svg=paths_out.svg, png=paths_out.png)
    log.info("%s", verdict(table))
