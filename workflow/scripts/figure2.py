"""Draw Figure 2: the ROC curves."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv
    from smallmass.paper.figure2 import draw
    from smallmass.paper.page_notes import common

    performance = read_csv(paths_in.performance)
    notes = common(read_csv(paths_in.cohort), params.study, params.settings)
    draw(read_csv(paths_in.roc), performance, notes, paths_out.svg, paths_out.png)
