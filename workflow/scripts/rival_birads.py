"""Radiologists beside the models: BI-RADS as a score, each cut, and rules that join both."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv, write_csv
    from smallmass.rivals.birads import birads_part, within_categories
    from smallmass.rivals.rival import write_part
    from smallmass.settings.picking import chosen

    settings = chosen(params.settings)
    predictions, cohort = read_csv(paths_in.predictions), read_csv(paths_in.cohort)
    part = birads_part(
        predictions,
        cohort,
        settings,
        folds=read_csv(paths_in.folds),
        part_scores=read_csv(paths_in.cross_scores),
    )
    write_part(part, scores=paths_out.scores, record=paths_out.record)
    write_csv(paths_out.within, within_categories(predictions, cohort, settings))
    for text in (*(rival.reads for rival in part.rivals), *part.left_out):
        log.info("%s", text)
