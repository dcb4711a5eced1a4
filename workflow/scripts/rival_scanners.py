"""What is lost on each scanner by a model that never saw it, and whether scanners differ."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv, read_json, write_csv
    from smallmass.paper.page_notes import PageNotes
    from smallmass.paper.writing import write_table
    from smallmass.retrained.drop import by_scanner, read_twice, scanners_part
    from smallmass.retrained.printed import notes, scanners_table
    from smallmass.retrained.trainings import mean_scores, read_trainings
    from smallmass.rivals.rival import write_part
    from smallmass.settings.picking import chosen

    confidence = chosen(params.settings).evaluation.confidence
    trainings, left_out = read_trainings(paths_in.trainings)
    cases = read_twice(
        mean_scores(paths_in.scores, [training["name"] for training in trainings]),
        read_csv(paths_in.out_of_fold),
        read_csv(paths_in.cohort),
        read_csv(paths_in.split),
    )
    learnt = {training["name"]: training["training"] for training in trainings}
    numbers, differ = by_scanner(cases, learnt, confidence)
    write_csv(paths_out.cases, cases)
    write_csv(paths_out.numbers, numbers)
    write_csv(paths_out.differ, differ)
    write_part(scanners_part(cases, left_out), scores=paths_out.part, record=paths_out.record)
    every = PageNotes(**read_json(paths_in.notes)).every
    table = scanners_table(numbers, differ, [*every, *notes(confidence, left_out)])
    write_table(table, csv=paths_out.csv, md=paths_out.md, tex=paths_out.tex)
    for row in differ.itertuples():
        log.info("%s: Q %.2f of %d scanners, P %.3f", row.read, row.q, row.groups, row.p_value)
    for why in left_out:
        log.info("Left out: %s", why)
