"""``precision.csv``: how wide intervals are expected to be at this number of lesions, and at more.

For planning: an estimate is taken for the truth, and every lesion for a patient's only one.
"""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

from diagnostic_accuracy.proportions import proportion_interval
from diagnostic_accuracy.roc import hanley_mcneil_error
from smallmass.evaluation.cases import main_set
from smallmass.settings import Settings
from smallmass.words import ALL_SEEDS, PAIRED_METRICS, Metric, Split

WIDTHS = (0.05, 0.10, 0.20)
"""Wanted widths of an interval, from end to end."""
COLUMNS = ["cohort", "subset", "fit", "model", "metric", "estimate", "n", "expected_width",
           "wanted_width", "n_for_it", "method"]  # fmt: skip
WILSON = "mean width of Wilson's interval over the binomial distribution"
HANLEY = "Hanley & McNeil 1982, with the share of malignant lesions as it is here"


def precision(performance: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return ``precision.csv``, of the main test set: a row a model, metric and wanted width.

    ``n`` counts what the metric counts: malignant lesions for the sensitivity, benign ones for the
    specificity, all for the AUROC.

    Args:
        performance: ``performance.csv``.
        settings: The study's ``evaluation.confidence``.
    """
    shown = main_set(performance)
    shown = shown[(shown["seed"] == ALL_SEEDS) & (shown["split"] == Split.TEST)]
    confidence = settings.evaluation.confidence
    rows = []
    for line in shown.dropna(subset=["estimate"]).to_dict("records"):
        width = _width(line, shown, confidence)
        if width is None:
            continue
        n, expected, method = width
        for wanted in WIDTHS:
            rows.append(
                {name: line[name] for name in ("cohort", "subset", "fit", "model", "metric")}
                | {
                    "estimate": line["estimate"],
                    "n": n,
                    "expected_width": expected(n),
                    "wanted_width": wanted,
                    "n_for_it": smallest(expected, wanted),
                    "method": method,
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def _width(
    line: dict, shown: pd.DataFrame, confidence: float
) -> tuple[int, Callable[[int], float], str] | None:
    """Return how many cases a metric has, its expected width as a function of n, and how."""
    estimate = float(line["estimate"])
    if line["metric"] in PAIRED_METRICS:
        n = int(line["denominator"])
        return n, lambda k: wilson_width(estimate, k, confidence), WILSON
    if line["metric"] != Metric.AUROC or not 0 < estimate < 1:
        return None
    sizes = [_denominator(shown, line, metric) for metric in PAIRED_METRICS]
    if not all(sizes):
        return None
    share = sizes[0] / sum(sizes)
    return sum(sizes), lambda k: area_width(estimate, k, share, confidence), HANLEY


def _denominator(shown: pd.DataFrame, line: dict, metric: str) -> int:
    """Return how many cases a metric has in the set of a row; 0 where none is known."""
    same = shown[(shown["metric"] == metric) & (shown["model"] == "image")]
    for name in ("cohort", "subset"):
        same = same[same[name] == line[name]]
    known = same["denominator"].dropna()
    return int(known.iloc[0]) if len(known) else 0


def wilson_width(share: float, n: int, confidence: float = 0.95) -> float:
    """Return the expected width of Wilson's interval of a proportion.

    Args:
        share: The truth, 0 to 1.
        n: Cases.
        confidence: Of the interval, in (0, 1).

    Example:
        >>> round(wilson_width(0.633, 60), 3)
        0.235
    """
    spread = 8 * math.sqrt(n * share * (1 - share)) + 1
    count = np.arange(max(0, int(n * share - spread)), min(n, math.ceil(n * share + spread)) + 1)
    low, high = proportion_interval(count, n, method="wilson", confidence=confidence)
    return float((stats.binom.pmf(count, n, share) * (high - low)).sum())


def area_width(area: float, n: int, share: float, confidence: float = 0.95) -> float:
    """Return the width of an AUROC's interval by Hanley & McNeil's error.

    Args:
        area: The truth.
        n: Cases in all.
        share: Of malignant ones.
        confidence: Of the interval, in (0, 1).

    Example:
        >>> round(area_width(0.85, 120, 0.5), 3)
        0.14
    """
    malignant = min(max(round(n * share), 1), n - 1)
    error = hanley_mcneil_error(area, malignant, n - malignant)
    return float(2 * stats.norm.isf((1 - confidence) / 2) * error)


def smallest(expected: Callable[[int], float], wanted: float, most: int = 1_000_000) -> int | None:
    """Return the smallest n whose expected width is at most that wanted; None beyond ``most``.

    Args:
        expected: The width at an n, falling.
        wanted: The width.
        most: Where the search ends.

    Example:
        >>> smallest(lambda n: area_width(0.85, n, 0.5), 0.1)
        234
    """
    low, high = 2, 4
    while expected(high) > wanted:
        low, high = high, 2 * high
        if high > most:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if expected(middle) <= wanted else (middle, high)
    return high
