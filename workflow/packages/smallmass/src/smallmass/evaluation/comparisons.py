"""``comparisons.csv``: the image model against each combined model on the same lesions."""

import math

import numpy as np
import pandas as pd

from diagnostic_accuracy.clustered_paired import (
    CLUSTER_TESTS,
    clustered_difference,
    clustered_mcnemar,
)
from diagnostic_accuracy.paired import PairedTable, holm, mcnemar
from diagnostic_accuracy.paired_differences import paired_difference
from diagnostic_accuracy.results import Result
from smallmass.evaluation import crossed
from smallmass.evaluation.cases import (
    COMBINED,
    KEY,
    CaseSet,
    case_sets,
    join_notes,
    patients,
    reasons,
    several_note,
    why_empty,
)
from smallmass.evaluation.metrics import counted, empty_note
from smallmass.evaluation.performance import width_note
from smallmass.settings import EvaluationSettings, Settings
from smallmass.words import PAIRED_METRICS

COLUMNS = [*KEY, "model_a", "model_b", "metric", "both", "gained", "lost", "neither", "test",
           "statistic", "p_value", "p_holm", "difference", "ci_low", "ci_high", "ci_method",
           "note"]  # fmt: skip
CLUSTER = "cluster"  # the interval of the difference that knows of patients


def comparisons(
    predictions: pd.DataFrame,
    cohort: pd.DataFrame,
    operating_points: list[dict],
    settings: Settings,
) -> pd.DataFrame:
    """Return ``comparisons.csv``: McNemar's test (A25), with Holm's P within a set of cases (A32).

    The four cells of each paired table stand beside it, and the difference with its interval.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``.
        operating_points: ``operating_points.json``.
        settings: The study's ``cohort`` and ``evaluation``.
    """
    known = reasons(operating_points, {})
    lacking = crossed.gaps(operating_points, {})
    evaluation = settings.evaluation
    tables = [pd.DataFrame(columns=COLUMNS)]
    for cases in case_sets(predictions, cohort, settings.cohort):
        rows = [
            _compare(cases, model, metric, evaluation, known, lacking)
            for model in COMBINED
            for metric in PAIRED_METRICS
        ]
        table = pd.DataFrame(rows, columns=COLUMNS)
        table["p_holm"] = holm(table["p_value"].to_numpy(np.float64))
        tables.append(table)
    table = pd.concat(tables[1:] or tables, ignore_index=True)
    return table.astype({cell: "Int64" for cell in ("both", "gained", "lost", "neither")})


def right_calls(
    first: np.ndarray, second: np.ndarray, malignant: np.ndarray, metric: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return where two models' calls are right, of the malignant or of the benign cases.

    Args:
        first: bool ``(cases,)``, called malignant by the first model.
        second: bool ``(cases,)``, by the second.
        malignant: bool ``(cases,)``.
        metric: ``sensitivity`` or ``specificity``.
    """
    right_first, among = counted(metric, first, malignant)
    right_second, _ = counted(metric, second, malignant)
    return right_first[among], right_second[among]


def _compare(
    cases: CaseSet,
    model: str,
    metric: str,
    evaluation: EvaluationSettings,
    known: dict,
    lacking: dict,
) -> dict:
    """Return one row: a combined model against the image model."""
    first, second = cases.call("image"), cases.call(model)
    both = ~np.isnan(first) & ~np.isnan(second)
    row = {**cases.key_of(model), "model_a": "image", "model_b": model, "metric": metric}
    if not both.any():
        why = crossed.reasons_in(cases, known, lacking)
        empty = "image" if np.isnan(first).all() else model
        return {**row, "p_value": math.nan, "note": why_empty(empty, why)}
    right = right_calls(first[both] == 1, second[both] == 1, cases.malignant[both], metric)
    table = PairedTable.of(*right)
    if not table.n:
        return {**row, "p_value": math.nan, "note": empty_note(metric)}
    compared = cases.cases[both & (cases.malignant == (metric == "sensitivity"))]
    result, difference = _test(*right, patients(compared), evaluation)
    missing = len(both) - int(both.sum())
    return {
        **row,
        "both": table.both,
        "gained": table.gained,
        "lost": table.lost,
        "neither": table.neither,
        "test": result.method,
        "statistic": result.statistic,
        "p_value": result.p_value,
        "difference": difference.estimate,
        "ci_low": difference.low,
        "ci_high": difference.high,
        "ci_method": difference.method,
        "note": join_notes(
            result.note,
            f"{missing} cases without both calls left out" if missing else "",
            _independence(compared, evaluation),
            width_note(difference),
            *crossed.notes(cases, model, lacking),
        ),
    }


def _independence(compared: pd.DataFrame, evaluation: EvaluationSettings) -> str:
    """Return which of test and interval ignores that patients have several cases."""
    note = several_note(compared)
    test, interval = evaluation.mcnemar in CLUSTER_TESTS, evaluation.difference_interval == CLUSTER
    if note and interval and not test:
        return f"{note} by the test"
    if note and test and not interval:
        return "the difference's interval takes cases of one patient as independent"
    return "" if test else note


def _test(first: np.ndarray, second: np.ndarray, patient: np.ndarray, evaluation: EvaluationSettings
          ) -> tuple[Result, Result]:  # fmt: skip
    """Return McNemar's test and the difference, by the methods that the settings name."""
    table, confidence = PairedTable.of(first, second), evaluation.confidence
    variant, interval = evaluation.mcnemar, evaluation.difference_interval
    if variant in CLUSTER_TESTS:
        result = clustered_mcnemar(first, second, patient, variant)
    else:
        result = mcnemar(table, variant)
    if interval == CLUSTER:
        return result, clustered_difference(first, second, patient, confidence=confidence)
    return result, paired_difference(table, method=interval, confidence=confidence)
