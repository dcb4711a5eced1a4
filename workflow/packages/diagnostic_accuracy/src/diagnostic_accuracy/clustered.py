"""Proportions and means where a patient has several images: the patient is drawn, not the image."""

import math

import numpy as np
from scipy import stats

from diagnostic_accuracy import checked
from diagnostic_accuracy.proportions import proportion_interval
from diagnostic_accuracy.results import Result, not_estimable

_METHODS = {
    "cluster": (
        "cluster-robust, t",
        "sandwich of the ratio estimator, Liang & Zeger 1986 (Biometrika 73:13); t with "
        "clusters - 1 degrees of freedom, cut at 0 and 1",
    ),
    "cluster-wilson": (
        "Wilson at the effective sample size",
        "Rao & Scott 1992 (Biometrics 48:577) with Wilson 1927 (J Am Stat Assoc 22:209)",
    ),
}
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
        method: One of `CLUSTER_INTERVALS`. ``cluster``: estimate +- t times the robust standard
            error, which has no width at 0% and 100%. ``cluster-wilson``: Wilson's interval with
            as many cases as independent ones would carry the same information; never more than
            there are, and at 0% and 100%, where no spread is seen, one a patient.
        confidence: Of the interval, in (0, 1).

    Returns:
        Result: NaN ends where there is one patient only.

    Raises:
        ValueError: If ``method`` is unknown, or hits and clusters are of different cases.

    Example:
        >>> right = [True, True, False, True, False, False]
        >>> patient = ["a", "a", "b", "c", "c", "c"]
        >>> print(clustered_proportion(right, patient, method="cluster-wilson").value())
        0.500 (0.150–0.850)
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
    if patients > 1:
        ends = _robust if method == "cluster" else _effective
        low, high = ends(hit, cluster, confidence)
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
        note=_note(n, patients),
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

    With one image a patient it is Student's interval (`diagnostic_accuracy.means.mean`).

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
        0.83 (0.62–1.00)
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
    if patients > 1:
        low, high = _robust(values, cluster, confidence, limits)
    return Result(
        name=name,
        estimate=float(values.mean()),
        low=low,
        high=high,
        confidence=confidence,
        method=_METHODS["cluster"][0],
        source=_METHODS["cluster"][1],
        n=len(values),
        note=_note(len(values), patients),
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


def _robust(
    values: np.ndarray,
    cluster: np.ndarray,
    confidence: float,
    limits: tuple[float, float] = (0.0, 1.0),
) -> tuple[float, float]:
    degrees = len(np.unique(cluster)) - 1
    reach = float(stats.t.isf((1 - confidence) / 2, degrees)) * robust_error(values, cluster)
    average = float(values.mean())
    return max(average - reach, limits[0]), min(average + reach, limits[1])


def _effective(hit: np.ndarray, cluster: np.ndarray, confidence: float) -> tuple[float, float]:
    effect = design_effect(hit, cluster)
    n = len(np.unique(cluster)) if math.isnan(effect) else len(hit) / max(effect, 1.0)
    low, high = proportion_interval(
        np.asarray(hit.mean() * n), np.asarray(n), method="wilson", confidence=confidence
    )
    return float(low), float(high)


def _note(n: int, patients: int) -> str:
    if not n:
        return not_estimable("no cases")
    if patients == 1:
        return "no interval: all cases are of one patient"
    return f"{n} cases of {patients} patients"
