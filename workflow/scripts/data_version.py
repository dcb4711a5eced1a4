"""Compare the phantoms with data.dvc and the manifest of pixels; let DVC's cache have them."""

from pathlib import Path

from common import job

with job(snakemake) as (_, paths_out, params, log):
    from smallmass.data_version import manifest_of, verify
    from smallmass.dvc_folder import commit
    from smallmass.files import sha256, write_json

    folder, pointer = Path(params.root), Path(params.pointer)
    version, cached = verify(folder, pointer)
    if not cached:
        commit(pointer)
    log.info("%s: %d files%s", version.md5, version.nfiles, "" if cached else ", now in DVC")
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
