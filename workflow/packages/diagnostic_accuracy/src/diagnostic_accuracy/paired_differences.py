"""How far two readings of the same cases differ: intervals, and a test against a margin."""

import math

import numpy as np
from scipy import optimize, stats

from diagnostic_accuracy import checked
from diagnostic_accuracy.paired import PairedTable
from diagnostic_accuracy.proportions import proportion_interval
from diagnostic_accuracy.results import Result, not_estimable
from diagnostic_accuracy.rounding import half_up

_METHODS = {
    "newcombe": ("Newcombe, method 10", "Newcombe 1998 (Stat Med 17:2635)"),
    "tango": ("Tango, score", "Tango 1998 (Stat Med 17:891)"),
}
PAIRED_INTERVALS = tuple(_METHODS)


def paired_difference(
    table: PairedTable, *, method: str = "newcombe", confidence: float = 0.95
) -> Result:
    """Return the difference of the proportions right, second - first, with its interval.

    Args:
        table: The four cells of the paired table.
        method: One of `PAIRED_INTERVALS`.
        confidence: Of the interval, in (0, 1).

    Raises:
        ValueError: If ``method`` is unknown.

    Example:
        >>> from diagnostic_accuracy.paired import PairedTable
        >>> table = PairedTable(both=36, gained=15, lost=4, neither=5)
        >>> print(paired_difference(table, method="tango").value())
        0.183 (0.045–0.322)
    """
    if method not in _METHODS:
        raise ValueError(f"method is {method!r}; allowed: {', '.join(_METHODS)}")
    checked.confidence(confidence)
    low = high = math.nan
    if table.n:
        ends = _newcombe if method == "newcombe" else _tango
        low, high = ends(table, confidence)
    return Result(
        name="difference of paired proportions",
        estimate=_difference(table),
        low=low,
        high=high,
        confidence=confidence,
        method=_METHODS[method][0],
        source=_METHODS[method][1],
        n=table.n,
        note="" if table.n else not_estimable("no cases"),
        cells=table.cells,
    )


def non_inferiority(table: PairedTable, margin: float, *, confidence: float = 0.95) -> Result:
    """Test whether the second reading is worse than the first by less than a margin.

    The null hypothesis is: second - first <= -margin. A one-sided P below (1 - confidence) / 2
    goes with a lower end of Tango's interval above -margin: they are the same calculation.

    Args:
        table: The four cells of the paired table.
        margin: Largest loss that would be accepted, as a proportion in [0, 1); stated before the
            data were seen. 0 is McNemar's asymptotic test, one-sided.
        confidence: Of Tango's interval that is given beside it, in (0, 1).

    Returns:
        Result: The difference with Tango's interval, the score z and the one-sided P.

    Raises:
        ValueError: If ``margin`` lies outside [0, 1).

    Source: Tango 1998 (Stat Med 17:891); Liu et al. 2002 (Stat Med 21:231).

    Example:
        >>> from diagnostic_accuracy.paired import PairedTable
        >>> table = PairedTable(both=50, gained=3, lost=5, neither=2)
        >>> result = non_inferiority(table, margin=0.1)
        >>> result.value(), round(result.p_value, 3)
        ('-0.033 (-0.141 to 0.069)', 0.097)
    """
    if not 0 <= margin < 1:
        raise ValueError(f"margin is {margin:g}; it is a proportion from 0 to below 1")
    difference = paired_difference(table, method="tango", confidence=confidence)
    z = _score(table, -margin) if table.n else math.nan
    return Result(
        name="non-inferiority of the second reading",
        estimate=difference.estimate,
        low=difference.low,
        high=difference.high,
        confidence=confidence,
        method="score test of non-inferiority, one-sided",
        source="Tango 1998 (Stat Med 17:891); Liu et al. 2002 (Stat Med 21:231)",
        n=table.n,
        statistic=z,
        p_value=float(stats.norm.sf(z)),
        note=f"margin: a loss of {half_up(100 * margin, 1)} percentage points; P is one-sided",
        cells=table.cells,
    )


def _difference(table: PairedTable) -> float:
    return (table.gained - table.lost) / table.n if table.n else math.nan


def _newcombe(table: PairedTable, confidence: float) -> tuple[float, float]:
    """Join two Wilson intervals by the correlation of the readings (Newcombe's method 10)."""
    right = np.array([table.both + table.lost, table.both + table.gained])
    (first, second), n = right / table.n, table.n
    low, high = proportion_interval(right, np.full(2, n), method="wilson", confidence=confidence)
    phi = _correlation(table)
    down = (second - low[1], high[0] - first)
    up = (high[1] - second, first - low[0])
    gap = second - first
    reach = [
        math.sqrt(max(a * a - 2 * phi * a * b + b * b, 0.0))
        for a, b in ((float(a), float(b)) for a, b in (down, up))
    ]
    return max(float(gap) - reach[0], -1.0), min(float(gap) + reach[1], 1.0)


def _correlation(table: PairedTable) -> float:
    """Return phi with Newcombe's continuity correction: only a positive one is drawn to 0."""
    a, b, c, d = table.both, table.lost, table.gained, table.neither
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    if not margins:
        return 0.0
    cross = float(a * d - b * c)
    if cross > 0:
        cross = max(cross - table.n / 2, 0.0)
    return cross / math.sqrt(margins)


def _tango(table: PairedTable, confidence: float) -> tuple[float, float]:
    """Return the differences at which the score test is just on the edge."""
    z = float(stats.norm.isf((1 - confidence) / 2))
    middle = _difference(table)

    def root(below: float, above: float, level: float) -> float:
        return float(optimize.brentq(lambda d: _score(table, d) - level, below, above, xtol=1e-14))

    low = root(-1.0, middle, z) if middle > -1 else -1.0
    high = root(middle, 1.0, -z) if middle < 1 else 1.0
    return low, high


def _score(table: PairedTable, difference: float) -> float:
    """Return Tango's z of a difference second - first, by its restricted maximum likelihood.

    Args:
        table: The four cells, at least one case.
        difference: Under the null hypothesis, in [-1, 1].
    """
    n, gained, lost = table.n, table.gained, table.lost
    # q, the probability of a loss given the difference, solves 2n q^2 + b q + c = 0.
    b = -gained - lost + (2 * n - gained + lost) * difference
    c = -lost * difference * (1 - difference)
    root = math.sqrt(max(b * b - 8 * n * c, 0.0))
    # The form that does not subtract two nearly equal numbers.
    q = (root - b) / (4 * n) if b <= 0 else -2 * c / (b + root)
    variance = n * (2 * q + difference * (1 - difference))
    above = gained - lost - n * difference
    if variance <= 0:
        return 0.0 if above == 0 else math.copysign(math.inf, above)
    return above / math.sqrt(variance)
