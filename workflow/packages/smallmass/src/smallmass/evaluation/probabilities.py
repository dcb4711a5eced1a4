"""A model's scores as probabilities, and the share of malignant cases that they were fitted to."""

import math

import numpy as np
import pandas as pd

from smallmass.combined.data import CLINICAL_FIT
from smallmass.combined.probability import IMAGE_PROBABILITY
from smallmass.evaluation.cases import CaseSet
from smallmass.settings import Settings
from smallmass.words import COMBINED, Fit, Label, Model, Split


def probability(cases: CaseSet, model: str) -> np.ndarray:
    """Return a model's probabilities, float64 ``(cases,)``; NaN where there is none.

    The image model's are those of its Platt scaling; the others' scores are probabilities.

    Args:
        cases: Of one set.
        model: image, clinical, regression or tree.
    """
    if model == Model.IMAGE and IMAGE_PROBABILITY in cases.cases:
        return pd.to_numeric(cases.cases[IMAGE_PROBABILITY]).to_numpy(np.float64)
    return cases.score(model)


def fitted_share(predictions: pd.DataFrame, model: str, settings: Settings) -> float:
    """Return the share of malignant cases among those that a model's probabilities come from.

    The image model's come from the cases that chose its cut-off, a combined model's from those
    that it was fitted on, and the clinical model's from training cases; where these are
    cross-fitted, from that cohort. NaN where there are none.

    Args:
        predictions: ``predictions.csv``.
        model: image, clinical, regression or tree.
        settings: The study's ``operating_point`` and ``combined_model``.
    """
    if model != Model.IMAGE and CLINICAL_FIT in predictions:
        crossed = predictions[predictions[CLINICAL_FIT] == Fit.OUT_OF_FOLD]
        if len(crossed):  # fitted in the other folds of the same cohort
            return float((crossed["label"] == Label.MALIGNANT).mean())
    where = Split.TRAINING
    if model == Model.IMAGE:
        where = Split(settings.operating_point.chosen_on)
    elif model in COMBINED:
        where = settings.combined_model.fitted_on.part
    labels = predictions.loc[predictions["split"] == where].drop_duplicates("case_id")["label"]
    return float((labels == Label.MALIGNANT).mean()) if len(labels) else math.nan
