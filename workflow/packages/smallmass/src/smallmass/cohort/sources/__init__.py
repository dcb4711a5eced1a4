"""Where cohorts come from: one module a source, and the list that names them.

A new source is a module of its name with a `Source`, and an entry in `roles.SOURCES`. The module
is imported when it is asked for, so that a study depends on its own sources and on no other.
"""

from importlib import import_module
from pathlib import Path

from smallmass.cohort.sources.reading import Reading, Source
from smallmass.errors import UserError
from smallmass.settings import CohortSettings

__all__ = ["Reading", "Source", "folder_problems", "get", "watched_files"]


def get(name: str) -> Source:
    """Return the source of this name, one of `roles.SOURCES`."""
    return import_module(f"{__name__}.{name}").SOURCE


def folder_problems(
    name: str,
    root: str | Path | None,
    datasets: str | Path | None,
    settings: CohortSettings,
) -> list[str]:
    """Return what is missing before a source can be read; empty if nothing is.

    It looks at names alone, so that it can run before anything else does.

    Args:
        name: The source, one of `roles.SOURCES`.
        root: The folder of a cohort that has one of its own (phantoms, a hospital's patients).
        datasets: The folder of public datasets, or ``None`` if none was named.
        settings: The study's settings under ``cohort``, which may name further files.
    """
    source = get(name)
    folder = _path(datasets if source.public else root)
    problems = source.folder_problems(folder)
    if problems or folder is None or source.tables is None:
        return problems
    try:
        source.tables(folder, settings)
    except UserError as error:
        return error.problems
    return []


def watched_files(
    name: str,
    root: str | Path | None,
    datasets: str | Path | None,
    settings: CohortSettings,
) -> list[Path]:
    """Return the tables that a source reads, as far as they are there: a change means a new cohort.

    Args:
        name: The source, one of `roles.SOURCES`.
        root: The folder of a cohort that has one of its own.
        datasets: The folder of public datasets.
        settings: The study's settings under ``cohort``, which may name further files.
    """
    source = get(name)
    folder = _path(datasets if source.public else root)
    if folder is None:
        return []
    if source.tables is not None:
        return source.tables(folder, settings)
    return [folder / file for file in source.expected if (folder / file).is_file()]


def _path(folder: str | Path | None) -> Path | None:
    return None if folder is None else Path(folder).expanduser()
