"""Areas and points of one ROC curve, with intervals by resampling patients within classes."""

from collections.abc import Callable

import numpy as np

from diagnostic_accuracy import bootstrap as resampling
from diagnostic_accuracy import resampled_roc
from diagnostic_accuracy.resampled import Plan, resample, results
from diagnostic_accuracy.results import Result
from diagnostic_accuracy.roc import _checked
from diagnostic_accuracy.rounding import half_up

BAMBER = "Bamber 1975 (J Math Psychol 12:387)"
MCCLISH = "McClish 1989 (Med Decis Making 9:190)"
PEPE = "Pepe 2003, The Statistical Evaluation of Medical Tests, chapter 4"
_DEFAULT = Plan()


def bootstrap_auroc(
    score: np.ndarray,
    malignant: np.ndarray,
    *,
    patient: np.ndarray | None = None,
    plan: Plan = _DEFAULT,
) -> Result:
    """Return the AUROC with a percentile or BCa interval.

    Args:
        score: float ``(cases,)``; higher means more likely malignant.
        malignant: bool ``(cases,)``.
        patient: ``(cases,)``, whom each case belongs to; None: each case is a patient.
        plan: Replicates, seed, kind of interval.

    Raises:
        ValueError: If a score is not finite or a class is empty.

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> print(bootstrap_auroc(score, malignant, plan=Plan(replicates=200, seed=1)).value(2))
        0.89 (0.56–1.00)
    """
    score, malignant = _checked(score, malignant)
    return _one(
        "AUROC",
        lambda weights: resampling.auroc(weights, score, malignant),
        (malignant, patient, plan, BAMBER),
    )


def partial_auroc(
    score: np.ndarray,
    malignant: np.ndarray,
    low: float,
    high: float,
    *,
    axis: str = "specificity",
    standardised: bool = False,
    patient: np.ndarray | None = None,
    plan: Plan = _DEFAULT,
) -> Result:
    """Return the area under the ROC curve between two specificities or two sensitivities.

    Args:
        score: float ``(cases,)``; higher means more likely malignant.
        malignant: bool ``(cases,)``.
        low: Lower end of the part, in [0, 1).
        high: Upper end of the part, above ``low``.
        axis: ``"specificity"`` or ``"sensitivity"``: what ``low`` and ``high`` are.
        standardised: False: the area itself, at most ``high - low``. True: McClish's scale, on
            which a coin has 0.5 and a perfect score 1; below 0.5 the curve lies under the
            diagonal, where pROC gives no value.
        patient: ``(cases,)``, whom each case belongs to; None: each case is a patient.
        plan: Replicates, seed, kind of interval.

    Raises:
        ValueError: If a score is not finite, a class is empty, the axis is unknown or the part is
            no part of [0, 1].

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> plan = Plan(replicates=200, seed=1)
        >>> print(partial_auroc(score, malignant, 0.5, 1.0, plan=plan).value(2))
        0.39 (0.17–0.50)
    """
    score, malignant = _checked(score, malignant)
    scale = "standardised partial AUROC" if standardised else "partial AUROC"
    return _one(
        f"{scale}, {axis} {half_up(low, 2)} to {half_up(high, 2)}",
        lambda weights: resampled_roc.partial_auroc(
            weights, score, malignant, low, high, axis=axis, standardised=standardised
        ),
        (malignant, patient, plan, MCCLISH),
    )


def sensitivity_at(
    score: np.ndarray,
    malignant: np.ndarray,
    specificity: float,
    *,
    between: str = "line",
    patient: np.ndarray | None = None,
    plan: Plan = _DEFAULT,
) -> Result:
    """Return the sensitivity at a fixed specificity; the threshold moves in each replicate.

    Args:
        score: float ``(cases,)``; higher means more likely malignant.
        malignant: bool ``(cases,)``.
        specificity: Held fixed, in [0, 1].
        between: ``"line"``: points of the curve are joined by straight lines; ``"observed"``: the
            highest sensitivity that one threshold has with at least this specificity.
        patient: ``(cases,)``, whom each case belongs to; None: each case is a patient.
        plan: Replicates, seed, kind of interval.

    Raises:
        ValueError: If a score is not finite, a class is empty, or an option is unknown.

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> print(sensitivity_at(score, malignant, 0.6, plan=Plan(replicates=200, seed=1)).value(2))
        1.00 (0.33–1.00)
    """
    return _point(score, malignant, specificity, "specificity", between, patient, plan)


def specificity_at(
    score: np.ndarray,
    malignant: np.ndarray,
    sensitivity: float,
    *,
    between: str = "line",
    patient: np.ndarray | None = None,
    plan: Plan = _DEFAULT,
) -> Result:
    """Return the specificity at a fixed sensitivity, with both in each other's place.

    Arguments and errors are those of `sensitivity_at`; ``between="observed"`` is the highest
    specificity that one threshold has with at least this sensitivity.

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> print(specificity_at(score, malignant, 0.6, plan=Plan(replicates=200, seed=1)).value(2))
        1.00 (0.33–1.00)
    """
    return _point(score, malignant, sensitivity, "sensitivity", between, patient, plan)


def _point(
    score: np.ndarray,
    malignant: np.ndarray,
    at: float,
    axis: str,
    between: str,
    patient: np.ndarray | None,
    plan: Plan,
) -> Result:
    score, malignant = _checked(score, malignant)
    other = "sensitivity" if axis == "specificity" else "specificity"
    return _one(
        f"{other} at {axis} {half_up(at, 3)}",
        lambda weights: resampled_roc.other_at(
            weights, score, malignant, at, axis=axis, between=between
        ),
        (malignant, patient, plan, PEPE),
    )


def _one(name: str, metric: Callable[[np.ndarray], np.ndarray], rest: tuple) -> Result:
    """Return the result of one metric of weights."""
    malignant, patient, plan, source = rest
    resampled = resample(lambda weights: metric(weights)[:, None], malignant, patient, plan)
    return results([name], resampled, len(malignant), plan, source=source)[0]
