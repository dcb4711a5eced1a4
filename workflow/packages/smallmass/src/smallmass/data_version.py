"""The version of the phantoms: what data.dvc names, and whether data/ is that.

DVC compares the bytes of data/ with data.dvc. Then every picture is decoded and its pixels compared
with the committed manifest.

    uv run python -m smallmass.data_version check      is data/ what data.dvc names?
    uv run python -m smallmass.data_version accept     make data.dvc name data/ as it is now
"""

import argparse
import hashlib
import sys
from pathlib import Path

from smallmass import dvc_folder
from smallmass.counts import first_of
from smallmass.dvc_folder import IGNORED, Named
from smallmass.errors import UserError
from smallmass.files import write_bytes
from smallmass.phantom import manifest as pixels

# The committed manifest of pixels, in the repository of the pointer.
MANIFEST = Path("workflow/packages/smallmass/src/smallmass/phantom", pixels.NAME)
ACCEPT = "uv run python -m smallmass.data_version accept"
# Small tables whose own MD5 data.dvc notes, so that a mismatch can say what kind it is.
NOTED = ("cohort.csv", "manifest.csv")
SHOWN = 10  # names in a message


def verify(folder: Path, pointer: Path) -> tuple[Named, bool]:
    """Check that a folder is the one that pointer and manifest name.

    A folder that does not lie beside the pointer in a DVC repository is compared by its tables and
    its pixels alone.

    Returns:
        tuple: What the pointer names, and whether DVC's cache has it.

    Raises:
        UserError: If it is another. It says which files differ as far as can be known, and how to
            accept the folder as it is.
    """
    if not pointer.exists():
        raise UserError(
            f"no {pointer}: nothing says which phantoms are the right ones. Take it from the "
            f"repository, or, to name the phantoms of this machine on purpose: {ACCEPT}."
        )
    named = dvc_folder.named(pointer)
    _must_exist(folder)
    manifest = manifest_of(pointer)
    try:
        wrong_pixels = [str(one) for one in pixels.pixel_differences(folder, manifest)]
    except UserError as error:
        wrong_pixels = error.problems
    differences, cached = dvc_folder.compare(pointer) if _under_dvc(folder, pointer) else ({}, True)
    tables = [name for name, md5 in named.meta.items() if _md5(folder / name) != md5]
    if differences or tables:
        facts = [*_listed(folder, differences), *(f"{folder / name} differs." for name in tables)]
        raise UserError(_refusal(folder, pointer, named, facts, wrong_pixels, bool(tables)))
    if wrong_pixels:
        raise UserError(
            [
                f"{folder} is what {pointer} names, but its pixels are not those of {manifest}.",
                *wrong_pixels,
                f"{pointer} and {manifest} belong together: restore both from the repository. If "
                f"the phantoms were changed on purpose: {ACCEPT}.",
            ]
        )
    return named, cached


def manifest_of(pointer: Path) -> Path:
    """Return where the committed manifest of a pointer's repository lies."""
    return pointer.parent / MANIFEST


def accept(folder: Path, pointer: Path) -> Named:
    """Make pointer and manifest name the folder as it is now, changed on purpose.

    Returns:
        Named: What the pointer names from now on.

    Raises:
        UserError: If there is no such folder, or its pictures are not those of its own manifest.
    """
    _must_exist(folder)
    wrong = pixels.pixel_differences(folder, folder / pixels.NAME)
    if wrong:
        raise UserError(
            [
                *(f"{folder}: {one}" for one in wrong),
                f"{folder} is damaged, so nothing was accepted. Delete it and make it again.",
            ]
        )
    tables = {name: _md5(folder / name) for name in NOTED}
    named = dvc_folder.add(pointer, f"the phantoms; renewed with: {ACCEPT}", tables)
    write_bytes(manifest_of(pointer), (folder / pixels.NAME).read_bytes())
    return named


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
        if action.action == "accept":
            version = accept(action.folder, pointer)
        else:
            version, cached = verify(action.folder, pointer)
            if not cached:
                dvc_folder.commit(pointer)
    except UserError as error:
        print(error.report(), file=sys.stderr)
        return 1
    print(f"{pointer} names {action.folder}: {version.nfiles} files, {version.md5}")
    return 0


def _must_exist(folder: Path) -> None:
    if not folder.is_dir():
        raise UserError(f"no folder {folder}. Make the phantoms first: snakemake --cores all.")


def _under_dvc(folder: Path, pointer: Path) -> bool:
    beside = folder.resolve() == pointer.resolve().with_suffix("")
    return beside and (pointer.parent / ".dvc").is_dir()


def _md5(path: Path) -> str:
    """Return a file's MD5 in hexadecimal digits, empty if it is not there."""
    content = path.read_bytes() if path.is_file() else None
    return "" if content is None else hashlib.md5(content, usedforsecurity=False).hexdigest()


def _listed(folder: Path, differences: dict[str, list[str]]) -> list[str]:
    """Return a line for each kind of difference whose files are known."""
    return [
        f"{len(names)} files of {folder} {kind}: {first_of(names, SHOWN)}."
        for kind, names in differences.items()
        if names
    ]


def _refusal(
    folder: Path,
    pointer: Path,
    named: Named,
    facts: list[str],
    wrong_pixels: list[str],
    other_tables: bool,
) -> list[str]:
    """Return what is known of the difference between a folder and what the pointer names."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in IGNORED]
    size = sum(path.stat().st_size for path in files)
    if named.meta and not other_tables and not wrong_pixels:
        facts = [
            *facts,
            f"{' and '.join(named.meta)} and all pixels are the same: a file was added, or a "
            f"picture encoded in another way. Delete {folder} and make it again.",
        ]
    return [
        f"{folder} is not what {pointer} names: {len(files)} files of {size} bytes, not "
        f"{named.nfiles} of {named.size} ({named.md5}).",
        *facts,
        *wrong_pixels,
        f"If cohort.n, cohort.image_px or seed were changed, give these phantoms a folder of their "
        f"own (cohort.root), so that {folder} stays as published. If {folder} was damaged, delete "
        f"it and run again. If the phantoms were changed on purpose: {ACCEPT}.",
    ]


if __name__ == "__main__":
    sys.exit(main())
