"""Which test, on which table, gives a printed P value."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from diagnostic_accuracy.paired import MCNEMAR_VARIANTS, PairedTable, mcnemar
from diagnostic_accuracy.unpaired import UNPAIRED_TESTS, unpaired_test
from printed_numbers.printed import prints

NAMES = {
    "exact": "exact McNemar test",
    "mid-p": "mid-P McNemar test",
    "asymptotic": "asymptotic McNemar test without correction",
    "asymptotic-corrected": "asymptotic McNemar test with continuity correction",
    "chi-squared": "chi-squared test",
    "chi-squared-corrected": "chi-squared test with Yates' correction",
    "chi-squared-n-1": "N − 1 chi-squared test",
    "likelihood-ratio": "likelihood-ratio test",
    "fisher": "Fisher's exact test",
    "z-pooled": "z test, pooled variance",
    "z-unpooled": "z test, separate variances",
}
DIRECTIONS = ("both", "gained", "lost")


@dataclass(frozen=True)
class Candidate:
    """A test on a table with its P.

    Attributes:
        test: One of `MCNEMAR_VARIANTS` or `UNPAIRED_TESTS`.
        basis: ``paired``, ``counts`` or ``rounded percentages``.
        table: In words, for instance ``b = 9, c = 0``.
        p: Two-sided P.
        allowed: Whether the stated procedure can give the table.
    """

    test: str
    basis: str
    table: str
    p: float
    allowed: bool = True

    @property
    def name(self) -> str:
        """Test and table, in words."""
        unpaired = "" if self.basis == "paired" else f" for unpaired data, from {self.basis}"
        return f"{NAMES[self.test]}{unpaired} ({self.table})"


def paired_tables(first: int, second: int, n: int) -> Iterator[PairedTable]:
    """Yield every paired table with the margins ``first`` and ``second`` of ``n``.

    The difference b - c of the discordant cells is fixed; their sum is free within the margins.

    Example:
        >>> [(table.gained, table.lost) for table in paired_tables(3, 4, 5)]
        [(1, 0), (2, 1)]
    """
    difference = second - first
    for lost in range(max(0, -difference), min(first, n - second) + 1):
        gained = lost + difference
        yield PairedTable(first - lost, gained, lost, n - first - gained)


def is_allowed(table: PairedTable, direction: str) -> bool:
    """Return whether a procedure that can change calls in one direction only gives the table.

    Args:
        table: Of the first and the second reading.
        direction: ``both``; ``gained`` if no case can be lost; ``lost`` if none can be gained.
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"direction is {direction!r}; allowed: {', '.join(DIRECTIONS)}")
    return not ((direction == "gained" and table.lost) or (direction == "lost" and table.gained))


def paired_candidates(first: int, second: int, n: int, direction: str) -> list[Candidate]:
    """Return every variant of McNemar's test on every paired table that the margins allow."""
    return [
        Candidate(
            variant,
            "paired",
            f"b = {table.gained}, c = {table.lost}",
            mcnemar(table, variant).p_value,
            is_allowed(table, direction),
        )
        for table in paired_tables(first, second, n)
        for variant in MCNEMAR_VARIANTS
    ]


def unpaired_candidates(
    first: int, second: int, n: int, percentages: tuple[Fraction, Fraction]
) -> list[Candidate]:
    """Return every unpaired test, from counts and from percentages as they are printed.

    Args:
        first: Count of the first group.
        second: Count of the second group.
        n: Cases of each group.
        percentages: Of both groups, as printed.
    """
    of_counts = [
        Candidate(
            test,
            "counts",
            f"{first}/{n} and {second}/{n}",
            unpaired_test((first, n), (second, n), test).p_value,
        )
        for test in UNPAIRED_TESTS
    ]
    one, two = (float(share) / 100 * n for share in percentages)
    shown = " and ".join(f"{float(share):g}%" for share in percentages)
    return of_counts + [
        Candidate(
            test,
            "rounded percentages",
            f"{shown} of {n}",
            unpaired_test((one, n), (two, n), test).p_value,
        )
        for test in UNPAIRED_TESTS
        if test != "fisher"  # needs whole numbers
    ]


def printing(candidates: list[Candidate], printed: Fraction, decimals: int) -> list[Candidate]:
    """Return the candidates whose P is printed so."""
    return [c for c in candidates if prints(c.p, printed, decimals)]
