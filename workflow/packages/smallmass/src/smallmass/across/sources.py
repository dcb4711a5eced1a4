"""Of the public sets that a study names, those that are there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smallmass.cohort.roles import SOURCES
from smallmass.cohort.sources import get
from smallmass.errors import UserError


def without_missing(
    sources: Mapping[str, Any], datasets: Path | None
) -> tuple[dict[str, Any], list[str]]:
    """Return the sources that are there, and the names of those that are not.

    A public set whose folder is not there is left out; one that is there, but lacks a file, stays,
    and is refused as in any study.

    Args:
        sources: The setting ``cohort.sources``.
        datasets: The folder of public sets; without one nothing is left out.

    Raises:
        UserError: If fewer than two sources are left.
    """
    if datasets is None or not datasets.is_dir():
        return dict(sources), []
    missing = [name for name in sources if SOURCES[name].public and not _folder(name, datasets)]
    here = {name: value for name, value in sources.items() if name not in missing}
    if len(here) < 2:
        folders = ", ".join(f"{Path(get(name).expected[0]).parts[0]}/" for name in missing)
        raise UserError(
            f"across needs two sets at least, and {datasets} has {', '.join(here) or 'none'}. "
            f"Looked there for {folders}"
        )
    return here, missing


def _folder(name: str, datasets: Path) -> bool:
    return (datasets / Path(get(name).expected[0]).parts[0]).exists()
