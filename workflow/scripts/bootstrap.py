"""Resample patients and write percentile and BCa intervals of every metric."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.evaluation.bootstrap import bootstrap
    from smallmass.files import read_csv, write_csv
    from smallmass.settings.picking import chosen
    from smallmass.status import read_record

    table = bootstrap(
        predictions=read_csv(paths_in.predictions),
        cohort=read_csv(paths_in.cohort),
        operating_points=read_record(paths_in.operating_points),
        clinical_model=read_record(paths_in.clinical_model),
        settings=chosen(params.settings),
    )
    write_csv(paths_out.bootstrap, table)
    log.info("%d intervals", table["percentile_low"].notna().sum())
