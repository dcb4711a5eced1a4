"""The files that a table names: inside the cohort's folder, there, and readable."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from smallmass.cohort.findings import Finding
from smallmass.cohort.references import split_reference

FILES = ("image", "outline")
# Why a file cannot be read: the rule, and what is wrong.
_MISSING = ("F005", "no such file")
_FOLDER = ("F006", "is a folder, not a file")
_FORBIDDEN = ("F007", "may not be read by this user (file permissions)")


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
        Finding.of(
            "F003",
            case_id,
            f"the {column} {name!r} leads out of the cohort's folder",
            column=column,
        )
        for column in FILES
        for case_id, name in _named(table, column)
        if leaves(name)
    ]


def placed(cases: pd.DataFrame, folders: Mapping[str, str | Path]) -> pd.DataFrame:
    """Return cases with the files' paths from the working folder on: each cohort has its own root.

    Args:
        cases: ``cohort.csv``: cohort, image, outline.
        folders: The folder that a cohort's paths are relative to, by its name.
    """
    root = cases["cohort"].map(lambda name: f"{folders[name]}/")
    return cases.assign(image=root + cases["image"], outline=root + cases["outline"])


def check_present(table: pd.DataFrame, folders: Mapping[str, Path]) -> list[Finding]:
    """Return which named files are not there or may not be read; nothing is opened.

    Args:
        table: Cases with ``case_id``, ``cohort``, ``image`` and ``outline``.
        folders: The folder that the paths are relative to, by the case's cohort.
    """
    problems: dict[str, tuple[str, str] | None] = {}
    findings = []
    for column in FILES:
        roots = table.loc[table[column] != "", "cohort"].map(folders)
        for (case_id, name), root in zip(_named(table, column), roots, strict=True):
            if leaves(name):
                continue
            path = os.path.join(root, name)
            if path not in problems:
                problems[path] = _problem(path)
            if problem := problems[path]:
                code, reason = problem
                message = f"{column} {name}: {reason}"
                findings.append(Finding.of(code, case_id, message, column=column))
    return findings


def _named(table: pd.DataFrame, column: str) -> Iterator[tuple[str, str]]:
    """Yield (case_id, path) of every case whose column names a file."""
    for case_id, reference in zip(table["case_id"], table[column], strict=True):
        if reference:
            yield case_id, split_reference(reference)[0]


def _problem(path: str) -> tuple[str, str] | None:
    """Return why a file cannot be read: the rule's code, and what is wrong; None if it can."""
    try:
        mode = os.stat(path).st_mode
    except PermissionError:
        return _FORBIDDEN
    except (OSError, ValueError):
        return _MISSING
    if stat.S_ISDIR(mode):
        return _FOLDER
    return None if os.access(path, os.R_OK) else _FORBIDDEN
