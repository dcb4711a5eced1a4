"""Findings: what is wrong with a cohort, in which case, and what to do about it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields

import pandas as pd

ERROR = "error"
DROPPED = "dropped"
WARNING = "warning"
SEVERITIES = (ERROR, DROPPED, WARNING)


@dataclass(frozen=True)
class Finding:
    """One thing found in a cohort.

    Args:
        severity: ``error`` stops the study; ``dropped`` takes the case out, and the flow of cases
            shows it; ``warning`` is to be known.
        check: The name of the check, the same for every case.
        case_id: The case, or empty for the whole cohort.
        message: What is wrong.
        remedy: What to do about it.
    """

    severity: str
    check: str
    case_id: str
    message: str
    remedy: str

    def line(self) -> str:
        """Return the finding as one line for a screen."""
        where = f"case {self.case_id}: " if self.case_id else ""
        return f"{where}{self.message}. {self.remedy}."


def to_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return findings as the table of integrity.csv, the gravest first."""
    names = ["case_id", *(f.name for f in fields(Finding) if f.name != "case_id")]
    order = {severity: place for place, severity in enumerate(SEVERITIES)}
    ranked = sorted(findings, key=lambda finding: order[finding.severity])
    return pd.DataFrame([asdict(finding) for finding in ranked], columns=names)


def from_table(table: pd.DataFrame) -> list[Finding]:
    """Return the findings of a table that `to_table` made."""
    return [Finding(**row) for row in table.fillna("").astype(str).to_dict("records")]


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that stop the study."""
    return [finding for finding in findings if finding.severity == ERROR]


def dropped_cases(findings: Iterable[Finding]) -> set[str]:
    """Return the identifiers of the cases that findings take out."""
    return {finding.case_id for finding in findings if finding.severity == DROPPED}


def grouped(findings: Iterable[Finding]) -> str:
    """Return findings as text: one paragraph a severity and check, with every case of it."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.check), []).append(finding)
    lines = []
    for (severity, check), members in sorted(
        groups.items(), key=lambda group: SEVERITIES.index(group[0][0])
    ):
        lines.append(f"{severity}: {check} ({len(members)})")
        for finding in members:
            lines.append(f"  {finding.line()}")
    return "\n".join(lines) if lines else "No problem found."
