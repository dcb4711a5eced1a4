"""Comparing two readings of the same cases where a patient has several: the patient is the unit.

With one case a patient these are McNemar's tests of `paired`; the more alike a patient's cases
are, the less the gains and losses of many images say.
"""

import math

import numpy as np
from scipy import stats

from diagnostic_accuracy import checked
from diagnostic_accuracy.clustered import t_interval
from diagnostic_accuracy.few_clusters import SMALL_SAMPLES, small_sample
from diagnostic_accuracy.paired import PairedTable
from diagnostic_accuracy.paired_differences import paired_difference
from diagnostic_accuracy.results import Result, not_estimable

_TESTS = {
    "cluster-exact": (
        "McNemar, exact by patient",
        "randomization test, the readings exchanged in whole patients (Fisher 1935, The Design of "
        "Experiments); two-sided",
    ),
    "cluster": (
        "McNemar, asymptotic by patient",
        "Obuchowski 1998 (Stat Med 17:1495) as simplified by Yang et al. 2010 (Biom J 52:638), "
        "without the factor (patients - 1) / patients: the robust score test",
    ),
}
CLUSTER_TESTS = tuple(_TESTS)
_OF_COUNTS = {"cluster-exact": "exact", "cluster": "asymptotic"}
CLUSTER_DIFFERENCE = (
    "cluster-robust, t",
    f"{SMALL_SAMPLES}; cut at -1 and 1; without discordant pairs Tango's with one case a patient",
)


def clustered_mcnemar(
    first_right: np.ndarray,
    second_right: np.ndarray,
    patient: np.ndarray,
    variant: str = "cluster-exact",
) -> Result:
    """Test whether gains and losses are equally likely, by exchanging the readings of patients.

    With d_k the gains minus the losses of patient k, the null hypothesis is that the readings of
    a patient can be exchanged, so that d_k and -d_k are equally likely.

    Args:
        first_right: bool ``(cases,)``, the first reading is right.
        second_right: bool ``(cases,)``, the second.
        patient: ``(cases,)`` of str or int; equal values are one patient's.
        variant: One of `CLUSTER_TESTS`. ``cluster-exact``: the share of all sign patterns whose
            sum is as far from 0 as that seen. ``cluster``: sum(d)^2 / sum(d^2) by chi-squared with
            one degree of freedom.

    Returns:
        Result: As `diagnostic_accuracy.paired.mcnemar`; the statistic is the sum of d, or
        chi-squared. Without a patient whose gains and losses differ, P is 1.

    Raises:
        ValueError: If ``variant`` is unknown, or the arrays are of different cases.

    Example:
        >>> first = [False, False, True, False, True]
        >>> second = [True, True, True, True, False]
        >>> result = clustered_mcnemar(first, second, ["a", "a", "b", "c", "d"])
        >>> result.value(), result.p_value
        ('0.400', 0.75)
    """
    if variant not in _TESTS:
        raise ValueError(f"variant is {variant!r}; allowed: {', '.join(_TESTS)}")
    patient = checked.patients(patient)
    table = PairedTable.of(first_right, second_right)
    net = _net(first_right, second_right, patient)
    net = net[net != 0]
    if variant == "cluster-exact":
        statistic = float(net.sum())
        p_value = _sign_flips(net)
    else:
        statistic = float(net.sum()) ** 2 / float((net**2).sum()) if len(net) else 0.0
        p_value = float(stats.chi2.sf(statistic, 1))
    return Result(
        name="difference of paired proportions",
        estimate=(table.gained - table.lost) / table.n if table.n else math.nan,
        method=_TESTS[variant][0],
        source=_TESTS[variant][1],
        n=table.n,
        statistic=statistic,
        p_value=p_value,
        note=_why_one(table, net),
        cells=table.cells,
    )


def clustered_difference(
    first_right: np.ndarray,
    second_right: np.ndarray,
    patient: np.ndarray,
    *,
    confidence: float = 0.95,
) -> Result:
    """Return the difference of the proportions right, second - first, with a robust interval.

    It is the mean of 1 (gained), -1 (lost) and 0; its error and degrees of freedom
    are those of `few_clusters.small_sample`.

    Args:
        first_right: bool ``(cases,)``, the first reading is right.
        second_right: bool ``(cases,)``, the second.
        patient: ``(cases,)`` of str or int; equal values are one patient's.
        confidence: Of the interval, in (0, 1).

    Returns:
        Result: NaN ends where there is one patient only. Without discordant pairs, where no
        spread is seen, the interval is Tango's of as many cases as there are patients.

    Raises:
        ValueError: If the arrays are of different cases.

    Example:
        >>> first = [False, False, True, False, True]
        >>> second = [True, True, True, True, False]
        >>> print(clustered_difference(first, second, ["a", "a", "b", "c", "d"]).value())
        0.400 (-1.000 to 1.000)
    """
    checked.confidence(confidence)
    patient = checked.patients(patient)
    table = PairedTable.of(first_right, second_right)
    gap = _gap(first_right, second_right, patient)
    patients = len(np.unique(patient))
    difference = (table.gained - table.lost) / table.n if table.n else math.nan
    low = high = math.nan
    note = "no interval: all cases are of one patient" if patients == 1 else ""
    if patients > 1:
        known = small_sample(gap, patient)
        low, high, note = *t_interval(difference, known, confidence, (-1.0, 1.0)), known.note
        if not gap.any():
            alike = paired_difference(
                PairedTable(patients, 0, 0, 0), method="tango", confidence=confidence
            )
            low, high = alike.low, alike.high
    return Result(
        name="difference of paired proportions",
        estimate=difference,
        low=low,
        high=high,
        confidence=confidence,
        method=CLUSTER_DIFFERENCE[0],
        source=CLUSTER_DIFFERENCE[1],
        n=table.n,
        note=note if table.n else not_estimable("no cases"),
        cells=table.cells,
    )


def of_counts(variant: str) -> str:
    """Return a variant of McNemar's test that needs no more than the paired table.

    Args:
        variant: One of `CLUSTER_TESTS`, for which it is the test with one case a patient, or of
            `diagnostic_accuracy.paired.MCNEMAR_VARIANTS`.
    """
    return _OF_COUNTS.get(variant, variant)


def _gap(first_right: np.ndarray, second_right: np.ndarray, patient: np.ndarray) -> np.ndarray:
    """Return 1 for a case that is gained, -1 for one that is lost, else 0: int64 ``(cases,)``."""
    first, second = (
        checked.labels(right, f"{which} reading")
        for which, right in (("first", first_right), ("second", second_right))
    )
    gap = second.astype(np.int64) - first
    if gap.shape != np.shape(patient) or gap.ndim != 1:
        raise ValueError(
            f"readings {gap.shape} and patients {np.shape(patient)} must be of one shape"
        )
    return gap


def _net(first_right: np.ndarray, second_right: np.ndarray, patient: np.ndarray) -> np.ndarray:
    """Return gains minus losses of each patient, int64 ``(patients,)``."""
    gap = _gap(first_right, second_right, patient)
    patients, number = np.unique(patient, return_inverse=True)
    net = np.zeros(len(patients), np.int64)
    np.add.at(net, number, gap)
    return net


def _sign_flips(net: np.ndarray) -> float:
    """Return how often random signs bring the sum of ``net`` as far from 0 as it is.

    The distribution of the sum is built up patient by patient, so that all 2^patients patterns
    are counted.
    """
    reach = int(np.abs(net).sum())
    chance = np.zeros(2 * reach + 1)  # of the sums -reach .. reach
    chance[reach] = 1.0
    for size in np.abs(net):
        chance = (np.roll(chance, size) + np.roll(chance, -size)) / 2
    as_far = np.abs(np.arange(-reach, reach + 1)) >= abs(int(net.sum()))
    return min(float(chance[as_far].sum()), 1.0)


def _why_one(table: PairedTable, net: np.ndarray) -> str:
    if not table.gained + table.lost:
        return "no discordant pair"
    return "" if len(net) else "no patient with more gains than losses, or more losses than gains"
