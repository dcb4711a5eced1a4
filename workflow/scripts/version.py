"""Collect the trained models of a study and let a .dvc file beside them name them."""

from pathlib import Path

from common import job

with job(snakemake) as (_, _, params, log):
    from smallmass.dvc_folder import add
    from smallmass.settings.picking import chosen
    from smallmass.trained_models import collect

    folder, pointer = Path(params.folder), Path(params.pointer)
    models = collect(Path(params.results), folder, params.study, chosen(params.settings))
    version = add(pointer, "trained models; recorded with: uv run snakemake version")
    log.info("%s: %d models, with their sha256 in models.json", folder, len(models.sha256))
    log.info("%s: %s, %d files, in DVC", pointer, version.md5, version.nfiles)
