"""The files that a table names: inside the cohort's folder, there, and readable."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from smallmass.cohort.findings import ERROR, Finding
from smallmass.cohort.images import ASK_OWNER
from smallmass.cohort.outline_files import split_reference

FILES = ("image", "outline")
_PRESENT, _MISSING, _FOLDER, _FORBIDDEN = range(4)
_TROUBLE = {
    _MISSING: ("no such file", "Correct the name in the table, or restore the file"),
    _FOLDER: ("is a folder, not a file", "Name a file in it"),
    _FORBIDDEN: (
        "may not be read by this user (file permissions)",
        ASK_OWNER,
    ),
}


def leaves(name: str) -> bool:
    """Return whether a relative path leads out of the folder that it starts from.

    A link inside the folder may lead elsewhere: whoever may put one there may also copy the file.
    """
    plain = name.replace("\\", "/")
    if plain.startswith("/") or plain[1:2] == ":" or "\0" in plain:
        return True
    return ".." in plain and os.path.normpath(plain).split(os.sep)[0] == os.pardir


def check_inside(table: pd.DataFrame) -> list[Finding]:
    """Return which image or outline paths lead out of the cohort's folder.

    Args:
        table: Cases with ``case_id``, ``image`` and ``outline``.
    """
    return [
        Finding(
            ERROR,
            f"{column} outside the folder",
            case_id,
            f"the {column} {name!r} leads out of the cohort's folder",
            "Copy the file into the folder, and name it relative to the folder",
        )
        for column in FILES
        for case_id, name in _named(table, column)
        if leaves(name)
    ]


def check_present(table: pd.DataFrame, root: Path) -> list[Finding]:
    """Return which named files are not there or may not be read; nothing is opened.

    Args:
        table: Cases with ``case_id``, ``image`` and ``outline``.
        root: The folder that the paths are relative to.
    """
    states: dict[str, int] = {}
    findings = []
    for column in FILES:
        for case_id, name in _named(table, column):
            if leaves(name):
                continue
            if name not in states:
                states[name] = _state(os.path.join(root, name))
            if states[name] != _PRESENT:
                trouble, remedy = _TROUBLE[states[name]]
                message = f"{column} {name}: {trouble}"
                findings.append(Finding(ERROR, column, case_id, message, remedy))
    return findings


def _named(table: pd.DataFrame, column: str) -> Iterator[tuple[str, str]]:
    """Yield (case_id, path) of every case whose column names a file."""
    for case_id, reference in zip(table["case_id"], table[column], strict=True):
        if reference:
            yield case_id, split_reference(reference)[0]


def _state(path: str) -> int:
    try:
        mode = os.stat(path).st_mode
    except PermissionError:
        return _FORBIDDEN
    except (OSError, ValueError):
        return _MISSING
    if stat.S_ISDIR(mode):
        return _FOLDER
    return _PRESENT if os.access(path, os.R_OK) else _FORBIDDEN
