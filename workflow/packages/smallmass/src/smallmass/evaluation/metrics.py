"""What is measured of a call or a score, said once for estimates and for resamples."""

import numpy as np

from diagnostic_accuracy.proportions import PROPORTION_INTERVALS

CALL_METRICS = ("sensitivity", "specificity", "accuracy", "ppv", "npv")
_EMPTY = {
    "sensitivity": "not estimable: no malignant cases",
    "specificity": "not estimable: no benign cases",
    "accuracy": "not estimable: no cases",
    "ppv": "not estimable: no positive calls",
    "npv": "not estimable: no negative calls",
}


def counted(metric: str, call: np.ndarray, malignant: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which cases count as right, and among which, for a proportion.

    Args:
        metric: One of `CALL_METRICS`.
        call: bool ``(cases,)`` or ``(rows, cases)``, called malignant.
        malignant: bool ``(cases,)``.
    """
    everyone = np.ones(malignant.shape, bool)
    if metric == "sensitivity":
        return call, malignant
    if metric == "specificity":
        return ~call, ~malignant
    if metric == "accuracy":
        return call == malignant, everyone
    if metric == "ppv":
        return malignant & call, call
    if metric == "npv":
        return ~malignant & ~call, ~call
    raise ValueError(f"metric is {metric!r}; allowed: {', '.join(CALL_METRICS)}")


def call_metrics(
    true_positive: np.ndarray, false_positive: np.ndarray, ill: np.ndarray, well: np.ndarray
) -> np.ndarray:
    """Return all of `CALL_METRICS` from counts, ``(rows, metrics)``; NaN where no case counts.

    Args:
        true_positive: float ``(rows,)``, malignant cases that are called.
        false_positive: float ``(rows,)``, benign cases that are called.
        ill: float ``(rows,)``, malignant cases.
        well: float ``(rows,)``, benign cases.
    """
    true_negative = well - false_positive
    right = true_positive + true_negative
    above = (true_positive, true_negative, right, true_positive, true_negative)
    called = true_positive + false_positive
    below = (ill, well, ill + well, called, ill + well - called)
    quotient = np.full((len(ill), len(CALL_METRICS)), np.nan)
    for i, (over, under) in enumerate(zip(above, below, strict=True)):
        np.divide(over, under, out=quotient[:, i], where=under > 0)
    return quotient


def empty_note(metric: str) -> str:
    """Return why a proportion without cases cannot be had."""
    return _EMPTY[metric]


def of_counts(method: str) -> str:
    """Return an interval that needs no more than two counts: exact where a method needs cases.

    Resampling few cases gives an interval of no width too often to be worth it, and what is not
    counted by case has no patients.
    """
    return method if method in PROPORTION_INTERVALS and method != "bootstrap" else "clopper-pearson"


def class_note(malignant: np.ndarray) -> str:
    """Return why there is no ROC curve of these cases, or an empty text."""
    if not len(malignant):
        return "not estimable: no cases"
    if not malignant.any():
        return "not estimable: no malignant cases"
    return "not estimable: no benign cases" if malignant.all() else ""
