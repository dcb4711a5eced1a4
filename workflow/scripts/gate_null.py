"""Write what the gate gains when the second look knows nothing."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.evaluation.nulls import gate_null
    from smallmass.files import read_csv, write_csv
    from smallmass.settings.picking import chosen
    from smallmass.status import read_record

    table = gate_null(
        read_csv(paths_in.predictions),
        read_csv(paths_in.cohort),
        read_csv(paths_in.folds),
        read_record(paths_in.operating_points),
        chosen(params.settings),
        read_csv(paths_in.cross_scores),
    )
    write_csv(paths_out.gate_null, table)
    log.info("%d draws", len(table))
