"""Draw Figure 3: representative cases of the test set."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from pathlib import Path

    from smallmass.cohort.paths import placed
    from smallmass.evaluation.cases import main_cases
    from smallmass.files import read_csv, read_json
    from smallmass.paper.figure3 import draw
    from smallmass.paper.page_notes import PageNotes
    from smallmass.settings.picking import chosen
    from smallmass.status import read_record

    cohort = read_csv(paths_in.cohort)
    examples = draw(
        predictions=main_cases(
            read_csv(paths_in.predictions), cohort, chosen(params.settings).cohort
        ),
        cohort=placed(cohort, params.folders),
        root=Path(),
        detections=read_csv(paths_in.detections),
        scores=read_csv(paths_in.scores),
        operating_points=read_record(paths_in.operating_points),
        notes=PageNotes(**read_json(paths_in.notes)).every,
        svg=paths_out.svg,
        png=paths_out.png,
    )
    for example in examples:
        log.info("(%s) %s: %s", example.letter, example.title, example.case_id or example.reason)
