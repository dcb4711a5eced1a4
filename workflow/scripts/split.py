"""Split the cohort into training, validation and test, and training into folds."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    import pandas as pd

    from smallmass.cohort.split import cross_folds, make_folds, make_split
    from smallmass.files import read_csv, write_csv
    from smallmass.settings.picking import chosen

    settings = chosen(params.settings)
    cases = read_csv(paths_in.cohort)
    split = make_split(cases, settings)
    folds = make_folds(cases, split, settings.image_model.folds, settings.seed)
    if settings.cross_fitting.cohort:
        crossed = cross_folds(cases, split, settings.cross_fitting, settings.seed)
        folds = pd.concat([folds, crossed]) if len(folds) else crossed
    write_csv(paths_out.split, split)
    write_csv(paths_out.folds, folds)
    counts = split.merge(cases[["case_id", "label"]]).value_counts(["split", "label"])
    for (part, label), count in counts.sort_index().items():
        log.info("%s, %s: %d cases", part, label, count)
