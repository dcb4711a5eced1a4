"""Write every proportion with its interval by every method."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.evaluation.intervals import intervals
    from smallmass.files import read_csv, write_csv
    from smallmass.settings.picking import chosen

    table = intervals(
        predictions=read_csv(paths_in.predictions),
        cohort=read_csv(paths_in.cohort),
        settings=chosen(params.settings),
    )
    write_csv(paths_out.intervals, table)
    log.info("%d intervals", table["ci_low"].notna().sum())
