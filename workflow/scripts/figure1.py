"""Draw Figure 1: the architecture, with a training case's prepared image and mask."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from pathlib import Path

    from smallmass.files import read_csv, read_json
    from smallmass.paper.figure1 import draw, example_case, unknown
    from smallmass.paper.page_notes import PageNotes
    from smallmass.settings.picking import chosen

    settings = chosen(params.settings)
    cohort = read_csv(paths_in.cohort)
    case = example_case(cohort, read_csv(paths_in.split))
    log.info("picture: training case %s", case)
    notes = PageNotes(**read_json(paths_in.notes))
    draw(
        image_png=Path(paths_in.images, f"{case}.png"),
        mask_png=Path(paths_in.masks, f"{case}.png"),
        settings=settings,
        notes=notes.every + notes.density + notes.factors,
        svg=paths_out.svg,
        png=paths_out.png,
        no_input=unknown(cohort, settings),
    )
