"""The audit of a paper: every relation checked, every number judged, findings ranked."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from printed_numbers import (
    check_auroc,
    check_ceiling,
    check_claims,
    check_counts,
    check_denominators,
    check_intervals,
    check_logic,
    check_means,
    check_p_values,
    check_split,
)
from printed_numbers.errors import PaperError
from printed_numbers.relations import Paper
from printed_numbers.verdicts import (
    CONSISTENT,
    NOT_CHECKABLE,
    Check,
    Finding,
    Outcome,
    rank,
    worst,
)

CHECKS: dict[str, Callable[..., Outcome]] = {
    "sums": check_counts.sums,
    "percentages": check_counts.percentages,
    "means": check_means.means,
    "proportions": check_intervals.proportions,
    "intervals": check_intervals.intervals,
    "denominators": check_denominators.denominators,
    "p_values": check_p_values.p_values,
    "gate": check_logic.gate,
    "accuracy": check_logic.accuracy,
    "copies": check_logic.copies,
    "order": check_logic.order,
    "ranges": check_logic.ranges,
    "listed": check_logic.listed,
    "equal": check_logic.equal,
    "follow_up": check_logic.follow_up,
    "statements": check_logic.statements,
    "auroc": check_auroc.auroc,
    "outperformed": check_claims.outperformed,
    "non_inferior": check_claims.non_inferior,
    "random_split": check_split.random_split,
    "ceilings": check_ceiling.ceilings,
}
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
        PaperError: With every relation that names no check, or not the keys that its check needs.

    Example:
        >>> from printed_numbers.printed import Printed
        >>> sens = Printed("sens", ("table2",), "", "a reader", "sensitivity", "63.4", "", "", 1)
        >>> relations = [{"check": "proportions", "rows": [{"value": "sens", "of": 60}]}]
        >>> result = audit(Paper("A paper", "nowhere", {"sens": sens}, relations))
        >>> result.overall["sens"].verdict, result.overall["sens"].explanation
        ('impossible', 'No count of 60 prints as 63.4: 38/60 = 63.33% and 39/60 = 65.00%.')
    """
    _validate(paper)
    checks: list[Check] = []
    findings: list[Finding] = []
    for relation in paper.relations:
        keys = {key: value for key, value in relation.items() if key != "check"}
        outcome = CHECKS[relation["check"]](paper, **keys)
        checks += outcome.checks
        findings += outcome.findings
    return Audit(
        paper=paper,
        checks=checks,
        overall={name: _overall(paper, name, checks) for name in paper.numbers},
        findings=rank(findings, paper.prominence()),
    )


def _validate(paper: Paper) -> None:
    """Raise every problem of the relations' form at once."""
    problems = []
    for i, relation in enumerate(paper.relations, 1):
        name = relation.get("check")
        if name not in CHECKS:
            problems.append(
                f"relation {i}: check is {name!r}; choose one of {', '.join(sorted(CHECKS))}"
            )
            continue
        keys = {key: value for key, value in relation.items() if key != "check"}
        try:
            inspect.signature(CHECKS[name]).bind(paper, **keys)
        except TypeError as error:
            problems.append(f"relation {i} ({name}): {error}; correct its keys")
    if problems:
        raise PaperError(problems)


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
