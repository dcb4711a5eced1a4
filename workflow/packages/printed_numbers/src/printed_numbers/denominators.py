"""Which denominators explain a column of printed percentages together with its intervals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from printed_numbers.grim import counts
from printed_numbers.intervals import matching_all
from printed_numbers.printed import Printed


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
    possible = {}
    for n in denominators:
        counted = [counts(row.value, row.decimals, n) for row in rows]
        if all(counted):
            possible[n] = counted
    by_row = [_methods(row, i, possible) for i, row in enumerate(rows)]
    return [
        Denominator(n, tuple(map(tuple, counted)), tuple(methods[n] for methods in by_row))
        for n, counted in possible.items()
    ]


def explained(rows: Sequence[Printed], denominators: Sequence[int]) -> list[int]:
    """Return for each denominator how many percentages and intervals of a column it explains."""
    score = dict.fromkeys(denominators, 0)
    for row in rows:
        counted = {n: counts(row.value, row.decimals, n) for n in denominators}
        for n, possible in counted.items():
            score[n] += bool(possible)
        methods = _methods(row, 0, {n: [possible] for n, possible in counted.items()})
        for n, hits in methods.items():
            score[n] += bool(hits)
    return [score[n] for n in denominators]


def _methods(
    row: Printed, index: int, possible: dict[int, list[list[int]]]
) -> dict[int, tuple[tuple[int, str], ...] | None]:
    """Return for each denominator the counts and methods that give a row's interval."""
    if not row.low:
        return dict.fromkeys(possible)
    pairs = [(k, n) for n, counted in possible.items() for k in counted[index]]
    hits = matching_all(row, [k for k, _ in pairs], [n for _, n in pairs]) if pairs else []
    return {
        n: tuple(
            (k, method)
            for (k, m), methods in zip(pairs, hits, strict=True)
            if m == n
            for method in methods
        )
        for n in possible
    }
