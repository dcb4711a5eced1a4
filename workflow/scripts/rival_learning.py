"""The learning curve: models of fewer training images on the study's test cases."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv, read_json, write_csv
    from smallmass.paper.page_notes import PageNotes
    from smallmass.paper.writing import write_table
    from smallmass.retrained.curve import curve_cases, curve_numbers, learning_part
    from smallmass.retrained.learning_figure import draw
    from smallmass.retrained.printed import learning_table, notes
    from smallmass.retrained.trainings import mean_scores, read_trainings
    from smallmass.rivals.rival import write_part
    from smallmass.settings.picking import chosen

    settings = chosen(params.settings)
    confidence = settings.evaluation.confidence
    trainings, left_out = read_trainings(paths_in.trainings)
    cases = curve_cases(
        mean_scores(paths_in.scores, [training["name"] for training in trainings]),
        {training["name"]: training["training"] for training in trainings},
        read_csv(paths_in.study_scores),
        draws=settings.rivals.draws,
        cohort=read_csv(paths_in.cohort),
        split=read_csv(paths_in.split),
    )
    numbers = curve_numbers(cases, confidence)
    write_csv(paths_out.cases, cases)
    write_csv(paths_out.numbers, numbers)
    write_part(learning_part(left_out), scores=paths_out.part, record=paths_out.record)
    every = PageNotes(**read_json(paths_in.notes)).every
    beneath = [*every, *notes(confidence, left_out)]
    table = learning_table(numbers, beneath)
    write_table(table, csv=paths_out.csv, md=paths_out.md, tex=paths_out.tex)
    draw(numbers, beneath, svg=paths_out.svg, png=paths_out.png)
    for row in numbers[numbers["draw"] == "mean"].itertuples():
        log.info("%s images, %s: %.3f", row.images, row.metric, row.estimate)
    for why in left_out:
        log.info("Left out: %s", why)
