"""How far the repeats of cross-fitted models lie apart."""

import numpy as np
import pandas as pd

from diagnostic_accuracy.roc import auroc
from smallmass.evaluation.cases import CaseSet, calls
from smallmass.evaluation.metrics import CALL_METRICS, counted


def ranges(cases: CaseSet, model: str, repeats: pd.DataFrame | None) -> dict[str, str]:
    """Return how far a model's repeats lie apart, a metric: "over 5 repeats from 0.61 to 0.70".

    Args:
        cases: Whose scores and calls they are.
        model: Whose repeats.
        repeats: Columns `combined.parts.REPEAT_COLUMNS`; None where they are not shown.
    """
    if repeats is None or not cases.is_crossed(model):
        return {}
    label = cases.cases.set_index("case_id")["label"]
    shown = repeats[repeats["case_id"].isin(label.index)]
    of_repeats = pd.DataFrame(
        _metrics(part, model, (part["case_id"].map(label) == "malignant").to_numpy())
        for _, part in shown.groupby("repeat")
    )
    if len(of_repeats) < 2:
        return {}
    return {
        metric: f"over {len(of_repeats)} repeats from {values.min():.3f} to {values.max():.3f}"
        for metric, values in of_repeats.items()
        if values.notna().all()
    }


def _metrics(part: pd.DataFrame, model: str, malignant: np.ndarray) -> dict[str, float]:
    """Return the metrics of one repeat, without those that it has not."""
    score = pd.to_numeric(part[f"{model}_score"]).to_numpy(float)
    scored = np.isfinite(score)
    metrics = {}
    if 0 < malignant[scored].sum() < scored.sum():
        metrics["auroc"] = auroc(score[scored], malignant[scored])
    if f"{model}_call" not in part:
        return metrics
    call = calls(part[f"{model}_call"])
    called = ~np.isnan(call)
    for metric in CALL_METRICS:
        hit, among = counted(metric, call[called] == 1, malignant[called])
        if among.any():
            metrics[metric] = (hit & among).sum() / among.sum()
    return metrics
