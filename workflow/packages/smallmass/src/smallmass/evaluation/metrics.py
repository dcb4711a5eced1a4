"""What is measured of a call or a score, said once for estimates and for resamples."""

import math
from collections.abc import Callable

import numpy as np

from diagnostic_accuracy.proportions import PROPORTION_INTERVALS
from diagnostic_accuracy.results import Result
from smallmass.options import ProportionInterval
from smallmass.status import Status
from smallmass.words import CALL_METRICS as CALL_METRICS
from smallmass.words import Metric

_COUNTED: dict[str, Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    Metric.SENSITIVITY: lambda call, malignant: (call, malignant),
    Metric.SPECIFICITY: lambda call, malignant: (~call, ~malignant),
    Metric.ACCURACY: lambda call, malignant: (call == malignant, np.ones(malignant.shape, bool)),
    Metric.PPV: lambda call, malignant: (malignant & call, call),
    Metric.NPV: lambda call, malignant: (~malignant & ~call, ~call),
}
NO_CASES = Status.not_estimable("no cases")
NO_MALIGNANT = Status.not_estimable("no malignant cases")
NO_BENIGN = Status.not_estimable("no benign cases")
NO_OUTLINES = Status.not_estimable("no outlines in these cases")
_EMPTY = {
    Metric.SENSITIVITY: NO_MALIGNANT,
    Metric.SPECIFICITY: NO_BENIGN,
    Metric.ACCURACY: NO_CASES,
    Metric.PPV: Status.not_estimable("no positive calls"),
    Metric.NPV: Status.not_estimable("no negative calls"),
}


def counted(metric: str, call: np.ndarray, malignant: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which cases count as right, and among which, for a proportion.

    Args:
        metric: One of `CALL_METRICS`.
        call: bool ``(cases,)`` or ``(rows, cases)``, called malignant.
        malignant: bool ``(cases,)``.

    Raises:
        ValueError: If there is no such metric of calls.
    """
    if metric not in _COUNTED:
        raise ValueError(f"metric is {metric!r}; allowed: {', '.join(CALL_METRICS)}")
    return _COUNTED[metric](call, malignant)


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
    return str(_EMPTY[Metric(metric)])


def of_counts(method: str) -> str:
    """Return an interval that needs no more than two counts: exact where a method needs cases.

    Resampling few cases gives an interval of no width too often to be worth it, and what is not
    counted by case has no patients.
    """
    known = method in PROPORTION_INTERVALS and method != ProportionInterval.BOOTSTRAP
    return method if known else ProportionInterval.CLOPPER_PEARSON


def class_note(malignant: np.ndarray) -> str:
    """Return why there is no ROC curve of these cases, or an empty text."""
    if not len(malignant):
        return str(NO_CASES)
    if not malignant.any():
        return str(NO_MALIGNANT)
    return str(NO_BENIGN) if malignant.all() else ""


def width_note(result: Result) -> str:
    """Return a warning where an interval has no width: it then says nothing of the spread."""
    same = math.isfinite(result.low) and result.low == result.high
    return f"{result.method} gives no width here" if same else ""
