"""Resize the cohort's images and outlines to the image model's squares."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.cohort.paths import placed
    from smallmass.cohort.prepare import prepare
    from smallmass.files import read_csv, write_csv
    from smallmass.progress import logged
    from smallmass.settings.picking import chosen

    settings = chosen(params.settings)
    transforms = prepare(
        placed(read_csv(paths_in.cohort), params.folders),
        "",
        paths_out.images,
        paths_out.masks,
        size_px=settings.image_model.size_px,
        resize=settings.cohort.resize,
        workers=snakemake.threads,
        progress=logged(log, "images resized"),
    )
    write_csv(paths_out.transforms, transforms)
