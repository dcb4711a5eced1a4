"""``rivals.csv``: each rival beside the study's models, on the test cases that both have read."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from diagnostic_accuracy.results import Result
from diagnostic_accuracy.roc import fewest
from smallmass.evaluation.cases import (
    KEY,
    CaseSet,
    calls,
    case_sets,
    join_notes,
    patients,
    several_note,
)
from smallmass.evaluation.comparisons import Right, paired_test, right_calls
from smallmass.evaluation.measured import (
    Hits,
    Scored,
    measured_auroc,
    measured_proportion,
    unmeasured,
)
from smallmass.evaluation.metrics import class_note, counted
from smallmass.evaluation.model_differences import auroc_test
from smallmass.rivals.rival import Part, Rival
from smallmass.settings import Settings
from smallmass.words import CALLING, PAIRED_METRICS, Metric, Model, Split

STUDY = "study"
ENDS = ("", "_low", "_high")
COLUMNS = [
    *KEY,
    "part",
    "rival",
    "printed",
    "beside",
    "n",
    "n_malignant",
    "patients",
    *(f"auroc{end}" for end in ENDS),
    *(f"difference{end}" for end in ENDS),
    "p_value",
    *(f"{metric}{end}" for metric in PAIRED_METRICS for end in ENDS),
    *(f"{metric}_difference{end}" for metric in PAIRED_METRICS for end in (*ENDS, "_p")),
    "core_minutes",
    "reads",
    "note",
]


def rivals(
    parts: Sequence[Part],
    *,
    predictions: pd.DataFrame,
    cohort: pd.DataFrame,
    settings: Settings,
    costs: Mapping[str, float],
) -> pd.DataFrame:
    """Return ``rivals.csv``: a row a set of test cases, rival, and model that it stands beside.

    A difference is the rival less the model; both are of the cases that both have a score or, of
    calls, a call of.

    Args:
        parts: The rivals.
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``, for sizes.
        settings: The study's ``seed``, ``cohort`` and ``evaluation``.
        costs: Core-minutes by the name of a part, `STUDY` among them; missing where unknown.
    """
    rows: list[dict[str, Any]] = []
    for cases in case_sets(predictions, cohort, settings.cohort):
        if cases.split != Split.TEST:
            continue
        rows += [
            _of_study(cases, model, settings, costs)
            for model in Model
            if np.isfinite(cases.score(model)).any()
        ]
        for part in parts:
            for rival in part.rivals:
                rows += _of_rival(cases, part.name, rival, settings, costs)
    table = pd.DataFrame(rows, columns=COLUMNS)
    numbers = [name for name in COLUMNS[COLUMNS.index("auroc") : COLUMNS.index("core_minutes")]]
    return table.round(dict.fromkeys(numbers, 6) | {"core_minutes": 2})


def _of_study(
    cases: CaseSet, model: Model, settings: Settings, costs: Mapping[str, float]
) -> dict[str, Any]:
    """Return the row of one of the study's models, which stands beside none."""
    call = cases.call(model) if model in CALLING else np.full(len(cases.cases), np.nan)
    row = cases.key_of(model) | {
        "part": STUDY,
        "rival": model.value,
        "printed": model.short,
        "core_minutes": costs.get(STUDY, math.nan) if model == Model.IMAGE else math.nan,
    }
    return row | _read(cases, cases.score(model), call, settings)


def _of_rival(
    cases: CaseSet, part: str, rival: Rival, settings: Settings, costs: Mapping[str, float]
) -> Iterable[dict[str, Any]]:
    """Yield a row for each of the study's models that has read these cases."""
    own = cases.cases[["case_id"]].merge(rival.cases, on="case_id", how="left", validate="m:1")
    score, call = own["score"].to_numpy(float), calls(own["call"])
    for model in CALLING:
        its = cases.score(model)
        both = np.isfinite(its) & (np.isfinite(score) | np.isfinite(call))
        if not both.any():
            continue
        part_of = CaseSet(cases.cohort, cases.subset, cases.split, cases.fit, cases.cases[both])
        head = cases.key | {
            "fit": rival.fit,
            "part": part,
            "rival": rival.name,
            "printed": rival.printed,
            "beside": model.value,
            "core_minutes": costs.get(part, math.nan),
            "reads": rival.reads,
        }
        alone = _read(part_of, score[both], call[both], settings)
        paired = _beside(part_of, model, score[both], call[both], settings)
        missing = len(both) - int(both.sum())
        left = f"{missing} cases that one of both has not read left out" if missing else ""
        yield head | alone | paired | {"note": join_notes(alone["note"], paired["note"], left)}


def _read(
    cases: CaseSet, score: np.ndarray, call: np.ndarray, settings: Settings
) -> dict[str, Any]:
    """Return how well scores and calls of some cases do."""
    scored, malignant, table = np.isfinite(score), cases.malignant, cases.cases
    why = class_note(malignant[scored])
    area = unmeasured(Metric.AUROC)
    if not why:
        area = measured_auroc(Scored(score[scored], malignant[scored], table[scored]), settings)
    row = {
        "n": len(table),
        "n_malignant": int(malignant.sum()),
        "patients": len(set(patients(table))),
        **_ends("auroc", area),
    }
    known = np.isfinite(call)
    for metric in PAIRED_METRICS:
        hit, among = counted(metric, call[known] == 1, malignant[known])
        row |= _ends(metric, measured_proportion(Hits(metric, hit, among, table[known]), settings))
    return row | {"note": join_notes(area.note, why if scored.any() else "")}


def _beside(
    cases: CaseSet, model: Model, score: np.ndarray, call: np.ndarray, settings: Settings
) -> dict[str, Any]:
    """Return the differences, a rival less a model of the study."""
    its, malignant = cases.score(model), cases.malignant
    row: dict[str, Any] = {}
    notes = []
    both = np.isfinite(score)
    whose = patients(cases.cases)
    if both.any() and fewest(malignant[both], whose[both]) >= 2:
        pair = np.stack([its[both], score[both]])
        result, aware = auroc_test(pair, malignant[both], whose[both], settings)
        row = {**_ends("difference", result), "p_value": result.p_value}
        notes = [result.note, "" if aware else several_note(cases.cases)]
    its_call = cases.call(model)
    called = ~np.isnan(call) & ~np.isnan(its_call)
    for metric in PAIRED_METRICS:
        right = right_calls(its_call[called] == 1, call[called] == 1, malignant[called], metric)
        if not len(right[0]):
            continue
        among = malignant[called] == (metric == Metric.SENSITIVITY)
        tested, gap = paired_test(Right(*right, whose[called][among]), settings.evaluation)
        name = f"{metric}_difference"
        row |= {**_ends(name, gap), f"{name}_p": tested.p_value}
    return row | {"note": join_notes(*notes)}


def _ends(name: str, result: Result) -> dict[str, float]:
    """Return an estimate and its interval as columns."""
    values = (result.estimate, result.low, result.high)
    return {f"{name}{end}": value for end, value in zip(ENDS, values, strict=True)}
