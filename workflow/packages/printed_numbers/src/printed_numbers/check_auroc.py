"""AUROC: its interval, and what a point on its curve allows."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from statistics import NormalDist
from typing import Any

from diagnostic_accuracy.roc import hanley_mcneil_error
from printed_numbers.delong_bounds import delong_bounds
from printed_numbers.forms import AREA, FLAG, NUMBER, PERCENT, SIZE, Form, Key, Numbers, P, rows
from printed_numbers.intervals import NAMES, matching
from printed_numbers.paper import Paper
from printed_numbers.printed import Printed, prints, show, show_p, window
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
)


def auroc(paper: Paper, *, rows: list[dict]) -> Outcome:
    """Check AUROCs.

    Rows have ``auroc``, ``positives``, ``negatives`` and may have ``sensitivity``,
    ``specificity`` (a point of the curve) and ``youden``: whether that point is the one with the
    highest sum of the two. DeLong's interval needs the single scores and cannot be recomputed,
    but how wide it can be is known (`delong_bounds`).
    """
    checks: list[Check] = []
    for row in rows:
        number = paper[row["auroc"]]
        sizes = paper.count(row["positives"]), paper.count(row["negatives"])
        if number.low:
            checks.append(_interval(number, *sizes))
        if "sensitivity" in row:
            checks.append(_point(paper, row, number))
    findings = [
        Finding(
            title=f"AUROC {check.printed} does not fit {check.check}",
            verdict=check.kind,
            ids=(check.id,),
            arithmetic=(check.explanation,),
            shown="These numbers cannot all be right."
            if check.kind in (IMPOSSIBLE, CONTRADICTION)
            else "None of the methods tried gives this interval from these numbers.",
            not_known="Which of them is wrong.",
        )
        for check in checks
        if check.kind not in (CONSISTENT, NOT_CHECKABLE)
    ]
    return Outcome(checks, findings)


def _interval(number: Printed, positives: int, negatives: int) -> Check:
    """Check an AUROC's interval against Hanley and McNeil's and the binomial ones."""
    name, printed = "its interval", (Fraction(number.low), Fraction(number.high))
    if not printed[0] <= number.value <= printed[1]:
        return Check.of(
            number, name, "", CONTRADICTION, "The interval does not contain its own estimate."
        )
    z = NormalDist().inv_cdf(0.975)
    tried = []
    # The printed AUROC stands for any within its rounding.
    low, high = (float(end) for end in window(number.value, number.decimals))
    steps = [low + i * (high - low) / 10 for i in range(11)]
    for area in sorted(steps, key=lambda x: abs(x - float(number.value))):
        reach = z * hanley_mcneil_error(area, positives, negatives)
        ends = area - reach, min(area + reach, 1.0)
        tried.append((area, ends))
        if all(prints(end, p, number.decimals) for end, p in zip(ends, printed, strict=True)):
            words = (
                f"Hanley–McNeil's standard error at {area:.3f} with {positives} and {negatives} "
                f"cases is {reach / z:.4f}: {ends[0]:.3f} to {ends[1]:.3f}."
            )
            return Check.of(number, name, "Hanley–McNeil", CONSISTENT, words)
    share = Printed(
        number.id,
        (),
        "",
        "",
        "",
        str(float(100 * number.value)),
        str(float(100 * printed[0])),
        str(float(100 * printed[1])),
        max(number.decimals - 2, 0),
    )
    n = positives + negatives
    methods = matching(share, float(number.value) * n, n)
    if methods:
        return Check.of(
            number,
            name,
            NAMES[methods[0]],
            CONSISTENT,
            f"The {NAMES[methods[0]]} interval of a proportion of {n} gives it.",
        )
    _, ends = tried[0]
    verdict, words = _within_bounds(number, steps, positives, negatives)
    return Check.of(
        number,
        name,
        f"{show(ends[0], 3)}–{show(ends[1], 3)}",
        verdict,
        f"Hanley–McNeil gives {ends[0]:.3f} to {ends[1]:.3f}; DeLong's interval needs the single "
        f"scores and cannot be recomputed from print. {words}",
    )


def _within_bounds(
    number: Printed, areas: list[float], positives: int, negatives: int
) -> tuple[str, str]:
    """Return the verdict on the width of an interval, and a sentence.

    Args:
        number: An AUROC with its interval.
        areas: The AUROCs that print so.
        positives: Positive cases.
        negatives: Negative cases.
    """
    low, high = Fraction(number.low), Fraction(number.high)
    unit = Fraction(1, 10**number.decimals)
    if min(positives, negatives) < 2 or high >= 1 or low <= 0:
        return NOT_CHECKABLE, "Its ends are cut off, so its width says nothing."
    if abs(low + high - 2 * number.value) > 2 * unit:
        return NOT_CHECKABLE, "It does not lie evenly about its estimate, as DeLong's would."
    z = NormalDist().inv_cdf(0.975)
    bounds = [delong_bounds(area, positives, negatives) for area in areas]
    least, most = (z * pick(b[i] for b in bounds) for i, pick in ((0, min), (1, max)))
    half, slack = float(high - low) / 2, float(unit) / 2
    words = (
        f"DeLong's would reach {least:.3f} to {most:.3f} to either side; printed are {half:.3f}."
    )
    if half - slack > most:
        return NOT_EXPLAINED, f"{words} It is wider than any of these data."
    if half + slack < least:
        return only_with("many tied scores, or another method"), f"{words} It is narrower."
    return NOT_CHECKABLE, words


def auroc_differences(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Check differences of AUROCs, and their P values against both intervals.

    The variance of a difference lies between the squares of the difference and of the sum of both
    standard errors, however the scores hang together.

    Args:
        paper: The paper.
        rows: ``first`` and ``second`` (AUROCs); ``difference``; ``p``.
    """
    checks = []
    for row in rows:
        first, second = paper[row["first"]], paper[row["second"]]
        (low1, high1), (low2, high2) = (window(n.value, n.decimals) for n in (first, second))
        ends = sorted(map(abs, (float(low1 - high2), float(high1 - low2))))
        smallest = 0.0 if low1 <= high2 and low2 <= high1 else ends[0]
        if "difference" in row:
            checks.append(_difference(paper[row["difference"]], first, second, smallest, ends[1]))
        if "p" in row:
            checks.append(_p_of_difference(paper[row["p"]], first, second, smallest, ends[1]))
    findings = [
        Finding(
            title=f"{check.printed} is not that of the two AUROCs beside it",
            verdict=check.kind,
            ids=(check.id,),
            arithmetic=(check.explanation,),
            shown="The printed AUROCs do not give this number within their rounding.",
            not_known="Which of the numbers is a slip.",
        )
        for check in checks
        if check.kind not in (CONSISTENT, NOT_CHECKABLE)
    ]
    return Outcome(checks, findings)


def _difference(
    number: Printed, first: Printed, second: Printed, smallest: float, largest: float
) -> Check:
    """Judge a difference, whichever way round it is printed."""
    fits = number.admits_range(smallest, largest) or number.admits_range(-largest, -smallest)
    words = (
        f"{first.text} and {second.text} differ by {smallest:.4g} to {largest:.4g} within their "
        f"rounding; printed is {number.text}."
    )
    shown = f"{smallest:.4g} to {largest:.4g}"
    return Check.of(
        number, "difference of AUROCs", shown, CONSISTENT if fits else CONTRADICTION, words
    )


def _p_of_difference(
    p: Printed, first: Printed, second: Printed, smallest: float, largest: float
) -> Check:
    """Judge a P value of a difference against the intervals of both AUROCs."""
    name = "P of two AUROCs"
    if not (first.low and second.low) or max(float(n.high) for n in (first, second)) >= 1:
        words = "Both AUROCs need intervals that are not cut off, for their standard errors."
        return Check.of(p, name, "", NOT_CHECKABLE, words)
    z = NormalDist().inv_cdf(0.975)
    errors = []
    for number in (first, second):
        width, unit = float(number.high) - float(number.low), 10.0**-number.decimals
        errors.append((max(width - unit, 0.0) / (2 * z), (width + unit) / (2 * z)))
    (low1, high1), (low2, high2) = errors
    least = max(low1 - high2, low2 - high1, 0.0)
    normal = NormalDist()
    highest = 2 * normal.cdf(-smallest / (high1 + high2)) if smallest else 1.0
    lowest = 2 * normal.cdf(-largest / least) if least else 0.0
    shown = f"{show_p(lowest)} to {show_p(highest)}"
    words = (
        f"{first.shown} and {second.shown}: P lies between {shown}, however the scores hang "
        f"together; printed is {p.text}."
    )
    fits = p.admits_range(lowest, highest)
    return Check.of(p, name, shown, CONSISTENT if fits else NOT_EXPLAINED, words)


def _area_bounds(sensitivity: float, specificity: float, highest: bool) -> tuple[float, float]:
    """Return the least and the largest area under a curve through a point: see `_point`."""
    least = sensitivity * specificity
    if highest:
        return least, 1 - (2 - sensitivity - specificity) ** 2 / 2
    return least, 1 - (1 - sensitivity) * (1 - specificity)


def _point(paper: Paper, row: dict, number: Printed) -> Check:
    """Check an AUROC against a point of its curve.

    A rising curve through (1 - specificity, sensitivity) has an area of at least sensitivity x
    specificity and at most 1 - (1 - sensitivity)(1 - specificity). If no point has a larger
    Youden index J, the curve stays under false positive rate + J: at most 1 - (1 - J)^2 / 2.
    """
    sens, spec = paper[row["sensitivity"]], paper[row["specificity"]]
    s, p = float(sens.value) / 100, float(spec.value) / 100
    highest = bool(row.get("youden"))
    least, most = _area_bounds(s, p, highest)
    formula = f"1 − (1 − {s:g})(1 − {p:g}) = {most:.3f}"
    if highest:
        formula = f"1 − (1 − J)²/2 = {most:.3f} with J = {s + p - 1:.3f} the highest"
    low, high = (float(end) for end in window(number.value, number.decimals))
    # The point is rounded too: both bounds rise with either of its coordinates.
    (s0, s1), (p0, p1) = (
        [float(end) / 100 for end in window(of.value, of.decimals)] for of in (sens, spec)
    )
    fits = high >= _area_bounds(s0, p0, highest)[0] and low <= _area_bounds(s1, p1, highest)[1]
    words = (
        f"A curve through sensitivity {sens.text}% and specificity {spec.text}% has an area of at "
        f"least {s:g} × {p:g} = {least:.3f} and at most {formula}; printed is {number.text}."
    )
    return Check.of(
        number,
        "its operating point",
        f"{least:.3f} to {most:.3f}",
        CONSISTENT if fits else IMPOSSIBLE,
        words,
    )


def _point_of(_: Numbers, row: Mapping[str, Any]) -> Iterator[str]:
    """Yield that a point of the curve lacks one of its coordinates."""
    if ("sensitivity" in row) != ("specificity" in row):
        yield "a point of the curve needs sensitivity and specificity; write both or none"


FORMS = {
    "auroc": Form(
        auroc,
        "an AUROC with its interval and with a point of its curve",
        {
            "rows": rows(
                {
                    "auroc": Key(AREA, "with or without an interval"),
                    "positives": Key(SIZE, "positive cases"),
                    "negatives": Key(SIZE, "negative cases"),
                    "sensitivity": Key(PERCENT, "of a point of the curve", required=False),
                    "specificity": Key(PERCENT, "of the same point", required=False),
                    "youden": Key(FLAG, "whether the point has the highest J", required=False),
                },
                also=_point_of,
            )
        },
    ),
    "auroc_differences": Form(
        auroc_differences,
        "a difference of AUROCs and its P with the two AUROCs and their intervals",
        {
            "rows": rows(
                {
                    "first": Key(AREA, "the one AUROC"),
                    "second": Key(AREA, "the other"),
                    "difference": Key(NUMBER, "their difference, either way round", required=False),
                    "p": Key(P, "its P value", required=False),
                }
            )
        },
    ),
}
