"""Collect the trained models of a study and let models.dvc name them."""

from pathlib import Path

from common import job

with job(snakemake) as (_, _, params, log):
    from smallmass.model_version import record
    from smallmass.settings.picking import chosen
    from smallmass.trained_models import collect

    folder, pointer = Path(params.folder), Path(params.pointer)
    own = folder / params.study
    models = collect(Path(params.results), own, params.study, chosen(params.settings))
    version = record(folder, pointer, params.study)
    log.info(
        "%s: %d files of the models, with their sha256 in models.json", own, len(models.sha256)
    )
    log.info("%s: %s, %d files, in DVC", pointer, version.md5, version.nfiles)
