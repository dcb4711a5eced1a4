"""Draw the gate's two controls beside what was observed."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv
    from smallmass.paper.gate_controls import draw
    from smallmass.paper.labels import page_notes

    notes = page_notes(read_csv(paths_in.cohort), params.study, params.settings)
    draw(
        read_csv(paths_in.gate_null),
        notes,
        paths_out.svg,
        paths_out.png,
        read_csv(paths_in.performance),
    )
