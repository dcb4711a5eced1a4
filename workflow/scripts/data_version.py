"""Compare the phantoms with what data.dvc names, and let DVC's cache have them."""

from pathlib import Path

from common import job

with job(snakemake) as (_, paths_out, params, log):
    from smallmass.data_version import commit, verify
    from smallmass.files import write_json

    folder, pointer = Path(params.root), Path(params.pointer)
    version = verify(folder, pointer)
    committed = commit(folder, pointer, version)
    log.info("%s: %d files%s", version.md5, version.nfiles, ", now in DVC" if committed else "")
    write_json(
        paths_out.version,
        {
            "md5": version.md5,
            "nfiles": version.nfiles,
            "size": version.size,
            "verified": True,
        },
    )
