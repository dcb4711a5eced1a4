"""Recalibration: scores that order cases well become probabilities that mean what they say."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from diagnostic_accuracy import checked
from diagnostic_accuracy.calibration import clipped_logit, logistic_fit

PLATT = "Platt 1999 (Advances in Large Margin Classifiers:61), on the score's logit"


@dataclass(frozen=True)
class PlattScaling:
    """A line on the logit of a score: probability = expit(intercept + slope * logit(score)).

    Attributes:
        intercept: Of the line.
        slope: Of the line; where it is positive, no two cases change places.
    """

    intercept: float
    slope: float

    def probability(self, score: np.ndarray) -> np.ndarray:
        """Return probabilities, float64, of scores in [0, 1], any shape; NaN stays NaN."""
        return np.asarray(
            special.expit(
                self.intercept + self.slope * clipped_logit(np.asarray(score, np.float64))
            )
        )


def fit_platt(score: np.ndarray, malignant: np.ndarray) -> PlattScaling:
    """Fit the line by maximum likelihood to labels that are drawn a little towards one half.

    With Platt's targets, (n + 1) / (n + 2) in place of 1 and 1 / (n + 2) in place of 0 by the
    number n of each label, the fit exists where the scores separate the labels, too.

    Args:
        score: float ``(cases,)`` in [0, 1]; ends are moved to `calibration.LOGIT_FLOOR` and
            1 - `calibration.LOGIT_FLOOR`.
        malignant: bool ``(cases,)``, both labels among them.

    Raises:
        ValueError: If a score is missing or outside [0, 1], or there is one label only.

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> fit_platt(score, malignant).probability([0.1, 0.5, 0.9]).round(2)
        array([0.2, 0.5, 0.8])
    """
    score = np.asarray(score, np.float64)
    outcome = checked.labels(malignant, "labels")
    if not ((score >= 0) & (score <= 1)).all():
        raise ValueError("a score is missing or outside [0, 1]: it has no logit")
    if outcome.all() or not outcome.any():
        raise ValueError("one label only: nothing to calibrate by")
    ill, well = int(outcome.sum()), int((~outcome).sum())
    target = np.where(outcome, (ill + 1) / (ill + 2), 1 / (well + 2))
    logit = clipped_logit(score)
    if np.ptp(logit) == 0:  # no line through one point: it stays flat
        return PlattScaling(float(special.logit(target.mean())), 0.0)
    columns = np.column_stack([np.ones_like(logit), logit])
    (intercept, slope), _ = logistic_fit(columns, target, np.zeros_like(logit))
    return PlattScaling(float(intercept), float(slope))
