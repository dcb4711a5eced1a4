"""From sources to the study's cohort: read, join, complete, check."""

from pathlib import Path

import pandas as pd

from smallmass.cohort import sources
from smallmass.cohort.columns import COLUMNS
from smallmass.cohort.findings import Finding
from smallmass.cohort.integrity import check_cohort
from smallmass.cohort.joining import joined, with_role
from smallmass.cohort.parallel import Progress
from smallmass.cohort.roles import entries
from smallmass.cohort.sources.reading import Reading
from smallmass.cohort.table import complete
from smallmass.errors import UserError
from smallmass.settings import CohortSettings


def build_cohort(
    settings: CohortSettings,
    root: str | Path | None,
    datasets: str | Path | None,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Read and check the cohort that the settings name.

    Args:
        settings: The study's settings under ``cohort``.
        root: The folder of a source that is no public dataset, where its entry names none.
        datasets: The folder of public datasets.
        workers: How many images are read at once.
        progress: Told how far the reading of images is.

    Returns:
        tuple: The cases that stay, as in cohort.csv, and everything that was found. The caller
        stops if there is an error among it.

    Raises:
        UserError: If a source is unknown, or a folder or file that one needs is missing. Lists
            every problem of all sources.
    """
    readings: list[Reading] = []
    folders: dict[str, Path] = {}
    problems: list[str] = []
    for entry in entries(settings.sources):
        source = sources.get(entry.source)
        named = datasets if source.public else entry.root or root
        folder = None if named is None else Path(named).expanduser()
        if missing := source.folder_problems(folder):
            problems += missing
        elif folder is not None:
            try:
                readings.append(with_role(source.read(folder, settings), entry))
                folders[entry.cohort] = folder
            except UserError as error:
                problems += error.problems
    if problems:
        raise UserError(problems)
    reading = joined(readings) if len(readings) > 1 else readings[0]
    table, findings = check_cohort(
        complete(reading.cases),
        folders,
        settings,
        workers=workers,
        progress=progress,
    )
    return table, [*reading.dropped, *reading.findings, *findings]


def survey_cohort(
    settings: CohortSettings,
    root: str | Path | None,
    datasets: str | Path | None,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Read and check a cohort as `build_cohort` does, but report even what stops the reading.

    Returns:
        tuple: The cases that stay, none if a source could not be read; and everything that was
        found.
    """
    try:
        return build_cohort(settings, root, datasets, workers=workers, progress=progress)
    except UserError as error:
        empty = pd.DataFrame(columns=list(COLUMNS))
        return empty, [Finding.of("F001", "", problem.rstrip(".")) for problem in error.problems]
