"""Read test and validation cases with the classifier from labels alone, and see where it points."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv, write_csv
    from smallmass.progress import logged
    from smallmass.rivals.rival import write_part
    from smallmass.settings.picking import chosen
    from smallmass.weak.lesions import localised, map_table
    from smallmass.weak.part import cases_to_read, weak_part
    from smallmass.weak.training import open_weak

    settings = chosen(params.settings)
    cohort, predictions = read_csv(paths_in.cohort), read_csv(paths_in.predictions)
    model, config, record = open_weak(paths_in.weights, paths_in.model)
    from smallmass.weak.reading import read_images

    cases = cases_to_read(cohort, read_csv(paths_in.split), settings.operating_point)
    readings = read_images(
        model,
        config,
        list(cases["case_id"]),
        paths_in.images,
        mirrored=settings.image_model.mirrored,
        progress=logged(log, "images read"),
    )
    lesions, share = localised(cases, readings.maps, paths_in.masks)
    maps = map_table(
        lesions,
        read_csv(paths_in.scores),
        predictions=predictions,
        cohort=cohort,
        limits=settings.cohort,
        confidence=settings.evaluation.confidence,
    )
    part = weak_part(
        cases.assign(score=readings.score), predictions, record, share, settings.operating_point
    )
    write_csv(paths_out.lesions, lesions)
    write_csv(paths_out.maps, maps)
    write_part(part, scores=paths_out.part, record=paths_out.record)
    for row in maps.itertuples():
        log.info("%s, %s: %s %.3f", row.subset, row.group, row.metric, row.estimate)
