"""Make the phantoms: images, outlines, their table and their manifest."""

from pathlib import Path

from common import job

with job(snakemake) as (_, paths_out, params, log):
    from smallmass.cohort.parallel import logged
    from smallmass.phantom.cohort import make_cohort

    make_cohort(
        Path(paths_out.table).parent,
        n=params.settings["cohort"]["n"],
        image_px=params.settings["cohort"]["image_px"],
        seed=params.settings["seed"],
        workers=snakemake.threads,
        progress=logged(log, "phantoms"),
    )
