"""Which test, on which table, gives a printed P value."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from diagnostic_accuracy.paired import MCNEMAR_VARIANTS, PairedTable, mcnemar
from diagnostic_accuracy.unpaired import UNPAIRED_TESTS, unpaired_test
from printed_numbers.printed import NOT_SIGNIFICANT, Printed, shorten, window

NAMES = {
    "exact": "exact McNemar test",
    "mid-p": "mid-P McNemar test",
    "asymptotic": "asymptotic McNemar test without correction",
    "asymptotic-corrected": "asymptotic McNemar test with continuity correction",
    "chi-squared": "chi-squared test",
    "chi-squared-corrected": "chi-squared test with Yates' correction",
    "chi-squared-n-1": "N − 1 chi-squared test",
    "likelihood-ratio": "likelihood-ratio test",
    "fisher": "Fisher exact test",
    "z-pooled": "z test, pooled variance",
    "z-unpooled": "z test, separate variances",
}
DIRECTIONS = ("both", "gained", "lost")
# What a paper may call its test -> the tests that it may mean, and how sentences call them.
NAMED_TESTS: dict[str, tuple[tuple[str, ...], str]] = {
    "mcnemar": (MCNEMAR_VARIANTS, "McNemar test"),
    **{test: ((test,), NAMES[test]) for test in (*MCNEMAR_VARIANTS, *UNPAIRED_TESTS)},
    # Programs differ in whether they correct by themselves.
    "chi-squared": (("chi-squared", "chi-squared-corrected"), NAMES["chi-squared"]),
    "z": (("z-pooled", "z-unpooled"), "z test"),
}


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


def unpaired_candidates(first: tuple[int, int], second: tuple[int, int]) -> list[Candidate]:
    """Return every unpaired test from counts.

    Args:
        first: Count and cases of the first group.
        second: Those of the second group.
    """
    table = f"{first[0]}/{first[1]} and {second[0]}/{second[1]}"
    return [
        Candidate(test, "counts", table, unpaired_test(first, second, test).p_value)
        for test in UNPAIRED_TESTS
    ]


def percentage_candidates(
    first: tuple[Fraction, int], second: tuple[Fraction, int]
) -> list[Candidate]:
    """Return every unpaired test from percentages as they are printed, as some programs take them.

    Args:
        first: Percentage and cases of the first group.
        second: Those of the second group.
    """
    (share1, n1), (share2, n2) = first, second
    groups = (float(share1) / 100 * n1, n1), (float(share2) / 100 * n2, n2)
    shares = f"{float(share1):g}% and {float(share2):g}%"
    sizes = f"{n1}" if n1 == n2 else f"{n1} and {n2}"
    return [
        Candidate(
            test,
            "rounded percentages",
            f"{shares} of {sizes}",
            unpaired_test(*groups, test).p_value,
        )
        for test in UNPAIRED_TESTS
        if test != "fisher"  # needs whole numbers
    ]


def printing(candidates: list[Candidate], number: Printed, level: float) -> list[Candidate]:
    """Return the candidates whose P is printed so."""
    return [candidate for candidate in candidates if number.admits(candidate.p, level)]


def chance(candidates: list[Candidate], decimals: int) -> float:
    """Return the share of all printed P values that some candidate gives.

    Args:
        candidates: Tests on tables.
        decimals: Of the printed P value.
    """
    return len({shorten(candidate.p, decimals) for candidate in candidates}) / 10**decimals


def significant(number: Printed, level: float) -> bool | None:
    """Return whether a printed P is below a level; None where its digits leave that open.

    Example:
        >>> p = Printed("p", (), "", "", "P", "0.05", "", "", 2)
        >>> significant(p, 0.05), significant(p, 0.1)
        (None, True)
    """
    if number.text == NOT_SIGNIFICANT:
        return False
    value = float(number.value)
    if number.sign in ("<", "≤"):
        return True if value <= level else None
    if number.sign in (">", "≥"):
        return False if value >= level else None
    low, high = (float(end) for end in window(number.value, number.decimals))
    return None if low < level <= high else high < level


def significant_words(fact: bool) -> str:
    """Return how a claim calls it."""
    return "significant" if fact else "not significant"
