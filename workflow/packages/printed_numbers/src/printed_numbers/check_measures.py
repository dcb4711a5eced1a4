"""Measures of a 2 x 2 table from sensitivity, specificity and the class sizes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from printed_numbers.denominators import count_ranges
from printed_numbers.forms import AMOUNT, NUMBER, PERCENT, SIZE, Form, Key, Numbers, rows
from printed_numbers.grim import counts
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
    only_with,
    worst,
)

NAME = "measure of a 2 × 2 table"
SHOWN = 4  # at most so many tables are shown


@dataclass(frozen=True)
class Table:
    """A 2 x 2 table of calls.

    Attributes:
        tp: Positive cases called positive.
        fn: Positive cases called negative.
        tn: Negative cases called negative.
        fp: Negative cases called positive.
    """

    tp: int
    fn: int
    tn: int
    fp: int

    @property
    def n(self) -> int:
        """Number of cases."""
        return self.tp + self.fn + self.tn + self.fp

    def __str__(self) -> str:
        return f"TP {self.tp}, FN {self.fn}, TN {self.tn}, FP {self.fp}"


def _share(part: int, rest: int) -> Fraction | None:
    return Fraction(part, part + rest) if part + rest else None


def _kappa(t: Table) -> Fraction | None:
    """Return Cohen's kappa of call and truth (Cohen 1960, Educ Psychol Meas 20:37)."""
    agreed = Fraction(t.tp + t.tn, t.n)
    chance = Fraction((t.tp + t.fn) * (t.tp + t.fp) + (t.tn + t.fp) * (t.tn + t.fn), t.n**2)
    return (agreed - chance) / (1 - chance) if chance < 1 else None


# measure -> its value of a table, 0 to 1; None where it does not exist
OF_TABLE: dict[str, Callable[[Table], Fraction | None]] = {
    "accuracy": lambda t: Fraction(t.tp + t.tn, t.n),
    "ppv": lambda t: _share(t.tp, t.fp),
    "npv": lambda t: _share(t.tn, t.fn),
    "f1": lambda t: _share(2 * t.tp, t.fp + t.fn),
    "kappa": _kappa,
}
Ends = tuple[float, float]


def _ratio(above: Ends, below: Ends) -> Ends:
    """Return the ends of a ratio of two ranges of numbers of 0 or more."""
    low = above[0] / below[1] if below[1] > 0 else float("inf")
    return low, above[1] / below[0] if below[0] > 0 else float("inf")


# measure -> its ends from those of sensitivity and specificity: no sizes are needed
OF_RATES: dict[str, Callable[[Ends, Ends], Ends]] = {
    "lr_positive": lambda s, p: _ratio(s, (1 - p[1], 1 - p[0])),
    "lr_negative": lambda s, p: _ratio((1 - s[1], 1 - s[0]), p),
    "odds_ratio": lambda s, p: _ratio(
        (s[0] * p[0], s[1] * p[1]), ((1 - s[1]) * (1 - p[1]), (1 - s[0]) * (1 - p[0]))
    ),
    "youden": lambda s, p: (s[0] + p[0] - 1, s[1] + p[1] - 1),
    "balanced_accuracy": lambda s, p: ((s[0] + p[0]) / 2, (s[1] + p[1]) / 2),
}
_BY_BAYES = ("ppv", "npv")


def measures(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Check measures against sensitivity, specificity and the sizes of the classes.

    Args:
        paper: The paper.
        rows: ``sensitivity``, ``specificity``; ``positives`` and ``negatives``, or ``of`` where
            only all cases together are printed; any of `OF_TABLE` and `OF_RATES`; ``prevalence``
            in percent where PPV and NPV are those at another one.
    """
    checks: list[Check] = []
    findings: list[Finding] = []
    for row in rows:
        of_row = [*_rates(paper, row), *_tables(paper, row)]
        checks += of_row
        wrong = [c for c in of_row if c.kind not in (CONSISTENT, NOT_CHECKABLE)]
        if wrong:
            findings.append(_finding(paper, row, wrong))
    return Outcome(checks, findings)


def tables(paper: Paper, row: Mapping[str, Any]) -> list[Table]:
    """Return every 2 x 2 table that prints sensitivity and specificity.

    Args:
        paper: The paper.
        row: With the sizes of both classes, or that of all cases.
    """
    sensitivity, specificity = paper[row["sensitivity"]], paper[row["specificity"]]
    if "positives" in row:
        sizes = [(paper.count(row["positives"]), paper.count(row["negatives"]))]
    elif "of" in row:
        n = paper.count(row["of"])
        sizes = [(k, n - k) for k in _possible_positives(sensitivity, specificity, n)]
    else:
        return []
    return [
        Table(tp, positives - tp, tn, negatives - tn)
        for positives, negatives in sizes
        for tp in counts(sensitivity.value, sensitivity.decimals, positives)
        for tn in counts(specificity.value, specificity.decimals, negatives)
    ]


def _possible_positives(sensitivity: Printed, specificity: Printed, n: int) -> list[int]:
    """Return the numbers of positive cases of n at which both percentages have a count."""
    import numpy as np

    positives = np.arange(1, n)
    first, last = count_ranges(sensitivity.value, sensitivity.decimals, positives)
    first2, last2 = count_ranges(specificity.value, specificity.decimals, n - positives)
    return positives[(first <= last) & (first2 <= last2)].tolist()


def _rates(paper: Paper, row: Mapping[str, Any]) -> Iterator[Check]:
    """Yield the checks that need sensitivity and specificity alone."""
    s, p = (_ends(paper[row[key]]) for key in ("sensitivity", "specificity"))
    for name in OF_RATES.keys() & row.keys():
        number = paper[row[name]]
        low, high = OF_RATES[name](s, p)
        if name in ("youden", "balanced_accuracy") and number.value > 1:
            low, high = 100 * low, 100 * high
        fits = number.admits_range(low, high)
        words = (
            f"{name.replace('_', ' ')} from sensitivity and specificity within their rounding: "
            f"{low:.4g} to {high:.4g}; printed is {number.text}."
        )
        verdict = CONSISTENT if fits else IMPOSSIBLE
        yield Check.of(number, NAME, f"{low:.4g} to {high:.4g}", verdict, words)


def _ends(number: Printed) -> Ends:
    """Return the ends of a percentage's rounding, 0 to 1."""
    low, high = window(number.value, number.decimals)
    return max(float(low) / 100, 0.0), min(float(high) / 100, 1.0)


def _tables(paper: Paper, row: Mapping[str, Any]) -> Iterator[Check]:
    """Yield the checks that need a table."""
    asked = [name for name in OF_TABLE if name in row]
    if "prevalence" in row:
        yield from (_at_prevalence(paper, row, name) for name in _BY_BAYES if name in row)
        asked = [name for name in asked if name not in _BY_BAYES]
    possible = tables(paper, row) if asked else []
    fitting = [t for t in possible if all(_prints(paper[row[name]], name, t) for name in asked)]
    for name in asked:
        number = paper[row[name]]
        alone = [t for t in possible if _prints(number, name, t)]
        if not possible:
            words = "No table of the printed sizes has this sensitivity and specificity."
            yield Check.of(number, NAME, "", NOT_CHECKABLE, words)
        elif fitting:
            words = f"{_some(fitting)}: {name} {_value(number, name, fitting[0])}."
            yield Check.of(number, NAME, _value(number, name, fitting[0]), CONSISTENT, words)
        elif alone:
            words = f"{_some(alone)} would give it, but no table gives {', '.join(asked)} together."
            yield Check.of(number, NAME, "", CONTRADICTION, words)
        else:
            yield _without_table(paper, row, name, possible)


def _without_table(paper: Paper, row: Mapping[str, Any], name: str, possible: list[Table]) -> Check:
    """Return the check of a measure that no table gives, or only at another prevalence."""
    number = paper[row[name]]
    values = sorted({_value(number, name, t) for t in possible})
    shown = values[0] if len(values) == 1 else f"{values[0]} to {values[-1]}"
    words = f"{_some(possible)}: {name} {shown}, not {number.text}."
    share = _implied_prevalence(paper, row, name) if name in _BY_BAYES else None
    if share is None:
        return Check.of(number, NAME, shown, IMPOSSIBLE, words)
    condition = f"a prevalence of about {100 * share:.1f}%"
    words += f" By Bayes' rule it is that of {condition}."
    return Check.of(number, NAME, shown, only_with(condition), words)


def _implied_prevalence(paper: Paper, row: Mapping[str, Any], name: str) -> float | None:
    """Return the prevalence at which a predictive value is as printed; None if there is none."""
    s, p = (float(paper[row[key]].value) / 100 for key in ("sensitivity", "specificity"))
    value = float(paper[row[name]].value) / 100
    right, wrong = (s, 1 - p) if name == "ppv" else (p, 1 - s)
    odds = value * wrong, (1 - value) * right
    if min(odds) <= 0:
        return None
    share = odds[0] / sum(odds)
    return share if name == "ppv" else 1 - share


def _at_prevalence(paper: Paper, row: Mapping[str, Any], name: str) -> Check:
    """Return the check of a predictive value at a stated prevalence, by Bayes' rule."""
    number = paper[row[name]]
    s, p = (_ends(paper[row[key]]) for key in ("sensitivity", "specificity"))
    share = float(paper.amount(row["prevalence"])) / 100
    if name == "npv":
        s, p, share = p, s, 1 - share
    low, high = (
        100 * s[i] * share / (s[i] * share + (1 - p[i]) * (1 - share))
        if s[i] * share + (1 - p[i]) * (1 - share) > 0
        else float("nan")
        for i in (0, 1)
    )
    words = (
        f"{name} at a prevalence of {float(paper.amount(row['prevalence'])):g}%, by Bayes' rule: "
        f"{low:.2f}% to {high:.2f}%; printed is {number.text}."
    )
    verdict = CONSISTENT if number.admits_range(low, high) else IMPOSSIBLE
    return Check.of(number, NAME, f"{low:.2f} to {high:.2f}", verdict, words)


def _scaled(number: Printed, name: str, table: Table) -> Fraction | None:
    """Return a measure in the unit of the printed number: a fraction, or a percentage."""
    value = OF_TABLE[name](table)
    as_percent = name not in ("f1", "kappa") or number.value > 1
    return value if value is None or not as_percent else 100 * value


def _prints(number: Printed, name: str, table: Table) -> bool:
    value = _scaled(number, name, table)
    return value is not None and prints(value, number.value, number.decimals)


def _value(number: Printed, name: str, table: Table) -> str:
    value = _scaled(number, name, table)
    return "does not exist" if value is None else show(value, number.decimals + 1)


def _some(possible: list[Table]) -> str:
    """Return the first few tables, and how many there are."""
    shown = "; ".join(map(str, possible[:SHOWN]))
    return f"{shown}; {len(possible) - SHOWN} more" if len(possible) > SHOWN else shown


def _finding(paper: Paper, row: Mapping[str, Any], wrong: list[Check]) -> Finding:
    """Return what the measures of one row show together."""
    names = [name for name in (*OF_TABLE, *OF_RATES) if row.get(name) in {c.id for c in wrong}]
    many, wrongly = len(names) > 1, worst(wrong).kind in (IMPOSSIBLE, CONTRADICTION)
    of = (
        f"sensitivity {paper[row['sensitivity']].text}% and specificity "
        f"{paper[row['specificity']].text}%"
    )
    title = f"{', '.join(names)} do{'' if many else 'es'} not follow from {of}"
    if not wrongly:
        title = f"{', '.join(names)} with {of}: at another prevalence than that of the sizes"
    return Finding(
        title=title,
        verdict=worst(wrong).kind,
        ids=tuple(dict.fromkeys(check.id for check in wrong)),
        arithmetic=tuple(check.explanation for check in wrong),
        shown="These numbers hold only for another prevalence than that of the printed sizes."
        if not wrongly
        else "No 2 × 2 table of the printed sizes gives all of these numbers.",
        not_known="Which of them is another than it is said to be.",
    )


def _sizes(_: Numbers, row: Mapping[str, Any]) -> Iterator[str]:
    """Yield that a row lacks what its measures need."""
    both = {"positives", "negatives"} & row.keys()
    if len(both) == 1:
        yield f"{both.pop()} stands alone; write positives and negatives, or of"
    by_bayes = _BY_BAYES if "prevalence" in row else ()
    needing = [name for name in OF_TABLE if name in row and name not in by_bayes]
    if needing and not both and "of" not in row:
        yield f"{needing[0]} needs positives and negatives, or of for all cases together"
    if not row.keys() & (OF_TABLE.keys() | OF_RATES.keys()):
        yield f"no measure is named; add one of {', '.join((*OF_TABLE, *OF_RATES))}"


FORMS = {
    "measures": Form(
        measures,
        "accuracy, PPV, NPV, F1, kappa, likelihood and odds ratios with sensitivity, specificity "
        "and sizes; every 2 × 2 table that fits",
        {
            "rows": rows(
                {
                    "sensitivity": Key(PERCENT, "the sensitivity"),
                    "specificity": Key(PERCENT, "the specificity"),
                    "positives": Key(SIZE, "positive cases", required=False),
                    "negatives": Key(SIZE, "negative cases", required=False),
                    "of": Key(SIZE, "all cases, where the classes are not printed", required=False),
                    "prevalence": Key(
                        AMOUNT, "percent, of PPV and NPV at another one", required=False
                    ),
                    "accuracy": Key(PERCENT, "", required=False),
                    "ppv": Key(PERCENT, "positive predictive value", required=False),
                    "npv": Key(PERCENT, "negative predictive value", required=False),
                    "f1": Key(NUMBER, "0 to 1 or percent", required=False),
                    "kappa": Key(NUMBER, "Cohen's, 0 to 1", required=False),
                    "lr_positive": Key(NUMBER, "sensitivity / (1 − specificity)", required=False),
                    "lr_negative": Key(NUMBER, "(1 − sensitivity) / specificity", required=False),
                    "odds_ratio": Key(NUMBER, "the ratio of both", required=False),
                    "youden": Key(NUMBER, "sensitivity + specificity − 1", required=False),
                    "balanced_accuracy": Key(NUMBER, "mean of both", required=False),
                },
                also=_sizes,
            )
        },
    ),
}
