"""Which cases a fit of the image model reads, and how its scores for them came about."""

import pandas as pd

from smallmass.image_model.training import FULL
from smallmass.words import FIT_OF_SPLIT, Arm, Fit


def cases_to_read(
    *, cohort: pd.DataFrame, split: pd.DataFrame, folds: pd.DataFrame, fit: str
) -> pd.DataFrame:
    """Return case_id, fit and outline of the cases that a fit reads.

    The full fit reads every case; the fit without fold k reads that fold, out of fold.
    """
    if fit == FULL:
        cases = split.assign(fit=split["split"].map(FIT_OF_SPLIT))
    else:
        rows = folds[(folds["arm"] == Arm.IMAGE) & (folds["fold"] == int(fit[len("fold") :]))]
        cases = rows.assign(fit=Fit.OUT_OF_FOLD)
    joined = cases[["case_id", "fit"]].merge(cohort[["case_id", "outline"]], on="case_id")
    return joined.sort_values("case_id", ignore_index=True)
