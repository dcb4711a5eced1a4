"""Print Table 1: the clinical characteristics of each data set."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv, read_json
    from smallmass.paper.page_notes import PageNotes
    from smallmass.paper.table1 import table1
    from smallmass.paper.writing import write_table
    from smallmass.settings.picking import chosen

    table = table1(
        cohort=read_csv(paths_in.cohort),
        split=read_csv(paths_in.split),
        notes=PageNotes(**read_json(paths_in.notes)),
        limits=chosen(params.settings).cohort,
    )
    write_table(table, csv=paths_out.csv, md=paths_out.md, tex=paths_out.tex)
