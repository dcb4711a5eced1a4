"""Proportions and means where a patient has several images: the patient is drawn, not the image."""

import math

import numpy as np
from scipy import stats

from diagnostic_accuracy import checked
from diagnostic_accuracy.few_clusters import SMALL_SAMPLES, SmallSample, small_sample
from diagnostic_accuracy.logits import logit_interval
from diagnostic_accuracy.results import Result, not_estimable

_METHODS = {
    "cluster": (
        "cluster-robust, logit, t",
        f"{SMALL_SAMPLES}; on the logit scale",
    ),
    "cluster-wilson": (
        "Wilson at the effective sample size, t",
        "Wilson 1927 (J Am Stat Assoc 22:209) at the sample size of Rao & Scott 1992 (Biometrics "
        f"48:577), with t as Dean & Pagano 2015 (J Surv Stat Methodol 3:484); {SMALL_SAMPLES}",
    ),
}
_MEAN = ("cluster-robust, t", f"{SMALL_SAMPLES}; cut at the limits")
CLUSTER_INTERVALS = tuple(_METHODS)


def clustered_proportion(
    hit: np.ndarray,
    cluster: np.ndarray,
    *,
    name: str = "proportion",
    method: str = "cluster",
    confidence: float = 0.95,
) -> Result:
    """Return a proportion of images with an interval that knows which belong to one patient.

    Args:
        hit: bool ``(cases,)``, the cases that count.
        cluster: ``(cases,)`` of str or int; equal values are one patient's.
        name: What the proportion is, for instance ``"sensitivity"``.
        method: One of `CLUSTER_INTERVALS`. ``cluster``: the robust error on the logit scale.
            ``cluster-wilson``: Wilson's interval with as many cases as independent ones would
            carry the same information; never more than there are. Both take t for z, with the
            degrees of freedom that few or unequal patients leave. At 0% and 100%, where no spread
            is seen, both are Wilson's with one case a patient.
        confidence: Of the interval, in (0, 1).

    Returns:
        Result: NaN ends where there is one patient only.

    Raises:
        ValueError: If ``method`` is unknown, or hits and clusters are of different cases.

    Example:
        >>> right = [True, True, False, True, False, False]
        >>> patient = ["a", "a", "b", "c", "c", "c"]
        >>> print(clustered_proportion(right, patient, method="cluster-wilson").value())
        0.500 (0.026–0.974)
    """
    if method not in _METHODS:
        raise ValueError(f"method is {method!r}; allowed: {', '.join(_METHODS)}")
    checked.confidence(confidence)
    hit, cluster = checked.labels(hit, "hits"), checked.patients(cluster, "clusters")
    if hit.shape != np.shape(cluster) or hit.ndim != 1:
        raise ValueError(f"hits {hit.shape} and clusters {np.shape(cluster)} must be of one shape")
    n, count = len(hit), int(hit.sum())
    patients = len(np.unique(cluster))
    low = high = math.nan
    note = _note(n, patients)
    if patients > 1:
        known = small_sample(hit, cluster)
        low, high = _ENDS[method](hit, known, confidence)
        note = "; ".join(filter(None, (note, known.note)))
    return Result(
        name=name,
        estimate=count / n if n else math.nan,
        low=low,
        high=high,
        confidence=confidence,
        method=_METHODS[method][0],
        source=_METHODS[method][1],
        n=n,
        count=count,
        note=note,
    )


def clustered_mean(
    values: np.ndarray,
    cluster: np.ndarray,
    *,
    name: str = "mean",
    confidence: float = 0.95,
    limits: tuple[float, float] = (0.0, 1.0),
) -> Result:
    """Return a mean over images with an interval that knows which belong to one patient.

    It takes the degrees of freedom that few or unequal patients leave. With one image a patient
    it is Student's interval (`diagnostic_accuracy.means.mean`).

    Args:
        values: float ``(cases,)``.
        cluster: ``(cases,)`` of str or int; equal values are one patient's.
        name: What is averaged, for instance ``"Dice"``.
        confidence: Of the interval, in (0, 1).
        limits: The least and the largest value that there may be; the interval is cut there.

    Returns:
        Result: NaN ends where there is one patient only.

    Raises:
        ValueError: If there are no cases, or values and clusters are of different cases.

    Example:
        >>> dice = [0.9, 0.8, 0.7, 0.9]
        >>> print(clustered_mean(dice, ["a", "a", "b", "c"]).value(2))
        0.83 (0.59–1.00)
    """
    checked.confidence(confidence)
    values, cluster = checked.numbers(values, "values"), checked.patients(cluster, "clusters")
    if not len(values):
        raise ValueError("a mean needs at least one case")
    if values.shape != np.shape(cluster) or values.ndim != 1:
        raise ValueError(
            f"values {values.shape} and clusters {np.shape(cluster)} must be of one shape"
        )
    patients = len(np.unique(cluster))
    low = high = math.nan
    note = _note(len(values), patients)
    if patients > 1:
        known = small_sample(values, cluster)
        low, high = t_interval(float(values.mean()), known, confidence, limits)
        note = "; ".join(filter(None, (note, known.note)))
    return Result(
        name=name,
        estimate=float(values.mean()),
        low=low,
        high=high,
        confidence=confidence,
        method=_MEAN[0],
        source=_MEAN[1],
        n=len(values),
        note=note,
    )


def robust_error(values: np.ndarray, cluster: np.ndarray) -> float:
    """Return the cluster-robust standard error of a mean or proportion; 0 if all cases are alike.

    With c clusters of n_i cases whose values sum to x_i, N cases and p = sum(x) / N:
    variance = c / (c - 1) * sum((x_i - p n_i)^2) / N^2.

    Args:
        values: bool, int or float ``(cases,)``.
        cluster: ``(cases,)``, at least two distinct values.
    """
    values = np.asarray(values, np.float64)
    _, number = np.unique(cluster, return_inverse=True)
    sizes = np.bincount(number)
    sums = np.bincount(number, weights=values)
    clusters = len(sizes)
    apart = sums - values.mean() * sizes
    return float(np.sqrt(clusters / (clusters - 1) * (apart**2).sum()) / len(values))


def design_effect(hit: np.ndarray, cluster: np.ndarray) -> float:
    """Return how many times larger the variance is than that of independent cases; NaN at 0 / 0.

    Args:
        hit: bool ``(cases,)``.
        cluster: ``(cases,)``, at least two distinct values.

    Source: Rao & Scott 1992 (Biometrics 48:577).

    Example:
        >>> right = [True, True, False, False]
        >>> round(design_effect(right, ["a", "a", "b", "b"]), 6)
        4.0
    """
    hit, cluster = checked.labels(hit, "hits"), checked.patients(cluster, "clusters")
    share = float(hit.mean())
    independent = share * (1 - share) / len(hit)
    return robust_error(hit, cluster) ** 2 / independent if independent > 0 else math.nan


def t_interval(
    mean: float, known: SmallSample, confidence: float, limits: tuple[float, float]
) -> tuple[float, float]:
    """Return a mean's interval by t, cut at the least and the largest value there may be.

    Args:
        mean: The estimate.
        known: Its error and degrees of freedom.
        confidence: Of the interval, in (0, 1).
        limits: The least and the largest value.
    """
    reach = float(stats.t.isf((1 - confidence) / 2, known.degrees)) * known.error
    return max(mean - reach, limits[0]), min(mean + reach, limits[1])


def _effective(hit: np.ndarray, known: SmallSample, confidence: float) -> tuple[float, float]:
    """Return Wilson's interval at the effective sample size, with t for z."""
    share = float(hit.mean())
    independent = share * (1 - share) / len(hit)
    effect = known.error**2 / independent if independent > 0 else math.nan
    n = known.patients if math.isnan(effect) else len(hit) / max(effect, 1.0)
    squared = float(stats.t.isf((1 - confidence) / 2, known.degrees)) ** 2
    middle = (share + squared / (2 * n)) / (1 + squared / n)
    reach = math.sqrt(squared * (share * (1 - share) / n + squared / (4 * n**2)))
    reach /= 1 + squared / n
    low = 0.0 if share == 0 else max(middle - reach, 0.0)
    high = 1.0 if share == 1 else min(middle + reach, 1.0)
    return low, high


def _logit(hit: np.ndarray, known: SmallSample, confidence: float) -> tuple[float, float]:
    """Return the interval of the robust error on the logit scale."""
    share = float(hit.mean())
    # Where patients differ in nothing but chance the error can be 0 by luck, too.
    if known.error == 0 or share in (0, 1):
        return _effective(hit, known, confidence)
    return logit_interval(share, known.error, confidence, known.degrees)


_ENDS = {"cluster": _logit, "cluster-wilson": _effective}


def _note(n: int, patients: int) -> str:
    if not n:
        return not_estimable("no cases")
    if patients == 1:
        return "no interval: all cases are of one patient"
    return f"{n} cases of {patients} patients"
