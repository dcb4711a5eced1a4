"""Which denominators explain a column of printed percentages together with its intervals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from printed_numbers.grim import counts
from printed_numbers.intervals import INTERVAL_METHODS, limits, matching_all
from printed_numbers.printed import Printed, show

DRAWS = 100
_SEED = 20_230_401


@dataclass(frozen=True)
class Denominator:
    """A denominator under which every percentage of a column has a count.

    Attributes:
        n: The denominator.
        counts: Of each row, the counts that print its percentage.
        methods: Of each row, ``(count, method)`` of every interval that prints its ends; None
            where the row has no interval.
    """

    n: int
    counts: tuple[tuple[int, ...], ...]
    methods: tuple[tuple[tuple[int, str], ...] | None, ...]

    @property
    def explains_all(self) -> bool:
        """Whether every interval of the column comes out too."""
        return all(methods is None or methods for methods in self.methods)


def count_ranges(
    printed: Fraction, decimals: int, denominators: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each denominator the first and the last count that print a percentage.

    Without any such count the first is above the last. As `grim.counts`, for many denominators.

    Args:
        printed: The percentage.
        decimals: Its decimals.
        denominators: int ``(denominators,)``.

    Example:
        >>> first, last = count_ranges(Fraction("63.3"), 1, np.array([60, 61]))
        >>> first.tolist(), last.tolist()
        ([38, 39], [38, 38])
    """
    n = np.asarray(denominators, np.int64)
    scale, units = 200 * 10**decimals, int(printed * 10**decimals)
    first, last = -((n - 2 * units * n) // scale), (2 * units * n + n) // scale
    return np.maximum(first, 0), np.minimum(last, n)


def search(rows: Sequence[Printed], denominators: Iterable[int]) -> list[Denominator]:
    """Return the denominators under which each row of a column has a count.

    Args:
        rows: Percentages of one column, each with or without an interval.
        denominators: Those to try, each 1 or more.

    Example:
        >>> rows = [Printed("a", (), "", "", "", text, "", "", 1) for text in ("33.3", "14.3")]
        >>> [candidate.n for candidate in search(rows, range(2, 60))]
        [21, 42]
    """
    possible = {
        n: [counts(row.value, row.decimals, n) for row in rows]
        for n in _with_counts(rows, np.array(list(denominators), np.int64))
    }
    by_row = [_methods(row, i, possible) for i, row in enumerate(rows)]
    return [
        Denominator(n, tuple(map(tuple, counted)), tuple(methods[n] for methods in by_row))
        for n, counted in possible.items()
    ]


def explained(rows: Sequence[Printed], denominators: Sequence[int]) -> list[int]:
    """Return for each denominator how many percentages and intervals of a column it explains."""
    score = dict.fromkeys(denominators, 0)
    for row in rows:
        fits = _with_counts([row], np.array(denominators, np.int64))
        counted = {n: [counts(row.value, row.decimals, n)] for n in fits}
        methods = _methods(row, 0, counted)
        for n in fits:
            score[n] += 1 + bool(methods[n])
    return [score[n] for n in denominators]


def coincidences(
    rows: Sequence[Printed], stated: int, denominators: Sequence[int], draws: int = DRAWS
) -> int:
    """Return in how many random columns some other denominator explains every number.

    A random column has as many rows as the printed one and the stated denominator: counts are
    drawn evenly from 1 to one below it, each interval by a method drawn from `INTERVAL_METHODS`,
    and one percentage has a slip that leaves it without a count. The seed is fixed.

    Args:
        rows: The printed column.
        stated: Its stated denominator, 3 or more.
        denominators: Those that are tried.
        draws: Number of random columns.
    """
    rng = np.random.default_rng(_SEED)
    others = np.array([n for n in denominators if n != stated], np.int64)
    return sum(_any_explains(_random_column(rows, stated, rng), others) for _ in range(draws))


def _random_column(rows: Sequence[Printed], stated: int, rng: np.random.Generator) -> list[Printed]:
    """Return a column of the stated denominator in which one percentage has a slip."""
    slip = rng.integers(len(rows))
    column = []
    for i, row in enumerate(rows):
        count = int(rng.integers(1, stated))
        value = Fraction(show(Fraction(100 * count, stated), row.decimals))
        method = INTERVAL_METHODS[rng.integers(len(INTERVAL_METHODS))]
        both = [show(end, row.decimals) for end in limits(count, stated, method)]
        if i == slip:
            value = _slipped(value, row.decimals, stated, rng)
        low, high = both if row.low else ("", "")
        column.append(replace(row, text=show(value, row.decimals), low=low, high=high))
    return column


def _slipped(value: Fraction, decimals: int, n: int, rng: np.random.Generator) -> Fraction:
    """Return a percentage up to 9 units of its last digit away that has no count of n."""
    unit = Fraction(1, 10**decimals)
    near = [value + step * unit for step in range(-9, 10) if 0 <= value + step * unit <= 100]
    without = [other for other in near if not counts(other, decimals, n)]
    return without[rng.integers(len(without))] if without else value


def _any_explains(rows: Sequence[Printed], denominators: np.ndarray) -> bool:
    """Return whether some denominator gives every percentage and every interval of a column."""
    left = np.array(_with_counts(rows, denominators), np.int64)
    for row in rows:
        if row.low and len(left):
            first, last = count_ranges(row.value, row.decimals, left)
            sizes = last - first + 1
            pairs = np.repeat(left, sizes)
            steps = np.arange(len(pairs)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            hits = matching_all(row, np.repeat(first, sizes) + steps, pairs)
            left = np.unique(pairs[[bool(names) for names in hits]])
    return len(left) > 0


def _with_counts(rows: Sequence[Printed], denominators: np.ndarray) -> list[int]:
    """Return the denominators at which every percentage has a count."""
    fits = np.ones(denominators.shape, bool)
    for row in rows:
        first, last = count_ranges(row.value, row.decimals, denominators)
        fits &= first <= last
    return denominators[fits].tolist()


def _methods(
    row: Printed, index: int, possible: dict[int, list[list[int]]]
) -> dict[int, tuple[tuple[int, str], ...] | None]:
    """Return for each denominator the counts and methods that give a row's interval."""
    if not row.low:
        return dict.fromkeys(possible)
    pairs = [(k, n) for n, counted in possible.items() for k in counted[index]]
    hits = matching_all(row, [k for k, _ in pairs], [n for _, n in pairs]) if pairs else []
    methods: dict[int, list[tuple[int, str]]] = {n: [] for n in possible}
    for (k, n), names in zip(pairs, hits, strict=True):
        methods[n] += [(k, name) for name in names]
    return {n: tuple(pairs_of_n) for n, pairs_of_n in methods.items()}
