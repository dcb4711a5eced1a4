"""Choose the operating points, fit the combined models, and call every case."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.combined.scores import analysed, join_scores
    from smallmass.combined.study import fit_combined
    from smallmass.files import read_csv, write_csv, write_json
    from smallmass.settings.picking import chosen
    from smallmass.status import read_record

    settings = chosen(params.settings)
    folds = read_csv(paths_in.folds)
    table = join_scores(
        cohort=read_csv(paths_in.cohort),
        split=read_csv(paths_in.split),
        folds=folds,
        image_scores=read_csv(paths_in.image_scores),
        clinical_scores=read_csv(paths_in.clinical_scores),
    )
    result = fit_combined(
        analysed(table, settings.evaluation),
        settings,
        settings.seed,
        folds=folds,
        part_scores=read_csv(paths_in.cross_scores),
        clinical_status=read_record(paths_in.clinical_model)["status"],
    )
    write_json(paths_out.regression, result.regression)
    write_json(paths_out.tree, result.tree)
    write_csv(paths_out.cross_calls, result.repeats)
    write_csv(paths_out.predictions, result.predictions)
    write_json(paths_out.operating_points, result.operating_points)
    for point in result.operating_points:
        cutoff = "no cut-off" if point["threshold"] is None else f"{point['threshold']:.4f}"
        log.info("%s: %s, %s", point["model"], cutoff, point["status"])
