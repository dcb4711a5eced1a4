"""Search, train and apply the clinical model."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from pathlib import Path

    from smallmass.clinical.cross_fit import cross_fit_clinical
    from smallmass.clinical.model import run_clinical, write_clinical
    from smallmass.files import read_csv, write_csv
    from smallmass.runtime import prepare_runtime

    # One thread: the network is too small to gain from more.
    prepare_runtime(1, gpu=False)
    cases = read_csv(paths_in.cohort).merge(
        read_csv(paths_in.split), on="case_id", validate="one_to_one"
    )
    folds = read_csv(paths_in.folds)
    settings = params.settings
    if settings["cross_fitting"]["cohort"]:
        run, scores = cross_fit_clinical(
            cases, folds, settings["clinical_model"], seed=settings["seed"], log=log
        )
        write_csv(paths_out.cross_scores, scores)
    else:
        run = run_clinical(
            cases, settings["clinical_model"], seed=settings["seed"], log=log, folds=folds
        )
    write_clinical(run, Path(paths_out.model).parent)
