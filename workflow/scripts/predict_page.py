"""Write the page of the new images."""

from pathlib import Path

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv, write_text
    from smallmass.prediction.page import page
    from smallmass.settings.picking import chosen

    html = page(
        read_csv(paths_in.predictions),
        read_csv(paths_in.problems),
        Path(paths_out.page).parent,
        study=params.study,
        pictures=chosen(params.settings).page.pictures,
    )
    write_text(paths_out.page, html)
    log.info("The page: %s", Path(paths_out.page).resolve().as_uri())
