"""What may be found in a cohort: every rule's code, severity, title and remedy.

A code is for good: it is not given again once its rule has gone. Its letter is the rule's area.
"""

from dataclasses import dataclass
from enum import StrEnum

AREAS = {
    "S": "Split and folds",
}


class Severity(StrEnum):
    """How grave a finding is, the gravest first.

    ``error`` stops the study; ``dropped`` takes the case out, and the flow of cases shows it;
    ``warning`` is to be known.
    """

    ERROR = "error"
    DROPPED = "dropped"
    WARNING = "warning"


@dataclass(frozen=True)
class Rule:
    """What the findings of one kind have in common.

    Args:
        severity: How grave it is.
        title: The name of the check.
        remedy: What to do about it; empty where the message says it.
        public: The severity in a public dataset, which only its authors could put right.

    Title and remedy may have fields in braces, which a finding fills in.
    """

    severity: Severity
    title: str
    remedy: str = ""
    public: Severity | None = None


def _error(title: str, remedy: str = "", public: Severity | None = None) -> Rule:
    return Rule(Severity.ERROR, title, remedy, public)


def _dropped(title: str, remedy: str) -> Rule:
    return Rule(Severity.DROPPED, title, remedy)


def _warning(title: str, remedy: str = "") -> Rule:
    return Rule(Severity.WARNING, title, remedy)


RULES = {
    "S001": _error(
        "too few cases for the folds", "Ask for fewer with {key}, or give a larger cohort"
    ),
    "S002": _error(
        "cross-fitted, but no test case",
        "Make it a test case, or set cross_fitting.cohort to null",
    ),
    "S003": _error("no split", "Fill it in ({splits}), or set split.assignment to stratified"),
    "S004": _error(
        "torn between splits", "Correct published_split, or set split.assignment to stratified"
    ),
    "S005": _error(
        "too few cases for the split",
        "Give a larger cohort, other fractions (split.validation, split.test), or another "
        "split.assignment",
    ),
    "S006": _error("outline needed", "Draw its outline, or make it a test case"),
}
