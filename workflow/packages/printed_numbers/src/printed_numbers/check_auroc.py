"""AUROC: its interval, and what a point on its curve allows."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from statistics import NormalDist
from typing import Any

from diagnostic_accuracy.roc import hanley_mcneil_error
from printed_numbers.forms import AREA, FLAG, PERCENT, SIZE, Form, Key, Numbers, rows
from printed_numbers.intervals import NAMES, matching
from printed_numbers.paper import Paper
from printed_numbers.printed import Printed, prints, show, window
from printed_numbers.verdicts import (
    CONSISTENT,
    CONTRADICTION,
    IMPOSSIBLE,
    NOT_CHECKABLE,
    Check,
    Finding,
    Outcome,
)


def auroc(paper: Paper, *, rows: list[dict]) -> Outcome:
    """Check AUROCs.

    Rows have ``auroc``, ``positives``, ``negatives`` and may have ``sensitivity``,
    ``specificity`` (a point of the curve) and ``youden``: whether that point is the one with the
    highest sum of the two. DeLong's interval needs the single scores and cannot be recomputed.
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
            shown="These numbers cannot all be right.",
            not_known="Which of them is wrong.",
        )
        for check in checks
        if check.kind in (IMPOSSIBLE, CONTRADICTION)
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
    area, ends = tried[0]
    return Check.of(
        number,
        name,
        f"{show(ends[0], 3)}–{show(ends[1], 3)}",
        NOT_CHECKABLE,
        f"Hanley–McNeil gives {ends[0]:.3f} to {ends[1]:.3f}; DeLong's interval needs the single "
        "scores and cannot be recomputed from print.",
    )


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
}
