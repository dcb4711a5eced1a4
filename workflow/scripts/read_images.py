"""Read the cohort with one trained image model."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    import shutil

    from smallmass.cohort.paths import placed
    from smallmass.files import read_csv, write_csv
    from smallmass.image_model.cases import cases_to_read
    from smallmass.image_model.reading import open_model, read_cases
    from smallmass.progress import logged
    from smallmass.settings.picking import chosen

    model = open_model(paths_in.weights, paths_in.model)
    cases = cases_to_read(
        cohort=placed(read_csv(paths_in.cohort), params.folders),
        split=read_csv(paths_in.split),
        folds=read_csv(paths_in.folds),
        fit=snakemake.wildcards.fit,
    )
    detections = read_cases(
        model,
        cases,
        root="",
        images=paths_in.images,
        transforms=read_csv(paths_in.transforms),
        mirrored=chosen(params.settings).image_model.mirrored,
        progress=logged(log, "images read"),
    )
    write_csv(paths_out.detections, detections)
    shutil.rmtree(params.checkpoints, ignore_errors=True)  # there may be none
