"""Write the page of what was understood of the cohort."""

from pathlib import Path

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.cohort.understood import page, parts_of
    from smallmass.files import read_csv, write_text
    from smallmass.progress import logged
    from smallmass.settings.picking import chosen

    cases = read_csv(paths_in.candidates)
    table = Path(params.table) if params.table else None
    html = page(
        cases,
        read_csv(paths_in.left_out),
        read_csv(paths_in.integrity),
        parts_of(cases, params.folders, table, chosen(params.settings)),
        workers=snakemake.threads,
        progress=logged(log, "cases drawn"),
    )
    write_text(paths_out.page, html)
    log.info("%s: %.1f MB", paths_out.page, len(html) / 1e6)
