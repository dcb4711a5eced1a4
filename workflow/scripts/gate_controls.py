"""Draw the gate's two controls beside what was observed."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv, read_json
    from smallmass.paper.gate_controls import draw
    from smallmass.paper.page_notes import PageNotes

    notes = PageNotes(**read_json(paths_in.notes)).every
    draw(
        draws=read_csv(paths_in.gate_null),
        performance=read_csv(paths_in.performance),
        notes=notes,
        svg=paths_out.svg,
        png=paths_out.png,
    )
