"""The cut-offs of the combined models (A22): a rule is a function, and a line in `RULES`."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from smallmass.combined.data import Data
from smallmass.combined.gate import youden_gated
from smallmass.combined.operating_point import OperatingPoint, no_classes
from smallmass.combined.regression import Regression
from smallmass.combined.tree import Tree
from smallmass.options import Cutoff
from smallmass.settings import Settings
from smallmass.status import FITTED, Kind, Status

NOBODY = Status(Kind.FITTED, "no cut-off betters the Youden index, and no lesion is called by it")


class Scored(Protocol):
    """A combined model with its score of every row, ``(rows,)``: see `fit.Fitted`."""

    @property
    def model(self) -> Regression | Tree: ...

    @property
    def score(self) -> np.ndarray: ...


def combined_cutoff(name: str, data: Data, fitted: Scored, settings: Settings) -> OperatingPoint:
    """Return a combined model's cut-off by the rule of the settings.

    Args:
        name: regression or tree.
        data: The study's rows.
        fitted: The model, with its score of every row.
        settings: The config's ``operating_point`` and ``combined_model``.

    Raises:
        ValueError: If there is no such rule.
    """
    rule = settings.combined_model.cutoff
    if not fitted.model.status.fitted:
        return OperatingPoint(name, np.nan, rule, None, 0, fitted.model.status)
    return RULES[rule](name, data, fitted, settings)


def _youden_gated(name: str, data: Data, fitted: Scored, settings: Settings) -> OperatingPoint:
    """Return the cut-off with the largest Youden index of the final call."""
    operating_point = settings.operating_point
    chosen_on, score = operating_point.chosen_on, fitted.score
    rows = data.rows(chosen_on) & ~np.isnan(score) & ~np.isnan(data.image_call)
    malignant = data.malignant[rows]
    threshold, status = np.nan, no_classes(chosen_on)
    if malignant.any() and not malignant.all():
        threshold = youden_gated(
            data.image_call[rows],
            score[rows],
            malignant,
            gated=settings.combined_model.applied_to.gated,
            tie=operating_point.tie,
            where=operating_point.threshold,
        )
        status = NOBODY if np.isinf(threshold) else FITTED
    return OperatingPoint(name, threshold, Cutoff.YOUDEN_GATED, chosen_on, len(malignant), status)


def _half(name: str, data: Data, fitted: Scored, settings: Settings) -> OperatingPoint:
    """Return one half."""
    return OperatingPoint(name, 0.5, Cutoff.HALF, None, 0)


def _prevalence(name: str, data: Data, fitted: Scored, settings: Settings) -> OperatingPoint:
    """Return the share of malignant lesions among those that the model is fitted to."""
    model = fitted.model
    share, fitted_on = model.n_malignant / model.n, settings.combined_model.fitted_on
    return OperatingPoint(name, share, Cutoff.PREVALENCE, fitted_on, model.n)


RULES: dict[Cutoff, Callable[[str, Data, Scored, Settings], OperatingPoint]] = {
    Cutoff.YOUDEN_GATED: _youden_gated,
    Cutoff.HALF: _half,
    Cutoff.PREVALENCE: _prevalence,
}
