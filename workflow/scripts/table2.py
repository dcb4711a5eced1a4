"""Print Table 2: the performance of the models, and every metric in a long form."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv, write_csv
    from smallmass.paper.table2 import long_form, table2, with_intervals
    from smallmass.paper.writing import write_table
    from smallmass.status import read_record

    performance = read_csv(paths_in.performance)
    performance = with_intervals(
        performance, read_csv(paths_in.intervals), params.settings["table2"]["interval"]
    )
    table = table2(
        performance,
        read_csv(paths_in.comparisons),
        read_record(paths_in.operating_points),
        params.settings,
        cohort=read_csv(paths_in.cohort),
        study=params.study,
    )
    write_table(table, csv=paths_out.csv, md=paths_out.md, tex=paths_out.tex)
    write_csv(paths_out.long, long_form(performance))
