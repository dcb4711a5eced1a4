"""The Youden point of one data set, and how much better it looks there than it is.

A threshold chosen where it is judged flatters. Resampling shows by how much, and how wide an
interval is that knows of the choice beside the usual one that does not.
"""

from dataclasses import dataclass, replace

import numpy as np

from diagnostic_accuracy import bootstrap as resampling
from diagnostic_accuracy.printing import PrintedTable, Prints
from diagnostic_accuracy.resampled import Plan, resample, results
from diagnostic_accuracy.results import Result, result_table
from diagnostic_accuracy.roc import YOUDEN, _checked, youden_threshold

HARRELL = "Harrell, Lee & Mark 1996 (Stat Med 15:361), by the bootstrap of Efron 1983"
_DEFAULT = Plan()


@dataclass(frozen=True)
class YoudenPoint(Prints):
    """A Youden threshold with what is known of it from the data that chose it.

    Attributes:
        threshold: Cases with at least this score are called malignant.
        fixed: Sensitivity, specificity and Youden index with the threshold held: the naive
            intervals.
        reselected: The same with the threshold selected again in each replicate.
        optimism: How much higher the index is where the threshold was chosen.
        corrected: The index less the optimism.
    """

    threshold: float
    fixed: tuple[Result, ...]
    reselected: tuple[Result, ...]
    optimism: Result
    corrected: Result

    @property
    def results(self) -> tuple[Result, ...]:
        """All results, for `result_table`."""
        return (*self.fixed, *self.reselected, self.optimism, self.corrected)

    def text(self, digits: int = 3) -> str:
        """Return the threshold and a line a result."""
        lines = [
            f"threshold: {self.threshold:g}",
            *(result.text(digits) for result in self.results),
        ]
        return "\n".join(lines)

    def table(self, digits: int = 3) -> PrintedTable:
        """Return a line a result."""
        return result_table(self.results, digits)

    def __str__(self) -> str:
        return self.text()


def youden_point(
    score: np.ndarray,
    malignant: np.ndarray,
    *,
    tie: str = "specificity",
    patient: np.ndarray | None = None,
    plan: Plan = _DEFAULT,
) -> YoudenPoint:
    """Select the Youden threshold and measure its optimism.

    The optimism is the mean, over replicates, of the index of a resample's own threshold in that
    resample less the index of the same threshold in the cases as they are.

    Args:
        score: float ``(cases,)``; higher means more likely malignant.
        malignant: bool ``(cases,)``.
        tie: Among equal indices: ``"specificity"``, the highest threshold, or ``"sensitivity"``,
            the lowest.
        patient: ``(cases,)``, whom each case belongs to; None: each case is a patient.
        plan: Replicates (at least 1), seed, kind of interval.

    Raises:
        ValueError: If a score is not finite, a class is empty, ``tie`` is unknown or there is no
            replicate.

    Example:
        >>> score = np.array([0.1, 0.3, 0.4, 0.6, 0.7, 0.9])
        >>> malignant = np.array([False, False, True, False, True, True])
        >>> point = youden_point(score, malignant, plan=Plan(replicates=200, seed=1))
        >>> print(point.threshold, point.fixed[0].value(2), point.corrected.value(2))
        0.7 0.67 (0.00–1.00) 0.47
    """
    score, malignant = _checked(score, malignant)
    if plan.replicates < 1:
        raise ValueError("optimism needs at least one replicate")
    threshold = youden_threshold(score, malignant, tie)
    ones = np.ones((1, len(score)))

    def metrics(weights: np.ndarray) -> np.ndarray:
        again = resampling.youden_thresholds(weights, score, malignant, tie=tie)
        fixed = _rates(weights, np.broadcast_to(score >= threshold, weights.shape), malignant)
        moved_call = score >= again[:, None]
        moved = _rates(weights, moved_call, malignant)
        elsewhere = _rates(np.broadcast_to(ones, weights.shape), moved_call, malignant)[:, 2]
        return np.column_stack([fixed, moved, moved[:, 2] - elsewhere])

    resampled = resample(metrics, malignant, patient, plan)
    names = ["sensitivity", "specificity", "Youden index"]
    fixed = results(
        names,
        _columns(resampled, slice(0, 3)),
        len(score),
        plan,
        source=YOUDEN,
        how="threshold fixed",
    )
    moved = results(
        names,
        _columns(resampled, slice(3, 6)),
        len(score),
        plan,
        source=YOUDEN,
        how="threshold selected again in each replicate",
    )
    optimism = float(np.nanmean(resampled.replicates[:, 6]))
    result = Result(
        name="optimism of the Youden index",
        estimate=optimism,
        method="bootstrap, threshold selected again",
        source=HARRELL,
        n=len(score),
        note=f"{plan.replicates} replicates",
    )
    corrected = replace(
        result, name="Youden index less optimism", estimate=fixed[2].estimate - optimism
    )
    return YoudenPoint(threshold, tuple(fixed), tuple(moved), result, corrected)


def _rates(weights: np.ndarray, call: np.ndarray, malignant: np.ndarray) -> np.ndarray:
    """Return sensitivity, specificity and Youden index of calls, ``(rows, 3)``."""
    sensitivity = resampling.rate(weights, call, np.broadcast_to(malignant, call.shape))
    specificity = resampling.rate(weights, ~call, np.broadcast_to(~malignant, call.shape))
    return np.column_stack([sensitivity, specificity, sensitivity + specificity - 1])


def _columns(resampled: resampling.Bootstrap, columns: slice) -> resampling.Bootstrap:
    return resampling.Bootstrap(
        resampled.estimate[columns],
        resampled.replicates[:, columns],
        lambda: resampled.influence[:, columns],
    )
