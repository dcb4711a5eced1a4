"""Proportions of independent cases with their intervals.

Where a patient has several images the cases are not independent: see `clustered`.
"""

import math

import numpy as np
from scipy import special, stats
from scipy.optimize import elementwise
from statsmodels.stats.proportion import proportion_confint

from diagnostic_accuracy import checked
from diagnostic_accuracy.results import Result, not_estimable

# name of the setting -> (name in tables, source)
_METHODS = {
    "clopper-pearson": ("Clopper-Pearson", "Clopper & Pearson 1934 (Biometrika 26:404)"),
    "mid-p": ("mid-P", "Berry & Armitage 1995 (Statistician 44:417)"),
    "wilson": ("Wilson", "Wilson 1927 (J Am Stat Assoc 22:209)"),
    "wald": ("Wald", "normal approximation, cut at 0 and 1"),
    "agresti-coull": ("Agresti-Coull", "Agresti & Coull 1998 (Am Stat 52:119)"),
    "jeffreys": ("Jeffreys", "Brown, Cai & DasGupta 2001 (Stat Sci 16:101)"),
    "bootstrap": (
        "bootstrap percentile, endless replicates",
        "Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13",
    ),
}
_STATSMODELS = {
    "clopper-pearson": "beta",
    "wilson": "wilson",
    "wald": "normal",
    "agresti-coull": "agresti_coull",
    "jeffreys": "jeffreys",
}
PROPORTION_INTERVALS = tuple(_METHODS)


def proportion(
    count: int,
    n: int,
    *,
    name: str = "proportion",
    method: str = "clopper-pearson",
    confidence: float = 0.95,
) -> Result:
    """Return ``count / n`` with its interval, which never leaves [0, 1].

    Args:
        count: Numerator, 0 to ``n``.
        n: Denominator; 0 gives a result that is not estimable.
        name: What the proportion is, for instance ``"sensitivity"``.
        method: One of `PROPORTION_INTERVALS`.
        confidence: Of the interval, in (0, 1).

    Raises:
        ValueError: If ``method`` is unknown or ``count`` lies outside 0 to ``n``.

    Example:
        >>> print(proportion(38, 60, name="sensitivity", method="wald"))
        sensitivity: 0.633 (0.511–0.755), 95% CI, 38/60 (Wald: normal approximation, cut at 0 and 1)
    """
    count, n = checked.count(count, "count"), checked.count(n, "n")
    low, high = proportion_interval(count, n, method=method, confidence=confidence)
    return Result(
        name=name,
        estimate=count / n if n else math.nan,
        low=float(low),
        high=float(high),
        confidence=confidence,
        method=_METHODS[method][0],
        source=_METHODS[method][1],
        n=int(n),
        count=int(count),
        note="" if n else not_estimable("no cases"),
    )


def proportion_interval(
    count: int | np.ndarray,
    n: int | np.ndarray,
    *,
    method: str = "clopper-pearson",
    confidence: float = 0.95,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper ends of proportions' intervals; NaN where ``n`` is 0.

    Args:
        count: Numerators, any shape, each 0 to ``n``.
        n: Denominators, broadcast against ``count``.
        method: One of `PROPORTION_INTERVALS`. ``bootstrap`` is what resampling independent cases
            tends to with ever more replicates: quantiles of a binomial distribution, without
            chance.
        confidence: Of the intervals, in (0, 1).

    Raises:
        ValueError: If ``method`` is unknown or a count lies outside 0 to ``n``.

    Example:
        >>> low, high = proportion_interval([38, 54], 60, method="wilson")
        >>> low.round(3), high.round(3)
        (array([0.507, 0.799]), array([0.744, 0.953]))
    """
    if method not in _METHODS:
        raise ValueError(f"method is {method!r}; allowed: {', '.join(_METHODS)}")
    confidence = checked.confidence(confidence)
    count, n = np.broadcast_arrays(np.asarray(count, np.float64), np.asarray(n, np.float64))
    if not ((count >= 0) & (count <= n)).all():
        raise ValueError("a proportion's count lies outside 0 to n")
    known = n > 0
    low, high = np.full(count.shape, math.nan), np.full(count.shape, math.nan)
    if known.any():
        ends = _ends(count[known], n[known], method, 1 - confidence)
        low[known], high[known] = (np.clip(end, 0.0, 1.0) for end in ends)
        # For Jeffreys its source's own rule, so that the estimate is inside; for Wilson the value
        # without its rounding error.
        if method in ("jeffreys", "wilson"):
            low[known & (count == 0)], high[known & (count == n)] = 0.0, 1.0
    return low, high


def _ends(
    count: np.ndarray, n: np.ndarray, method: str, alpha: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the two ends of each proportion's interval, not yet cut at 0 and 1."""
    if method == "mid-p":
        return _mid_p_low(count, n, alpha), 1 - _mid_p_low(n - count, n, alpha)
    if method == "bootstrap":
        tails = (alpha / 2, 1 - alpha / 2)
        low, high = (stats.binom.ppf(tail, n, count / n) / n for tail in tails)
        return low, high
    low, high = proportion_confint(count, n, alpha=alpha, method=_STATSMODELS[method])
    return low, high


def _mid_p_low(count: np.ndarray, n: np.ndarray, alpha: float) -> np.ndarray:
    """Return the p at which P(more than count) + P(count) / 2 is alpha / 2; 0 for a count of 0."""

    def excess(p: np.ndarray, count: np.ndarray, n: np.ndarray) -> np.ndarray:
        more = np.where(count < n, special.betainc(count + 1, np.maximum(n - count, 1), p), 0.0)
        return (special.betainc(count, n - count + 1, p) + more) / 2 - alpha / 2

    low = np.zeros(count.shape)
    some = count > 0
    if some.any():
        of = count[some], n[some]
        bracket = np.zeros(of[0].shape), np.ones(of[0].shape)
        low[some] = elementwise.find_root(excess, bracket, args=of).x
    return low
