"""A paper as a folder: its two files, and templates of them."""

import shutil
from pathlib import Path

NUMBERS, RELATIONS = "numbers.csv", "relations.yaml"
OWN = Path(__file__).parent
TEMPLATE = OWN / "template"
EXAMPLE = OWN / "example"
_SHOWN = 3


def paths(folder: Path) -> tuple[Path, Path]:
    """Return the table of printed numbers and the file of relations of a folder."""
    return folder / NUMBERS, folder / RELATIONS


def untouched(folder: Path) -> bool:
    """Return whether both files are the templates as they were written."""
    pairs = zip(paths(folder), paths(TEMPLATE), strict=True)
    return all(path.read_bytes() == template.read_bytes() for path, template in pairs)


def missing(folder: Path, *, write: bool = True) -> str:
    """Return what to do where a folder has not both files; empty where it has.

    A new or empty folder gets templates of both; into one that holds other files nothing is
    written, since it may be named by mistake.

    Args:
        folder: It is made if it is not there.
        write: Whether to write the templates.
    """
    absent = [path for path in paths(folder) if not path.exists()]
    if not absent:
        return ""
    if len(absent) == 1:
        return f"{absent[0]} is missing; write it, or copy it from {TEMPLATE / absent[0].name}"
    others = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    others = [name for name in others if not name.startswith(".")]
    if others:
        more = " ..." if len(others) > _SHOWN else ""
        return (
            f"{folder} has no paper ({NUMBERS} and {RELATIONS}), but holds "
            f"{', '.join(others[:_SHOWN])}{more}: nothing was written. Name a new or empty folder, "
            f"which gets templates, or copy these from {TEMPLATE}"
        )
    if write:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths(folder):
            shutil.copyfile(TEMPLATE / path.name, path)
    words = f"{folder} has no paper; {'templates were written:' if write else 'a run writes'}"
    return f"{words} {NUMBERS} and {RELATIONS}. Fill them in and run this again"
