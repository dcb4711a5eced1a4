"""Odds ratios, risk ratios and others with their intervals and P values."""

import math
from collections.abc import Iterator, Mapping
from statistics import NormalDist
from typing import Any

import numpy as np
from scipy import stats

from printed_numbers.forms import COUNT, FLAG, NUMBER, SIZE, Form, Key, Numbers, P, rows, words
from printed_numbers.paper import Paper
from printed_numbers.printed import Printed, show, show_p, window
from printed_numbers.verdicts import (
    CONSISTENT,
    NOT_CHECKABLE,
    NOT_EXPLAINED,
    Check,
    Finding,
    Outcome,
    only_with,
    worst,
)

KINDS = ("odds ratio", "risk ratio", "hazard ratio")
Z = NormalDist().inv_cdf(0.975)
Estimate = tuple[float, float, float]  # the ratio and the ends of its interval


def ratios(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Check ratios against their counts, their intervals for symmetry, and their P values.

    Args:
        paper: The paper.
        rows: ``value`` (with or without an interval), ``kind`` (one of `KINDS`); ``first``,
            ``of_first``, ``second``, ``of_second``: the counts that it compares, first / second;
            ``adjusted``: whether other variables stand in its model, so that counts do not give
            it; ``p``.
    """
    checks: list[Check] = []
    for row in rows:
        number = paper[row["value"]]
        if "first" in row and not row.get("adjusted"):
            checks.append(_of_counts(paper, row, number))
        elif number.low:
            checks.append(_symmetry(number))
        if "p" in row and number.low:
            checks.append(_p_of_interval(paper[row["p"]], number))
    wrong = [c for c in checks if c.kind not in (CONSISTENT, NOT_CHECKABLE)]
    if not wrong:
        return Outcome(checks)
    finding = Finding(
        title=f"{len(wrong)} of {len(checks)} ratios, intervals and P values do not fit together",
        verdict=worst(wrong).kind,
        ids=tuple(dict.fromkeys(check.id for check in wrong)),
        arithmetic=tuple(f"{check.id}: {check.explanation}" for check in wrong),
        shown="None of the methods tried gives these numbers from those beside them.",
        not_known="Whether a model with other variables, another method or a slip gave them.",
    )
    return Outcome(checks, [finding])


def of_counts(kind: str, a: float, n1: float, c: float, n2: float) -> dict[str, Estimate]:
    """Return a ratio of two groups with its interval by every method that was tried.

    Args:
        kind: ``odds ratio`` or ``risk ratio``.
        a: Count of the first group.
        n1: Its cases.
        c: Count of the second group.
        n2: Its cases.

    Source: Woolf 1955 (Ann Hum Genet 19:251); Katz et al. 1978 (Biometrics 34:469); Haldane 1956
    (Ann Hum Genet 20:309); the conditional odds ratio is that of R's fisher.test.

    Example:
        >>> for method, three in of_counts("odds ratio", 38, 60, 45, 60).items():
        ...     print(method, [round(x, 2) for x in three])
        Woolf [0.58, 0.26, 1.26]
        Woolf with half a case added [0.58, 0.27, 1.27]
        conditional, exact [0.58, 0.24, 1.35]
    """
    b, d = n1 - a, n2 - c
    methods: dict[str, Estimate] = {}
    if kind == "odds ratio":
        for name, more in (("Woolf", 0.0), ("Woolf with half a case added", 0.5)):
            cells = [x + more for x in (a, b, c, d)]
            if min(cells) > 0:
                error = math.sqrt(sum(1 / x for x in cells))
                methods[name] = _around(cells[0] * cells[3] / (cells[1] * cells[2]), error)
        found = stats.contingency.odds_ratio(np.array([[a, b], [c, d]], int))
        ends = found.confidence_interval(0.95)
        methods["conditional, exact"] = float(found.statistic), float(ends.low), float(ends.high)
    else:
        for name, more in (("Katz", 0.0), ("Katz with half a case added", 0.5)):
            x, y, m1, m2 = a + more, c + more, n1 + more, n2 + more
            if min(x, y) > 0:
                error = math.sqrt(max(1 / x - 1 / m1 + 1 / y - 1 / m2, 0.0))
                methods[name] = _around((x / m1) / (y / m2), error)
    return methods


def _around(ratio: float, error: float) -> Estimate:
    """Return a ratio with Wald's interval of its logarithm."""
    return ratio, ratio * math.exp(-Z * error), ratio * math.exp(Z * error)


def _of_counts(paper: Paper, row: dict[str, Any], number: Printed) -> Check:
    """Judge a ratio against its counts."""
    name = f"{row['kind']} of its counts"
    a, n1, c, n2 = (paper.count(row[k]) for k in ("first", "of_first", "second", "of_second"))
    methods = of_counts(row["kind"], a, n1, c, n2)
    tried = ", ".join(f"{method} {_shown(three, number)}" for method, three in methods.items())
    data = f"{a}/{n1} against {c}/{n2}"
    for method, three in methods.items():
        if _prints(number, three):
            words = f"{data}: {_shown(three, number)} by {method}."
            return Check.of(number, name, method, CONSISTENT, words)
    for method, three in of_counts(row["kind"], c, n2, a, n1).items():
        if _prints(number, three):
            words = (
                f"{data}: {tried}. With the groups exchanged: {_shown(three, number)}, {method}."
            )
            return Check.of(number, name, method, only_with("the groups exchanged"), words)
    words = f"{data}: {tried}; printed is {number.shown}."
    return Check.of(number, name, "", NOT_EXPLAINED, words)


def _prints(number: Printed, three: Estimate) -> bool:
    """Return whether a ratio, and its interval if it has one, prints as the number does."""
    texts = (number.text, number.low, number.high) if number.low else (number.text,)
    return all(_like(text, value) for text, value in zip(texts, three, strict=False))


def _like(text: str, value: float) -> bool:
    """Return whether a value prints as a text, each with its own decimals."""
    decimals = len(text.partition(".")[2])
    return Printed("", (), "", "", "", text, "", "", decimals).admits(value)


def _shown(three: Estimate, number: Printed) -> str:
    ratio, low, high = (show(value, number.decimals) for value in three)
    return f"{ratio} ({low}–{high})"


def _logs(text: str) -> tuple[float, float]:
    """Return the logarithms of the ends of a printed number's rounding."""
    decimals = len(text.partition(".")[2])
    printed = Printed("", (), "", "", "", text, "", "", decimals)
    low, high = (float(end) for end in window(printed.value, decimals))
    return math.log(low) if low > 0 else -math.inf, math.log(high) if high > 0 else -math.inf


def _symmetry(number: Printed) -> Check:
    """Judge whether a ratio lies in the middle of its interval on the logarithmic scale."""
    value, low, high = (_logs(text) for text in (number.text, number.low, number.high))
    middle = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
    fits = value[0] <= middle[1] and middle[0] <= value[1]
    words = (
        f"Wald's interval of a logarithm lies evenly about it: √({number.low} × {number.high}) = "
        f"{math.exp(sum(middle) / 2) if math.isfinite(sum(middle)) else 0:.3f} within its rounding "
        f"{'gives' if fits else 'does not give'} {number.text}; other intervals need not."
    )
    verdict = CONSISTENT if fits else NOT_EXPLAINED
    return Check.of(number, "ratio within its interval", "", verdict, words)


def _p_of_interval(p: Printed, number: Printed) -> Check:
    """Judge a P value against the interval of its ratio."""
    value, low, high = (_logs(text) for text in (number.text, number.low, number.high))
    wide, narrow = high[1] - low[0], high[0] - low[1]
    if not math.isfinite(wide) or narrow <= 0:
        words = "The interval is printed with too few digits to give a P value."
        return Check.of(p, "P of its interval", "", NOT_CHECKABLE, words)
    nearest = 0.0 if value[0] <= 0 <= value[1] else min(map(abs, value))
    ends = [2 * Z * nearest / wide, 2 * Z * max(map(abs, value)) / narrow]
    largest, smallest = (float(2 * stats.norm.sf(z)) for z in ends)
    shown = f"{show_p(smallest)} to {show_p(largest)}"
    fits = p.admits_range(smallest, largest)
    words = (
        f"{number.shown} as Wald's interval of a logarithm gives P = {shown} within its rounding; "
        f"printed is {p.text}."
    )
    return Check.of(p, "P of its interval", shown, CONSISTENT if fits else NOT_EXPLAINED, words)


def _whole_comparison(numbers: Numbers, row: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a row lacks."""
    parts = ("first", "of_first", "second", "of_second")
    here = [key for key in parts if key in row]
    if here and len(here) < len(parts):
        yield f"{', '.join(key for key in parts if key not in row)}: missing; write all four counts"
    if here and row["kind"] == "hazard ratio":
        yield "kind: counts do not give a hazard ratio; leave them out"
    number = numbers.get(row["value"])
    if not here and number is not None and not number.low:
        yield f"value: {row['value']} has no interval, and no counts stand beside it"
    texts = (number.text, number.low, number.high) if number is not None else ()
    if any(text and float(text) < 0 for text in texts):
        yield f"value: {row['value']} is below 0, which no ratio is"


FORMS = {
    "ratios": Form(
        ratios,
        "odds and risk ratios with counts; intervals of ratios with themselves and with P",
        {
            "rows": rows(
                {
                    "value": Key(NUMBER, "the ratio, with or without its interval"),
                    "kind": Key(words(*KINDS), "what it is"),
                    "first": Key(COUNT, "count of the first group", required=False),
                    "of_first": Key(SIZE, "its cases", required=False),
                    "second": Key(
                        COUNT, "count of the group that it is compared with", required=False
                    ),
                    "of_second": Key(SIZE, "its cases", required=False),
                    "adjusted": Key(FLAG, "other variables stand in its model", required=False),
                    "p": Key(P, "its P value", required=False),
                },
                also=_whole_comparison,
            )
        },
    ),
}
