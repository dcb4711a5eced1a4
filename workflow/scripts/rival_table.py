"""Hold every rival against the study's models: one table, one forest plot."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv, read_json, write_csv
    from smallmass.paper.page_notes import PageNotes
    from smallmass.paper.writing import write_table
    from smallmass.rivals.comparison import rivals
    from smallmass.rivals.costs import core_minutes
    from smallmass.rivals.forest import draw
    from smallmass.rivals.printed import notes, rivals_table, verdict
    from smallmass.rivals.rival import read_part
    from smallmass.settings.picking import chosen

    settings = chosen(params.settings)
    parts = [
        read_part(scores=scores, record=record)
        for scores, record in zip(paths_in.scores, paths_in.records, strict=True)
    ]
    table = rivals(
        parts,
        predictions=read_csv(paths_in.predictions),
        cohort=read_csv(paths_in.cohort),
        settings=settings,
        costs=core_minutes(params.benchmarks, params.rules),
    )
    write_csv(paths_out.table, table)
    every = PageNotes(**read_json(paths_in.notes)).every
    beneath = [*every, *notes(parts, settings.evaluation.confidence)]
    page = rivals_table(table, beneath)
    write_table(page, csv=paths_out.csv, md=paths_out.md, tex=paths_out.tex)
    draw(table, beneath, svg=paths_out.svg, png=paths_out.png)
    log.info("%s", verdict(table))
    for part in parts:
        for why in part.left_out:
            log.info("Left out: %s", why)
