"""Calibration: do scores mean what they say as probabilities?"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, special, stats

from diagnostic_accuracy import checked
from diagnostic_accuracy.means import mean
from diagnostic_accuracy.proportions import proportion_interval
from diagnostic_accuracy.results import Result, not_estimable

COX = "Cox 1958 (Biometrika 45:562)"
BRIER = "Brier 1950 (Mon Weather Rev 78:1)"
# A score of exactly 0 or 1 has no logit. Scores beyond these ends are moved to them, and counted.
LOGIT_FLOOR = 1e-4
_POLISH = 2


@dataclass(frozen=True)
class CalibrationBins:
    """A calibration curve: cases in order of their score, cut into bins of about equal size.

    Attributes:
        n: int ``(bins,)``, cases.
        mean_score: float ``(bins,)``.
        observed: float ``(bins,)``, proportion malignant.
        low: float ``(bins,)``, lower end of the proportion's interval.
        high: float ``(bins,)``, upper end.
    """

    n: np.ndarray
    mean_score: np.ndarray
    observed: np.ndarray
    low: np.ndarray
    high: np.ndarray


def brier_score(score: np.ndarray, malignant: np.ndarray, confidence: float = 0.95) -> Result:
    """Return the Brier score, the mean squared distance of score and outcome.

    Args:
        score: float ``(cases,)`` in [0, 1].
        malignant: bool ``(cases,)``.
        confidence: Of the interval (Student's t of the mean, cut at 0 and 1).

    Raises:
        ValueError: If a score lies outside [0, 1] or there are no cases.

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> print(brier_score(score, malignant).value())
        0.153 (0.000–0.325)
    """
    score = _probabilities(score)
    result = mean((score - checked.labels(malignant, "labels")) ** 2, "Brier score", confidence)
    return replace(result, source=f"{BRIER}; interval: {result.source}")


def calibration_slope(score: np.ndarray, malignant: np.ndarray, confidence: float = 0.95) -> Result:
    """Return the calibration slope: of the outcome on the score's logit; 1 is perfect.

    Args:
        score: float ``(cases,)`` in [0, 1]; ends are moved to `LOGIT_FLOOR` and 1 - `LOGIT_FLOOR`.
        malignant: bool ``(cases,)``.
        confidence: Of the Wald interval, in (0, 1).

    Returns:
        Result: NaN with a note where the logistic fit does not exist (one class only, constant
        scores, or scores that separate the classes).

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> print(calibration_slope(score, malignant).value())
        1.505 (-0.927 to 3.937)
    """
    logit, moved = _logit(score)
    outcome = checked.labels(malignant, "labels")
    columns = np.column_stack([np.ones_like(logit), logit])
    reason = _without_fit(logit, outcome)
    fit = None if reason else logistic_fit(columns, outcome, np.zeros_like(logit))
    return _calibration_result(
        "calibration slope", fit, 1, len(logit), confidence, reason or _moved(moved)
    )


def calibration_intercept(
    score: np.ndarray, malignant: np.ndarray, confidence: float = 0.95
) -> Result:
    """Return the calibration intercept (in the large): the slope held at 1; 0 is perfect.

    Args:
        score: float ``(cases,)`` in [0, 1]; ends are moved to `LOGIT_FLOOR` and 1 - `LOGIT_FLOOR`.
        malignant: bool ``(cases,)``.
        confidence: Of the Wald interval, in (0, 1).

    Returns:
        Result: NaN with a note where there is one class only.

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> print(calibration_intercept(score, malignant).value())
        0.000 (-1.886 to 1.886)
    """
    logit, moved = _logit(score)
    outcome = checked.labels(malignant, "labels")
    reason = "" if outcome.any() and not outcome.all() else not_estimable("one class only")
    fit = None if reason else logistic_fit(np.ones((len(logit), 1)), outcome, logit)
    return _calibration_result(
        "calibration intercept", fit, 0, len(logit), confidence, reason or _moved(moved)
    )


def calibration_bins(
    score: np.ndarray,
    malignant: np.ndarray,
    count: int = 10,
    *,
    method: str = "wilson",
    confidence: float = 0.95,
) -> CalibrationBins:
    """Return the calibration curve in bins of about equal size; equal scores are never parted.

    Args:
        score: float ``(cases,)`` in [0, 1].
        malignant: bool ``(cases,)``.
        count: At most so many bins; ties may leave fewer.
        method: Interval of the observed proportion, see `proportions.PROPORTION_INTERVALS`.
        confidence: Of the intervals, in (0, 1).

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> curve = calibration_bins(score, malignant, 2)
        >>> curve.n, curve.observed.round(2)
        (array([3, 3]), array([0.33, 0.67]))
    """
    score, malignant = _probabilities(score), checked.labels(malignant, "labels")
    _, inverse, sizes = np.unique(score, return_inverse=True, return_counts=True)
    # A distinct score goes where the middle of its cases would go.
    middle = (np.cumsum(sizes) - sizes / 2) / max(len(score), 1)
    bin_of = np.minimum((middle * count).astype(int), count - 1)[inverse]
    _, bin_of = np.unique(bin_of, return_inverse=True)
    n = np.bincount(bin_of)
    hits = np.bincount(bin_of, weights=malignant)
    low, high = proportion_interval(hits, n, method=method, confidence=confidence)
    return CalibrationBins(n, np.bincount(bin_of, weights=score) / n, hits / n, low, high)


def _probabilities(score: np.ndarray) -> np.ndarray:
    score = np.asarray(score, np.float64)
    if not ((score >= 0) & (score <= 1)).all():
        raise ValueError("a score is missing or outside [0, 1]: it is no probability")
    return score


def _logit(score: np.ndarray) -> tuple[np.ndarray, int]:
    """Return logits, and how many scores were moved to have one."""
    score = _probabilities(score)
    logit = clipped_logit(score)
    return logit, int(((score < LOGIT_FLOOR) | (score > 1 - LOGIT_FLOOR)).sum())


def clipped_logit(score: np.ndarray) -> np.ndarray:
    """Return logits of scores in [0, 1], which are moved to `LOGIT_FLOOR` and 1 - `LOGIT_FLOOR`."""
    return np.asarray(
        special.logit(np.clip(np.asarray(score, np.float64), LOGIT_FLOOR, 1 - LOGIT_FLOOR))
    )


def _moved(count: int) -> str:
    ends = f"[{LOGIT_FLOOR:g}, {1 - LOGIT_FLOOR:g}]"
    return f"{count} scores outside {ends} were moved to its ends" if count else ""


def _without_fit(logit: np.ndarray, outcome: np.ndarray) -> str:
    """Return why the slope has no finite maximum-likelihood estimate, or an empty text."""
    if outcome.all() or not outcome.any():
        return not_estimable("one class only")
    ill, well = logit[outcome], logit[~outcome]
    if np.ptp(logit) == 0:
        return not_estimable("all scores are equal")
    if ill.min() >= well.max() or well.min() >= ill.max():
        return not_estimable("the scores separate the classes")
    return ""


def logistic_fit(
    columns: np.ndarray, outcome: np.ndarray, offset: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Fit a logistic regression by maximum likelihood.

    Args:
        columns: float ``(cases, coefficients)``, linearly independent.
        outcome: bool ``(cases,)``, or float in [0, 1]: the share of a case that is malignant.
        offset: float ``(cases,)``, added to the linear predictor.

    Returns:
        tuple: Estimates and standard errors, float ``(coefficients,)`` each.
    """

    def loss(beta: np.ndarray) -> tuple[float, np.ndarray]:
        eta = columns @ beta + offset
        residual = special.expit(eta) - outcome
        value = np.logaddexp(0, eta).sum() - outcome @ eta
        return float(value), columns.T @ residual

    def information(beta: np.ndarray) -> np.ndarray:
        share = special.expit(columns @ beta + offset)
        return columns.T @ (columns * (share * (1 - share))[:, None])

    start = np.zeros(columns.shape[1])
    beta = optimize.minimize(
        loss, start, jac=True, hess=information, method="trust-exact", options={"gtol": 1e-10}
    ).x
    for _ in range(_POLISH):  # Newton's steps double the correct digits that are there
        beta = beta - np.linalg.solve(information(beta), loss(beta)[1])
    return beta, np.sqrt(np.diag(np.linalg.inv(information(beta))))


def _calibration_result(
    name: str,
    fit: tuple[np.ndarray, np.ndarray] | None,
    index: int,
    n: int,
    confidence: float,
    note: str,
) -> Result:
    """Return a coefficient with its Wald interval, or a result that is not estimable."""
    checked.confidence(confidence)
    estimate = low = high = float("nan")
    if fit is not None:
        estimate, error = float(fit[0][index]), float(fit[1][index])
        reach = float(stats.norm.isf((1 - confidence) / 2)) * error
        low, high = estimate - reach, estimate + reach
    return Result(
        name=name,
        estimate=estimate,
        low=low,
        high=high,
        confidence=confidence,
        method="logistic regression, Wald",
        source=COX,
        n=n,
        note=note,
    )
