"""Draw Figure 2: the ROC curves."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv, read_json
    from smallmass.paper.figure2 import draw
    from smallmass.paper.page_notes import PageNotes

    draw(
        roc=read_csv(paths_in.roc),
        performance=read_csv(paths_in.performance),
        notes=PageNotes(**read_json(paths_in.notes)).every,
        svg=paths_out.svg,
        png=paths_out.png,
    )
