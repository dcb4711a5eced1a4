"""Write the page of what was understood of a hospital's folder."""

from pathlib import Path

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.cohort.understood import page
    from smallmass.files import read_csv, write_text
    from smallmass.progress import logged
    from smallmass.settings.picking import chosen

    cases = read_csv(paths_in.candidates)
    html = page(
        cases[cases["cohort"] == params.cohort],
        read_csv(paths_in.integrity),
        Path(params.root),
        Path(params.table),
        chosen(params.settings).cohort,
        workers=snakemake.threads,
        progress=logged(log, "images drawn"),
    )
    write_text(paths_out.page, html)
