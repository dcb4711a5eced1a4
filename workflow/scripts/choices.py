"""Run the analysis under every combination of the paper's open choices."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.evaluation.choices import choices, left_out
    from smallmass.files import read_csv, write_csv
    from smallmass.image_model.scores import read_regions
    from smallmass.settings.picking import chosen
    from smallmass.status import read_record

    table = choices(
        predictions=read_csv(paths_in.predictions),
        detections=[read_regions(path) for path in paths_in.detections],
        cohort=read_csv(paths_in.cohort),
        folds=read_csv(paths_in.folds),
        operating_points=read_record(paths_in.operating_points),
        settings=chosen(params.settings),
    )
    write_csv(paths_out.choices, table)
    count, why = left_out(table)
    left = f", {count} left out: {'; '.join(why)}" if count else ""
    log.info("%d combinations%s", len(table), left)
