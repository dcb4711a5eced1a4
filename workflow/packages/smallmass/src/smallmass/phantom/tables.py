"""Sines, bell curves and decibels as tables of integers, made by integer arithmetic alone.

``math.sin``, ``exp`` and ``log`` differ in their last bits between C libraries and CPU features;
Python's integers do not. Every table below comes from a power series in fixed-point integers of
``BITS`` fractional bits, rounded once.
"""

from functools import cache

import numpy as np

BITS = 128
ONE = 1 << BITS

TURN = 1024  # sine: steps of a full turn
UNIT = 1 << 14  # sine, bell, gain: the integer that stands for 1

BELL_STEP = 32  # bell: steps of one standard deviation
BELL_END = 3  # ... and standard deviations until it is cut off

DECIBEL = 100  # levels are whole hundredths of a decibel
LOWEST, HIGHEST = -60 * DECIBEL, 30 * DECIBEL  # range of gain()
AMPLITUDES = 1 << 16  # range of level()


def _exp(x: int) -> int:
    """Return exp of a fixed-point number by its power series on a reduced argument."""
    shift = 16  # exp(x) = exp(x / 2**16) ** (2**16)
    small, term, total, n = x >> shift, ONE, ONE, 1
    while term:
        # Truncation towards zero, also for negative terms, so that the series ends.
        product = term * small
        term = (abs(product) >> BITS) // n * (1 if product >= 0 else -1)
        total, n = total + term, n + 1
    for _ in range(shift):
        total = total * total >> BITS
    return total


def _inverse_series(of: int, sign: int) -> int:
    """Return atanh(1/of) (``sign`` 1) or atan(1/of) (``sign`` -1), fixed-point."""
    term, total, n = ONE // of, 0, 1
    while term:
        total += term // n if sign > 0 or n % 4 == 1 else -(term // n)
        term, n = term // (of * of), n + 2
    return total


def _pi() -> int:
    """Return pi, fixed-point, by Machin's formula."""
    return 4 * (4 * _inverse_series(5, -1) - _inverse_series(239, -1))


def _log_of_ten() -> int:
    """Return the natural logarithm of 10 = 2**3 * 5/4, fixed-point."""
    return 3 * 2 * _inverse_series(3, 1) + 2 * _inverse_series(9, 1)


def _rounded(x: int, unit: int) -> int:
    """Return a fixed-point number times ``unit``, rounded half up."""
    return (2 * x * unit + ONE) // (2 * ONE)


@cache
def sine() -> np.ndarray:
    """Return ``UNIT * sin(2 pi k / TURN)`` for k = 0 .. TURN - 1, int64."""
    pi, quarter = _pi(), []
    for k in range(TURN // 4 + 1):
        angle = 2 * pi * k // TURN
        term, total, n = angle, 0, 1
        while term:
            total += term if n % 4 == 1 else -term
            term, n = (term * angle * angle >> (2 * BITS)) // ((n + 1) * (n + 2)), n + 2
        quarter.append(_rounded(total, UNIT))
    half = quarter + quarter[-2:0:-1]
    return np.array(half + [-value for value in half], np.int64)


def cosine() -> np.ndarray:
    """Return ``UNIT * cos(2 pi k / TURN)`` for k = 0 .. TURN - 1, int64."""
    return np.roll(sine(), -(TURN // 4))


@cache
def bell() -> np.ndarray:
    """Return ``UNIT * exp(-t**2 / 2)`` for t = k / BELL_STEP up to BELL_END, int64."""
    steps = range(BELL_STEP * BELL_END + 1)
    return np.array(
        [_rounded(_exp(-(ONE * k * k) // (2 * BELL_STEP**2)), UNIT) for k in steps], np.int64
    )


@cache
def _gains() -> np.ndarray:
    """Return ``UNIT * 10 ** (level / 2000)`` for every level from LOWEST to HIGHEST."""
    scale = _log_of_ten()
    levels = range(LOWEST, HIGHEST + 1)
    return np.array([_rounded(_exp(scale * k // (20 * DECIBEL)), UNIT) for k in levels], np.int32)


def gain(level: np.ndarray | int) -> np.ndarray:
    """Return the amplitude factor of a level.

    Args:
        level: Hundredths of a decibel, any shape; clipped to LOWEST .. HIGHEST.

    Returns:
        int32, ``UNIT`` at 0 dB: ``UNIT * 10 ** (level / 2000)``.
    """
    return _gains().take(np.subtract(level, LOWEST), mode="clip")


@cache
def level() -> np.ndarray:
    """Return the level of each amplitude 0 .. AMPLITUDES - 1, int64 hundredths of a decibel.

    The largest whole level whose amplitude does not exceed the given one, amplitude 1 being
    0 dB; amplitude 0 counts as 1.
    """
    scale = _log_of_ten()
    edges: list[int] = []
    while not edges or edges[-1] < AMPLITUDES:
        power = _exp(scale * len(edges) // (20 * DECIBEL))
        edges.append(-(-power // ONE) if edges else 1)
    return np.maximum(np.searchsorted(edges, np.arange(AMPLITUDES), side="right") - 1, 0)


def bell_at(distance: int, spread: int) -> int:
    """Return ``exp(-(distance / spread)**2 / 2)`` times 2**40, rounded: without a cut-off."""
    return _rounded(_exp(-(ONE * distance * distance) // (2 * spread * spread)), 1 << 40)


def taps(sigma: int, unit: int = UNIT) -> np.ndarray:
    """Return the taps of a Gaussian filter.

    Args:
        sigma: Standard deviation in 1/64 px; under a quarter of a pixel the filter is [unit].
        unit: What the centre tap is, before any normalisation by the caller.

    Returns:
        int64, odd length, symmetric, cut off at ``BELL_END`` standard deviations.
    """
    if sigma < 16:
        return np.array([unit], np.int64)
    reach = BELL_END * sigma // 64
    distance = np.abs(np.arange(-reach, reach + 1)) * 64
    return bell()[distance * BELL_STEP // sigma] * unit // UNIT
