"""Compare the phantoms with data.dvc and the manifest of pixels; let DVC's cache have them."""

from pathlib import Path

from common import job

with job(snakemake) as (_, paths_out, params, log):
    from smallmass.data_version import commit, manifest_of, verify
    from smallmass.files import sha256, write_json

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
            "manifest_sha256": sha256(manifest_of(pointer)),
            "verified": True,
        },
    )
