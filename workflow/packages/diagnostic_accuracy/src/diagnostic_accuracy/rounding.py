"""Numbers as the paper prints them: rounded half up, one decimal for a percentage.

Python's `round` and format strings round half to even on the binary value (``f"{6.25:.1f}"`` is
"6.2"), printed tables round half up (6.3). Counts are rounded exactly, as integers; a float is
first read to 12 significant digits, which takes the binary noise off (0.6335 * 100 is
63.349999999999994 in binary, and means 63.35).
"""

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

DASH = "–"
NOISE_DIGITS = 12


def half_up(value: float | int | Decimal, digits: int) -> str:
    """Return ``value`` with ``digits`` decimals; a tie moves away from zero.

    Args:
        value: A finite number. A `Decimal` and an `int` are taken exactly.
        digits: Number of decimals, 0 or more.

    Raises:
        ValueError: If the value is not finite.

    Example:
        >>> half_up(0.125, 2), half_up(-2.675, 2)
        ('0.13', '-2.68')
    """
    if not isinstance(value, Decimal):
        exact = isinstance(value, int)
        value = Decimal(value) if exact else Decimal(f"{float(value):.{NOISE_DIGITS}g}")
    if not value.is_finite():
        raise ValueError(f"cannot print {value}: not a finite number")
    rounded = value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return f"{abs(rounded) if rounded == 0 else rounded:f}"  # never "-0.0"


def percent_of_counts(numerator: int, denominator: int, digits: int = 1) -> str:
    """Return 100 * numerator / denominator, rounded half up in whole-number arithmetic.

    Args:
        numerator: A count, 0 or more.
        denominator: A count over 0.
        digits: Number of decimals.

    Raises:
        ValueError: If the denominator is not positive.
    """
    if denominator <= 0:
        raise ValueError(f"no percentage of {numerator} in {denominator}")
    scale = 10**digits
    units = (2 * 100 * scale * numerator + denominator) // (2 * denominator)
    whole, rest = divmod(units, scale)
    return f"{whole}.{rest:0{digits}d}" if digits else str(whole)


def percent(proportion: float, digits: int = 1) -> str:
    """Return a proportion in [0, 1] as a percentage without its sign, rounded half up."""
    return half_up(Decimal(f"{float(proportion):.{NOISE_DIGITS}g}") * 100, digits)


def count_percent(numerator: int, denominator: int) -> str:
    """Return a count with its percentage as Table 1 has it: ``"16 (3.1)"``."""
    return f"{numerator} ({percent_of_counts(numerator, denominator)})"


def mean_sd(values: Sequence[float], digits: int = 2) -> str:
    """Return mean ± sample standard deviation (n - 1) as Table 1 has it: ``"46.40±8.60"``.

    One value has no standard deviation and is printed as ``"46.40 (n=1)"``; none gives a dash.

    Args:
        values: Finite numbers, without the unknown ones.
        digits: Number of decimals of both.
    """
    values = [float(value) for value in values]
    if not values:
        return DASH
    mean = math.fsum(values) / len(values)
    if len(values) == 1:
        return f"{half_up(mean, digits)} (n=1)"
    squares = math.fsum((value - mean) ** 2 for value in values)
    return f"{half_up(mean, digits)}±{half_up(math.sqrt(squares / (len(values) - 1)), digits)}"


def with_interval(printed: str, low: float, high: float, *, as_percent: bool) -> str:
    """Return a printed estimate with its interval: ``"63.3 (51.1–75.5)"``.

    Args:
        printed: The estimate, rounded already.
        low: Lower limit, a proportion in [0, 1]; NaN or None where there is no interval.
        high: Upper limit, likewise.
        as_percent: Print the limits as percentages with one decimal, or else as they are with two.
    """
    if _unknown(low) or _unknown(high):
        return printed
    limits = [percent(x) if as_percent else half_up(x, 2) for x in (low, high)]
    return f"{printed} ({joined(*limits)})"


def joined(low: str, high: str) -> str:
    """Return "51.1–75.5", or "-0.58 to 0.34": a dash beside a minus sign misleads."""
    return f"{low} to {high}" if "-" in low + high else f"{low}{DASH}{high}"


def p_value(p: float) -> str:
    """Return a P value with three decimals, or ``"<0.001"``."""
    return "<0.001" if p < 0.001 else half_up(p, 3)


def _unknown(value: float | None) -> bool:
    return value is None or math.isnan(value)
