"""ROC curves, the area under them with its uncertainty, and the Youden operating point."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from diagnostic_accuracy import checked
from diagnostic_accuracy.results import Result

DELONG = "DeLong et al. 1988 (Biometrics 44:837), by the midranks of Sun & Xu 2014"
NEAR_ONE = 0.95
"""From this area on an interval that is cut at 1 says that it is too narrow."""
HANLEY_MCNEIL = "Hanley & McNeil 1982 (Radiology 143:29)"
YOUDEN = "Youden 1950 (Cancer 3:32)"


@dataclass(frozen=True)
class RocCurve:
    """An empirical ROC curve: one point a distinct score, and the corner (0, 0).

    Attributes:
        threshold: float64 ``(points,)``, falling; a case is called malignant if its score is at
            least the threshold. The first is infinite: nobody is called malignant.
        false_positive_rate: float64 ``(points,)``, rising from 0 to 1.
        true_positive_rate: float64 ``(points,)``, rising from 0 to 1.
    """

    threshold: np.ndarray
    false_positive_rate: np.ndarray
    true_positive_rate: np.ndarray

    @property
    def youden(self) -> np.ndarray:
        """Youden's J of each point: sensitivity + specificity - 1."""
        return self.true_positive_rate - self.false_positive_rate


def youden_threshold(score: np.ndarray, malignant: np.ndarray, tie: str = "specificity") -> float:
    """Return the observed score with the largest Youden index, when ``score >= threshold`` counts.

    The counts are compared as whole numbers, so that a tie is a tie and not a rounding error.

    Args:
        score: float ``(cases,)``; higher means more likely malignant.
        malignant: bool ``(cases,)``.
        tie: ``"specificity"``: among equal indices the highest specificity, that is the highest
            threshold; ``"sensitivity"``: the lowest threshold.

    Raises:
        ValueError: If a score is not finite, a class is empty, or ``tie`` is unknown.

    Source: Youden 1950 (Cancer 3:32).

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> youden_threshold(score, malignant), youden_threshold(score, malignant, "sensitivity")
        (0.7, 0.4)
    """
    if tie not in ("specificity", "sensitivity"):
        raise ValueError(f"tie is {tie!r}; allowed: specificity, sensitivity")
    score, malignant = _checked(score, malignant)
    threshold, positive, negative = _cumulative(score, malignant)
    # J times (malignant x benign cases), an integer: no rounding can break or make a tie.
    gain = positive * negative[-1] - negative * positive[-1]
    best = np.flatnonzero(gain == gain.max())
    return float(threshold[best[0] if tie == "specificity" else best[-1]])


def roc_curve(score: np.ndarray, malignant: np.ndarray) -> RocCurve:
    """Return the empirical ROC curve with every observed threshold.

    Args:
        score: float ``(cases,)``; higher means more likely malignant.
        malignant: bool ``(cases,)``.

    Raises:
        ValueError: If a score is not finite or a class is empty.

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> curve = roc_curve(score, malignant)
        >>> curve.true_positive_rate.round(2)
        array([0.  , 0.33, 0.67, 0.67, 1.  , 1.  , 1.  ])
    """
    score, malignant = _checked(score, malignant)
    threshold, positive, negative = _cumulative(score, malignant)
    return RocCurve(
        threshold=np.concatenate([[np.inf], threshold]),
        false_positive_rate=np.concatenate([[0.0], negative / negative[-1]]),
        true_positive_rate=np.concatenate([[0.0], positive / positive[-1]]),
    )


def auroc(score: np.ndarray, malignant: np.ndarray) -> float:
    """Return the area under the ROC curve: P(malignant > benign) + P(equal) / 2.

    Args:
        score: float ``(cases,)``.
        malignant: bool ``(cases,)``.

    Raises:
        ValueError: If a score is not finite or a class is empty.

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> round(auroc(score, malignant), 3)
        0.889
    """
    score, malignant = _checked(score, malignant)
    m, n = int(malignant.sum()), int((~malignant).sum())
    ranks = stats.rankdata(score)[malignant].sum()
    return float((ranks - m * (m + 1) / 2) / (m * n))


def placements(score: np.ndarray, malignant: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return DeLong's structural components by midranks.

    Args:
        score: float ``(cases,)``.
        malignant: bool ``(cases,)``.

    Returns:
        tuple: ``(malignant cases,)``, for each the share of benign cases below it (ties half),
        and ``(benign cases,)``, for each the share of malignant cases above it. Either's mean is
        the AUROC.

    Source: Sun & Xu 2014 (IEEE Signal Process Lett 21:1389), equations 5 to 8.
    """
    score, malignant = _checked(score, malignant)
    m, n = int(malignant.sum()), int((~malignant).sum())
    pooled = stats.rankdata(score)
    of_malignant = (pooled[malignant] - stats.rankdata(score[malignant])) / n
    of_benign = 1 - (pooled[~malignant] - stats.rankdata(score[~malignant])) / m
    return of_malignant, of_benign


def delong_covariance(
    scores: np.ndarray, malignant: np.ndarray, patient: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the AUROCs of several scores of the same cases, and their covariance matrix.

    Args:
        scores: float ``(scores, cases)``.
        malignant: bool ``(cases,)``; at least two cases (with ``patient``: patients) a class.
        patient: ``(cases,)`` of str or int; equal values are one patient's, whose cases vary
            together, malignant ones with benign ones too. None: each case is a patient's own.

    Returns:
        tuple: AUROCs ``(scores,)`` and covariance ``(scores, scores)``.

    Raises:
        ValueError: If a class has fewer than two cases or patients: the variance is then unknown.

    Source: DeLong et al. 1988; with ``patient`` Obuchowski 1997, which is the same where each
    patient has one case.
    """
    malignant = checked.labels(malignant, "labels")
    whose = np.arange(len(malignant)) if patient is None else checked.patients(patient)
    if whose.shape != malignant.shape:
        raise ValueError(
            f"labels {malignant.shape} and patients {whose.shape} must be of one shape"
        )
    if fewest(malignant, whose) < 2:
        kind = "cases" if patient is None else "patients"
        raise ValueError(f"DeLong's variance needs at least two malignant and two benign {kind}")
    parts = [placements(score, malignant) for score in np.atleast_2d(scores)]
    areas = np.array([of_malignant.mean() for of_malignant, _ in parts])
    names, number = np.unique(whose, return_inverse=True)
    # How far the cases of each patient lie from the area, summed: (scores, patients).
    ill, well = (
        np.stack(
            [
                np.bincount(number[here], weights=part[side] - area, minlength=len(names))
                for part, area in zip(parts, areas, strict=True)
            ]
        )
        for side, here in enumerate((malignant, ~malignant))
    )
    m, n = int(malignant.sum()), int((~malignant).sum())
    with_ill, with_well = len(np.unique(number[malignant])), len(np.unique(number[~malignant]))
    across = _corrected(len(names)) * ill @ well.T / (m * n)
    covariance = (
        _corrected(with_ill) * ill @ ill.T / m**2
        + _corrected(with_well) * well @ well.T / n**2
        + across
        + across.T
    )
    return areas, covariance


def fewest(malignant: np.ndarray, patient: np.ndarray) -> int:
    """Return the number of patients of the class that has fewer.

    Args:
        malignant: bool ``(cases,)``.
        patient: ``(cases,)``.
    """
    return min(len(np.unique(patient[here])) for here in (malignant, ~malignant))


def delong(score: np.ndarray, malignant: np.ndarray, confidence: float = 0.95) -> Result:
    """Return the AUROC with DeLong's interval, cut at 0 and 1.

    Near 1 it is too narrow (`roc_intervals`), and for several cases a patient, too
    (`clustered_roc`).

    Args:
        score: float ``(cases,)``.
        malignant: bool ``(cases,)``; at least two cases a class.
        confidence: Of the interval, in (0, 1).

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> print(delong(score, malignant).value())
        0.889 (0.581–1.000)
    """
    areas, covariance = delong_covariance(score, malignant)
    error = np.sqrt(max(covariance[0, 0], 0.0))
    return _wald("DeLong", DELONG, areas[0], error, len(malignant), confidence)


def hanley_mcneil(score: np.ndarray, malignant: np.ndarray, confidence: float = 0.95) -> Result:
    """Return the AUROC with the interval of Hanley & McNeil's exponential approximation.

    Args:
        score: float ``(cases,)``.
        malignant: bool ``(cases,)``.
        confidence: Of the interval, in (0, 1).

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> print(hanley_mcneil(score, malignant).value())
        0.889 (0.588–1.000)
    """
    area = auroc(score, malignant)
    m = int(checked.labels(malignant, "labels").sum())
    error = hanley_mcneil_error(area, m, len(malignant) - m)
    return _wald("Hanley-McNeil", HANLEY_MCNEIL, area, error, len(malignant), confidence)


def hanley_mcneil_error(area: float, malignant: int, benign: int) -> float:
    """Return the standard error of an AUROC from the area and the two counts alone.

    Source: Hanley & McNeil 1982, equations 1 and 2, with Q1 = A/(2-A) and Q2 = 2A^2/(1+A).
    """
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    spread = (malignant - 1) * (q1 - area**2) + (benign - 1) * (q2 - area**2)
    return float(np.sqrt((area * (1 - area) + spread) / (malignant * benign)))


def delong_test(
    first: np.ndarray,
    second: np.ndarray,
    malignant: np.ndarray,
    confidence: float = 0.95,
) -> Result:
    """Compare two AUROCs of the same cases; where a patient has several, see `clustered_roc`.

    Args:
        first: float ``(cases,)``.
        second: float ``(cases,)``.
        malignant: bool ``(cases,)``.
        confidence: Of the interval of the difference, in (0, 1).

    Returns:
        Result: The difference first - second with its interval, z and the two-sided P.

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> result = delong_test(score, [0.2, 0.1, 0.4, 0.8, 0.3, 0.9], malignant)
        >>> result.value(), round(result.p_value, 3)
        ('0.111 (-0.197 to 0.419)', 0.48)
    """
    checked.confidence(confidence)
    areas, covariance = delong_covariance(np.stack([first, second]), malignant)
    difference = float(areas[0] - areas[1])
    # Never below zero but for rounding: the variance of a difference.
    variance = max(float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]), 0.0)
    error = np.sqrt(variance)
    if error > 0:
        z = difference / error
    else:
        z = 0.0 if difference == 0 else np.copysign(np.inf, difference)
    reach = stats.norm.isf((1 - confidence) / 2) * error
    return Result(
        name="difference of AUROCs",
        estimate=difference,
        low=max(difference - reach, -1.0),
        high=min(difference + reach, 1.0),
        confidence=confidence,
        method="DeLong, paired",
        source=DELONG,
        n=len(malignant),
        statistic=float(z),
        p_value=float(2 * stats.norm.sf(abs(z))),
    )


def _corrected(patients: int) -> float:
    return patients / (patients - 1)


def _wald(method: str, source: str, area: float, error: float, n: int, confidence: float) -> Result:
    """Return an AUROC with the normal interval of its standard error, cut at 0 and 1."""
    checked.confidence(confidence)
    reach = stats.norm.isf((1 - confidence) / 2) * error
    return Result(
        name="AUROC",
        estimate=float(area),
        low=float(max(area - reach, 0.0)),
        high=float(min(area + reach, 1.0)),
        confidence=confidence,
        method=method,
        source=source,
        n=n,
        note=_near_one(float(area)),
    )


def _near_one(area: float) -> str:
    """Return what a reader must know of an interval that is cut at 1, or at 0."""
    if 1 - NEAR_ONE < area < NEAR_ONE:
        return ""
    width = "has no width" if area in (0, 1) else "is too narrow"
    return f"so near {area:.0f} this interval {width}: see delong-logit and newcombe"


def _checked(score: np.ndarray, malignant: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return float64 scores and bool labels, or raise where no ROC curve exists."""
    score, malignant = np.asarray(score, np.float64), checked.labels(malignant, "labels")
    if score.shape != malignant.shape or score.ndim != 1:
        raise ValueError(
            f"scores {score.shape} and labels {malignant.shape} must be one-dimensional"
        )
    if not np.isfinite(score).all():
        raise ValueError("a score is missing or infinite: leave such cases out and say so")
    if malignant.all() or not malignant.any():
        raise ValueError("an ROC curve needs malignant and benign cases")
    return score, malignant


def _cumulative(
    score: np.ndarray, malignant: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return falling distinct scores and how many malignant and benign cases reach each."""
    order = np.argsort(-score, kind="stable")
    score, malignant = score[order], malignant[order]
    last = np.flatnonzero(np.append(np.diff(score) != 0, True))
    positive = np.cumsum(malignant)[last].astype(np.int64)
    return score[last], positive, (last + 1 - positive).astype(np.int64)
