"""Train an image classifier on labels alone: rivals/weak_model.h5."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv
    from smallmass.settings.picking import chosen
    from smallmass.start.loading import open_start
    from smallmass.weak.training import save_weak, train_weak

    settings, start = chosen(params.settings), params.get("start")
    trained = train_weak(
        cohort=read_csv(paths_in.cohort),
        split=read_csv(paths_in.split),
        images=paths_in.images,
        settings=settings,
        log=log,
        start=open_start(start, params.start_files, settings.image_model) if start else None,
    )
    save_weak(trained, weights=paths_out.weights, record=paths_out.model)
