"""The version of the phantoms: what data.dvc names, and whether data/ is that.

DVC knows a folder by the MD5 of a listing of its files. It is computed here without DVC, so that
the bytes are compared before DVC is asked to accept them: ``dvc commit -f`` accepts anything. Then
every picture is decoded and its pixels compared with the committed manifest.

    uv run python -m smallmass.data_version check      is data/ what data.dvc names?
    uv run python -m smallmass.data_version accept     make data.dvc name data/ as it is now
"""

import argparse
import configparser
import hashlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from smallmass.cohort.parallel import map_images
from smallmass.errors import UserError
from smallmass.files import write_bytes, write_text
from smallmass.phantom import manifest as pixels

# The committed manifest of pixels, in the repository of the pointer.
MANIFEST = Path("workflow/packages/smallmass/src/smallmass/phantom", pixels.NAME)
ACCEPT = "uv run python -m smallmass.data_version accept"
# Snakemake leaves it in folders that are a rule's output; .dvcignore names it too.
IGNORED = (".snakemake_timestamp",)
# Small tables whose own hashes data.dvc notes, so that a mismatch can say what kind it is.
NOTED = ("cohort.csv", "manifest.csv")


@dataclass(frozen=True)
class Version:
    """The identity of a folder, as DVC has it.

    Args:
        md5: Of the listing, with DVC's ending ``.dir``.
        nfiles: The number of files.
        size: Their bytes.
        files: The MD5 of every file, by its path in the folder; empty if not known.
        noted: The MD5 of the files in ``NOTED``.
    """

    md5: str
    nfiles: int
    size: int
    files: dict[str, str]
    noted: dict[str, str]

    def listing(self) -> str:
        """Return the listing that ``md5`` is the hash of."""
        return json.dumps([{"md5": self.files[name], "relpath": name} for name in self.files])

    def entry(self, path: str) -> dict[str, str | int]:
        """Return what a pointer says of the folder at ``path``, one of its ``outs``."""
        return {
            "md5": self.md5,
            "size": self.size,
            "nfiles": self.nfiles,
            "hash": "md5",
            "path": path,
        }


def version_of(folder: Path, workers: int = 2) -> Version:
    """Return a folder's version.

    Raises:
        UserError: If there is no such folder.
    """
    if not folder.is_dir():
        raise UserError(f"no folder {folder}. Make the phantoms first: snakemake --cores all.")
    paths = sorted(
        (path.relative_to(folder).as_posix(), path)
        for path in folder.rglob("*")
        if path.is_file() and path.name not in IGNORED
    )
    hashes = map_images(lambda item: _md5(item[1]), paths, workers=workers)
    files = {name: md5 for (name, _), md5 in zip(paths, hashes, strict=True)}
    version = Version(
        md5="",
        nfiles=len(files),
        size=sum(path.stat().st_size for _, path in paths),
        files=files,
        noted={name: files[name] for name in NOTED if name in files},
    )
    md5 = hashlib.md5(version.listing().encode(), usedforsecurity=False).hexdigest() + ".dir"
    return Version(md5, version.nfiles, version.size, version.files, version.noted)


def named_version(pointer: Path) -> Version:
    """Return the version that a .dvc file names.

    Raises:
        UserError: If the file is missing or not one that DVC wrote for a folder.
    """
    if not pointer.exists():
        raise UserError(
            f"no {pointer}: nothing says which phantoms are the right ones. Take it from the "
            f"repository, or, to name the phantoms of this machine on purpose: {ACCEPT}."
        )
    try:
        content = yaml.safe_load(pointer.read_text(encoding="utf-8"))
        (out,) = content["outs"]
        noted = content.get("meta") or {}
        listing = _cached_listing(pointer.parent, out["md5"])
        return Version(out["md5"], out["nfiles"], out["size"], listing, noted)
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(
            f"{pointer} does not name a folder ({error!r}). Restore it from the repository."
        ) from None


def verify(folder: Path, pointer: Path) -> Version:
    """Return the folder's version if it is the one that pointer and manifest name.

    Raises:
        UserError: If it is another. It says which files differ as far as can be known, and how to
            accept the folder as it is.
    """
    named = named_version(pointer)
    actual = version_of(folder)
    manifest = manifest_of(pointer)
    try:
        wrong = [str(one) for one in pixels.pixel_differences(folder, manifest)]
    except UserError as error:
        wrong = error.problems
    if actual.md5 != named.md5:
        raise UserError(_explain(folder, pointer, actual, named, wrong))
    if wrong:
        raise UserError(
            [
                f"{folder} is what {pointer} names, but its pixels are not those of {manifest}.",
                *wrong,
                f"{pointer} and {manifest} belong together: restore both from the repository. If "
                f"the phantoms were changed on purpose: {ACCEPT}.",
            ]
        )
    return actual


def manifest_of(pointer: Path) -> Path:
    """Return where the committed manifest of a pointer's repository lies."""
    return pointer.parent / MANIFEST


def commit(folder: Path, pointer: Path, version: Version) -> bool:
    """Let DVC's cache have a verified folder, so that ``dvc status`` is clean.

    The pointer keeps its bytes. Nothing is done if the cache has everything already, or if the
    folder does not lie beside the pointer in a DVC repository.

    Args:
        folder: The folder.
        pointer: The .dvc file that names it.
        version: The folder's version, verified.

    Returns:
        bool: Whether DVC was called.

    Raises:
        UserError: If DVC fails, or would have changed the pointer.
    """
    project = pointer.parent
    if folder.resolve() != pointer.resolve().with_suffix("") or not (project / ".dvc").is_dir():
        return False
    if _in_cache(project, version):
        return False
    _allow_without_git(project)
    before = pointer.read_bytes()
    _dvc(project, "commit", "--force", "--quiet", pointer.name)
    if pointer.read_bytes() != before:
        pointer.write_bytes(before)
        raise UserError(
            f"dvc commit wanted to change {pointer}, though the phantoms are those that it names; "
            f"it was left as it was. Does .dvcignore still hold {', '.join(IGNORED)}?"
        )
    return True


def accept(folder: Path, pointer: Path) -> Version:
    """Make pointer and manifest name the folder as it is now, changed on purpose.

    Returns:
        Version: What the pointer names from now on.

    Raises:
        UserError: If there is no such folder, or its pictures are not those of its own manifest.
    """
    version = version_of(folder)
    if not version.files:
        raise UserError(f"{folder} is empty. Make the phantoms first: snakemake --cores all.")
    wrong = pixels.pixel_differences(folder, folder / pixels.NAME)
    if wrong:
        raise UserError(
            [
                *(f"{folder}: {one}" for one in wrong),
                f"{folder} is damaged, so nothing was accepted. Delete it and make it again.",
            ]
        )
    content = {
        "outs": [version.entry(folder.name)],
        "desc": f"the phantoms; renewed with: {ACCEPT}",
        "meta": version.noted,
    }
    write_bytes(manifest_of(pointer), (folder / pixels.NAME).read_bytes())
    write_text(pointer, yaml.safe_dump(content, sort_keys=False, width=100))
    return version


def main(arguments: list[str] | None = None) -> int:
    """Check or accept the phantoms from the command line; return the exit code.

    ``--folder`` is the folder, ``data`` by default; its pointer lies beside it.
    """
    parser = argparse.ArgumentParser(
        prog="python -m smallmass.data_version", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("action", choices=["check", "accept"])
    parser.add_argument("--folder", type=Path, default=Path("data"), help="default: data")
    action = parser.parse_args(arguments)
    pointer = action.folder.parent / f"{action.folder.name}.dvc"
    try:
        version = (verify if action.action == "check" else accept)(action.folder, pointer)
        commit(action.folder, pointer, version)
    except UserError as error:
        print(error.report(), file=sys.stderr)
        return 1
    print(f"{pointer} names {action.folder}: {version.nfiles} files, {version.md5}")
    return 0


def _md5(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _explain(
    folder: Path, pointer: Path, actual: Version, named: Version, wrong: list[str]
) -> list[str]:
    """Return what is known of the difference between two versions of a folder."""
    facts = [
        f"{folder} is not what {pointer} names: {actual.nfiles} files of {actual.size} bytes "
        f"({actual.md5}), not {named.nfiles} of {named.size} ({named.md5})."
    ]
    if named.files:
        facts += _differences(folder, actual.files, named.files)
    else:
        changed = [name for name in named.noted if actual.noted.get(name) != named.noted[name]]
        same = [name for name in named.noted if name not in changed]
        facts += [f"{folder / name} differs." for name in changed]
        if not changed and same and not wrong:
            facts.append(
                f"{' and '.join(same)} and all pixels are the same: a file was added, or a picture "
                f"encoded in another way. Delete {folder} and make it again."
            )
    facts += wrong
    facts.append(
        f"If cohort.n, cohort.image_px or seed were changed, give these phantoms a folder of their "
        f"own (cohort.root), so that {folder} stays as published. If {folder} was damaged, delete "
        f"it and run again. If the phantoms were changed on purpose: {ACCEPT}."
    )
    return facts


def _differences(folder: Path, actual: dict[str, str], named: dict[str, str]) -> list[str]:
    kinds = {
        "missing": sorted(named.keys() - actual.keys()),
        "not known": sorted(actual.keys() - named.keys()),
        "different": sorted(n for n in actual.keys() & named.keys() if actual[n] != named[n]),
    }
    shown = 10
    return [
        f"{len(names)} files of {folder} {kind}: {', '.join(names[:shown])}"
        + (f" and {len(names) - shown} more." if len(names) > shown else ".")
        for kind, names in kinds.items()
        if names
    ]


def _cache_file(project: Path, md5: str) -> Path:
    """Return where DVC's cache keeps an object, in the cache's default place."""
    return project / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]


def _cached_listing(project: Path, md5: str) -> dict[str, str]:
    """Return a version's files if DVC's cache has its listing; else nothing."""
    path = _cache_file(project, md5)
    if not path.is_file():
        return {}
    return {entry["relpath"]: entry["md5"] for entry in json.loads(path.read_bytes())}


def _in_cache(project: Path, version: Version) -> bool:
    """Return whether DVC's cache has a folder's listing and all of its files."""
    return all(
        _cache_file(project, md5).is_file() for md5 in (version.md5, *version.files.values())
    )


def _allow_without_git(project: Path) -> None:
    """Tell DVC not to look for git where there is none, in its local, uncommitted configuration."""
    here = project.resolve()
    if any((folder / ".git").exists() for folder in (here, *here.parents)):
        return
    path = project / ".dvc" / "config.local"
    settings = configparser.ConfigParser()
    settings.read(path, encoding="utf-8")
    if settings.get("core", "no_scm", fallback="") == "true":
        return
    settings.read_dict({"core": {"no_scm": "true"}})
    text = io.StringIO()
    settings.write(text)
    write_text(path, text.getvalue())


def _dvc(project: Path, *arguments: str) -> None:
    """Call DVC in the project's folder.

    Raises:
        UserError: With what DVC said, if it fails.
    """
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=project,
        env={**os.environ, "DVC_NO_ANALYTICS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UserError(
            f"dvc {' '.join(arguments)} failed: {done.stderr.strip() or done.stdout.strip()}"
        )


if __name__ == "__main__":
    sys.exit(main())
