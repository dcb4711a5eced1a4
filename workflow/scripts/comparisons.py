"""Compare the image model with the combined models on the same lesions."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.evaluation.comparisons import comparisons
    from smallmass.files import read_csv, write_csv
    from smallmass.settings.picking import chosen
    from smallmass.status import read_record

    table = comparisons(
        predictions=read_csv(paths_in.predictions),
        cohort=read_csv(paths_in.cohort),
        operating_points=read_record(paths_in.operating_points),
        settings=chosen(params.settings),
    )
    write_csv(paths_out.comparisons, table)
    log.info("%d tests", table["p_value"].notna().sum())
