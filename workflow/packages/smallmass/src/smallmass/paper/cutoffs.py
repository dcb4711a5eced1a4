"""What the page needs to move a cut-off: scores and truth of the main test cases, the study's own.

The counts at the study's own cut-offs are made here, so that they stand on the page without a
script; a script makes the same counts at any other cut-off.
"""

import json
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from smallmass.combined.data import CLINICAL_FIT
from smallmass.combined.gate import final_call
from smallmass.evaluation.cases import threshold_of
from smallmass.settings import Settings
from smallmass.words import COMBINED, Fit, Label, Model, Split


def cutoffs(
    cases: pd.DataFrame, points: list[dict], roc: pd.DataFrame, settings: Settings
) -> dict[str, Any] | None:
    """Return what the section needs; None where there is no image score or one class alone.

    Args:
        cases: The test cases of the main analysis: rows of ``predictions.csv``.
        points: ``operating_points.json``.
        roc: ``evaluation/roc.csv`` of the main analysis set.
        settings: ``combined_model.applied_to``.

    Returns:
        dict | None: ``models`` (name, printed name, own cut-off, counts), ``curves`` (the path of
        each ROC curve in a square of 100), ``data`` (for the script), ``prevalence``, ``why``.
    """
    known = cases.dropna(subset=["image_score", "image_call"])
    malignant = (known["label"] == Label.MALIGNANT).to_numpy()
    own, _ = threshold_of(points, Model.IMAGE)
    if malignant.all() or not malignant.any() or np.isnan(own):
        return None
    gated = settings.combined_model.applied_to.gated
    crossed = CLINICAL_FIT in known and (known[CLINICAL_FIT] == Fit.OUT_OF_FOLD).any()
    image = (known["image_score"] >= own).to_numpy(float)
    first = {"name": "image", "printed": Model.IMAGE.printed, "own": own}
    models: list[dict[str, Any]] = [first | counts(image, malignant)]
    for model in COMBINED if not crossed else ():
        cut, _ = threshold_of(points, model)
        score = pd.to_numeric(known[f"{model}_score"]).to_numpy(float)
        if np.isnan(score).all():
            continue
        cut = np.inf if np.isnan(cut) else cut  # nobody is called: see OperatingPoint
        call = final_call(image, score, cut, gated=gated)
        models.append({"name": str(model), "printed": model.short, "own": cut,
                       **counts(call, malignant)})  # fmt: skip
    data = {
        "gated": gated,
        "own": {item["name"]: None if np.isinf(item["own"]) else item["own"] for item in models},
        "cases": [
            [row["case_id"], int(row["label"] == Label.MALIGNANT),
             *(_known(row[f"{item['name']}_score"]) for item in models)]
            for row in known.to_dict("records")
        ],
    }  # fmt: skip
    why = "calls are those of most repeats, so no cut-off of a mean score gives them"
    return {
        "models": models,
        "curves": {item["name"]: _path(roc, item["name"]) for item in models},
        "data": Markup(json.dumps(data, ensure_ascii=True).replace("<", "\\u003c")),
        "prevalence": 100 * malignant.mean(),
        "n": len(known),
        "why": f"Combined models are cross-fitted: {why}." if crossed else "",
    }


def counts(call: np.ndarray, malignant: np.ndarray) -> dict[str, int]:
    """Return the 2 × 2 table of calls; cases without one are left out.

    Args:
        call: ``(cases,)`` float: 1 malignant, 0 benign, NaN none.
        malignant: ``(cases,)`` bool.
    """
    known = ~np.isnan(call)
    positive = known & (call == 1)
    return {
        "tp": int((positive & malignant).sum()),
        "fn": int((known & ~positive & malignant).sum()),
        "fp": int((positive & ~malignant).sum()),
        "tn": int((known & ~positive & ~malignant).sum()),
    }


def _path(roc: pd.DataFrame, model: str) -> str:
    """Return a model's ROC curve of the test set as the path of an SVG, in a square of 100."""
    rows = roc[(roc["model"] == model) & (roc["split"] == Split.TEST)]
    pairs = zip(rows["false_positive_rate"], rows["true_positive_rate"], strict=True)
    return "M" + "L".join(f"{100 * x:.2f},{100 * (1 - y):.2f}" for x, y in pairs)


def _known(score: Any) -> float | None:
    return None if pd.isna(score) else float(score)
