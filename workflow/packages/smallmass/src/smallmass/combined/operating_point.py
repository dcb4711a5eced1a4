"""Which data choose a cut-off (A12), and the image model's operating point (A13)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from diagnostic_accuracy.roc import youden_threshold
from smallmass.options import YOUDEN, FittedOn, Threshold
from smallmass.settings import OperatingPointSettings
from smallmass.status import FITTED, Status
from smallmass.words import Fit, Model, Split


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
        data: One of `ROWS`: a split; of training, ``training`` is the out-of-fold scores where
            there are any, else the in-sample ones.

    Raises:
        ValueError: If ``data`` is unknown.
    """
    if data not in ROWS:
        raise ValueError(f"data is {data!r}; allowed: {', '.join(ROWS)}")
    return ROWS[data](table["split"].to_numpy(object), table["fit"].to_numpy(object))


def _of_split(split: Split) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    return lambda splits, fits: splits == split


def _training_by(fit: Fit) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    return lambda splits, fits: (splits == Split.TRAINING) & (fits == fit)


def _training(splits: np.ndarray, fits: np.ndarray) -> np.ndarray:
    out_of_fold = _training_by(Fit.OUT_OF_FOLD)(splits, fits)
    return out_of_fold if out_of_fold.any() else _training_by(Fit.IN_SAMPLE)(splits, fits)


ROWS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    Split.VALIDATION: _of_split(Split.VALIDATION),  # as of FittedOn
    Split.TEST: _of_split(Split.TEST),
    Split.TRAINING: _training,
    FittedOn.TRAINING_OUT_OF_FOLD: _training_by(Fit.OUT_OF_FOLD),
    FittedOn.TRAINING_IN_SAMPLE: _training_by(Fit.IN_SAMPLE),
}
"""From a row's split and fit, str ``(rows,)`` each, to the rows that a word means."""


def image_operating_point(
    table: pd.DataFrame, operating_point: OperatingPointSettings
) -> OperatingPoint:
    """Choose the image model's operating point by the Youden index.

    Args:
        table: Columns split, fit, malignant, image_score.
        operating_point: The settings of the operating point.
    """
    data = operating_point.chosen_on
    rows = rows_of(table, data) & table["image_score"].notna().to_numpy()
    score = table["image_score"].to_numpy(float)[rows]
    malignant = table["malignant"].to_numpy(bool)[rows]
    if malignant.all() or not malignant.any():
        return OperatingPoint(Model.IMAGE, np.nan, YOUDEN, data, len(score), no_classes(data))
    threshold = youden_threshold(score, malignant, tie=operating_point.tie)
    threshold = placed(threshold, score, operating_point.threshold)
    return OperatingPoint(Model.IMAGE, threshold, YOUDEN, data, len(score))


def placed(chosen: float, score: np.ndarray, where: str) -> float:
    """Return the cut-off that separates the same observed scores, placed as A13 says.

    A lesion is called malignant if its score >= the cut-off, wherever that lies; among the
    lesions that chose it the calls are the same, among others they may differ.

    Args:
        chosen: The lowest observed score that is called malignant; infinite if none is.
        score: ``(lesions,)`` the observed scores.
        where: See `place`.
    """
    below = score[score < chosen].max(initial=-np.inf)
    return float(place(np.asarray(chosen, float), np.asarray(below, float), where))


def place(chosen: np.ndarray, below: np.ndarray, where: str) -> np.ndarray:
    """Return cut-offs between the lowest score that is called and the next lower one.

    Args:
        chosen: float, any shape: the lowest observed score that is called malignant.
        below: float, the same shape: the highest that is not; -inf if all are, and then
            ``chosen`` stands.
        where: One of `PLACES`.

    Raises:
        ValueError: If ``where`` is unknown.
    """
    alone = np.isneginf(below) | np.isnan(chosen)
    return np.where(alone, chosen, PLACES[Threshold(where)](chosen, below))


def _midpoint(chosen: np.ndarray, below: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):  # of -inf and inf, where there is no lower score
        middle = (below + chosen) / 2
    return np.where(middle > below, middle, chosen)


PLACES: dict[Threshold, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    Threshold.OBSERVED: lambda chosen, below: chosen,
    Threshold.MIDPOINT: _midpoint,
    # "score > cut-off", read with the highest score that is not called
    Threshold.ABOVE: lambda chosen, below: np.nextafter(below, np.inf),
}
"""A13: from the lowest score that is called, and the next lower one, to the cut-off."""
