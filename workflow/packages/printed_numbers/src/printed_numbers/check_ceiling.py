"""What a model of printed factors could reach at best, from their margins alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from printed_numbers.forms import (
    COUNT,
    NUMBER,
    PERCENT,
    SIZE,
    TEXT,
    Fields,
    Form,
    Key,
    ListOf,
    Numbers,
    rows,
)
from printed_numbers.grim import counts
from printed_numbers.paper import Paper
from printed_numbers.verdicts import (
    CONSISTENT,
    NOT_CHECKABLE,
    NOT_EXPLAINED,
    Check,
    Finding,
    Outcome,
)

LEVEL = 0.001


@dataclass(frozen=True)
class Ceiling:
    """The best rule on factors whose joint law is known.

    Attributes:
        auroc: Its area under the curve.
        accuracy: Its best accuracy with classes of equal size.
        false_positive_rate: float ``(points,)``, rising, of its curve.
        true_positive_rate: float ``(points,)``.
    """

    auroc: float
    accuracy: float
    false_positive_rate: np.ndarray
    true_positive_rate: np.ndarray

    def sensitivity_at(self, false_positive_rate: float) -> float:
        """Return the highest true positive rate at a false positive rate."""
        return float(
            np.interp(false_positive_rate, self.false_positive_rate, self.true_positive_rate)
        )


def independent(
    normal: tuple[tuple[float, float], tuple[float, float]] | None,
    factors: list[tuple[list[float], list[float]]],
    points: int = 4001,
) -> Ceiling:
    """Return the ceiling if the factors are independent within each class.

    The likelihood ratio is the best rule there is (Neyman & Pearson 1933). The normal variable is
    cut into ``points`` slices between its outermost 8 standard deviations.

    Args:
        normal: ``((mean, SD) of negatives, (mean, SD) of positives)`` of one normal variable.
        factors: For each factor the probabilities of its categories, of negatives and positives.
        points: Slices of the normal variable.
    """
    negative, positive = np.ones(1), np.ones(1)
    for zero, one in factors:
        negative = np.outer(negative, np.array(zero) / sum(zero)).ravel()
        positive = np.outer(positive, np.array(one) / sum(one)).ravel()
    if normal:
        low = min(mean - 8 * sd for mean, sd in normal)
        high = max(mean + 8 * sd for mean, sd in normal)
        edges = np.linspace(low, high, points + 1)
        slices = [np.diff(stats.norm.cdf(edges, mean, sd)) for mean, sd in normal]
        negative = np.outer(negative, slices[0] / slices[0].sum()).ravel()
        positive = np.outer(positive, slices[1] / slices[1].sum()).ravel()
    kept = (negative > 0) | (positive > 0)
    negative, positive = negative[kept], positive[kept]
    with np.errstate(divide="ignore"):
        ratio = positive / negative
    order = np.argsort(-ratio, kind="stable")
    fpr = np.concatenate([[0.0], np.cumsum(negative[order])])
    tpr = np.concatenate([[0.0], np.cumsum(positive[order])])
    return Ceiling(
        auroc=float(np.trapezoid(tpr, fpr)),
        accuracy=float((1 + (tpr - fpr).max()) / 2),
        false_positive_rate=fpr,
        true_positive_rate=tpr,
    )


def any_dependence(
    first: tuple[list[float], list[float]], second: tuple[list[float], list[float]]
) -> float:
    """Return the best accuracy, classes of equal size, under any dependence of two factors.

    The Fréchet bound: the best over all joint laws with these margins in each class, and over all
    rules that call some cells positive.

    Args:
        first: Probabilities of a factor's categories, of negatives and of positives.
        second: Those of the other factor.

    Example:
        >>> round(any_dependence(([0.5, 0.5], [0.2, 0.8]), ([0.6, 0.4], [0.3, 0.7])), 6)
        0.9
    """
    rows, columns = len(first[0]), len(second[0])
    if rows * columns > 12:
        raise ValueError(f"{rows * columns} cells are too many to try every rule; at most 12")
    margins = [
        (np.array(first[side]) / sum(first[side]), np.array(second[side]) / sum(second[side]))
        for side in (0, 1)
    ]
    best = 0.5
    for mask in range(2 ** (rows * columns)):
        positive = np.array([mask >> i & 1 for i in range(rows * columns)], bool)
        positive = positive.reshape(rows, columns)
        right = most_within(positive, *margins[1]) + most_within(~positive, *margins[0])
        best = max(best, right / 2)
    return best


def most_within(cells: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> float:
    """Return the largest probability that a joint law with given margins puts on cells.

    Strassen's theorem: the least, over all sets of rows, of the probability of the other rows and
    of the columns that these rows reach within the cells.

    Args:
        cells: bool ``(rows, columns)``.
        rows: Probabilities ``(rows,)``.
        columns: Probabilities ``(columns,)``.
    """
    least = 1.0
    for mask in range(2 ** len(rows)):
        chosen = np.array([mask >> i & 1 for i in range(len(rows))], bool)
        reached = cells[chosen].any(axis=0)
        least = min(least, float(rows[~chosen].sum() + columns[reached].sum()))
    return least


def ceilings(
    paper: Paper, *, rows: list[dict[str, Any]], second_reading: Sequence[dict[str, Any]] = ()
) -> Outcome:
    """State the ceiling of a model of printed factors, and what it could add after a gate.

    Args:
        paper: The paper.
        rows: ``name``, ``mean`` and ``sd`` (ids of negatives and positives) and ``factors``: for
            each the ids of counts of negatives and of positives.
        second_reading: ``name``, ``using`` (the name of a row), ``sensitivity`` and
            ``specificity``, each with ``first``, ``second`` and ``of``.
    """
    ceiling_of: dict[str, Ceiling] = {}
    lines = []
    for row in rows:
        (mean0, mean1), (sd0, sd1) = (
            [float(paper[name].value) for name in row[key]] for key in ("mean", "sd")
        )
        factors = []
        for factor in row["factors"]:
            zero, one = ([float(paper.count(name)) for name in side] for side in factor["counts"])
            factors.append((zero, one))
        ceiling = independent(((mean0, sd0), (mean1, sd1)), factors)
        ceiling_of[row["name"]] = ceiling
        text = (
            f"{row['name']}: AUROC at most {ceiling.auroc:.3f}, accuracy with classes of equal "
            f"size at most {100 * ceiling.accuracy:.1f}%, if age is normal and the factors are "
            "independent within each class"
        )
        varied = [f for f in factors if all(sum(c > 0 for c in side) > 1 for side in f)]
        if len(varied) == 2 and len(varied[0][0]) * len(varied[1][0]) <= 12:
            text += (
                "; without age, and under any dependence of the other factors, accuracy at most "
                f"{100 * any_dependence(varied[0], varied[1]):.1f}%"
            )
        lines.append(text + ".")
    checks, odd = [], False
    for row in second_reading:
        check = _second_reading(paper, row, ceiling_of[row["using"]])
        checks.append(check)
        lines.append(check.explanation)
        odd |= check.kind == NOT_EXPLAINED
    finding = Finding(
        title="What the clinical factors could give at best, from their printed margins",
        verdict=NOT_EXPLAINED if odd else CONSISTENT,
        ids=tuple(check.id for check in checks),
        arithmetic=tuple(lines),
        shown="The bounds hold for the printed margins, fitted to the very cases that they are "
        "printed for: a model trained on other cases can be expected to do worse.",
        likely="",
        not_known="How age and the factors hang together, and how they hang together with the "
        "image: neither is printed.",
    )
    return Outcome(checks, [finding])


def _second_reading(paper: Paper, row: dict[str, Any], ceiling: Ceiling) -> Check:
    """Compare what a second reading gained and lost with the ceiling at the same loss."""
    gains: list[int] = []
    losses: list[int] = []
    for part, kept in ((row["sensitivity"], gains), (row["specificity"], losses)):
        first, second, n = paper[part["first"]], paper[part["second"]], paper.count(part["of"])
        for number in (first, second):
            possible = counts(number.value, number.decimals, n)
            kept.append(possible[0] if possible else -1)
        kept.append(n)
    missed, gained = gains[2] - gains[0], gains[1] - gains[0]
    true_negatives, lost = losses[0], losses[0] - losses[1]
    number = paper[row["sensitivity"]["second"]]
    if min(*gains, *losses) < 0:
        words = f"{row['name']}: not every percentage has a count."
        return Check.of(number, "what the factors can add", "", NOT_CHECKABLE, words)
    if lost < 0 or gained < 0:
        return Check.of(
            number,
            "what the factors can add",
            "",
            NOT_CHECKABLE,
            f"{row['name']}: calls changed in the direction that the procedure excludes, so the "
            "gains and losses are not known.",
        )
    rate = lost / true_negatives
    chance = ceiling.sensitivity_at(rate)
    p = float(stats.binom.sf(gained - 1, missed, chance))
    words = (
        f"{row['name']}: {gained} of {missed} missed positives were gained and {lost} of "
        f"{true_negatives} true negatives lost. At a false positive rate of {rate:.3f} the best "
        f"rule on these factors finds {100 * chance:.1f}%, {missed * chance:.1f} of {missed}, if "
        f"they are independent of the image; {gained} or more have a probability of {p:.2g}."
    )
    return Check.of(
        number,
        "what the factors can add",
        f"{missed * chance:.1f} gained",
        CONSISTENT if p >= LEVEL else NOT_EXPLAINED,
        words,
    )


def _names(_: Numbers, relation: Mapping[str, Any]) -> Iterator[str]:
    """Yield second readings that use a row that is not there, or have no count."""
    known = [row["name"] for row in relation["rows"]]
    for i, row in enumerate(relation.get("second_reading", []), 1):
        if row["using"] not in known:
            yield f"second_reading, row {i}: using is {row['using']!r}; known: {', '.join(known)}"


_READING = Fields(
    {
        "first": Key(PERCENT, "before"),
        "second": Key(PERCENT, "after"),
        "of": Key(SIZE, "their denominator"),
    }
)
FORMS = {
    "ceilings": Form(
        ceilings,
        "what a model of printed factors could reach at best",
        {
            "rows": rows(
                {
                    "name": Key(TEXT, "its name"),
                    "mean": Key(ListOf(NUMBER, 2, 2), "of a normal factor: negatives, positives"),
                    "sd": Key(ListOf(NUMBER, 2, 2), "its standard deviations"),
                    "factors": Key(
                        ListOf(Fields({"counts": Key(ListOf(ListOf(COUNT, 2), 2, 2))}), 0),
                        "for each the counts of every category: of negatives, of positives",
                    ),
                }
            ),
            "second_reading": rows(
                {
                    "name": Key(TEXT, "its name"),
                    "using": Key(TEXT, "the name of a row above"),
                    "sensitivity": Key(_READING, "of both readings"),
                    "specificity": Key(_READING, "of both readings"),
                },
                "what a second reading gained and lost",
                least=0,
                required=False,
            ),
        },
        also=_names,
    ),
}
