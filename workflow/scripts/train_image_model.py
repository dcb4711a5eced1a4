"""Train the image model of one seed and fit."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv
    from smallmass.image_model.training import save_model, train_image_model
    from smallmass.settings.picking import chosen
    from smallmass.start.loading import open_start

    settings, start = chosen(params.settings), params.get("start")
    trained = train_image_model(
        cohort=read_csv(paths_in.cohort),
        split=read_csv(paths_in.split),
        folds=read_csv(paths_in.folds),
        images=paths_in.images,
        masks=paths_in.masks,
        transforms=read_csv(paths_in.transforms),
        settings=settings,
        number=int(snakemake.wildcards.seed),
        fit=snakemake.wildcards.fit,
        start=open_start(start, params.start_files, settings.image_model) if start else None,
        checkpoints=params.checkpoints,
        code=params.code,
        events=params.events,
        log=log,
    )
    save_model(trained, paths_out)
