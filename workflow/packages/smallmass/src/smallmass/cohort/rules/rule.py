"""A rule by which something is found in a cohort: how grave it is, its title and remedy."""

from dataclasses import dataclass
from enum import StrEnum


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


def error(title: str, remedy: str = "", public: Severity | None = None) -> Rule:
    return Rule(Severity.ERROR, title, remedy, public)


def dropped(title: str, remedy: str) -> Rule:
    return Rule(Severity.DROPPED, title, remedy)


def warning(title: str, remedy: str = "") -> Rule:
    return Rule(Severity.WARNING, title, remedy)
