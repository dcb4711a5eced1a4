"""``intervals.csv``: every proportion with its interval by every method (A24), side by side.

Table 2 prints the one that ``table2.interval`` names. A reader sees here what the choice changes.
"""

import numpy as np
import pandas as pd

from diagnostic_accuracy.clustered import CLUSTER_INTERVALS
from diagnostic_accuracy.proportions import PROPORTION_INTERVALS
from smallmass.evaluation.cases import KEY, CaseSet, case_sets, join_notes
from smallmass.evaluation.measured import Hits, measured_proportions
from smallmass.evaluation.metrics import CALL_METRICS, counted, width_note
from smallmass.evaluation.remarks import Remarks
from smallmass.settings import Settings
from smallmass.words import CALLING

COLUMNS = [*KEY, "seed", "model", "metric", "method", "estimate", "ci_low", "ci_high",
           "numerator", "denominator", "ci_method", "note"]  # fmt: skip
METHODS = (*PROPORTION_INTERVALS, *CLUSTER_INTERVALS)


def intervals(predictions: pd.DataFrame, cohort: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return ``intervals.csv`` for the calls of every model's mean score.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``.
        settings: The study's ``seed``, ``cohort`` and ``evaluation``.
    """
    rows = []
    for cases in case_sets(predictions, cohort, settings.cohort):
        for model in CALLING:
            rows += _of_model(cases, model, settings)
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({"numerator": "Int64", "denominator": "Int64"})


def _of_model(cases: CaseSet, model: str, settings: Settings) -> list[dict]:
    """Return a row a metric and method; none where the model has no calls."""
    call = cases.call(model)
    called = ~np.isnan(call)
    malignant, table = cases.malignant[called], cases.cases[called]
    beside = Remarks().beside(model, cases)
    rows = []
    several = [
        Hits(metric, *counted(metric, call[called] == 1, malignant), table)
        for metric in (CALL_METRICS if called.any() else ())
    ]
    results = {method: measured_proportions(several, settings, method) for method in METHODS}
    for i, hits in enumerate(several):
        for method in METHODS:
            result = results[method][i]
            rows.append(
                {
                    **cases.key_of(model),
                    "seed": "all",
                    "model": model,
                    "metric": hits.metric,
                    "method": method,
                    "estimate": result.estimate,
                    "ci_low": result.low,
                    "ci_high": result.high,
                    "numerator": result.count,
                    "denominator": int(hits.among.sum()),
                    "ci_method": result.method,
                    "note": join_notes(result.note, width_note(result), *beside),
                }
            )
    return rows
