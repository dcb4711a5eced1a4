"""Which method gives a printed confidence interval."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from diagnostic_accuracy.proportions import PROPORTION_INTERVALS, proportion_interval
from printed_numbers.printed import Printed, prints

INTERVAL_METHODS = PROPORTION_INTERVALS
NAMES = {
    "clopper-pearson": "Clopper–Pearson",
    "wilson": "Wilson",
    "wald": "Wald",
    "agresti-coull": "Agresti–Coull",
    "jeffreys": "Jeffreys",
    "mid-p": "mid-P",
    "bootstrap": "bootstrap percentile",
}


def limits(count: float, n: int, method: str, confidence: float = 0.95) -> tuple[float, float]:
    """Return the ends of a proportion's interval in percent.

    Args:
        count: Numerator, 0 to ``n``; a fraction where it comes from a rounded percentage.
        n: Denominator, 1 or more.
        method: One of `INTERVAL_METHODS`; the bootstrap is the percentile one in the limit of
            many replicates.
        confidence: In (0, 1).

    Example:
        >>> [round(end, 1) for end in limits(38, 60, "wald")]
        [51.1, 75.5]
    """
    low, high = proportion_interval(np.array(count), n, method=method, confidence=confidence)
    return 100 * float(low), 100 * float(high)


def matching(number: Printed, count: float, n: int) -> list[str]:
    """Return the methods that give both ends of a number's interval to the printed digit.

    Example:
        >>> number = Printed("sens", (), "", "", "sensitivity", "63.3", "51.1", "75.5", 1)
        >>> matching(number, 38, 60)
        ['wald']
    """
    return matching_all(number, [count], [n])[0]


def matching_all(
    number: Printed, counts: Sequence[float], denominators: Sequence[int]
) -> list[list[str]]:
    """Return for each count and denominator the methods that give an interval as printed.

    Args:
        number: With its printed interval, in percent.
        counts: Numerators; fractions, which come from rounded percentages, have no bootstrap.
        denominators: One for each numerator.
    """
    printed = Fraction(number.low), Fraction(number.high)
    count, n = np.array(counts, np.float64), np.array(denominators, np.float64)
    methods: list[list[str]] = [[] for _ in counts]
    for method in INTERVAL_METHODS:
        low, high = proportion_interval(count, n, method=method)
        # Only what is near is looked at exactly: a search has thousands of intervals.
        unit = 10.0**-number.decimals
        near = (abs(100 * low - float(printed[0])) < unit) & (
            abs(100 * high - float(printed[1])) < unit
        )
        if method == "bootstrap":
            near &= count == np.floor(count)
        for i in np.flatnonzero(near):
            ends = 100 * float(low[i]), 100 * float(high[i])
            if all(prints(end, p, number.decimals) for end, p in zip(ends, printed, strict=True)):
                methods[i].append(method)
    return methods
