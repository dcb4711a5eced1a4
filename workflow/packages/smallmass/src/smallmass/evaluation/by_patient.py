"""What an image model is worth on some lesions, with intervals that know of patients.

AUROC by DeLong with Obuchowski's variance on the logit scale, mean Dice with a robust error, the
share of lesions found with Wilson's interval at the effective sample size; all of them with the
degrees of freedom that few or unequal patients leave.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from diagnostic_accuracy.clustered import clustered_mean, clustered_proportion
from diagnostic_accuracy.clustered_roc import clustered_auroc, clustered_auroc_test
from diagnostic_accuracy.results import Result
from diagnostic_accuracy.roc import auroc, fewest
from smallmass.words import Metric

METRICS = (Metric.AUROC, Metric.DICE, Metric.FOUND)
LOSS = "_loss"  # behind a metric's name
LOCALISED = ("found", "dice")
READ = ("image_score", *LOCALISED)
"""What a model reads of a case, by the columns of ``scores.csv``."""


def mean_over_seeds(scores: pd.DataFrame, names: Sequence[str] = READ) -> pd.DataFrame:
    """Return case_id and some of `READ` as float, means over seeds; NaN without an outline.

    Args:
        scores: ``scores.csv``, numbers or their text.
        names: Which of `READ`.
    """
    numbers = scores.assign(**{name: pd.to_numeric(scores[name]) for name in names})
    means = numbers.groupby("case_id", sort=False)[list(names)].mean()
    return means.astype(float).reset_index()


def counts(lesions: pd.DataFrame) -> dict[str, int]:
    """Return how many lesions, malignant ones and patients a table's row is about.

    Args:
        lesions: malignant (bool), patient.
    """
    return {
        "lesions": len(lesions),
        "malignant": int(lesions["malignant"].sum()),
        "patients": lesions["patient"].nunique(),
    }


def cells(result: Result) -> dict[str, Any]:
    """Return a result as a table's cells: metric, estimate, its interval, how it was made, note."""
    return {
        "metric": result.name,
        "estimate": result.estimate,
        "ci_low": result.low,
        "ci_high": result.high,
        "ci_method": result.method if math.isfinite(result.low) else "",
        "note": result.note,
    }


def measured(lesions: pd.DataFrame, confidence: float) -> list[Result]:
    """Return each of `METRICS` on some lesions; those without an outline have no Dice.

    Args:
        lesions: image_score, malignant (bool), patient, and found and dice, NaN without an outline.
        confidence: Of the intervals, in (0, 1).
    """
    outlined = lesions.dropna(subset=["found"])
    if outlined.empty:
        localised = [missing(metric, "no outlines") for metric in (Metric.DICE, Metric.FOUND)]
    else:
        patient = outlined["patient"].to_numpy()
        localised = [
            clustered_mean(
                outlined["dice"].to_numpy(), patient, name=Metric.DICE, confidence=confidence
            ),
            _found(outlined["found"].to_numpy(), patient, confidence),
        ]
    return [measured_auroc(lesions, confidence), *localised]


def losses(both: pd.DataFrame, confidence: float) -> list[Result]:
    """Return the loss of each of `METRICS`: one model less another, on the same lesions.

    Args:
        both: What the one read (as for `measured`), and with ``_other`` behind its name what the
            other did.
        confidence: Of the intervals, in (0, 1).
    """
    score, malignant, patient = arrays(both)
    if len(both) == 0 or fewest(malignant, patient) < 2:
        lost = [missing(Metric.AUROC, "too few patients of a label")]
    else:
        other = both["image_score_other"].to_numpy()
        lost = [clustered_auroc_test(score, other, malignant, patient, confidence=confidence)]
    outlined = both.dropna(subset=["found"])
    for metric in (Metric.DICE, Metric.FOUND):
        gap = (outlined[metric] - outlined[f"{metric}_other"]).to_numpy()
        lost.append(
            clustered_mean(
                gap,
                outlined["patient"].to_numpy(),
                name=metric,
                confidence=confidence,
                limits=(-1, 1),
            )
            if len(gap)
            else missing(metric, "no outlines")
        )
    return [
        replace(result, name=f"{metric}{LOSS}")
        for metric, result in zip(METRICS, lost, strict=True)
    ]


def measured_auroc(lesions: pd.DataFrame, confidence: float) -> Result:
    """Return the AUROC of some lesions; its interval takes a patient's as one draw.

    Args:
        lesions: image_score, malignant (bool), patient.
        confidence: Of the interval, in (0, 1).
    """
    score, malignant, patient = arrays(lesions)
    if malignant.all() or not malignant.any():
        return missing(Metric.AUROC, "not both labels")
    if fewest(malignant, patient) < 2:
        area = auroc(score, malignant)
        return replace(missing(Metric.AUROC, "no interval: one patient of a label"), estimate=area)
    return replace(
        clustered_auroc(score, malignant, patient, confidence=confidence), name=Metric.AUROC
    )


def _found(found: np.ndarray, patient: np.ndarray, confidence: float) -> Result:
    """Return the share of lesions found; of several seeds the mean share, which is no count."""
    if np.isin(found, (0, 1)).all():
        return clustered_proportion(
            found == 1, patient, name=Metric.FOUND, method="cluster-wilson", confidence=confidence
        )
    return clustered_mean(found, patient, name=Metric.FOUND, confidence=confidence)


def arrays(lesions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return scores float, malignant bool, and patients text, each ``(lesions,)``."""
    return (
        lesions["image_score"].to_numpy(float),
        lesions["malignant"].to_numpy(bool),
        lesions["patient"].to_numpy(str),
    )


def missing(metric: str, why: str) -> Result:
    """Return the result of what cannot be had, with why."""
    return Result(name=metric, estimate=math.nan, method="", source="", n=0, note=why)
