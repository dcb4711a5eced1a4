"""Draw Figure 1: the architecture, with a training case's prepared image and mask."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from pathlib import Path

    from smallmass.files import read_csv
    from smallmass.paper.figure1 import draw, example_case, unknown
    from smallmass.paper.page_notes import NO_FACTORS, common, density_notes, no_factors

    cohort = read_csv(paths_in.cohort)
    case = example_case(cohort, read_csv(paths_in.split))
    log.info("picture: training case %s", case)
    notes = common(cohort, params.study, params.settings) + density_notes(cohort)
    if no_factors(cohort):
        notes.append(NO_FACTORS)
    draw(
        Path(paths_in.images, f"{case}.png"),
        Path(paths_in.masks, f"{case}.png"),
        params.settings,
        notes,
        paths_out.svg,
        paths_out.png,
        unknown(cohort, params.settings),
    )
