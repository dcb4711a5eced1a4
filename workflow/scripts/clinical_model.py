"""Search, train and apply the clinical model."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from pathlib import Path

    from smallmass.clinical.model import write_clinical
    from smallmass.clinical.study import run_clinical
    from smallmass.files import read_csv
    from smallmass.runtime import prepare_runtime
    from smallmass.settings.picking import chosen

    settings = chosen(params.settings)
    # One thread: the network is too small to gain from more.
    prepare_runtime(1, gpu=False)
    cases = read_csv(paths_in.cohort).merge(
        read_csv(paths_in.split), on="case_id", validate="one_to_one"
    )
    run = run_clinical(
        cases,
        settings.clinical_model,
        seed=settings.seed,
        log=log,
        folds=read_csv(paths_in.folds),
    )
    write_clinical(run, Path(paths_out.model).parent)
