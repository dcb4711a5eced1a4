"""Make the phantoms: images, outlines, their table and their manifest."""

from pathlib import Path

from common import job

with job(snakemake) as (_, paths_out, params, log):
    from smallmass.phantom.cohort import make_cohort
    from smallmass.progress import logged
    from smallmass.settings.picking import chosen

    settings = chosen(params.settings)
    make_cohort(
        Path(paths_out.table).parent,
        n=settings.cohort.n,
        image_px=settings.cohort.image_px,
        seed=settings.seed,
        workers=snakemake.threads,
        progress=logged(log, "phantoms"),
    )
