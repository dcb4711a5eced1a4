"""Hold the phantoms against BUS-BRA: statistics, figures, and how well patches are told apart."""

from pathlib import Path

from common import job

with job(snakemake) as (_, paths_out, params, log):
    from smallmass.phantom.realism import compare
    from smallmass.progress import logged

    compare(
        Path(params.phantoms),
        Path(params.datasets).expanduser() if params.datasets else None,
        Path(paths_out.page).parent,
        seed=params.seed,
        workers=snakemake.threads,
        progress=logged(log, "pictures"),
    )
