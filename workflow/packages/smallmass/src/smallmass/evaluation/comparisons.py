"""``comparisons.csv``: the image model against each combined model on the same lesions."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from diagnostic_accuracy.clustered_paired import (
    CLUSTER_TESTS,
    clustered_difference,
    clustered_mcnemar,
)
from diagnostic_accuracy.paired import MCNEMAR_VARIANTS, PairedTable, holm, mcnemar
from diagnostic_accuracy.paired_differences import paired_difference
from diagnostic_accuracy.results import Result
from smallmass.evaluation.cases import (
    COMBINED,
    KEY,
    CaseSet,
    case_sets,
    join_notes,
    patients,
    several_note,
)
from smallmass.evaluation.metrics import counted, empty_note, width_note
from smallmass.evaluation.remarks import Remarks
from smallmass.options import DifferenceInterval
from smallmass.settings import EvaluationSettings, Settings
from smallmass.words import PAIRED_METRICS, Metric, Model

COLUMNS = [*KEY, "model_a", "model_b", "metric", "both", "gained", "lost", "neither", "test",
           "statistic", "p_value", "p_holm", "difference", "ci_low", "ci_high", "ci_method",
           "note"]  # fmt: skip


def comparisons(
    *,
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
    remarks = Remarks(operating_points)
    evaluation = settings.evaluation
    tables = [pd.DataFrame(columns=COLUMNS)]
    for cases in case_sets(predictions, cohort, settings.cohort):
        rows = [
            _compare(cases, model, metric, evaluation, remarks)
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
    remarks: Remarks,
) -> dict:
    """Return one row: a combined model against the image model."""
    first, second = cases.call(Model.IMAGE), cases.call(model)
    both = ~np.isnan(first) & ~np.isnan(second)
    row = {**cases.key_of(model), "model_a": Model.IMAGE, "model_b": model, "metric": metric}
    if not both.any():
        empty = Model.IMAGE if np.isnan(first).all() else model
        return {**row, "p_value": math.nan, "note": remarks.no_score(empty, cases)}
    right = right_calls(first[both] == 1, second[both] == 1, cases.malignant[both], metric)
    table = PairedTable.of(*right)
    if not table.n:
        return {**row, "p_value": math.nan, "note": empty_note(metric)}
    compared = cases.cases[both & (cases.malignant == (metric == Metric.SENSITIVITY))]
    result, difference = paired_test(Right(*right, patients(compared)), evaluation)
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
            difference.note if evaluation.difference_interval == DifferenceInterval.CLUSTER else "",
            *remarks.beside(model, cases),
        ),
    }


def _independence(compared: pd.DataFrame, evaluation: EvaluationSettings) -> str:
    """Return which of test and interval ignores that patients have several cases."""
    note = several_note(compared)
    test = evaluation.mcnemar in CLUSTER_TESTS
    interval = evaluation.difference_interval == DifferenceInterval.CLUSTER
    if note and interval and not test:
        return f"{note} by the test"
    if note and test and not interval:
        return "the difference's interval takes cases of one patient as independent"
    return "" if test else note


@dataclass(frozen=True)
class Right:
    """Where the two models' calls are right, bool ``(cases,)`` each, and whose the cases are."""

    first: np.ndarray
    second: np.ndarray
    patient: np.ndarray

    @property
    def table(self) -> PairedTable:
        """The counts of the four cells."""
        return PairedTable.of(self.first, self.second)


def _of_counts(right: Right, variant: str) -> Result:
    return mcnemar(right.table, variant)


def _by_patient(right: Right, variant: str) -> Result:
    return clustered_mcnemar(right.first, right.second, right.patient, variant)


def _difference_of_counts(right: Right, method: str, confidence: float) -> Result:
    return paired_difference(right.table, method=method, confidence=confidence)


def _difference_by_patient(right: Right, method: str, confidence: float) -> Result:
    return clustered_difference(right.first, right.second, right.patient, confidence=confidence)


_TESTS: dict[str, Callable[[Right, str], Result]] = {
    **dict.fromkeys(MCNEMAR_VARIANTS, _of_counts),
    **dict.fromkeys(CLUSTER_TESTS, _by_patient),
}
_DIFFERENCES: dict[str, Callable[[Right, str, float], Result]] = {
    DifferenceInterval.NEWCOMBE: _difference_of_counts,
    DifferenceInterval.TANGO: _difference_of_counts,
    DifferenceInterval.CLUSTER: _difference_by_patient,
}


def paired_test(right: Right, evaluation: EvaluationSettings) -> tuple[Result, Result]:
    """Return McNemar's test and the difference, second less first, as the settings name them.

    Args:
        right: Of at least one case.
        evaluation: The settings ``mcnemar``, ``difference_interval`` and ``confidence``.
    """
    variant, interval = evaluation.mcnemar, evaluation.difference_interval
    difference = _DIFFERENCES[interval](right, interval, evaluation.confidence)
    return _TESTS[variant](right, variant), difference
