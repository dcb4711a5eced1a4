"""Results whose interval comes from resampling patients within classes."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diagnostic_accuracy import bootstrap as resampling
from diagnostic_accuracy import checked
from diagnostic_accuracy.results import Result

EFRON = "Efron 1987 (J Am Stat Assoc 82:171)"
INTERVALS = ("percentile", "bca")


@dataclass(frozen=True)
class Plan:
    """How to resample.

    Attributes:
        replicates: How many resamples; 0 gives no interval.
        seed: Of the resamples.
        interval: One of `INTERVALS`.
        confidence: Of the interval, in (0, 1).
    """

    replicates: int = 2_000
    seed: int = 0
    interval: str = "percentile"
    confidence: float = 0.95

    def __post_init__(self) -> None:
        """Refuse an interval that does not exist."""
        if self.interval not in INTERVALS:
            raise ValueError(f"interval is {self.interval!r}; allowed: {', '.join(INTERVALS)}")
        checked.count(self.replicates, "replicates")
        checked.confidence(self.confidence)


def resample(
    metrics: Callable[[np.ndarray], np.ndarray],
    malignant: np.ndarray,
    patient: np.ndarray | None,
    plan: Plan,
) -> resampling.Bootstrap:
    """Compute metrics on the cases as they are and on resamples of patients within classes.

    Args:
        metrics: Maps weights ``(rows, cases)`` to ``(rows, metrics)``.
        malignant: bool ``(cases,)``: the strata.
        patient: ``(cases,)``, whom each case belongs to; None: each case is a patient.
        plan: How to resample.
    """
    patient = np.arange(len(malignant)) if patient is None else checked.patients(patient)
    groups = resampling.clusters(patient, checked.labels(malignant, "labels"))
    return resampling.bootstrap(metrics, groups, plan.replicates, plan.seed)


def results(
    names: list[str],
    resampled: resampling.Bootstrap,
    n: int,
    plan: Plan,
    *,
    source: str,
    how: str = "",
) -> list[Result]:
    """Return a result a metric of a bootstrap.

    Args:
        names: Of the metrics.
        resampled: The bootstrap.
        n: Number of cases.
        plan: How was resampled.
        source: Of the metrics' formula.
        how: What a reader must know of how the replicates were made.
    """
    bca = plan.interval == "bca"
    ends = (resampling.bca if bca else resampling.percentile)(resampled, plan.confidence)
    method = "bootstrap, BCa" if bca else "bootstrap, percentile"
    interval_source = EFRON if bca else resampling.DAVISON_HINKLEY
    return [
        Result(
            name=name,
            estimate=float(estimate),
            low=math.nan if math.isnan(estimate) else float(low),
            high=math.nan if math.isnan(estimate) else float(high),
            confidence=plan.confidence,
            method=", ".join(part for part in (method, how) if part),
            source=f"{source}; interval: {interval_source}",
            n=n,
            note=_note(replicates, low, plan.replicates),
        )
        for name, estimate, low, high, replicates in zip(
            names, resampled.estimate, *ends, resampled.replicates.T, strict=True
        )
    ]


def _note(replicates: np.ndarray, low: float, planned: int) -> str:
    """Return how many replicates there were, how many without a value, and why no interval."""
    missing = int((~np.isfinite(replicates)).sum())
    parts = [f"{planned} replicates"]
    if missing:
        parts.append(f"{missing} of them without a value, left out")
    if planned and math.isnan(low):
        parts.append("no interval: all replicates lie on one side of the estimate")
    return ", ".join(parts)
