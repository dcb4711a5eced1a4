"""Proportions with their intervals."""

import math

import numpy as np
from statsmodels.stats.proportion import proportion_confint

from smallmass.statistics.results import Result

# name of the setting -> (statsmodels' name, name in tables, source)
_METHODS = {
    "clopper-pearson": ("beta", "Clopper-Pearson", "Clopper & Pearson 1934 (Biometrika 26:404)"),
    "wilson": ("wilson", "Wilson", "Wilson 1927 (J Am Stat Assoc 22:209)"),
    "wald": ("normal", "Wald", "normal approximation, cut at 0 and 1"),
    "agresti-coull": ("agresti_coull", "Agresti-Coull", "Agresti & Coull 1998 (Am Stat 52:119)"),
    "jeffreys": ("jeffreys", "Jeffreys", "Brown, Cai & DasGupta 2001 (Stat Sci 16:101)"),
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
    """
    low, high = interval(count, n, method=method, confidence=confidence)
    return Result(
        name=name,
        estimate=count / n if n else math.nan,
        low=float(low),
        high=float(high),
        confidence=confidence,
        method=_METHODS[method][1],
        source=_METHODS[method][2],
        n=int(n),
        count=int(count),
        note="" if n else "not estimable: no cases",
    )


def interval(
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
        method: One of `PROPORTION_INTERVALS`.
        confidence: Of the intervals, in (0, 1).

    Raises:
        ValueError: If ``method`` is unknown or a count lies outside 0 to ``n``.
    """
    if method not in _METHODS:
        raise ValueError(f"method is {method!r}; allowed: {', '.join(_METHODS)}")
    count, n = np.broadcast_arrays(np.asarray(count, np.float64), np.asarray(n, np.float64))
    if ((count < 0) | (count > n)).any():
        raise ValueError("a proportion's count lies outside 0 to n")
    known = n > 0
    low, high = np.full(count.shape, math.nan), np.full(count.shape, math.nan)
    if known.any():
        ends = proportion_confint(
            count[known], n[known], alpha=1 - confidence, method=_METHODS[method][0]
        )
        low[known], high[known] = (np.clip(end, 0.0, 1.0) for end in ends)
        if method == "jeffreys":  # its source's own rule, so that the estimate is inside
            low[known & (count == 0)], high[known & (count == n)] = 0.0, 1.0
    return low, high
