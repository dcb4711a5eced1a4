"""An out-of-fold score of every case: as a table a case, in numbers by group, and as a rival."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv, read_json, write_csv
    from smallmass.paper.page_notes import PageNotes
    from smallmass.paper.writing import write_table
    from smallmass.retrained.numbers import COHORT, DEVICE, FOLD, by_group
    from smallmass.retrained.out_of_fold import folds_part, out_of_fold
    from smallmass.retrained.printed import folds_table, notes
    from smallmass.retrained.trainings import mean_scores, read_trainings
    from smallmass.rivals.rival import write_part
    from smallmass.settings.picking import chosen

    settings = chosen(params.settings)
    trainings, left_out = read_trainings(paths_in.trainings)
    cases = out_of_fold(
        mean_scores(paths_in.scores, [training["name"] for training in trainings]),
        read_csv(paths_in.cohort),
        read_csv(paths_in.split),
        settings.operating_point,
    )
    confidence = settings.evaluation.confidence
    numbers = by_group(cases, confidence, (COHORT, FOLD, DEVICE))
    write_csv(paths_out.cases, cases)
    write_csv(paths_out.numbers, numbers)
    write_part(folds_part(cases, left_out), scores=paths_out.part, record=paths_out.record)
    every = PageNotes(**read_json(paths_in.notes)).every
    table = folds_table(numbers, [*every, *notes(confidence, left_out)])
    write_table(table, csv=paths_out.csv, md=paths_out.md, tex=paths_out.tex)
    for row in numbers[numbers["by"] == "all"].itertuples():
        log.info("%s %.3f (%.3f to %.3f)", row.metric, row.estimate, row.ci_low, row.ci_high)
    for why in left_out:
        log.info("Left out: %s", why)
