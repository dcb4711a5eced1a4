"""Means and standard deviations: GRIM, GRIMMER, and the bounds of the range."""

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from printed_numbers.forms import (
    DECIMAL,
    FLAG,
    NUMBER,
    POSITIVE,
    SEVERAL,
    TEXT,
    Form,
    Key,
    ListOf,
    Numbers,
    rows,
)
from printed_numbers.grim import grimmer, largest_minimum, largest_sd, multiples
from printed_numbers.paper import Paper
from printed_numbers.printed import show, window
from printed_numbers.verdicts import (
    CONSISTENT,
    IMPOSSIBLE,
    ONLY_WITH,
    Check,
    Finding,
    Outcome,
    only_with,
    worst,
)


def means(
    paper: Paper,
    *,
    rows: list[dict[str, Any]],
    what: str,
    unit: str,
    unit_stated: bool = False,
    limits: list[str] | None = None,
    smallest: str | None = None,
    below: str | None = None,
    measure: str = "",
    likely: str = "",
) -> Outcome:
    """Check means and SDs.

    Args:
        paper: The paper.
        rows: ``mean``, ``sd`` and ``of`` (n) of each group.
        what: What is measured, in words.
        unit: The step in which single values are recorded, for instance ``"1"`` year.
        unit_stated: Whether the paper says so; if not, a mean that is impossible in this unit is
            consistent only with a finer one.
        limits: The smallest and the largest value that the paper's inclusion allows.
        smallest: The smallest value that can be measured, an assumption of the audit's.
        below: The limit that the paper states for the largest value, if that is excluded: what an
            impossible SD would need just under it is said too.
        measure: The unit's name: years, cm.
        likely: A sentence for the finding about bounds.
    """
    step, checks = Fraction(str(unit)), []
    for row in rows:
        checks += _whole_numbers(paper, row, what, step, unit_stated, measure)
    bounds = []
    if limits:
        low, high = (Fraction(str(end)) for end in limits)
        bounds = [
            _bounds(paper, row, low, high, Fraction(str(smallest or limits[0])), measure, below)
            for row in rows
        ]
    name, kinds = what.capitalize(), (IMPOSSIBLE, ONLY_WITH)
    titles = [
        (checks, kinds, f"{name}: means or SDs that no values of unit {unit} have"),
        (
            bounds,
            (IMPOSSIBLE,),
            f"{name}: SDs too wide for values between {' and '.join(map(str, limits or []))} "
            f"{measure}".rstrip(),
        ),
        (
            bounds,
            (ONLY_WITH,),
            f"{name}: SDs that are possible only with values below {smallest} {measure}".rstrip(),
        ),
    ]
    findings = [
        _finding(paper, rows, wrong, title, likely if IMPOSSIBLE in some else "")
        for group, some, title in titles
        if (wrong := [check for check in group if check.kind in some])
    ]
    return Outcome(checks + bounds, findings)


def _whole_numbers(
    paper: Paper, row: dict[str, Any], what: str, unit: Fraction, stated: bool, measure: str
) -> list[Check]:
    """Run GRIM on a mean and GRIMMER on its SD."""
    mean, sd, n = paper[row["mean"]], paper[row["sd"]], paper.count(row["of"])
    bad = IMPOSSIBLE if stated else only_with(f"values finer than {float(unit):g} {measure}")
    totals = multiples(mean.value, mean.decimals, n, unit)
    if totals:
        verdict = CONSISTENT
        words = (
            f"A sum of {float(totals[0] * unit):g} {measure} over {n} gives "
            f"{show(totals[0] * unit / n, mean.decimals + 2)}."
        )
        if unit / n <= Fraction(1, 10**mean.decimals):
            words += f" With n = {n} every mean of so many decimals can be had: it cannot fail."
    else:
        verdict = bad
        near = math.floor(mean.value * n / unit)
        words = (
            f"Over {n}, sums of {float(near * unit):g} and {float((near + 1) * unit):g} {measure} "
            f"give {show(near * unit / n, mean.decimals)} and "
            f"{show((near + 1) * unit / n, mean.decimals)}, not {mean.text}."
        )
    checks = [
        Check.of(
            mean,
            "GRIM: a mean of whole units",
            show(totals[0] * unit / n, mean.decimals) if totals else "",
            verdict,
            words,
        )
    ]
    pairs = grimmer(mean.value, sd.value, max(mean.decimals, sd.decimals), n, unit)
    if pairs:
        total, squares = pairs[0]
        spread = math.sqrt((squares - total * total / n) / (n - 1)) * float(unit)
        verdict, words = (
            CONSISTENT,
            f"For {what}, a sum of {total} and a sum of squares of {squares} units over {n} give "
            f"an SD of {show(spread, sd.decimals + 1)}.",
        )
    else:
        verdict, words = (
            (bad, f"No whole sum of squares over {n} gives {mean.text}±{sd.text} in this unit.")
            if totals
            else (verdict, "Its mean already has no sum in this unit.")
        )
    checks.append(
        Check.of(
            sd,
            "GRIMMER: an SD of whole units",
            f"{len(pairs)} possible sums" if pairs else "",
            verdict,
            words,
        )
    )
    return checks


def _bounds(
    paper: Paper,
    row: dict[str, Any],
    low: Fraction,
    high: Fraction,
    smallest: Fraction,
    unit: str,
    below: str | None,
) -> Check:
    """Check an SD against the range of its values (Bhatia and Davis)."""
    mean, sd, n = paper[row["mean"]], paper[row["sd"]], paper.count(row["of"])
    top = largest_sd(mean.value, mean.decimals, n, low, high)
    least_sd = float(window(sd.value, sd.decimals)[0])
    minimum = largest_minimum(mean.value, sd.value, mean.decimals, n, high)
    words = (
        f"Values from {float(low):g} to {float(high):g} {unit} with a mean of {mean.text} have an "
        f"SD of at most √(({float(high):g} − {mean.text})({mean.text} − {float(low):g})·"
        f"{n}/{n - 1}) = {show(_plain_bound(mean.value, n, low, high), 3)}, {show(top, 3)} with "
        f"the mean's rounding; printed is {sd.text}."
    )
    if math.isnan(top):
        verdict = IMPOSSIBLE
        words = f"The mean {mean.text} lies outside {float(low):g} to {float(high):g} {unit}."
    elif least_sd > top:
        verdict = IMPOSSIBLE
        if below:
            needed = largest_minimum(mean.value, sd.value, mean.decimals, n, Fraction(str(below)))
            words += (
                f" Even with values up to {below} {unit} the smallest would be at most "
                f"{show(max(needed, 0.0), 3)} {unit}."
            )
    elif minimum < float(smallest):
        least = show(max(minimum, 0.0), 2)
        verdict = only_with(f"a smallest value of at most {least} {unit}")
        words += (
            f" So wide an SD needs a value of at most {least} {unit} (and about "
            f"{show(100 * _share_low(mean.value, high, minimum), 0)}% of the values there, the "
            f"rest at {float(high):g}); {float(smallest):g} {unit} is taken as the least that "
            f"can be measured."
        )
    else:
        verdict = CONSISTENT
        words += f" The smallest value is then at most {show(minimum, 2)} {unit}."
    return Check.of(sd, "SD within its range", f"at most {show(top, 3)}", verdict, words)


def _plain_bound(mean: Fraction, n: int, low: Fraction, high: Fraction) -> float:
    """Return the bound at the mean as it is printed; 0 where the mean is outside the range."""
    return math.sqrt(max(float((high - mean) * (mean - low)), 0.0) * n / (n - 1))


def _share_low(mean: Fraction, high: Fraction, minimum: float) -> float:
    """Return the share of values at the minimum if all others are at the maximum."""
    return (float(high) - float(mean)) / (float(high) - minimum)


def _finding(
    paper: Paper, rows: list[dict[str, Any]], wrong: list[Check], title: str, likely: str
) -> Finding:
    """Return the finding of the checks that did not pass: it concerns mean and SD alike."""
    failed = {check.id for check in wrong}
    partners = {
        name
        for row in rows
        if failed & {row["mean"], row["sd"]}
        for name in (row["mean"], row["sd"])
    }
    return Finding(
        title=title,
        verdict=worst(wrong).kind,
        ids=tuple(name for name in paper.numbers if name in partners),
        arithmetic=tuple(f"{check.id}: {check.explanation}" for check in wrong),
        shown="Mean, SD, n and the stated limits cannot all be right."
        if worst(wrong).kind == IMPOSSIBLE
        else "Mean and SD hold only for data that the paper does not describe.",
        likely=likely,
        not_known="Which of mean, SD and limits is wrong; the single values are not printed.",
    )


def limits_in_order(_: Numbers, relation: Mapping[str, Any]) -> Iterator[str]:
    """Yield that limits are exchanged."""
    low, high = relation.get("limits", (0, 1))
    if Fraction(str(low)) >= Fraction(str(high)):
        yield f"limits: {low} is not below {high}; write the smallest value first"


ROWS = {
    "mean": Key(NUMBER, "the mean"),
    "sd": Key(NUMBER, "the standard deviation"),
    "of": Key(SEVERAL, "n"),
}
FORMS = {
    "means": Form(
        means,
        "means and SDs of whole units with n (GRIM, GRIMMER), and an SD within its range",
        {
            "rows": rows(ROWS),
            "what": Key(TEXT, "what is measured, in words"),
            "unit": Key(POSITIVE, "the step in which single values are recorded: `1` for years"),
            "unit_stated": Key(FLAG, "whether the paper says so", required=False),
            "limits": Key(ListOf(DECIMAL, 2, 2), "the smallest and largest value", required=False),
            "smallest": Key(DECIMAL, "the smallest value that can be measured", required=False),
            "below": Key(DECIMAL, "the limit that values stay below", required=False),
            "measure": Key(TEXT, "the unit's name: years, cm", required=False),
            "likely": Key(TEXT, "a sentence for the finding about the range", required=False),
        },
        also=limits_in_order,
    ),
}
