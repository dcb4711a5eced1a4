"""Draw the specification curve: what every combination of choices gives."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from diagnostic_accuracy.clustered_paired import of_counts
    from smallmass.evaluation.published import Published
    from smallmass.files import read_csv, read_json
    from smallmass.paper.page_notes import PageNotes
    from smallmass.paper.specification_curve import draw

    draw(
        read_csv(paths_in.choices),
        Published(read_csv(paths_in.published)),
        of_counts(params.settings["evaluation"]["mcnemar"]),
        PageNotes(**read_json(paths_in.notes)).every,
        paths_out.svg,
        paths_out.png,
    )
