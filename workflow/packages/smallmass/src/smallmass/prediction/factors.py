"""The table of clinical factors of new patients, where there is one."""

from pathlib import Path

from smallmass.clinical.encoding import FACTORS
from smallmass.cohort import spreadsheet
from smallmass.cohort.findings import Finding
from smallmass.cohort.own_table import OwnTable, read_own_table
from smallmass.errors import UserError
from smallmass.settings import CohortSettings

_COLUMNS = ("case_id", "patient_id", "image", "frame", "diameter_cm", *FACTORS)


def table_path(folder: Path) -> tuple[Path | None, list[Finding]]:
    """Return the only table of a folder, or None and, where there are several, an error."""
    paths = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in spreadsheet.ENDINGS
        and path.suffix.lower() != ".txt"
        and not path.name.startswith((".", "~$"))
    ]
    if len(paths) > 1:
        names = ", ".join(path.name for path in paths)
        return None, [Finding.of("N002", "", f"the folder has several tables: {names}")]
    return (paths[0] if paths else None), []


def read_factors(path: Path, settings: CohortSettings) -> tuple[OwnTable | None, list[Finding]]:
    """Return a table of new patients, None where it cannot be read, and what is wrong with it."""
    try:
        own = read_own_table(path, _of_new_patients(settings, path), needed=())
    except UserError as error:
        return None, [Finding.of("N003", "", text) for text in error.problems]
    findings = [f for f in own.findings if not _about_other_columns(f)]
    if own.unused and not set(FACTORS) <= set(own.cases):
        lacking = [name for name in FACTORS if name not in own.cases]
        message = (
            f"{path.name} has no column for {', '.join(lacking)}, and these of its columns are "
            f"not used: {', '.join(map(repr, own.unused))}"
        )
        findings.append(Finding.of("N014", "", message))
    return own, findings


def _of_new_patients(settings: CohortSettings, path: Path) -> CohortSettings:
    """Return the settings without the columns that a table of new patients lacks.

    Their diagnosis is not known yet, nor need it be; a factor that is missing is unknown.
    """
    known = {*settings.columns.values(), *settings.columns}
    headers = {spreadsheet.folded(name) for name in _headers(path, settings, known)}
    columns = {
        name: header
        for name, header in settings.columns.items()
        if name in _COLUMNS and spreadsheet.folded(header) in headers
    }
    return settings.changed({"columns": columns, "units": settings.units, "further": []})


def _headers(path: Path, settings: CohortSettings, known: set[str]) -> list[str]:
    return list(spreadsheet.read_cells(path, sheet=settings.sheet, known=known).cells.columns)


def _about_other_columns(finding: Finding) -> bool:
    """Return whether a finding is about words of a column that reading does not need.

    How much of a factor is unknown stands in every case's note.
    """
    return finding.code == "T020" or (
        finding.code == "T012"
        and not any(f"has no agreed meaning for {name}" in finding.message for name in FACTORS)
    )
