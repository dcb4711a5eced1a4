"""Print Table 2: the performance of the models, and every metric in a long form."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv, read_json, write_csv
    from smallmass.paper.page_notes import PageNotes
    from smallmass.paper.table2 import interval_method, long_form, table2, with_intervals
    from smallmass.paper.writing import write_table
    from smallmass.settings.picking import chosen
    from smallmass.status import read_record

    settings = chosen(params.settings)
    performance = with_intervals(
        read_csv(paths_in.performance),
        read_csv(paths_in.intervals),
        interval_method(settings),
    )
    table = table2(
        performance=performance,
        comparisons=read_csv(paths_in.comparisons),
        operating_points=read_record(paths_in.operating_points),
        settings=settings,
        notes=PageNotes(**read_json(paths_in.notes)),
    )
    write_table(table, csv=paths_out.csv, md=paths_out.md, tex=paths_out.tex)
    write_csv(paths_out.long, long_form(performance))
