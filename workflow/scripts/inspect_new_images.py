"""Look at a folder of new images: its cases, and everything that is wrong with it."""

from pathlib import Path

from common import job

with job(snakemake) as (_, paths_out, params, log):
    from smallmass.cohort.findings import to_table
    from smallmass.files import write_csv
    from smallmass.prediction.folder import inspect_folder
    from smallmass.settings.picking import chosen

    settings = chosen(params.settings).cohort
    cases, findings = inspect_folder(Path(params.folder), settings, snakemake.threads)
    write_csv(paths_out.cases, cases)
    write_csv(paths_out.problems, to_table(findings))
    log.info("%d cases, %d problems: see %s", len(cases), len(findings), paths_out.problems)
