"""Means and medians with their intervals."""

import numpy as np
from scipy import stats

from diagnostic_accuracy import checked
from diagnostic_accuracy.results import Result


def mean(values: np.ndarray, name: str, confidence: float = 0.95) -> Result:
    """Return the mean of values in [0, 1] with Student's t interval, cut at 0 and 1.

    Args:
        values: float ``(cases,)``.
        name: What is averaged.
        confidence: Of the interval, in (0, 1).

    Raises:
        ValueError: If there are no cases, or a value is missing or outside [0, 1].

    Example:
        >>> print(mean([0.7, 0.8, 0.9], "Dice").value(2))
        0.80 (0.55–1.00)
    """
    checked.confidence(confidence)
    values = checked.numbers(values, "values")
    if not len(values):
        raise ValueError("a mean needs at least one case")
    if values.min() < 0 or values.max() > 1:
        raise ValueError(
            f"values from {values.min():g} to {values.max():g}: this mean is of values from 0 to "
            "1; for others see `clustered_mean`"
        )
    estimate, low, high = float(values.mean()), float("nan"), float("nan")
    if len(values) > 1:
        error = values.std(ddof=1) / np.sqrt(len(values))
        reach = float(stats.t.isf((1 - confidence) / 2, len(values) - 1) * error)
        low, high = max(estimate - reach, 0.0), min(estimate + reach, 1.0)
    return Result(
        name=name,
        estimate=estimate,
        low=low,
        high=high,
        confidence=confidence,
        method="Student's t",
        source="Student 1908 (Biometrika 6:1)",
        n=len(values),
    )


def median(values: np.ndarray, name: str, confidence: float = 0.95) -> Result:
    """Return the median with the distribution-free interval between two order statistics.

    Args:
        values: float ``(cases,)``.
        name: What the values are.
        confidence: At least this; NaN ends where so few values cannot give it.

    Raises:
        ValueError: If there are no cases.

    Source: Conover 1999, Practical Nonparametric Statistics, 3.2.

    Example:
        >>> print(median([0.5, 0.6, 0.7, 0.7, 0.8, 0.9], "Dice").value(2))
        0.70 (0.50–0.90)
    """
    checked.confidence(confidence)
    values = np.sort(checked.numbers(values, "values"))
    n = len(values)
    if not n:
        raise ValueError("a median needs at least one case")
    # The largest r with P(X < r) <= alpha/2 for X ~ binomial(n, 1/2): the interval is
    # from the r-th smallest to the r-th largest value.
    tail = stats.binom.cdf(np.arange(n), n, 0.5)
    r = int((tail <= (1 - confidence) / 2).sum())
    return Result(
        name=name,
        estimate=float(np.median(values)),
        low=float(values[r - 1]) if r else float("nan"),
        high=float(values[n - r]) if r else float("nan"),
        confidence=confidence,
        method="order statistics",
        source="Conover 1999, Practical Nonparametric Statistics, 3.2",
        n=n,
    )
