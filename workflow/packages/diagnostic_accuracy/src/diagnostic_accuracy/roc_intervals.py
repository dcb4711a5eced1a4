"""Intervals of an AUROC that keep their word near 0 and 1, and the table of all of them.

DeLong's and Hanley & McNeil's intervals are cut off at 1: at 0.95 with 60 and 60 cases DeLong's
holds the true value in 90% of studies, and at 1 it has no width. On the logit scale, or by a score
method, they keep about 95% (`benchmarks/coverage.py`).
"""

import math

import numpy as np
from scipy import optimize, stats

from diagnostic_accuracy import checked
from diagnostic_accuracy.logits import logit_interval
from diagnostic_accuracy.results import Result
from diagnostic_accuracy.roc import auroc, delong, delong_covariance, hanley_mcneil

LOGIT = (
    "DeLong et al. 1988 (Biometrics 44:837) on the logit scale, Qin & Hotilovac 2008 (Stat Methods "
    "Med Res 17:207); at 0 and 1 Newcombe's"
)
NEWCOMBE = "Newcombe 2006 (Stat Med 25:559), method 5: score method, Hanley & McNeil's variance"


def delong_logit(score: np.ndarray, malignant: np.ndarray, confidence: float = 0.95) -> Result:
    """Return the AUROC with DeLong's error on the logit scale; at 0 and 1 Newcombe's interval.

    Args:
        score: float ``(cases,)``.
        malignant: bool ``(cases,)``; at least two cases a class.
        confidence: Of the interval, in (0, 1).

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> print(delong_logit(score, malignant).value())
        0.889 (0.261–0.995)
    """
    checked.confidence(confidence)
    areas, covariance = delong_covariance(score, malignant)
    area, error = float(areas[0]), math.sqrt(max(float(covariance[0, 0]), 0.0))
    ill = int(checked.labels(malignant, "labels").sum())
    low, high = logit_or_score(area, error, (ill, len(malignant) - ill), confidence)
    return _auroc("DeLong, logit", LOGIT, area, (low, high), len(malignant), confidence)


def newcombe_auroc(score: np.ndarray, malignant: np.ndarray, confidence: float = 0.95) -> Result:
    """Return the AUROC with Newcombe's score interval, which has a width at 0 and 1, too.

    Args:
        score: float ``(cases,)``.
        malignant: bool ``(cases,)``.
        confidence: Of the interval, in (0, 1).

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> print(newcombe_auroc(score, malignant).value())
        0.889 (0.401–0.988)
    """
    area = auroc(score, malignant)
    ill = int(checked.labels(malignant, "labels").sum())
    ends = newcombe_ends(area, ill, len(malignant) - ill, confidence)
    return _auroc("Newcombe, score", NEWCOMBE, area, ends, len(malignant), confidence)


def newcombe_ends(
    area: float, malignant: int, benign: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the areas t with (area - t)^2 = z^2 V(t), on either side of the area.

    V(t) = t (1 - t) (1 + s (1 - t) / (2 - t) + s t / (1 + t)) / (malignant benign), where s is
    half the number of cases less 1.

    Args:
        area: The AUROC, 0 to 1.
        malignant: How many cases, or patients.
        benign: How many cases, or patients.
        confidence: Of the interval, in (0, 1).

    Source: Newcombe 2006 (Stat Med 25:559), method 5.
    """
    z = float(stats.norm.isf((1 - checked.confidence(confidence)) / 2))
    s = (malignant + benign) / 2 - 1

    # Divided by t (area 0) or 1 - t (area 1), of which the area itself would be a root, too.
    def excess(t: float) -> float:
        spread = (1 + s * (1 - t) / (2 - t) + s * t / (1 + t)) / (malignant * benign)
        if area == 0:
            return t - z * z * (1 - t) * spread
        if area == 1:
            return (1 - t) - z * z * t * spread
        return (area - t) ** 2 - z * z * t * (1 - t) * spread

    low = optimize.brentq(excess, 0.0, area, xtol=1e-14) if area > 0 else 0.0
    high = optimize.brentq(excess, area, 1.0, xtol=1e-14) if area < 1 else 1.0
    return float(low), float(high)


def logit_or_score(
    area: float,
    error: float,
    sizes: tuple[int, int],
    confidence: float,
    degrees: float = math.inf,
) -> tuple[float, float]:
    """Return the interval on the logit scale, or Newcombe's where that has no width.

    Args:
        area: The AUROC.
        error: Its standard error.
        sizes: How many malignant and benign cases, or patients, there are.
        confidence: Of the interval, in (0, 1).
        degrees: Degrees of freedom of the error.
    """
    if error == 0 or not 0 < area < 1:
        return newcombe_ends(area, *sizes, confidence)
    return logit_interval(area, error, confidence, degrees)


AUROC_INTERVALS = {
    "delong": delong,
    "delong-logit": delong_logit,
    "newcombe": newcombe_auroc,
    "hanley-mcneil": hanley_mcneil,
}


def _auroc(
    method: str, source: str, area: float, ends: tuple[float, float], n: int, confidence: float
) -> Result:
    return Result(
        name="AUROC",
        estimate=area,
        low=ends[0],
        high=ends[1],
        confidence=confidence,
        method=method,
        source=source,
        n=n,
    )
