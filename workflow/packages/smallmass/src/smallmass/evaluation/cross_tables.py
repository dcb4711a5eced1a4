"""``cross_tables.csv``: each model's calls against the truth, and images without any region."""

import numpy as np
import pandas as pd

from diagnostic_accuracy.decision import CallTable
from smallmass.evaluation.cases import KEY, case_sets
from smallmass.settings import Settings
from smallmass.words import CALLING, Model

CELLS = ("true_positive", "false_negative", "false_positive", "true_negative")
COLUMNS = [*KEY, "model", *CELLS, "malignant_without_call", "benign_without_call",
           "malignant_without_region", "benign_without_region"]  # fmt: skip


def cross_tables(
    predictions: pd.DataFrame, scores: pd.DataFrame, cohort: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Return ``cross_tables.csv``.

    An image in which no seed's network found a region has the score 0 and so a call: how many
    there are stands beside the result of the image model.

    Args:
        predictions: ``predictions.csv``.
        scores: ``image_model/scores.csv``.
        cohort: ``cohort.csv``.
        settings: The study's ``cohort``.
    """
    found = scores.assign(region=scores["detection"].notna())
    found = found.groupby(["case_id", "fit"], sort=False)["region"].any()
    rows = []
    for cases in case_sets(predictions, cohort, settings.cohort):
        keys = pd.MultiIndex.from_frame(cases.cases[["case_id", "fit"]])
        empty = ~found.reindex(keys).fillna(True).to_numpy(bool)
        ill = cases.malignant
        for model in CALLING:
            call = cases.call(model)
            known = ~np.isnan(call)
            table = CallTable.of(call[known] == 1, ill[known])
            row: dict[str, object] = {**cases.key_of(model), "model": model}
            row |= {cell: getattr(table, cell) for cell in CELLS}
            row |= {
                "malignant_without_call": int((~known & ill).sum()),
                "benign_without_call": int((~known & ~ill).sum()),
            }
            if model == Model.IMAGE:
                row["malignant_without_region"] = int((empty & ill).sum())
                row["benign_without_region"] = int((empty & ~ill).sum())
            rows.append(row)
    counts = {name: "Int64" for name in COLUMNS[len(KEY) + 1 :]}
    return pd.DataFrame(rows, columns=COLUMNS).astype(counts)
