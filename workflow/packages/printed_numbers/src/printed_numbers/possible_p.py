"""A printed P value against tests whose P is known within the rounding of what is printed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from printed_numbers.printed import Printed, show_p
from printed_numbers.verdicts import (
    CONSISTENT,
    NOT_EXPLAINED,
    Check,
    Finding,
    only_with,
    worst,
)


@dataclass(frozen=True)
class Possible:
    """A test with the range of P values that the printed numbers allow.

    Attributes:
        test: Its word in the file of relations.
        name: In sentences.
        low: The smallest P.
        high: The largest P; equal to ``low`` where nothing is rounded.
        condition: What must hold beside; empty for a plain test.
    """

    test: str
    name: str
    low: float
    high: float
    condition: str = ""

    @property
    def shown(self) -> str:
        """The P value, or its range."""
        low, high = show_p(self.low), show_p(self.high)
        return low if low == high else f"{low} to {high}"


def judge(
    number: Printed,
    check: str,
    possible: Sequence[Possible],
    named: Collection[str],
    data: str,
    level: float = 0.05,
) -> Check:
    """Judge which test gives a printed P.

    Args:
        number: The printed P.
        check: Name of the check.
        possible: Every test that was tried.
        named: The tests that the paper may mean; empty if it names none.
        data: What they were computed from, in words.
        level: The level of significance, from which "NS" is.
    """
    fitting = [p for p in possible if number.admits_range(p.low, p.high, level)]
    described = [p for p in fitting if not p.condition and (not named or p.test in named)]
    tried = "; ".join(f"{p.name} {p.shown}" for p in possible if not p.condition)
    if described:
        words = f"{data}: {described[0].shown} from the {described[0].name}."
        return Check.of(number, check, described[0].shown, CONSISTENT, words)
    if fitting:
        best = fitting[0]
        words = (
            f"{data}: {best.shown} from the {best.name}{best.condition and ', '}{best.condition}."
        )
        words += f" Tried: {tried}."
        condition = f"the {best.name}{best.condition and ', '}{best.condition}"
        return Check.of(number, check, best.shown, only_with(condition), words)
    words = f"{data}: none of the tests tried gives {number.text}: {tried}."
    return Check.of(number, check, "", NOT_EXPLAINED, words)


def finding(checks: Sequence[Check], named: str, not_known: str) -> list[Finding]:
    """Return the finding about P values that are not what they are said to be, if there are any.

    Args:
        checks: Of all P values of a relation.
        named: How the paper calls its test; empty if it names none.
        not_known: What else could give them.
    """
    wrong = [check for check in checks if check.kind != CONSISTENT]
    if not wrong:
        return []
    origin = f"do not come from the {named} that is named" if named else (
        "come from none of the tests tried"
        if all(check.kind == NOT_EXPLAINED for check in wrong)
        else "come from no test tried as the numbers stand"
    )  # fmt: skip
    return [
        Finding(
            title=f"{len(wrong)} of {len(checks)} P values {origin}",
            verdict=worst(wrong).kind,
            ids=tuple(check.id for check in wrong),
            arithmetic=tuple(f"{check.id}: {check.explanation}" for check in wrong),
            shown=f"{len(checks) - len(wrong)} of {len(checks)} P values follow from the printed "
            "numbers within their rounding.",
            not_known=not_known,
        )
    ]
