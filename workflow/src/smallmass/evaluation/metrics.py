"""What is measured of a call or a score, said once for estimates and for resamples."""

import numpy as np

CALL_METRICS = ("sensitivity", "specificity", "accuracy", "ppv", "npv")
SCORE_METRICS = ("auroc", "brier")
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


def empty_note(metric: str) -> str:
    """Return why a proportion without cases cannot be had."""
    return _EMPTY[metric]


def class_note(malignant: np.ndarray) -> str:
    """Return why there is no ROC curve of these cases, or an empty text."""
    if not len(malignant):
        return "not estimable: no cases"
    if not malignant.any():
        return "not estimable: no malignant cases"
    return "not estimable: no benign cases" if malignant.all() else ""
