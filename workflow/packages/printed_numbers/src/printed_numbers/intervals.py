"""Which method gives a printed confidence interval."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from statistics import NormalDist

import numpy as np

from diagnostic_accuracy.proportions import PROPORTION_INTERVALS, proportion_interval
from printed_numbers.printed import Printed, prints

Ends = tuple[np.ndarray, np.ndarray]


def _logit(count: np.ndarray, n: np.ndarray, z: float) -> Ends:
    """Return Wald's interval of the log odds; NaN at a count of 0 or n (Agresti 2002, 1.4)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.log(count) - np.log(n - count)
        reach = z * np.sqrt(1 / count + 1 / (n - count))
        low, high = (1 / (1 + np.exp(-end)) for end in (odds - reach, odds + reach))
    inside = (count > 0) & (count < n)
    return np.where(inside, low, np.nan), np.where(inside, high, np.nan)


def _wilson_corrected(count: np.ndarray, n: np.ndarray, z: float) -> Ends:
    """Return Wilson's interval with continuity correction (Newcombe 1998, Stat Med 17:857)."""
    share = count / n
    inside = 4 * share * (n * (1 - share) + 1), 4 * share * (n * (1 - share) - 1)
    low = 2 * count + z**2 - 1 - z * np.sqrt(np.maximum(z**2 - 2 - 1 / n + inside[0], 0))
    high = 2 * count + z**2 + 1 + z * np.sqrt(np.maximum(z**2 + 2 - 1 / n + inside[1], 0))
    scale = 2 * (n + z**2)
    return np.where(count == 0, 0.0, low / scale), np.where(count == n, 1.0, high / scale)


def _wald_corrected(count: np.ndarray, n: np.ndarray, z: float) -> Ends:
    """Return Wald's interval with continuity correction, half a case at each end."""
    share = count / n
    reach = z * np.sqrt(share * (1 - share) / n) + 0.5 / n
    return share - reach, share + reach


_MORE: dict[str, Callable[[np.ndarray, np.ndarray, float], Ends]] = {
    "logit": _logit,
    "wilson-corrected": _wilson_corrected,
    "wald-corrected": _wald_corrected,
}
INTERVAL_METHODS = (*PROPORTION_INTERVALS, *_MORE)
NAMES = {
    "clopper-pearson": "Clopper–Pearson",
    "wilson": "Wilson",
    "wald": "Wald",
    "agresti-coull": "Agresti–Coull",
    "jeffreys": "Jeffreys",
    "mid-p": "mid-P",
    "bootstrap": "bootstrap percentile",
    "logit": "logit",
    "wilson-corrected": "Wilson with continuity correction",
    "wald-corrected": "Wald with continuity correction",
}


def ends(count: np.ndarray, n: np.ndarray, method: str, confidence: float = 0.95) -> Ends:
    """Return the ends of proportions' intervals, 0 to 1; NaN where a method has none.

    Args:
        count: Numerators, any shape; fractions where they come from rounded percentages.
        n: Denominators, broadcast against ``count``.
        method: One of `INTERVAL_METHODS`; the bootstrap is the percentile one in the limit of
            many replicates.
        confidence: In (0, 1).
    """
    if method not in _MORE:
        return proportion_interval(count, n, method=method, confidence=confidence)
    count, n = np.broadcast_arrays(np.asarray(count, np.float64), np.asarray(n, np.float64))
    low, high = _MORE[method](count, n, NormalDist().inv_cdf((1 + confidence) / 2))
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def limits(count: float, n: int, method: str, confidence: float = 0.95) -> tuple[float, float]:
    """Return the ends of a proportion's interval in percent.

    Example:
        >>> [round(end, 1) for end in limits(38, 60, "wald")]
        [51.1, 75.5]
        >>> [round(end, 1) for end in limits(38, 60, "wilson-corrected")]  # R: prop.test(38, 60)
        [49.8, 75.1]
    """
    low, high = ends(np.array(count), np.array(n), method, confidence)
    return 100 * float(low), 100 * float(high)


def matching(number: Printed, count: float, n: int, confidence: float = 0.95) -> list[str]:
    """Return the methods that give both ends of a number's interval to the printed digit.

    Example:
        >>> number = Printed("sens", (), "", "", "sensitivity", "63.3", "51.1", "75.5", 1)
        >>> matching(number, 38, 60)
        ['wald']
    """
    return matching_all(number, [count], [n], confidence)[0]


def matching_all(
    number: Printed,
    counts: Sequence[float] | np.ndarray,
    denominators: Sequence[int] | np.ndarray,
    confidence: float = 0.95,
) -> list[list[str]]:
    """Return for each count and denominator the methods that give an interval as printed.

    Args:
        number: With its printed interval, in percent.
        counts: Numerators; fractions, which come from rounded percentages, have no bootstrap.
        denominators: One for each numerator.
        confidence: Of the printed interval.
    """
    printed = Fraction(number.low), Fraction(number.high)
    count, n = np.array(counts, np.float64), np.array(denominators, np.float64)
    methods: list[list[str]] = [[] for _ in counts]
    for method in INTERVAL_METHODS:
        possible = np.flatnonzero(_possible(number, count, n, method, confidence))
        if not len(possible):
            continue
        low, high = ends(count[possible], n[possible], method, confidence)
        # Only what is near is looked at exactly: a search has thousands of intervals.
        near = _near(low, number, printed[0]) & _near(high, number, printed[1])
        for i in np.flatnonzero(near):
            both = 100 * float(low[i]), 100 * float(high[i])
            if all(prints(end, p, number.decimals) for end, p in zip(both, printed, strict=True)):
                methods[possible[i]].append(method)
    return methods


def _near(end: np.ndarray, number: Printed, printed: Fraction) -> np.ndarray:
    """Return where an end is less than a unit of its last digit away from the printed one."""
    return np.abs(100 * end - float(printed)) < 10.0**-number.decimals


def _possible(
    number: Printed, count: np.ndarray, n: np.ndarray, method: str, confidence: float
) -> np.ndarray:
    """Return where a method is worth its time.

    Either end of mid-P, which is slow to find, lies between Clopper and Pearson's for the count
    and for the one next to it.
    """
    if method == "bootstrap":
        return count == np.floor(count)
    if method != "mid-p":
        return np.ones(count.shape, bool)
    unit = 10.0**-number.decimals
    low, high = (float(Fraction(text)) for text in (number.low, number.high))
    fewer, more = np.maximum(count - 1, 0), np.minimum(count + 1, n)
    (low0, high1), (low1, _), (_, high0) = (
        proportion_interval(k, n, method="clopper-pearson", confidence=confidence)
        for k in (count, more, fewer)
    )
    fits = (100 * low0 - unit <= low) & (low <= 100 * low1 + unit)
    return fits & (100 * high0 - unit <= high) & (high <= 100 * high1 + unit)
