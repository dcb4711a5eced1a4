"""Draw the specification curve: what every combination of choices gives."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from diagnostic_accuracy.clustered_paired import of_counts
    from smallmass.evaluation.published import Published
    from smallmass.files import read_csv, read_json
    from smallmass.paper.page_notes import PageNotes
    from smallmass.paper.specification_curve import draw
    from smallmass.settings.picking import chosen

    draw(
        choices=read_csv(paths_in.choices),
        published=Published(read_csv(paths_in.published)),
        variant=of_counts(chosen(params.settings).evaluation.mcnemar),
        notes=PageNotes(**read_json(paths_in.notes)).every,
        svg=paths_out.svg,
        png=paths_out.png,
    )
