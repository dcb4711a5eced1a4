"""Write every model's metrics in every set of cases."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.evaluation.performance import performance
    from smallmass.files import read_csv, write_csv
    from smallmass.settings.picking import chosen
    from smallmass.status import read_record

    table = performance(
        predictions=read_csv(paths_in.predictions),
        scores=read_csv(paths_in.scores),
        cohort=read_csv(paths_in.cohort),
        operating_points=read_record(paths_in.operating_points),
        clinical_model=read_record(paths_in.clinical_model),
        settings=chosen(params.settings),
        repeats=read_csv(paths_in.cross_calls),
    )
    write_csv(paths_out.performance, table)
    log.info("%d estimates, %d not estimable", len(table), table["estimate"].isna().sum())
