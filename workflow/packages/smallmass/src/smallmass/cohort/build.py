"""From a source to the study's cohort: read, complete, check."""

from pathlib import Path

import pandas as pd

from smallmass.cohort import sources
from smallmass.cohort.columns import COLUMNS
from smallmass.cohort.findings import Finding
from smallmass.cohort.integrity import check_cohort
from smallmass.cohort.parallel import Progress
from smallmass.cohort.table import complete
from smallmass.errors import UserError


def build_cohort(
    settings: dict,
    root: str | Path | None,
    datasets: str | Path | None,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Read and check the cohort that the settings name.

    Args:
        settings: The study's settings under ``cohort``.
        root: The folder of a cohort that has one of its own (phantoms).
        datasets: The folder of public datasets.
        workers: How many images are read at once.
        progress: Told how far the reading of images is.

    Returns:
        tuple: The cases that stay, as in cohort.csv, and everything that was found. The caller
        stops if there is an error among it.

    Raises:
        UserError: If the source is unknown, or a folder or file that it needs is missing.
    """
    source = sources.get(settings["source"])
    problems = sources.folder_problems(source.name, root, datasets)
    if problems:
        raise UserError(problems)
    folder = Path(str(datasets if source.public else root))
    reading = source.read(folder, folder, settings)
    table, findings = check_cohort(
        complete(reading.cases),
        folder,
        settings,
        public=source.public,
        workers=workers,
        progress=progress,
    )
    return table, [*reading.dropped, *reading.findings, *findings]


def survey_cohort(
    settings: dict,
    root: str | Path | None,
    datasets: str | Path | None,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Read and check a cohort as `build_cohort` does, but report even what stops the reading.

    Returns:
        tuple: The cases that stay, none if the source could not be read; and everything that was
        found.
    """
    try:
        return build_cohort(settings, root, datasets, workers=workers, progress=progress)
    except UserError as error:
        empty = pd.DataFrame(columns=list(COLUMNS))
        return empty, [Finding.of("F001", "", problem.rstrip(".")) for problem in error.problems]
