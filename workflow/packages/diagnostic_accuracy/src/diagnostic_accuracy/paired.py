"""Comparing two readings of the same cases: McNemar's test in its variants, and Holm.

How large the difference is, and whether a loss stays within a margin: see `paired_differences`.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from diagnostic_accuracy import checked
from diagnostic_accuracy.results import Result

_SOURCES = {
    "exact": ("McNemar, exact", "binomial test of the discordant pairs, two-sided"),
    "mid-p": ("McNemar, mid-P", "Fagerland, Lydersen & Laake 2013 (BMC Med Res Methodol 13:91)"),
    "asymptotic": ("McNemar, asymptotic", "McNemar 1947 (Psychometrika 12:153)"),
    "asymptotic-corrected": (
        "McNemar, asymptotic with continuity correction",
        "Edwards 1948 (Psychometrika 13:185)",
    ),
}
MCNEMAR_VARIANTS = tuple(_SOURCES)


@dataclass(frozen=True)
class PairedTable:
    """How often two readings of the same cases are right.

    Attributes:
        both: Both are right.
        gained: Only the second is right: discordant.
        lost: Only the first is right: discordant.
        neither: Both are wrong.

    Example:
        >>> PairedTable.of([True, True, False], [True, False, True])
        PairedTable(both=1, gained=1, lost=1, neither=0)
    """

    both: int
    gained: int
    lost: int
    neither: int

    def __post_init__(self) -> None:
        """Refuse cells that are no counts."""
        for name in ("both", "gained", "lost", "neither"):
            checked.count(getattr(self, name), name)

    @property
    def n(self) -> int:
        """Number of cases."""
        return self.both + self.gained + self.lost + self.neither

    @property
    def cells(self) -> tuple[tuple[str, int], ...]:
        """The four cells with their names, b and c as in McNemar's table (first by second)."""
        return (
            ("both right (a)", self.both),
            ("only the first right (b)", self.lost),
            ("only the second right (c)", self.gained),
            ("both wrong (d)", self.neither),
        )

    @classmethod
    def of(cls, first_right: np.ndarray, second_right: np.ndarray) -> "PairedTable":
        """Count two bool arrays ``(cases,)`` that say whether a reading was right."""
        first = checked.labels(first_right, "first reading")
        second = checked.labels(second_right, "second reading")
        if first.shape != second.shape:
            raise ValueError(f"readings of different cases: {first.shape} and {second.shape}")
        cells = (first & second, ~first & second, first & ~second, ~first & ~second)
        return cls(*(int(cell.sum()) for cell in cells))


def mcnemar(table: PairedTable, variant: str = "exact") -> Result:
    """Test whether gains and losses are equally likely.

    Args:
        table: The four cells of the paired table.
        variant: One of `MCNEMAR_VARIANTS`.

    Returns:
        Result: The difference of the proportions right, second - first, with the two-sided P. The
        statistic is the smaller discordant count for exact and mid-P, chi-squared with one degree
        of freedom for the asymptotic variants. Without discordant pairs P is 1. The four cells of
        the table are in ``cells`` and in every print.

    Raises:
        ValueError: If ``variant`` is unknown.

    Example:
        >>> table = PairedTable(both=36, gained=15, lost=4, neither=5)
        >>> result = mcnemar(table, "exact")
        >>> result.value(), result.statistic, round(result.p_value, 3)
        ('0.183', 4.0, 0.019)
    """
    if variant not in _SOURCES:
        raise ValueError(f"variant is {variant!r}; allowed: {', '.join(_SOURCES)}")
    discordant = table.gained + table.lost
    smaller = min(table.gained, table.lost)
    if variant in ("exact", "mid-p"):
        statistic = float(smaller)
        p_value = min(2 * float(stats.binom.cdf(smaller, discordant, 0.5)), 1.0)
        if variant == "mid-p" and discordant:
            # Where both counts are equal the source has half of their probability.
            share = 0.5 if table.gained == table.lost else 1.0
            p_value -= share * float(stats.binom.pmf(smaller, discordant, 0.5))
    else:
        # Without the lower bound a difference of 0 would be "corrected" to 1.
        correction = 1 if variant == "asymptotic-corrected" else 0
        gap = max(abs(table.gained - table.lost) - correction, 0)
        statistic = gap**2 / discordant if discordant else 0.0
        p_value = float(stats.chi2.sf(statistic, 1))
    return Result(
        name="difference of paired proportions",
        estimate=(table.gained - table.lost) / table.n if table.n else float("nan"),
        method=_SOURCES[variant][0],
        source=_SOURCES[variant][1],
        n=table.n,
        statistic=statistic,
        p_value=p_value,
        note="" if discordant else "no discordant pair",
        cells=table.cells,
    )


def holm(p_values: np.ndarray) -> np.ndarray:
    """Return P values adjusted for their number, step down; NaN stays NaN and is not counted.

    Args:
        p_values: float ``(tests,)``.

    Source: Holm 1979 (Scand J Stat 6:65).

    Example:
        >>> holm([0.01, 0.04, 0.03]).round(3)
        array([0.03, 0.06, 0.06])
    """
    p_values = np.asarray(p_values, np.float64)
    adjusted = np.full(p_values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    if ((p_values[known] < 0) | (p_values[known] > 1)).any():
        raise ValueError("a P value lies outside 0 to 1")
    order = known[np.argsort(p_values[known], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * p_values[order]), 1.0)
    return adjusted
