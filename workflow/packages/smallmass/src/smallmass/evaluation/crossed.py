"""What must be said beside the numbers of cross-fitted models."""

import numpy as np
import pandas as pd

from diagnostic_accuracy.roc import auroc
from smallmass.combined.data import CLINICAL_FIT
from smallmass.evaluation.cases import CaseSet, calls, statuses
from smallmass.evaluation.metrics import CALL_METRICS, counted

NOTE = (
    "cross-fitted: interval and P value take the models of the folds as given, not as fitted anew, "
    "and lesions that share models as independent, pool scores of different models, and are of the "
    "mean or majority over the repeats, not of one model"
)


def is_crossed(cases: CaseSet, model: str) -> bool:
    """Return whether a model is cross-fitted in these cases."""
    if model == "image" or CLINICAL_FIT not in cases.cases:
        return False
    return bool((cases.cases[CLINICAL_FIT] == "out_of_fold").any())


def gaps(operating_points: list[dict], clinical_model: dict) -> dict[str, str]:
    """Return the cross-fitted models with which of their fits could not be had, and why.

    The text is empty where all could.

    Args:
        operating_points: ``operating_points.json``.
        clinical_model: ``clinical_model/model.json``.
    """
    found = statuses(operating_points, clinical_model)
    return {m: status.gaps_text for m, status in found.items() if status.cross_fitted}


def reasons_in(cases: CaseSet, known: dict[str, str], lacking: dict[str, str]) -> dict[str, str]:
    """Return why models have no score of these cases: see `cases.reasons`.

    A model that is cross-fitted in them is not missing for being cross-fitted elsewhere.

    Args:
        cases: Whose scores are missing.
        known: Of `cases.reasons`.
        lacking: Of `gaps`.
    """
    return known | {model: text for model, text in lacking.items() if is_crossed(cases, model)}


def notes(cases: CaseSet, model: str, lacking: dict[str, str]) -> tuple[str, ...]:
    """Return what must be said beside a model's number in these cases; nothing of most models.

    Args:
        cases: What the number is of.
        model: Whose it is.
        lacking: Of `gaps`.
    """
    return (lacking.get(model, ""), NOTE) if is_crossed(cases, model) else ()


def ranges(cases: CaseSet, model: str, repeats: pd.DataFrame | None) -> dict[str, str]:
    """Return how far a model's repeats lie apart, a metric: "over 5 repeats from 0.61 to 0.70".

    Args:
        cases: Whose scores and calls they are.
        model: Whose repeats.
        repeats: Columns `combined.parts.REPEAT_COLUMNS`; None where they are not shown.
    """
    if repeats is None or not is_crossed(cases, model):
        return {}
    label = cases.cases.set_index("case_id")["label"]
    shown = repeats[repeats["case_id"].isin(label.index)]
    found = pd.DataFrame(
        _metrics(part, model, (part["case_id"].map(label) == "malignant").to_numpy())
        for _, part in shown.groupby("repeat")
    )
    if len(found) < 2:
        return {}
    return {
        metric: f"over {len(found)} repeats from {values.min():.3f} to {values.max():.3f}"
        for metric, values in found.items()
        if values.notna().all()
    }


def _metrics(part: pd.DataFrame, model: str, malignant: np.ndarray) -> dict[str, float]:
    """Return the metrics of one repeat, without those that it has not."""
    score = pd.to_numeric(part[f"{model}_score"]).to_numpy(float)
    scored = np.isfinite(score)
    found = {}
    if 0 < malignant[scored].sum() < scored.sum():
        found["auroc"] = auroc(score[scored], malignant[scored])
    if f"{model}_call" not in part:
        return found
    call = calls(part[f"{model}_call"])
    called = ~np.isnan(call)
    for metric in CALL_METRICS:
        hit, among = counted(metric, call[called] == 1, malignant[called])
        if among.any():
            found[metric] = (hit & among).sum() / among.sum()
    return found
