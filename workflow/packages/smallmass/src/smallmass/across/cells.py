"""Each metric of each model on each set, with an interval that knows of patients.

A loss is how much worse a model reads a set than the model of that set alone: both on the same
lesions, those of the set's own test part.
"""

from collections.abc import Mapping

import pandas as pd

from diagnostic_accuracy.results import Result
from smallmass.across.train_sets import ONLY, TrainSet
from smallmass.combined.scores import patients
from smallmass.evaluation import by_patient
from smallmass.evaluation.by_patient import READ, counts, losses, mean_over_seeds, measured
from smallmass.evaluation.cases import join_notes
from smallmass.evaluation.metrics import width_note
from smallmass.words import Label, Split

COLUMNS = [
    "train",
    "test",
    "part",
    "metric",
    "estimate",
    "ci_low",
    "ci_high",
    "lesions",
    "malignant",
    "patients",
    "ci_method",
    "note",
]
ALL, HELD_OUT = "all", "held_out"


def cells(
    models: list[TrainSet],
    scores: Mapping[str, pd.DataFrame],
    splits: Mapping[str, pd.DataFrame],
    *,
    cohort: pd.DataFrame,
    split: pd.DataFrame,
    confidence: float,
) -> pd.DataFrame:
    """Return ``across.csv``: a row a model, test set and metric, ``{metric}_loss`` among these.

    Args:
        models: What trained each.
        scores: By the model's name: case_id, seed, fit, image_score, found, dice.
        splits: By the model's name: case_id, split; see `train_sets.split_of`.
        cohort: ``cohort.csv`` of all sets.
        split: case_id, split of all sets.
        confidence: Of the intervals, in (0, 1).
    """
    held_out = set(split.loc[split["split"] == Split.TEST, "case_id"])
    read = {model.name: _tested(scores[model.name], splits[model.name], cohort) for model in models}
    rows = []
    for model in models:
        for name in cohort["cohort"].drop_duplicates():
            lesions = read[model.name][name]
            part = HELD_OUT if name in model.cohorts else ALL
            results = measured(lesions, confidence)
            rows += [_row(model, name, part, lesions, result) for result in results]
            own = read.get(f"{ONLY}_{name}", {}).get(name)
            if own is None or model.cohorts == (name,):
                continue
            both = own[own["case_id"].isin(held_out)].merge(
                lesions[["case_id", *READ]], on="case_id", suffixes=("", "_other")
            )
            lost = losses(both, confidence)
            rows += [_row(model, name, HELD_OUT, both, result) for result in lost]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.round({"estimate": 6, "ci_low": 6, "ci_high": 6})


def _tested(
    scores: pd.DataFrame, split: pd.DataFrame, cohort: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return the lesions that a model is tested on, by cohort; what it read is means over seeds."""
    columns = ["case_id", "cohort", "patient_id", "label"]
    table = split[split["split"] == Split.TEST].merge(cohort[columns], on="case_id")
    table = table.merge(mean_over_seeds(scores), on="case_id", validate="1:1")
    table["malignant"] = table["label"] == Label.MALIGNANT
    table["patient"] = patients(table)
    return {
        name: table[table["cohort"] == name].reset_index(drop=True)
        for name in cohort["cohort"].drop_duplicates()
    }


def _row(model: TrainSet, test: str, part: str, lesions: pd.DataFrame, result: Result) -> dict:
    unknown = int(lesions["patient_id"].isna().sum())
    notes = [
        f"{unknown} lesions of unknown patients, each taken as one's own" if unknown else "",
        width_note(result),
        result.note,
    ]
    return {
        "train": model.name,
        "test": test,
        "part": part,
        **counts(lesions),
        **by_patient.cells(result),
        "note": join_notes(*notes),
    }
