"""Train an image classifier on labels alone: rivals/weak_model.h5."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv
    from smallmass.settings.picking import chosen
    from smallmass.weak.training import save_weak, train_weak

    trained = train_weak(
        cohort=read_csv(paths_in.cohort),
        split=read_csv(paths_in.split),
        images=paths_in.images,
        settings=chosen(params.settings),
        log=log,
    )
    save_weak(trained, weights=paths_out.weights, record=paths_out.model)
