"""Draw Figure 2: the ROC curves."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv
    from smallmass.paper.figure2 import draw
    from smallmass.paper.labels import page_notes

    performance = read_csv(paths_in.performance)
    notes = page_notes(read_csv(paths_in.cohort), params.study, params.settings)
    draw(read_csv(paths_in.roc), performance, notes, paths_out.svg, paths_out.png)
