"""The cases that a row of an evaluation table is about: cohort, subset, split and fit."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from smallmass.combined.data import CLINICAL_FIT
from smallmass.combined.scores import patients as patients  # of resampling, too
from smallmass.settings import CohortSettings
from smallmass.words import COMBINED as COMBINED
from smallmass.words import Fit, Label, Model, Split, Subset

MODELS = tuple(Model)
KEY = ["cohort", "subset", "split", "fit"]
WHOLE, SMALL = Subset.ALL, Subset.SMALL
AS_INDEPENDENT = "cases of one patient taken as independent"

_TRUE, _FALSE = {"1", "1.0", "true"}, {"0", "0.0", "false"}


@dataclass(frozen=True)
class CaseSet:
    """Cases of one cohort, subset, split and fit.

    Attributes:
        cohort: Name of the cohort.
        subset: ``all`` or ``under_1cm``.
        split: training, validation or test.
        fit: in_sample, out_of_fold or held_out.
        cases: Rows of ``predictions.csv``.
    """

    cohort: str
    subset: str
    split: str
    fit: str
    cases: pd.DataFrame

    @property
    def key(self) -> dict[str, str]:
        """The columns that every evaluation table begins with."""
        return {name: getattr(self, name) for name in KEY}

    def fit_of(self, model: str) -> str:
        """Return how a model's scores of these cases came about.

        The cases may be held out from the image model, and cross-fitted by the others.
        """
        if model == Model.IMAGE or CLINICAL_FIT not in self.cases:
            return self.fit
        known = self.cases[CLINICAL_FIT].dropna()
        return str(known.iloc[0]) if len(known) else self.fit

    def is_crossed(self, model: str) -> bool:
        """Return whether a model is cross-fitted in these cases."""
        if model == Model.IMAGE or CLINICAL_FIT not in self.cases:
            return False
        return bool((self.cases[CLINICAL_FIT] == Fit.OUT_OF_FOLD).any())

    def key_of(self, model: str) -> dict[str, str]:
        """The columns that an evaluation table's row of a model begins with."""
        return self.key | {"fit": self.fit_of(model)}

    @property
    def malignant(self) -> np.ndarray:
        """Which cases are malignant, bool ``(cases,)``."""
        return (self.cases["label"] == Label.MALIGNANT).to_numpy()

    def score(self, model: str) -> np.ndarray:
        """Return a model's scores, float64 ``(cases,)``; NaN where there is none."""
        return pd.to_numeric(self.cases[f"{model}_score"]).to_numpy(np.float64)

    def call(self, model: str) -> np.ndarray:
        """Return a model's calls, float64 ``(cases,)``: 1 malignant, 0 benign, NaN none."""
        return calls(self.cases[f"{model}_call"])


def case_sets(
    predictions: pd.DataFrame, cohort: pd.DataFrame, limits: CohortSettings
) -> Iterator[CaseSet]:
    """Yield the sets of cases that are reported, in a fixed order.

    The subset ``under_1cm`` is given where a set has lesions of known size on both sides of the
    limit; lesions of unknown size belong to ``all`` only.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``, for the sizes.
        limits: The settings ``max_diameter_cm`` (cm) and ``inclusive`` (A04).
    """
    diameter = cohort.set_index("case_id")["diameter_cm"]
    for name in predictions["cohort"].drop_duplicates():
        for split in Split:
            for fit in Fit:
                chosen = (
                    (predictions["cohort"] == name)
                    & (predictions["split"] == split)
                    & (predictions["fit"] == fit)
                )
                if not chosen.any():
                    continue
                cases = predictions[chosen].reset_index(drop=True)
                yield CaseSet(name, WHOLE, split, fit, cases)
                below = small(cases["case_id"].map(diameter), limits)
                if below is not None:
                    part = cases[below].reset_index(drop=True)
                    yield CaseSet(name, SMALL, split, fit, part)


def small(diameter_cm: pd.Series, limits: CohortSettings) -> np.ndarray | None:
    """Return which lesions are smaller than the limit (A04); None unless some are and some not.

    Args:
        diameter_cm: float ``(lesions,)``; NaN unknown.
        limits: The settings ``max_diameter_cm`` (cm) and ``inclusive``.
    """
    size = diameter_cm.to_numpy(np.float64)
    limit = limits.max_diameter_cm
    below = size <= limit if limits.inclusive else size < limit
    return below if below.any() and (~below & np.isfinite(size)).any() else None


def main_cases(
    predictions: pd.DataFrame, cohort: pd.DataFrame, limits: CohortSettings
) -> pd.DataFrame:
    """Return the test cases of the main analysis: where there are smaller and larger, the smaller.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``, for the sizes.
        limits: The settings ``max_diameter_cm`` (cm) and ``inclusive`` (A04).
    """
    sets = {}
    for part in case_sets(predictions, cohort, limits):
        if part.split == Split.TEST:
            sets[part.cohort, part.fit] = part.cases  # the smaller ones come last
    kept = pd.concat([predictions.iloc[:0], *sets.values()])[["case_id", "fit"]]
    wanted = pd.MultiIndex.from_frame(kept)
    return predictions[pd.MultiIndex.from_frame(predictions[["case_id", "fit"]]).isin(wanted)]


def main_set(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of an evaluation table that are about the main analysis set.

    The paper's lesions are small: where a set has lesions on both sides of the limit, the rows of
    the smaller ones; else those of all.

    Args:
        table: Columns cohort and split, and subset where there are subsets.
    """
    if "subset" not in table:
        return table
    names = pd.MultiIndex.from_frame(table[["cohort", "split"]])
    small = (table["subset"] == SMALL).to_numpy()
    return table[small | ((table["subset"] == WHOLE).to_numpy() & ~names.isin(names[small]))]


def calls(column: pd.Series) -> np.ndarray:
    """Return calls as float64: 1 malignant, 0 benign, NaN where there is none.

    Raises:
        ValueError: If a call is neither.
    """
    text = column.astype("string").str.lower()
    known = text.isin(_TRUE | _FALSE) | text.isna()
    if not known.all():
        raise ValueError(f"a call is neither 0 nor 1: {column[~known].iloc[0]!r}")
    result = text.isin(_TRUE).to_numpy(np.float64, na_value=0.0)
    result[text.isna().to_numpy()] = np.nan
    return result


def threshold_of(operating_points: list[dict], model: str) -> tuple[float, str]:
    """Return a model's cut-off (NaN if it has none) and the split that chose it."""
    for point in operating_points:
        if point["model"] == model:
            value = point.get("threshold")
            return (float("nan") if value is None else float(value)), point.get("chosen_on") or ""
    return float("nan"), ""


def several_note(table: pd.DataFrame) -> str:
    """Return what a method ignores that knows of no patients, or an empty text.

    Args:
        table: Rows of ``predictions.csv``.
    """
    return AS_INDEPENDENT if len(set(patients(table))) < len(table) else ""


def join_notes(*notes: str) -> str:
    """Return the notes that say something, in order, each once."""
    return "; ".join(dict.fromkeys(note for note in notes if note))


def split_notes(note: object) -> list[str]:
    """Return the notes that `join_notes` put into a table's cell, which may be empty."""
    return note.split("; ") if isinstance(note, str) and note else []
