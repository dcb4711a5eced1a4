"""The cases that a row of an evaluation table is about: cohort, subset, split and fit."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from smallmass.combined.scores import patients as patients  # of resampling, too

MODELS = ("image", "clinical", "regression", "tree")
COMBINED = ("regression", "tree")
SPLITS = ("training", "validation", "test")
FITS = ("in_sample", "out_of_fold", "held_out")
KEY = ["cohort", "subset", "split", "fit"]
WHOLE, SMALL = "all", "under_1cm"
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

    @property
    def malignant(self) -> np.ndarray:
        """Which cases are malignant, bool ``(cases,)``."""
        return (self.cases["label"] == "malignant").to_numpy()

    def score(self, model: str) -> np.ndarray:
        """Return a model's scores, float64 ``(cases,)``; NaN where there is none."""
        return pd.to_numeric(self.cases[f"{model}_score"]).to_numpy(np.float64)

    def call(self, model: str) -> np.ndarray:
        """Return a model's calls, float64 ``(cases,)``: 1 malignant, 0 benign, NaN none."""
        return calls(self.cases[f"{model}_call"])


def case_sets(
    predictions: pd.DataFrame, cohort: pd.DataFrame, limits: dict, *, subsets: bool = True
) -> Iterator[CaseSet]:
    """Yield the sets of cases that are reported, in a fixed order.

    The subset ``under_1cm`` is given where a set has lesions of known size on both sides of the
    limit; lesions of unknown size belong to ``all`` only.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``, for the sizes.
        limits: ``max_diameter_cm`` (cm) and ``inclusive``, the settings of A04.
        subsets: Whether to yield ``under_1cm`` at all.
    """
    diameter = cohort.set_index("case_id")["diameter_cm"]
    for name in predictions["cohort"].drop_duplicates():
        for split in SPLITS:
            for fit in FITS:
                chosen = (
                    (predictions["cohort"] == name)
                    & (predictions["split"] == split)
                    & (predictions["fit"] == fit)
                )
                if not chosen.any():
                    continue
                cases = predictions[chosen].reset_index(drop=True)
                yield CaseSet(name, WHOLE, split, fit, cases)
                size = cases["case_id"].map(diameter).to_numpy(np.float64)
                below = size <= limits["max_diameter_cm"] if limits["inclusive"] else (
                    size < limits["max_diameter_cm"]
                )  # fmt: skip
                if subsets and below.any() and (~below & np.isfinite(size)).any():
                    small = cases[below].reset_index(drop=True)
                    yield CaseSet(name, SMALL, split, fit, small)


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


def reasons(operating_points: list[dict], clinical_model: dict) -> dict[str, str]:
    """Return, for models that could not be had, why: what their makers wrote as ``status``.

    Args:
        operating_points: ``operating_points.json``.
        clinical_model: ``clinical_model/model.json``.
    """
    statuses = {point["model"]: point.get("status") or "" for point in operating_points}
    statuses["clinical"] = clinical_model.get("status") or ""
    return {
        model: status for model, status in statuses.items() if status.startswith("not estimable")
    }


def why_empty(model: str, known: dict[str, str]) -> str:
    """Return why a model has no scores, for the column ``note``."""
    return known.get(model) or f"not estimable: the {model} model gave no scores"


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
