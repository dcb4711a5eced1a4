"""Print Table 1: the clinical characteristics of each data set."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv
    from smallmass.paper.layout import write_table
    from smallmass.paper.table1 import table1

    table = table1(
        read_csv(paths_in.cohort),
        read_csv(paths_in.split),
        study=params.study,
        limits=params.limits,
    )
    write_table(table, paths_out.csv, paths_out.md, paths_out.tex)
