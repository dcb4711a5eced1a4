"""What a check and a finding are, the few verdicts, and which findings come first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from printed_numbers.printed import Printed

CONSISTENT = "consistent"
ONLY_WITH = "consistent only with"
IMPOSSIBLE = "impossible"
NOT_EXPLAINED = "not explained"
CONTRADICTION = "contradiction"
NOT_CHECKABLE = "not checkable"

# From the worst to the mildest, with what each means and its points in the ranking of findings.
VERDICTS = {
    IMPOSSIBLE: (
        "No data of the printed size, within the printed limits and by the printed procedure, "
        "give this number.",
        4,
    ),
    CONTRADICTION: ("Two statements of the paper cannot both be true.", 3),
    NOT_EXPLAINED: ("None of the methods tried gives the printed digits; another might.", 2),
    ONLY_WITH: (
        "The digits come out, but only under a condition that the paper does not state.",
        1,
    ),
    CONSISTENT: ("What the paper states gives the printed digits.", 0),
    NOT_CHECKABLE: ("Nothing else that is printed bears on this number.", 0),
}
_ORDER = tuple(VERDICTS)
RANKING_RULE = (
    "points = verdict (impossible 4, contradiction 3, not explained 2, consistent only with 1) × "
    "the most prominent place of the numbers concerned; among equals the finding that concerns "
    "more numbers comes first"
)


@dataclass(frozen=True)
class Check:
    """One check of one printed number.

    Attributes:
        id: Of the printed number.
        check: Name of the check.
        printed: The number as printed.
        recomputed: What it was compared with.
        verdict: One of `VERDICTS`; `ONLY_WITH` is followed by its condition.
        explanation: A sentence with the arithmetic.
    """

    id: str
    check: str
    printed: str
    recomputed: str
    verdict: str
    explanation: str

    @classmethod
    def of(
        cls, number: Printed, check: str, recomputed: str, verdict: str, explanation: str
    ) -> "Check":
        """Return a check of a printed number."""
        return cls(number.id, check, number.shown, recomputed, verdict, explanation)

    @property
    def kind(self) -> str:
        """The verdict without the condition of `ONLY_WITH`."""
        return kind(self.verdict)


@dataclass(frozen=True)
class Finding:
    """What several checks show together, in words that go no further than the arithmetic.

    Attributes:
        title: One sentence.
        verdict: One of `VERDICTS`, without a condition.
        ids: The printed numbers that it concerns.
        arithmetic: Lines that a reader can check by hand.
        shown: What the arithmetic shows.
        likely: What is likely, and why; may be empty.
        not_known: What cannot be known from print.
        points: By the ranking rule; set by `rank`.
    """

    title: str
    verdict: str
    ids: tuple[str, ...]
    arithmetic: tuple[str, ...]
    shown: str
    likely: str = ""
    not_known: str = ""
    points: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Outcome:
    """What one relation gave."""

    checks: list[Check]
    findings: list[Finding] = field(default_factory=list)


def only_with(condition: str) -> str:
    """Return the verdict `ONLY_WITH` with its condition."""
    return f"{ONLY_WITH} {condition}"


def kind(verdict: str) -> str:
    """Return a verdict without its condition.

    Raises:
        ValueError: If it is none of `VERDICTS`.
    """
    if verdict.startswith(ONLY_WITH):
        return ONLY_WITH
    if verdict not in VERDICTS:
        raise ValueError(f"verdict is {verdict!r}; allowed: {', '.join(VERDICTS)}")
    return verdict


def worst(checks: Iterable[Check]) -> Check:
    """Return the check with the worst verdict, the first among equals."""
    return min(checks, key=lambda check: _ORDER.index(check.kind))


def points(verdict: str) -> int:
    """Return the points of a verdict in the ranking."""
    return VERDICTS[kind(verdict)][1]


def rank(findings: Iterable[Finding], prominence: Mapping[str, int]) -> list[Finding]:
    """Return the findings with their points, the weightiest first.

    Args:
        findings: In any order.
        prominence: Points of the most prominent place of each printed number, by id.
    """

    def scored(finding: Finding) -> Finding:
        prominent = max((prominence[name] for name in finding.ids), default=1)
        return replace(finding, points=points(finding.verdict) * prominent)

    return sorted(map(scored, findings), key=lambda finding: (-finding.points, -len(finding.ids)))
