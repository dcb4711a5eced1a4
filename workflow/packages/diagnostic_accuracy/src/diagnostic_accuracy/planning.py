"""How many cases a paired comparison needs: McNemar's power, by simulation and by formula."""

import math

import numpy as np
from scipy import stats

from diagnostic_accuracy import checked
from diagnostic_accuracy.paired import MCNEMAR_VARIANTS, PairedTable, mcnemar
from diagnostic_accuracy.proportions import proportion_interval
from diagnostic_accuracy.results import Result, not_estimable

CONNOR = "Connor 1987 (Biometrics 43:207)"
DRAWN = "simulated studies"
DRAWS = 4000


def pairs_by_formula(
    gained: float, lost: float, *, power: float = 0.8, alpha: float = 0.05
) -> float:
    """Return the pairs that the asymptotic McNemar test needs, not rounded.

    Args:
        gained: Share of all pairs that only the second reading has right.
        lost: Share of all pairs that only the first has right; less than ``gained``.
        power: Wanted, in (0, 1).
        alpha: Two-sided level, in (0, 1).

    Raises:
        ValueError: If the shares are none, or nothing is gained.

    Source: Connor 1987 (Biometrics 43:207), its unconditional formula.

    Example:
        >>> round(pairs_by_formula(0.25, 0.10), 1)
        119.7
    """
    discordant, gap = _checked(gained, lost)
    error, miss = (stats.norm.isf(checked.confidence(level)) for level in (alpha / 2, 1 - power))
    root = error * math.sqrt(discordant) + miss * math.sqrt(discordant - gap**2)
    return float((root / gap) ** 2)


def mcnemar_power(
    gained: float,
    lost: float,
    n: int,
    *,
    variant: str = "exact",
    alpha: float = 0.05,
    draws: int = DRAWS,
    seed: int = 0,
) -> Result:
    """Return how often a study finds the second reading better, with the simulation's interval.

    Args:
        gained: Share of all pairs that only the second reading has right.
        lost: Share of all pairs that only the first has right; less than ``gained``.
        n: Pairs of a study.
        variant: One of `MCNEMAR_VARIANTS`.
        alpha: Two-sided level, in (0, 1).
        draws: How many studies are drawn.
        seed: Of the draws.

    Raises:
        ValueError: If the shares are none, nothing is gained, or the variant is unknown.

    Example:
        >>> 0.70 < mcnemar_power(0.25, 0.10, 118).estimate < 0.80
        True
    """
    checked.count(n, "n")
    found = _found(gained, lost, n, variant, alpha, draws, seed)
    count = int(found[:, -1].sum()) if n else 0
    low, high = proportion_interval(count, draws, method="wilson")
    return Result(
        name="power", estimate=count / draws, low=float(low), high=float(high), n=draws,
        count=count, method=f"{DRAWN}, McNemar {variant}", source="Wilson’s interval of the share",
    )  # fmt: skip


def pairs_needed(
    gained: float,
    lost: float,
    *,
    power: float = 0.8,
    variant: str = "exact",
    alpha: float = 0.05,
    draws: int = DRAWS,
    seed: int = 0,
) -> Result:
    """Return the fewest pairs from which on a study has the power, by simulation.

    The power of exact tests goes up and down with every pair, so it must hold from there on.

    Args:
        gained: Share of all pairs that only the second reading has right.
        lost: Share of all pairs that only the first has right; less than ``gained``.
        power: Wanted, in (0, 1).
        variant: One of `MCNEMAR_VARIANTS`.
        alpha: Two-sided level, in (0, 1).
        draws: How many studies are drawn.
        seed: Of the draws.

    Returns:
        Result: ``estimate`` is the number of pairs.

    Raises:
        ValueError: If the shares are none, nothing is gained, or the variant is unknown.

    Example:
        >>> 115 < pairs_needed(0.25, 0.10).estimate < 150
        True
    """
    formula = pairs_by_formula(gained, lost, power=power, alpha=alpha)
    most = math.ceil(1.3 * formula) + 60
    reached = _found(gained, lost, most, variant, alpha, draws, seed).mean(axis=0) >= power
    short = np.flatnonzero(~reached)
    needed = int(short[-1]) + 2 if len(short) else 1
    return Result(
        name="pairs needed",
        estimate=needed if needed <= most else math.nan,
        method=f"{DRAWN}, McNemar {variant}",
        source=f"{CONNOR} by formula: {formula:.0f}",
        n=draws,
        note="" if needed <= most else not_estimable(f"more than {most} pairs"),
    )


def _found(
    gained: float, lost: float, n: int, variant: str, alpha: float, draws: int, seed: int
) -> np.ndarray:
    """Return which drawn studies find the second better after each pair, bool ``(draws, n)``."""
    _checked(gained, lost)
    if variant not in MCNEMAR_VARIANTS:
        raise ValueError(f"variant is {variant!r}; allowed: {', '.join(MCNEMAR_VARIANTS)}")
    checked.confidence(alpha)
    drawn = np.random.default_rng(seed).random((draws, n), dtype=np.float32)
    wins = np.cumsum(drawn < gained, axis=1, dtype=np.int32)
    losses = np.cumsum((drawn >= gained) & (drawn < gained + lost), axis=1, dtype=np.int32)
    discordant = wins + losses
    fewest = _critical(int(discordant.max(initial=0)), variant, alpha)
    return wins >= fewest[discordant]


def _critical(most: int, variant: str, alpha: float) -> np.ndarray:
    """Return by the number of discordant pairs how many gains are significant, int ``(most + 1,)``.

    It never falls from one number of pairs to the next, and rises by one at most.
    """
    fewest = np.empty(most + 1, int)
    least = 0
    for discordant in range(most + 1):
        least = max(least, discordant // 2 + 1)
        while (
            least <= discordant
            and mcnemar(PairedTable(0, least, discordant - least, 0), variant).p_value >= alpha
        ):
            least += 1
        fewest[discordant] = least
    return fewest


def _checked(gained: float, lost: float) -> tuple[float, float]:
    """Return the share of discordant pairs and the gain.

    Raises:
        ValueError: If the shares are none, or nothing is gained.
    """
    if not (0 <= lost < gained <= 1 and gained + lost <= 1):
        raise ValueError(
            f"gained is {gained} and lost {lost}: shares of all pairs with 0 <= lost < gained and "
            "gained + lost <= 1"
        )
    return gained + lost, gained - lost
