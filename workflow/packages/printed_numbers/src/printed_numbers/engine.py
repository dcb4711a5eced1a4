"""The audit of a paper: every relation checked, every number judged, findings ranked."""

from dataclasses import dataclass

import pandas as pd

from printed_numbers.checks import CHECKS
from printed_numbers.errors import PaperError
from printed_numbers.paper import Paper
from printed_numbers.relations import problems_of
from printed_numbers.verdicts import (
    CONSISTENT,
    NOT_CHECKABLE,
    Check,
    Finding,
    rank,
    worst,
)

OVERALL = "overall"
COLUMNS = ("id", "printed", "check", "recomputed", "verdict", "explanation")


@dataclass(frozen=True)
class Audit:
    """What the audit of a paper gave.

    Attributes:
        paper: The paper.
        checks: Every check, in the order of the printed numbers.
        overall: The verdict on each printed number: that of its worst check.
        findings: What the checks show together, the weightiest first.
    """

    paper: Paper
    checks: list[Check]
    overall: dict[str, Check]
    findings: list[Finding]

    def table(self) -> pd.DataFrame:
        """Return one row a check and one row ``overall`` for every printed number."""
        rows = []
        for name in self.paper.numbers:
            rows += [check for check in self.checks if check.id == name]
            rows.append(self.overall[name])
        return pd.DataFrame([[getattr(row, c) for c in COLUMNS] for row in rows], columns=COLUMNS)

    def findings_table(self) -> pd.DataFrame:
        """Return one row a finding, the weightiest first."""
        return pd.DataFrame(
            {
                "rank": range(1, len(self.findings) + 1),
                "points": [finding.points for finding in self.findings],
                "verdict": [finding.verdict for finding in self.findings],
                "title": [finding.title for finding in self.findings],
                "ids": [" ".join(finding.ids) for finding in self.findings],
                "arithmetic": [" | ".join(finding.arithmetic) for finding in self.findings],
                "shown": [finding.shown for finding in self.findings],
                "likely": [finding.likely for finding in self.findings],
                "not_known": [finding.not_known for finding in self.findings],
            }
        )


def audit(paper: Paper) -> Audit:
    """Run every check that the paper's relations ask for.

    Raises:
        PaperError: With every problem of the relations, each with its relation, row and key.

    Example:
        >>> from printed_numbers.printed import Printed
        >>> sens = Printed("sens", ("table2",), "", "a reader", "sensitivity", "63.4", "", "", 1)
        >>> relations = [{"check": "proportions", "rows": [{"value": "sens", "of": 60}]}]
        >>> result = audit(Paper("A paper", "nowhere", {"sens": sens}, relations))
        >>> result.overall["sens"].verdict, result.overall["sens"].explanation
        ('impossible', 'No count of 60 prints as 63.4: 38/60 = 63.33% and 39/60 = 65.00%.')
    """
    if problems := problems_of(paper.numbers, paper.relations):
        raise PaperError(problems)
    checks: list[Check] = []
    findings: list[Finding] = []
    for relation in paper.relations:
        keys = {key: value for key, value in relation.items() if key != "check"}
        outcome = CHECKS[relation["check"]].check(paper, **keys)
        checks += outcome.checks
        findings += outcome.findings
    return Audit(
        paper=paper,
        checks=checks,
        overall={name: _overall(paper, name, checks) for name in paper.numbers},
        findings=rank(findings, paper.prominence()),
    )


def _overall(paper: Paper, name: str, checks: list[Check]) -> Check:
    """Return the verdict on a printed number."""
    number = paper[name]
    own = [check for check in checks if check.id == name]
    if not own:
        return Check(name, OVERALL, number.shown, "", NOT_CHECKABLE, paper.reason(name))
    decisive = worst(own)
    words = decisive.explanation
    if decisive.kind == CONSISTENT and len(own) > 1:
        words += f" {'Both' if len(own) == 2 else f'All {len(own)}'} checks agree."
    elif len(own) > 1:
        worse = sum(check.kind not in (CONSISTENT, NOT_CHECKABLE) for check in own)
        words = f"{decisive.check}: {words} ({worse} of {len(own)} checks do not pass.)"
    return Check(name, OVERALL, number.shown, decisive.recomputed, decisive.verdict, words)
