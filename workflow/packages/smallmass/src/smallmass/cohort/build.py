"""From sources to the study's cohort: read, join, complete, check."""

from dataclasses import dataclass
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

LEFT_OUT = ["case_id", "cohort", "image", "frame", "outline", "label"]
"""The columns of left_out.csv."""


@dataclass(frozen=True)
class Survey:
    """A cohort as it was read and checked.

    Args:
        cases: The cases that stay, as in cohort.csv.
        findings: Everything that was found.
        left_out: The columns `LEFT_OUT` of cases that were read and do not stay.
    """

    cases: pd.DataFrame
    findings: list[Finding]
    left_out: pd.DataFrame


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
    survey = _built(settings, root, datasets, workers, progress)
    return survey.cases, survey.findings


def survey_cohort(
    settings: CohortSettings,
    root: str | Path | None,
    datasets: str | Path | None,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> Survey:
    """Read and check a cohort as `build_cohort` does, but report even what stops the reading.

    Returns:
        Survey: Without cases if a source could not be read.
    """
    try:
        return _built(settings, root, datasets, workers, progress)
    except UserError as error:
        empty = pd.DataFrame(columns=list(COLUMNS))
        findings = [Finding.of("F001", "", problem.rstrip(".")) for problem in error.problems]
        return Survey(empty, findings, empty[LEFT_OUT])


def _built(
    settings: CohortSettings,
    root: str | Path | None,
    datasets: str | Path | None,
    workers: int,
    progress: Progress | None,
) -> Survey:
    reading, folders = _read(settings, root, datasets)
    table = complete(reading.cases)
    cases, findings = check_cohort(table, folders, settings, workers=workers, progress=progress)
    left_out = table.loc[~table["case_id"].isin(cases["case_id"]), LEFT_OUT]
    return Survey(cases, [*reading.dropped, *reading.findings, *findings], left_out)


def _read(
    settings: CohortSettings, root: str | Path | None, datasets: str | Path | None
) -> tuple[Reading, dict[str, Path]]:
    """Return what the sources hold, and the folder of each cohort."""
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
    return joined(readings) if len(readings) > 1 else readings[0], folders
