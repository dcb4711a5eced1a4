"""Resample patients and write percentile and BCa intervals of every metric."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.evaluation.bootstrap import bootstrap
    from smallmass.files import read_csv, write_csv
    from smallmass.settings.picking import chosen
    from smallmass.status import read_record

    table = bootstrap(
        read_csv(paths_in.predictions),
        read_csv(paths_in.cohort),
        read_record(paths_in.operating_points),
        read_record(paths_in.clinical_model),
        chosen(params.settings),
    )
    write_csv(paths_out.bootstrap, table)
    log.info("%d intervals", table["percentile_low"].notna().sum())
