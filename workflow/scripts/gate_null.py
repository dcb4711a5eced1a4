"""Write what the gate gains when the second look knows nothing."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.evaluation.nulls import gate_null
    from smallmass.files import read_csv, write_csv
    from smallmass.settings.picking import chosen
    from smallmass.status import read_record

    table = gate_null(
        predictions=read_csv(paths_in.predictions),
        cohort=read_csv(paths_in.cohort),
        folds=read_csv(paths_in.folds),
        operating_points=read_record(paths_in.operating_points),
        settings=chosen(params.settings),
        cross_scores=read_csv(paths_in.cross_scores),
    )
    write_csv(paths_out.gate_null, table)
    log.info("%d draws", len(table))
