"""P values of comparisons that print has whole: of tables of counts, of means with SD and n."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from statsmodels.stats.oneway import anova_generic

from diagnostic_accuracy.unpaired import UNPAIRED_TESTS, unpaired_test
from printed_numbers.p_values import NAMES
from printed_numbers.possible_p import Possible

COUNT_TESTS = {
    **{test: NAMES[test] for test in UNPAIRED_TESTS},
    "fisher-freeman-halton": "Fisher–Freeman–Halton test (20,000 random tables)",
    "trend": "linear-by-linear test for trend",
    "cochran-armitage": "Cochran–Armitage test for trend",
    "mann-whitney": "Mann–Whitney test of ordered categories",
    "kruskal-wallis": "Kruskal–Wallis test of ordered categories",
}
MEAN_TESTS = {
    "t": "t test with one variance",
    "welch": "Welch test",
    "z": "z test",
    "anova": "analysis of variance",
    "welch-anova": "Welch analysis of variance",
}
_DRAWS = 20_000
_SEED = 20_230_401


@dataclass(frozen=True)
class Rounded:
    """A group of which mean and SD are known within their rounding.

    Attributes:
        mean: The ends of the mean.
        sd: The ends of the standard deviation.
        n: Number of values.
    """

    mean: tuple[float, float]
    sd: tuple[float, float]
    n: int


def of_counts(table: np.ndarray) -> list[Possible]:
    """Return every test of a table of counts.

    Args:
        table: int ``(groups, categories)``.
    """
    table = table[:, table.sum(axis=0) > 0]
    if min(table.shape) < 2 or not table.sum(axis=1).all():
        return []
    p = _of_two_by_two(table) if table.shape == (2, 2) else _of_any_size(table)
    p |= _of_order(table)
    possible = [Possible(test, COUNT_TESTS[test], value, value) for test, value in p.items()]
    return possible if table.shape == (2, 2) else [*possible, _freeman_halton(table)]


def _of_two_by_two(table: np.ndarray) -> dict[str, float]:
    """Return the P of every unpaired test of two proportions."""
    first, second = ((int(row[0]), int(row.sum())) for row in table)
    return {test: unpaired_test(first, second, test).p_value for test in UNPAIRED_TESTS}


def _of_any_size(table: np.ndarray) -> dict[str, float]:
    """Return the P of the chi-squared tests of a larger table."""
    return {
        test: float(stats.chi2_contingency(table, correction=False, lambda_=power).pvalue)
        for test, power in (("chi-squared", "pearson"), ("likelihood-ratio", "log-likelihood"))
    }


def _of_order(table: np.ndarray) -> dict[str, float]:
    """Return the P of tests that take the order of groups and categories for granted."""
    rows, columns = (np.repeat(axis.ravel(), table.ravel()) for axis in np.indices(table.shape))
    p: dict[str, float] = {}
    if 2 in table.shape and len(set(rows)) > 1 and len(set(columns)) > 1:
        squared, n = float(np.corrcoef(rows, columns)[0, 1]) ** 2, len(rows)
        p["trend"] = float(stats.chi2.sf((n - 1) * squared, 1))
        p["cochran-armitage"] = float(stats.chi2.sf(n * squared, 1))
    samples = [columns[rows == group] for group in range(len(table))]
    if len(samples) == 2:
        p["mann-whitney"] = float(stats.mannwhitneyu(*samples, method="asymptotic").pvalue)
    p["kruskal-wallis"] = float(stats.kruskal(*samples).pvalue)
    return p


def _freeman_halton(table: np.ndarray) -> Possible:
    """Return Fisher's test of a larger table, with the chance of its random tables."""
    law = stats.random_table(table.sum(axis=1), table.sum(axis=0))
    drawn = law.rvs(_DRAWS, random_state=_SEED)
    p = float((law.logpmf(drawn) <= law.logpmf(table) + 1e-9).mean())
    reach = 3 * (p * (1 - p) / _DRAWS) ** 0.5 + 1 / _DRAWS
    name = "fisher-freeman-halton"
    return Possible(name, COUNT_TESTS[name], max(p - reach, 0.0), min(p + reach, 1.0))


def of_means(groups: Sequence[Rounded]) -> list[Possible]:
    """Return every test of means, each with the P values that the rounding allows.

    Also if what stands as SDs were standard errors, which papers confuse.
    """
    plain = _of_rounded(groups, "")
    errors = [
        Rounded(g.mean, (g.sd[0] * g.n**0.5, g.sd[1] * g.n**0.5), g.n) for g in groups
    ]  # fmt: skip
    return plain + _of_rounded(errors, "if the SDs are standard errors")


def _of_rounded(groups: Sequence[Rounded], condition: str) -> list[Possible]:
    """Return every test of means at the ends of their rounding."""
    tests = ("t", "welch", "z") if len(groups) == 2 else ("anova", "welch-anova")
    found: dict[str, list[float]] = {test: [] for test in tests}
    n = np.array([g.n for g in groups], np.float64)
    for sd in _sds(groups):
        for mean in _means(groups):
            for test in tests:
                found[test].append(_p(test, mean, sd, n))
    return [
        Possible(test, MEAN_TESTS[test], min(ps), max(ps), condition)
        for test, ps in found.items()
        if not np.isnan(ps).any()
    ]


def _sds(groups: Sequence[Rounded]) -> list[np.ndarray]:
    """Return the SDs at their ends: every combination of few groups, else all low and all high."""
    ends = [sorted({max(end, 0.0) for end in g.sd}) for g in groups]
    if len(groups) <= 3:
        return [np.array(some) for some in itertools.product(*ends)]
    return [np.array([end[0] for end in ends]), np.array([end[-1] for end in ends])]


def _means(groups: Sequence[Rounded]) -> list[np.ndarray]:
    """Return means that lie apart and together as far as their rounding lets them."""
    ends = [g.mean for g in groups]
    apart = itertools.product(*ends) if len(groups) <= 5 else zip(*ends, strict=True)
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    together = [
        np.array([min(max(centre, end[0]), end[1]) for end in ends])
        for centre in np.linspace(low, high, 21)
    ]
    return [np.array(means) for means in apart] + together


def _p(test: str, mean: np.ndarray, sd: np.ndarray, n: np.ndarray) -> float:
    """Return the two-sided P of a test of means; NaN where it does not exist."""
    if (sd <= 0).any():
        return float("nan")
    if test == "z":
        return float(2 * stats.norm.sf(abs(mean[0] - mean[1]) / np.sqrt((sd**2 / n).sum())))
    if test in ("t", "welch"):
        sides = ((mean[i], sd[i], n[i]) for i in (0, 1))
        values = [value for side in sides for value in side]
        return float(stats.ttest_ind_from_stats(*values, equal_var=test == "t").pvalue)
    use_var = "unequal" if test == "welch-anova" else "equal"
    return float(anova_generic(mean, sd**2, n, use_var=use_var, welch_correction=True).pvalue)
