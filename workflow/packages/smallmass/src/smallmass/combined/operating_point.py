"""Which data choose a cut-off (A12), and the image model's operating point (A13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from diagnostic_accuracy.roc import youden_threshold
from smallmass.status import FITTED, Status

THRESHOLDS = ("observed", "midpoint", "above")


@dataclass(frozen=True)
class OperatingPoint:
    """A cut-off and where it comes from; a case is called malignant if score >= threshold (A11).

    Attributes:
        model: ``image``, ``regression`` or ``tree``.
        threshold: In the score's units. NaN where ``status`` says why there is none; infinite
            where the best is that no lesion is called (its file then has null, and the status).
        rule: ``youden``, ``youden_gated``, ``half`` or ``prevalence``.
        chosen_on: The data that chose it; None for ``half``.
        n: Cases that chose it.
        status: Fitted, or why there is none.
    """

    model: str
    threshold: float
    rule: str
    chosen_on: str | None
    n: int
    status: Status = FITTED

    def to_dict(self) -> dict[str, Any]:
        """Return the row of ``operating_points.json``."""
        return {
            "model": self.model,
            "threshold": self.threshold if np.isfinite(self.threshold) else None,
            "rule": self.rule,
            "chosen_on": self.chosen_on,
            "n": self.n,
            "status": self.status,
        }


def no_classes(data: str) -> Status:
    """Return why no cut-off can be chosen on some data."""
    return Status.not_estimable(f"{data} has no scored lesions of both classes")


def rows_of(table: pd.DataFrame, data: str) -> np.ndarray:
    """Return the rows that a setting's word means: ``(rows,)`` bool.

    Args:
        table: Columns split and fit; a training case may have a row a fit.
        data: ``validation``; ``test``; ``training``, with out-of-fold scores where there are
            any, else in-sample; ``training_out_of_fold``; ``training_in_sample``.
    """
    split, fit = table["split"].to_numpy(object), table["fit"].to_numpy(object)
    if data in ("validation", "test"):
        return split == data
    held = (split == "training") & (fit == "out_of_fold")
    if data == "training_out_of_fold" or (data == "training" and held.any()):
        return held
    return (split == "training") & (fit == "in_sample")


def image_operating_point(table: pd.DataFrame, settings: Mapping[str, Any]) -> OperatingPoint:
    """Choose the image model's operating point by the Youden index.

    Args:
        table: Columns split, fit, malignant, image_score.
        settings: The config's ``operating_point``.
    """
    data = settings["chosen_on"]
    rows = rows_of(table, data) & table["image_score"].notna().to_numpy()
    score = table["image_score"].to_numpy(float)[rows]
    malignant = table["malignant"].to_numpy(bool)[rows]
    if malignant.all() or not malignant.any():
        return OperatingPoint("image", np.nan, "youden", data, len(score), no_classes(data))
    threshold = youden_threshold(score, malignant, tie=settings["tie"])
    threshold = placed(threshold, score, settings["threshold"])
    return OperatingPoint("image", threshold, "youden", data, len(score))


def placed(chosen: float, score: np.ndarray, where: str) -> float:
    """Return the cut-off that separates the same observed scores, placed as A13 says.

    A lesion is called malignant if its score >= the cut-off, wherever that lies; among the
    lesions that chose it the calls are the same, among others they may differ.

    Args:
        chosen: The lowest observed score that is called malignant; infinite if none is.
        score: ``(lesions,)`` the observed scores.
        where: ``observed``: at that score; ``midpoint``: halfway to the next lower one; ``above``:
            just above the next lower one, which is "score > cut-off" read with the highest score
            that is not called. Where there is no score on a side, the other side's stands.

    Raises:
        ValueError: If ``where`` is unknown.
    """
    if where not in THRESHOLDS:
        raise ValueError(f"threshold is {where!r}; allowed: {', '.join(THRESHOLDS)}")
    lower = score[score < chosen]
    if where == "observed" or not len(lower):
        return float(chosen)
    below = float(lower.max())
    if where == "above":
        return float(np.nextafter(below, np.inf))
    middle = (below + float(chosen)) / 2
    return middle if below < middle else float(chosen)
