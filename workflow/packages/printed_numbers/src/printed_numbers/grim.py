"""Can whole numbers give it: percentages, means and standard deviations against n."""

import math
from fractions import Fraction

from printed_numbers.printed import NEAREST, prints, window

# Brown & Heathers 2017 (Soc Psychol Personal Sci 8:363); Allen's extension to standard deviations
# (GRIMMER); Bhatia & Davis 2000 (Am Math Mon 107:353).


def multiples(
    printed: Fraction,
    decimals: int,
    n: int,
    scale: Fraction | int = 100,
    rules: tuple[str, ...] = NEAREST,
) -> list[int]:
    """Return the whole numbers k for which ``scale * k / n`` is printed so (GRIM).

    For a percentage ``scale`` is 100 and k a count from 0 to n; for a mean it is the unit in which
    each value was recorded, and k the sum of the values in that unit.

    Args:
        printed: The printed number.
        decimals: Its decimals.
        n: Number of cases, 1 or more.
        scale: See above.
        rules: The roundings that are allowed.

    Example:
        >>> multiples(Fraction("3.19"), 2, 28, scale=1), multiples(Fraction("3.18"), 2, 28, scale=1)
        ([], [89])
    """
    step = Fraction(scale) / n
    reach = Fraction(1, 10**decimals)
    first = math.ceil((printed - reach) / step)
    last = math.floor((printed + reach) / step)
    return [k for k in range(first, last + 1) if prints(k * step, printed, decimals, rules)]


def counts(printed: Fraction, decimals: int, n: int, rules: tuple[str, ...] = NEAREST) -> list[int]:
    """Return the counts, 0 to ``n``, whose percentage of ``n`` is printed so.

    Example:
        >>> counts(Fraction("63.3"), 1, 60), counts(Fraction("63.4"), 1, 60)
        ([38], [])
    """
    return [k for k in multiples(printed, decimals, n, 100, rules) if 0 <= k <= n]


def grimmer(
    mean: Fraction, sd: Fraction, decimals: int, n: int, unit: Fraction | int = 1
) -> list[tuple[int, int]]:
    """Return pairs (sum, sum of squares) that give mean and SD, values being multiples of a unit.

    A pair is listed if the sum prints the mean, the sum of squares prints the SD with n - 1 or
    with n, has the parity of the sum (x and x squared are odd together) and is not below the least
    that whole numbers of this sum have. These conditions are necessary: an empty list means that
    no whole numbers can give both.

    Args:
        mean: Printed mean.
        sd: Printed standard deviation.
        decimals: Decimals of both.
        n: Number of values, 2 or more.
        unit: Each value is a whole multiple of it.

    Example:
        >>> grimmer(Fraction("3.44"), Fraction("2.47"), 2, 18)
        []
    """
    unit = Fraction(unit)
    low, high = (max(end, Fraction(0)) / unit for end in window(sd, decimals))
    pairs: list[tuple[int, int]] = []
    for total in multiples(mean, decimals, n, unit):
        least = _least_squares(total, n)
        for divisor in (n - 1, n):
            base = Fraction(total * total, n)
            first = max(math.ceil(low * low * divisor + base), least)
            last = math.floor(high * high * divisor + base)
            first += (first - total) % 2
            if first <= last and (total, first) not in pairs:
                pairs.append((total, first))
    return pairs


def _least_squares(total: int, n: int) -> int:
    """Return the least sum of squares of n whole numbers with this sum: as even as can be."""
    each, rest = divmod(total, n)
    return (n - rest) * each * each + rest * (each + 1) ** 2


def largest_sd(mean: Fraction, decimals: int, n: int, low: Fraction, high: Fraction) -> float:
    """Return the largest SD (n - 1) of values in [low, high] whose mean is printed so.

    The bound of Bhatia & Davis, (high - mean)(mean - low), at the mean within its rounding that
    makes it largest. NaN if the mean cannot lie in the range.

    Example:
        >>> round(largest_sd(Fraction("0.71"), 2, 513, Fraction(0), Fraction(1)), 3)
        0.456
    """
    first, last = window(mean, decimals)
    first, last = max(first, low), min(last, high)
    if first > last:
        return math.nan
    at = min(max((low + high) / 2, first), last)
    return math.sqrt(float((high - at) * (at - low)) * n / (n - 1))


def largest_minimum(mean: Fraction, sd: Fraction, decimals: int, n: int, high: Fraction) -> float:
    """Return the largest value that the smallest of the data can have, given mean, SD and maximum.

    From (high - mean)(mean - low) n / (n - 1) >= SD squared, at the mean and SD within their
    rounding that leave most room. Minus infinity if the mean reaches the maximum.
    """
    variance = float(max(window(sd, decimals)[0], Fraction(0))) ** 2 * (n - 1) / n
    first, last = (float(end) for end in window(mean, decimals))
    top = float(high)
    at = min(max(top - math.sqrt(variance), first), min(last, top))
    return at - variance / (top - at) if at < top else -math.inf
