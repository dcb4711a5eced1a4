"""``rivals/outlines.csv``: how well rivals outline lesions, beside the image model."""

from dataclasses import replace

import numpy as np
import pandas as pd

from diagnostic_accuracy.clustered import clustered_mean
from diagnostic_accuracy.results import Result
from smallmass.evaluation.by_patient import LOCALISED, mean_over_seeds, measured
from smallmass.evaluation.cases import KEY, case_sets, patients
from smallmass.settings import CohortSettings
from smallmass.words import Fit, Label, Metric, Model, Split

METRICS = (Metric.DICE, Metric.FOUND)
COLUMNS = [*KEY, "rival", "metric", "n", "estimate", "ci_low", "ci_high", "difference",
           "difference_low", "difference_high", "note"]  # fmt: skip


def outline_table(
    localised: pd.DataFrame,
    scores: pd.DataFrame,
    *,
    predictions: pd.DataFrame,
    cohort: pd.DataFrame,
    limits: CohortSettings,
    confidence: float,
) -> pd.DataFrame:
    """Return a row a set of test cases, rival and metric; the image model's own come first.

    A difference is the rival less the image model, on the lesions that both have read.

    Args:
        localised: Of `imported.imported_part`: rival, case_id, found, dice.
        scores: ``image_model/scores.csv``.
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``, for sizes.
        limits: The settings ``max_diameter_cm`` (cm) and ``inclusive`` (A04).
        confidence: Of the intervals, in (0, 1).
    """
    own = mean_over_seeds(scores[scores["fit"] == Fit.HELD_OUT], LOCALISED)
    rows = []
    for cases in case_sets(predictions, cohort, limits):
        if cases.split != Split.TEST:
            continue
        lesions = cases.cases.merge(own, on="case_id").assign(
            malignant=lambda table: table["label"] == Label.MALIGNANT,
            patient=patients,
        )
        rows += [
            _row(cases.key, Model.IMAGE, result, None)
            for result in measured(lesions, confidence)
            if result.name in METRICS
        ]
        for name, part in localised.groupby("rival", sort=False):
            both = lesions.dropna(subset=["dice"]).merge(
                part[["case_id", "found", "dice"]], on="case_id", suffixes=("_image", "")
            )
            if both.empty:
                continue
            whose = both["patient"].to_numpy()
            for metric in METRICS:
                value, its = (both[f"{metric}{of}"].to_numpy(float) for of in ("", "_image"))
                mean = clustered_mean(value, whose, name=metric, confidence=confidence)
                gap = clustered_mean(
                    value - its, whose, name=metric, confidence=confidence, limits=(-1, 1)
                )
                rows.append(_row(cases.key, str(name), replace(mean, n=len(both)), gap))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.round(dict.fromkeys(COLUMNS[COLUMNS.index("estimate") : -1], 6))


def _row(key: dict[str, str], rival: str, result: Result, gap: Result | None) -> dict:
    """Return a row; ``gap`` is the difference to the image model."""
    ends = (gap.estimate, gap.low, gap.high) if gap else (np.nan,) * 3
    return key | {
        "rival": str(rival),
        "metric": result.name,
        "n": result.n,
        "estimate": result.estimate,
        "ci_low": result.low,
        "ci_high": result.high,
        "difference": ends[0],
        "difference_low": ends[1],
        "difference_high": ends[2],
        "note": result.note,
    }
