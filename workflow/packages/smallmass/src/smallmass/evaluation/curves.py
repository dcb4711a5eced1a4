"""``roc.csv`` and ``calibration.csv``: the curves behind the numbers."""

import numpy as np
import pandas as pd

from diagnostic_accuracy.calibration import calibration_bins
from diagnostic_accuracy.roc import roc_curve
from smallmass.evaluation.cases import MODELS, WHOLE, case_sets, join_notes
from smallmass.evaluation.metrics import class_note, of_counts
from smallmass.evaluation.remarks import Remarks
from smallmass.settings import Settings

ROC_COLUMNS = ["cohort", "split", "fit", "model", "threshold", "false_positive_rate",
               "true_positive_rate"]  # fmt: skip
BIN_COLUMNS = ["cohort", "split", "fit", "model", "bin", "n", "mean_score", "observed", "ci_low",
               "ci_high"]  # fmt: skip
BINS = 10


def roc(predictions: pd.DataFrame, cohort: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return ``roc.csv``; a model without scores, or a set of one class, has no rows.

    Where a set has lesions on both sides of the limit of size, a further column ``subset`` says
    which points are those of the smaller ones; a column ``note``, what must be said of
    cross-fitted models, where there are any.

    The first point of a curve has the threshold ``inf``: nobody is called malignant. A combined
    model's curve is of its ungated score (A21).

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``.
        settings: The study's ``cohort``.
    """
    tables = [pd.DataFrame(columns=ROC_COLUMNS)]
    for cases, model, score, malignant in _scored(predictions, cohort, settings):
        if class_note(malignant):
            continue
        curve = roc_curve(score, malignant)
        points = {
            "threshold": curve.threshold,
            "false_positive_rate": curve.false_positive_rate,
            "true_positive_rate": curve.true_positive_rate,
        }
        tables.append(_table(cases, model, points, ROC_COLUMNS))
    return _joined(tables)


def calibration(
    predictions: pd.DataFrame, cohort: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Return ``calibration.csv``: observed malignancy in bins of about equal size.

    Columns ``subset`` and ``note`` as in `roc`.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``.
        settings: The study's ``cohort`` and ``evaluation``.
    """
    evaluation = settings.evaluation
    method = of_counts(evaluation.proportion_interval)
    tables = [pd.DataFrame(columns=BIN_COLUMNS)]
    for cases, model, score, malignant in _scored(predictions, cohort, settings):
        bins = calibration_bins(
            score, malignant, BINS, method=method, confidence=evaluation.confidence
        )
        columns = {
            "bin": np.arange(1, len(bins.n) + 1),
            "n": bins.n,
            "mean_score": bins.mean_score,
            "observed": bins.observed,
            "ci_low": bins.low,
            "ci_high": bins.high,
        }
        tables.append(_table(cases, model, columns, BIN_COLUMNS))
    return _joined(tables)


def _scored(predictions, cohort, settings):
    """Yield cases, model, scores and labels of every set and model that has scores."""
    for cases in case_sets(predictions, cohort, settings.cohort):
        for model in MODELS:
            score = cases.score(model)
            scored = np.isfinite(score)
            if scored.any():
                yield cases, model, score[scored], cases.malignant[scored]


def _table(cases, model, columns, order) -> pd.DataFrame:
    fixed = {**cases.key_of(model), "model": model}
    note = join_notes(*Remarks().beside(model, cases))
    return pd.DataFrame({**fixed, **columns, "note": note})[["subset", *order, "note"]]


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return one table, without the columns ``subset`` and ``note`` where they say nothing."""
    table = pd.concat(tables[1:] or tables, ignore_index=True)
    silent = [
        name
        for name, word in (("subset", WHOLE), ("note", ""))
        if name in table and (table[name] == word).all()
    ]
    return table.drop(columns=silent)
