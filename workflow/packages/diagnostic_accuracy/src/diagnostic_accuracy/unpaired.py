"""Comparing proportions of different cases: the tests that statistics programs print.

Two readings of the same cases are no such samples: for them see `paired`. The unpaired tests are
here to compare groups of patients, and to see which test a printed P comes from.
"""

import math

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from diagnostic_accuracy import checked
from diagnostic_accuracy.results import Result

_TESTS = {
    "chi-squared": ("chi-squared", "Pearson 1900 (Philos Mag 50:157)"),
    "chi-squared-corrected": (
        "chi-squared with continuity correction",
        "Yates 1934 (Suppl J R Stat Soc 1:217)",
    ),
    "chi-squared-n-1": (
        "N - 1 chi-squared (linear-by-linear association)",
        "Campbell 2007 (Stat Med 26:3661)",
    ),
    "likelihood-ratio": ("likelihood ratio chi-squared", "Wilks 1938 (Ann Math Stat 9:60)"),
    "fisher": ("Fisher, exact", "Fisher 1935 (J R Stat Soc 98:39)"),
    "z-pooled": ("z test, pooled variance", "normal approximation; z squared is chi-squared"),
    "z-unpooled": ("z test, separate variances", "normal approximation (Wald)"),
}
UNPAIRED_TESTS = tuple(_TESTS)
_INTERVALS = {
    "newcombe": ("newcomb", "Newcombe, hybrid score", "Newcombe 1998 (Stat Med 17:873)"),
    "wald": ("wald", "Wald", "normal approximation, cut at -1 and 1"),
}
UNPAIRED_INTERVALS = tuple(_INTERVALS)


def unpaired_test(
    first: tuple[float, float],
    second: tuple[float, float],
    test: str = "chi-squared",
    *,
    interval: str = "newcombe",
    confidence: float = 0.95,
) -> Result:
    """Compare two proportions of different cases.

    Args:
        first: Count and number of cases of the first group.
        second: Count and number of cases of the second group.
        test: One of `UNPAIRED_TESTS`.
        interval: Of the difference, one of `UNPAIRED_INTERVALS`.
        confidence: Of the interval, in (0, 1).

    Returns:
        Result: The difference second - first with its interval, the statistic (chi-squared, z, or
        for Fisher's test the smallest cell) and the two-sided P: 1 where no case or every case
        counts, for then nothing can differ.

    Raises:
        ValueError: If ``test`` or ``interval`` is unknown, a group is empty, or a count lies
            outside 0 to n.

    Example:
        >>> result = unpaired_test((38, 60), (54, 60), "fisher")
        >>> result.value(), round(result.p_value, 4)
        ('0.267 (0.117–0.404)', 0.001)
    """
    if test not in _TESTS:
        raise ValueError(f"test is {test!r}; allowed: {', '.join(_TESTS)}")
    if interval not in _INTERVALS:
        raise ValueError(f"interval is {interval!r}; allowed: {', '.join(_INTERVALS)}")
    checked.confidence(confidence)
    for count, n in (first, second):
        if n < 1 or not 0 <= count <= n:
            raise ValueError(f"{count} of {n} cases cannot be: a count lies between 0 and n >= 1")
    (x1, n1), (x2, n2) = first, second
    statistic, p_value = _test(np.array([[x1, n1 - x1], [x2, n2 - x2]]), test)
    name, method, source = _INTERVALS[interval]
    low, high = confint_proportions_2indep(
        x2, n2, x1, n1, method=name, compare="diff", alpha=1 - confidence
    )
    return Result(
        name="difference of proportions",
        estimate=x2 / n2 - x1 / n1,
        low=max(float(low), -1.0),
        high=min(float(high), 1.0),
        confidence=confidence,
        method=f"{_TESTS[test][0]}; interval: {method}",
        source=f"{_TESTS[test][1]}; {source}",
        n=round(n1 + n2),
        statistic=statistic,
        p_value=p_value,
        cells=(
            ("first", int(x1)),
            ("first, others", int(n1 - x1)),
            ("second", int(x2)),
            ("second, others", int(n2 - x2)),
        ),
    )


def _test(table: np.ndarray, test: str) -> tuple[float, float]:
    """Return statistic and two-sided P of a 2 x 2 table of groups by outcome."""
    if test == "fisher":
        return float(table.min()), float(stats.fisher_exact(table).pvalue)
    if not table.sum(axis=0).all():
        return 0.0, 1.0
    if test.startswith("z-"):
        z = _z(table, pooled=test == "z-pooled")
        return z, float(2 * stats.norm.sf(abs(z)))
    result = stats.chi2_contingency(
        table,
        correction=test == "chi-squared-corrected",
        lambda_="log-likelihood" if test == "likelihood-ratio" else "pearson",
    )
    statistic = float(result.statistic)
    if test == "chi-squared-n-1":
        statistic *= (table.sum() - 1) / table.sum()
    return statistic, float(stats.chi2.sf(statistic, 1))


def _z(table: np.ndarray, *, pooled: bool) -> float:
    """Return z of the difference second - first."""
    n = table.sum(axis=1)
    share = table[:, 0] / n
    if pooled:
        together = table[:, 0].sum() / n.sum()
        variance = together * (1 - together) * (1 / n).sum()
    else:
        variance = (share * (1 - share) / n).sum()
    gap = float(share[1] - share[0])
    if variance <= 0:
        return 0.0 if gap == 0 else math.copysign(math.inf, gap)
    return gap / math.sqrt(float(variance))
