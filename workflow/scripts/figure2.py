"""Draw Figure 2: the ROC curves."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv, read_json
    from smallmass.paper.figure2 import draw
    from smallmass.paper.page_notes import PageNotes

    performance = read_csv(paths_in.performance)
    notes = PageNotes(**read_json(paths_in.notes)).every
    draw(read_csv(paths_in.roc), performance, notes, paths_out.svg, paths_out.png)
