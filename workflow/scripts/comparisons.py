"""Compare the image model with the combined models on the same lesions."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.evaluation.comparisons import comparisons
    from smallmass.files import read_csv, write_csv
    from smallmass.settings.picking import chosen
    from smallmass.status import read_record

    table = comparisons(
        read_csv(paths_in.predictions),
        read_csv(paths_in.cohort),
        read_record(paths_in.operating_points),
        chosen(params.settings),
    )
    write_csv(paths_out.comparisons, table)
    log.info("%d tests", table["p_value"].notna().sum())
