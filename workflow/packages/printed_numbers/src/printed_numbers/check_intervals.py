"""Proportions at their denominators, and their printed intervals against every method."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from printed_numbers.denominators import search
from printed_numbers.forms import (
    DECIMAL,
    INTERVAL,
    PERCENT,
    SIZE,
    TEXT,
    Form,
    Key,
    ListOf,
    rows,
    words,
)
from printed_numbers.grim import counts
from printed_numbers.intervals import INTERVAL_METHODS, NAMES, limits, matching_all
from printed_numbers.paper import Paper
from printed_numbers.printed import Printed, show
from printed_numbers.verdicts import (
    CONSISTENT,
    CONTRADICTION,
    IMPOSSIBLE,
    NOT_CHECKABLE,
    NOT_EXPLAINED,
    Check,
    Finding,
    Outcome,
    only_with,
    worst,
)

NONE_TRIED = f"None of the {len(INTERVAL_METHODS)} methods tried"


def proportions(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Check that percentages printed without a count have one at their denominator (GRIM).

    A finding about those that have none is left to `denominators`, which says what would explain
    them.
    """
    return Outcome([_has_count(paper[row["value"]], paper.count(row["of"])) for row in rows])


def _has_count(number: Printed, n: int) -> Check:
    """Check that one percentage is that of a count of n."""
    possible = counts(number.value, number.decimals, n)
    if possible:
        verdict, recomputed = CONSISTENT, ", ".join(f"{k}/{n}" for k in possible)
        words = f"{possible[0]}/{n} = {show(Fraction(100 * possible[0], n), 2)}%."
    else:
        recomputed = ""
        below = math.floor(number.value * n / 100)
        words = f"No count of {n} prints as {number.text}: " + " and ".join(
            f"{k}/{n} = {show(Fraction(100 * k, n), 2)}%" for k in (below, below + 1) if k <= n
        )
        own = len(number.text.partition(".")[2])
        coarse = counts(number.value, own, n) if own < number.decimals else []
        verdict = IMPOSSIBLE
        if coarse:
            rounding = f"rounding to {own} decimals" if own else "rounding to whole numbers"
            verdict = only_with(f"{rounding}, unlike its column")
            words += f"; {coarse[0]}/{n} would print so by {rounding}"
        words += "."
    return Check.of(number, "a count at its denominator (GRIM)", recomputed, verdict, words)


def intervals(
    paper: Paper,
    *,
    rows: list[dict[str, Any]],
    table: str,
    stated: str | None = None,
    confidence: float = 0.95,
    everyone: str | int | None = None,
    explained_at: Sequence[str | int] = (),
    likely: str = "",
) -> Outcome:
    """Check printed intervals of percentages against every method, and that one gives them all.

    Args:
        paper: The paper.
        rows: ``value`` (with its interval) and ``of`` of each.
        table: Name of the table, in sentences.
        stated: The method that the paper states, one of `INTERVAL_METHODS`.
        confidence: Of the printed intervals.
        everyone: Every case of the study: an interval that no method gives is looked for at all
            denominators up to this one.
        explained_at: Denominators that explain whole columns (the check `denominators` finds
            them): an interval that no method gives at its own is first looked for at these.
        likely: A sentence for the finding, where different methods give different rows.
    """
    tried = [(paper[row["value"]], paper.count(row["of"])) for row in rows]
    methods_of = {number.id: matches(number, n, confidence) for number, n in tried}
    explained = [set(methods) for methods in methods_of.values() if methods]
    common = set.intersection(*explained) if explained else set()
    elsewhere = _Elsewhere(
        paper.count(everyone) if everyone else None, [paper.count(size) for size in explained_at]
    )
    checks = [
        _interval(number, n, methods_of[number.id], common, stated, table, elsewhere, confidence)
        for number, n in tried
    ]
    wrong = [check for check in checks if check.kind not in (CONSISTENT, NOT_CHECKABLE)]
    if not wrong:
        return Outcome(checks)
    tried = [item for item in tried if counts(item[0].value, item[0].decimals, item[1])]
    return Outcome(
        checks, [_finding(paper, tried, methods_of, wrong, table, common, stated, likely)]
    )


def matches(number: Printed, n: int, confidence: float = 0.95) -> list[str]:
    """Return the methods that give an interval at n, from a count or the printed percentage.

    Nothing where the percentage has no count at n: what fits then fits by chance.
    """
    possible = counts(number.value, number.decimals, n)
    if not possible:
        return []
    numerators = [float(number.value) * n / 100, *possible]
    hits = matching_all(number, numerators, [n] * len(numerators), confidence)
    return [method for method in INTERVAL_METHODS if any(method in hit for hit in hits)]


def _interval(
    number: Printed,
    n: int,
    methods: list[str],
    common: set[str],
    stated: str | None,
    table: str,
    elsewhere: "_Elsewhere",
    confidence: float,
) -> Check:
    """Judge one interval."""
    names = " or ".join(NAMES[method] for method in methods)
    if not Fraction(number.low) <= number.value <= Fraction(number.high):
        verdict, words = CONTRADICTION, "The interval does not contain its own estimate."
    elif not counts(number.value, number.decimals, n):
        verdict = NOT_CHECKABLE
        words = f"No count of {n} has this percentage, so there is no interval to compare with."
    elif not methods:
        verdict = NOT_EXPLAINED
        words = f"{NONE_TRIED} gives it at n = {n}: {_all_methods(number, n, confidence)}."
        words += elsewhere.words(number, confidence)
    elif stated:
        fits = stated in methods
        verdict = CONSISTENT if fits else only_with(f"the {names} interval")
        words = f"{names} gives both ends at n = {n}" + (
            "." if fits else f"; the paper states {NAMES[stated]}."
        )
    elif common:
        verdict, words = CONSISTENT, f"{names} gives both ends at n = {n}."
    else:
        verdict = only_with(f"the {names} interval")
        words = f"Only {names} gives both ends at n = {n}; no one method gives all of {table}."
    return Check.of(number, "interval against every method", names, verdict, words)


@dataclass(frozen=True)
class _Elsewhere:
    """Other denominators at which an interval that nothing gives is looked for.

    Attributes:
        largest: Every one up to this; None: none.
        columns: Those that explain whole columns, which are named first.
    """

    largest: int | None
    columns: list[int]

    def words(self, number: Printed, confidence: float) -> str:
        """Return at which denominators percentage and interval come out together, in words."""
        for n in self.columns:
            methods = matches(number, n, confidence)
            if methods:
                names = " or ".join(NAMES[method] for method in methods)
                return (
                    f" At n = {n}, which explains a whole column, {names} gives this percentage "
                    "and this interval."
                )
        if not self.largest:
            return ""
        fits = [d.n for d in search([number], range(2, self.largest + 1)) if d.explains_all]
        if not fits:
            return (
                f" No denominator up to {self.largest} gives this percentage and this interval "
                "together, by any of these methods."
            )
        some = ", ".join(map(str, fits[:4])) + (f" and {len(fits) - 4} more" if fits[4:] else "")
        return f" Percentage and interval come out together with n = {some}."


def _all_methods(number: Printed, n: int, confidence: float) -> str:
    """Return what every method gives, in words."""
    count = counts(number.value, number.decimals, n)[0]
    ends = {method: limits(count, n, method, confidence) for method in INTERVAL_METHODS}
    return f"from {count}/{n}, " + ", ".join(
        f"{NAMES[method]} {show(low, number.decimals)}–{show(high, number.decimals)}"
        for method, (low, high) in ends.items()
    )


def _finding(
    paper: Paper,
    tried: list[tuple[Printed, int]],
    methods_of: dict[str, list[str]],
    wrong: list[Check],
    table: str,
    common: set[str],
    stated: str | None,
    likely: str,
) -> Finding:
    """Return what the intervals of a table show together."""
    lines = []
    for method in INTERVAL_METHODS:
        ids = [number.id for number, _ in tried if method in methods_of[number.id]]
        if ids:
            lines.append(
                f"{NAMES[method]} gives {len(ids)} of {len(tried)}: "
                + ", ".join(f"{name} {paper[name].shown}" for name in ids)
                + "."
            )
    lines += [
        f"{check.id}, {paper[check.id].name}, {paper[check.id].shown}: {check.explanation}"
        for check in wrong
        if check.kind in (NOT_EXPLAINED, CONTRADICTION)
    ]
    given = {name for name, methods in methods_of.items() if methods}
    title = f"{NONE_TRIED} gives all intervals of {table}"
    if stated and common:
        title = f"{len(wrong)} of the {len(tried)} intervals of {table} are not {NAMES[stated]}'s"
    elif common:
        title = (
            f"{len(wrong)} of the {len(tried)} intervals of {table} come from none of the "
            f"{len(INTERVAL_METHODS)} methods tried"
        )
    unknown = [] if stated else ["The method, which the paper does not name."]
    if len(given) < len(methods_of):
        unknown.append("Where the intervals that none of the methods tried gives come from.")
    return Finding(
        title=title,
        verdict=worst(wrong).kind,
        ids=tuple(check.id for check in wrong),
        arithmetic=tuple(lines),
        shown=f"{len(given)} of the {len(tried)} intervals whose percentage has a count are "
        f"reproduced to the digit at the stated denominators{_by(given, common)}.",
        likely=likely if given and not common else "",
        not_known=" ".join(unknown) or "Why these intervals are others.",
    )


def _by(given: set[str], common: set[str]) -> str:
    """Return by how many methods the intervals that are reproduced are, in words."""
    if not given:
        return ""
    return ", all by one method" if common else ", by methods that differ from row to row"


FORMS = {
    "proportions": Form(
        proportions,
        "a percentage with any count of its denominator (GRIM)",
        {"rows": rows({"value": Key(PERCENT, "the percentage"), "of": Key(SIZE, "n")})},
    ),
    "intervals": Form(
        intervals,
        "intervals of percentages with every method; one method for a table",
        {
            "rows": rows({"value": Key(INTERVAL, "with its interval"), "of": Key(SIZE, "n")}),
            "table": Key(TEXT, "name of the table in sentences"),
            "stated": Key(words(*INTERVAL_METHODS), "the method that is named", required=False),
            "confidence": Key(DECIMAL, "of the intervals, 0.95 unless given", required=False),
            "everyone": Key(
                SIZE, "an unexplained interval is looked for at every n up to it", required=False
            ),
            "explained_at": Key(
                ListOf(SIZE, 0), "denominators that explain whole columns", required=False
            ),
            "likely": Key(TEXT, "a sentence, where methods differ from row to row", required=False),
        },
    ),
}
