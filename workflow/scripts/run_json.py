"""Record what the run was made from and on: run.json."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    import os
    from pathlib import Path

    from smallmass.files import write_json
    from smallmass.provenance import describe
    from smallmass.settings.picking import chosen

    folder = Path(paths_out.run).parent
    paths = [paths_in.results] if isinstance(paths_in.results, str) else list(paths_in.results)
    files = {Path(os.path.relpath(path, folder)).as_posix(): Path(path) for path in paths}
    manifest = paths_in.get("manifest")
    if manifest:
        files["manifest.csv of the phantoms"] = Path(str(manifest))
    write_json(
        paths_out.run,
        describe(
            study=params.study,
            settings=chosen(params.settings),
            files=files,
            benchmarks=folder / "benchmarks",
            repository=Path(params.repository),
        ),
    )
