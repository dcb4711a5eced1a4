"""Examples of single values that have a printed mean and standard deviation (SPRITE)."""

import math
from collections import Counter
from fractions import Fraction

from printed_numbers.grim import multiples
from printed_numbers.printed import window

# Heathers, Anaya, van der Zee & Brown 2018 (PeerJ Preprints 6:e26968): values are moved apart or
# together, the sum kept, until the SD is the printed one. Here the moves are chosen, not drawn.
STEPS = 10_000
BRANCHES = 30  # at most so many moves are tried from a sample


def example(
    mean: Fraction,
    sd: Fraction,
    decimals: tuple[int, int],
    n: int,
    limits: tuple[Fraction, Fraction],
    unit: Fraction,
) -> Counter[Fraction] | None:
    """Return how often each value occurs in a sample with a printed mean and SD.

    Args:
        mean: Printed mean.
        sd: Printed standard deviation (n - 1).
        decimals: Of the mean and of the SD.
        n: Number of values, 2 or more.
        limits: The smallest and the largest value.
        unit: Each value is a whole multiple of it.

    Returns:
        None if none was found, which does not show that there is none.

    Example:
        >>> sample = example(Fraction("3.00"), Fraction("1.41"), (2, 2), 5, (1, 5), Fraction(1))
        >>> sorted((int(value), count) for value, count in sample.items())
        [(1, 1), (3, 3), (5, 1)]
    """
    low, high = math.ceil(limits[0] / unit), math.floor(limits[1] / unit)
    ends = [max(end, Fraction(0)) / unit for end in window(sd, decimals[1])]
    for total in multiples(mean, decimals[0], n, unit):
        if not low * n <= total <= high * n:
            continue
        base = Fraction(total * total, n)
        wanted = [base + (n - 1) * end**2 for end in ends]
        if values := _sample(total, n, low, high, (math.ceil(wanted[0]), math.floor(wanted[1]))):
            return Counter({value * unit: count for value, count in sorted(values.items())})
    return None


def _sample(
    total: int, n: int, low: int, high: int, squares: tuple[int, int]
) -> Counter[int] | None:
    """Return whole numbers of a sum whose sum of squares lies in a range; None if none was found.

    The values start as even as can be. Each step moves two of them apart by one, the furthest
    apart first, and never passes the range; steps that lead nowhere are taken back. Every sample
    can be reached so, and the search ends after `STEPS`.
    """
    each, rest = divmod(total, n)
    start = +Counter({each: n - rest, each + 1: rest})
    now = sum(count * value * value for value, count in start.items())
    waiting = [(start, now)] if now <= squares[1] else []
    seen: set[frozenset[tuple[int, int]]] = set()
    for _ in range(STEPS):
        if not waiting:
            return None
        values, now = waiting.pop()
        if now >= squares[0]:
            return values
        for first, second in _moves(values, low, high, squares[1] - now):
            moved = values.copy()
            for value, by in ((first, -1), (second, 1)):
                moved[value] -= 1
                moved[value + by] += 1
            moved = +moved
            if (state := frozenset(moved.items())) not in seen:
                seen.add(state)
                waiting.append((moved, now + 2 * (second - first + 1)))
    return None


def _moves(values: Counter[int], low: int, high: int, room: int) -> list[tuple[int, int]]:
    """Return pairs of values that may be moved apart within the room, the furthest apart last."""
    pairs = [
        (first, second)
        for first in values
        for second in values
        if first <= second
        and low < first
        and second < high
        and (first < second or values[first] > 1)
        and 2 * (second - first + 1) <= room
    ]
    return sorted(pairs, key=lambda pair: pair[1] - pair[0])[-BRANCHES:]
