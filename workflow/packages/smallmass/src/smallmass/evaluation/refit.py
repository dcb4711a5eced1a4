"""The combined models fitted anew, for another choice or another clinical score."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from smallmass.clinical.encoding import FACTORS
from smallmass.combined.study import CombinedResult, fit_combined
from smallmass.evaluation.cases import COMBINED, calls
from smallmass.evaluation.metrics import CALL_METRICS, counted
from smallmass.settings import Settings


def fitting_table(
    *, predictions: pd.DataFrame, cohort: pd.DataFrame, folds: pd.DataFrame
) -> pd.DataFrame:
    """Return what the combined models are fitted from: one row a case and fit.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``, for the clinical factors (A19).
        folds: ``folds.csv``, so that out-of-fold rows stay out of the study's own folds.
    """
    table = predictions[["case_id", "patient_id", "cohort", "split", "label"]].copy()
    # Where the test set chose a threshold, its calls are in-sample; its scores still are not.
    table["fit"] = predictions["fit"].where(predictions["split"] != "test", "held_out")
    table["malignant"] = table["label"] == "malignant"
    for name in ("image_score", "clinical_score"):
        table[name] = pd.to_numeric(predictions[name])
    own = folds[folds["arm"] == "image_model"].drop_duplicates("case_id").set_index("case_id")
    fold = pd.to_numeric(table["case_id"].map(own["fold"]))
    table["fold"] = fold.where(table["fit"] == "out_of_fold")
    known = cohort.set_index("case_id")
    for factor in FACTORS:
        table[factor] = table["case_id"].map(known[factor])
    return table


def refit(table: pd.DataFrame, settings: Settings) -> CombinedResult:
    """Fit regression and tree anew, with the study's seed.

    Args:
        table: See `fitting_table`.
        settings: The study's ``seed``, ``combined_model``, ``operating_point`` and, for
            ``inputs: factors``, ``clinical_model``.
    """
    return fit_combined(table, settings, settings.seed)


@dataclass(frozen=True)
class Pair:
    """Calls of the image model and of a combined model on the same test cases.

    Attributes:
        image: bool ``(cases,)``, called malignant by the image model.
        combined: bool ``(cases,)``, called malignant by the combined model.
        malignant: bool ``(cases,)``.
    """

    image: np.ndarray
    combined: np.ndarray
    malignant: np.ndarray

    @property
    def gain(self) -> float:
        """Sensitivity of the combined model less the image model's; NaN without cases."""
        more = share("sensitivity", self.combined, self.malignant)
        return more - share("sensitivity", self.image, self.malignant)

    @property
    def loss(self) -> float:
        """Specificity of the image model less the combined model's; NaN without cases."""
        less = share("specificity", self.combined, self.malignant)
        return share("specificity", self.image, self.malignant) - less


def pairs_in_test(predictions: pd.DataFrame) -> dict[str, Pair]:
    """Return each combined model's calls in the test set beside the image model's.

    Cases without both calls are left out; of a model that gave none, nothing is left.

    Args:
        predictions: With the columns of ``predictions.csv``.
    """
    tested = predictions[predictions["split"] == "test"]
    malignant = (tested["label"] == "malignant").to_numpy()
    image = calls(tested["image_call"])
    pairs: dict[str, Pair] = {}
    for model in COMBINED:
        combined = calls(tested[f"{model}_call"])
        known = ~np.isnan(image) & ~np.isnan(combined)
        pairs[model] = Pair(image[known] == 1, combined[known] == 1, malignant[known])
    return pairs


def share(metric: str, call: np.ndarray, malignant: np.ndarray) -> float:
    """Return a proportion of calls; NaN where no case counts.

    Args:
        metric: One of `CALL_METRICS`.
        call: bool ``(cases,)``, called malignant.
        malignant: bool ``(cases,)``.
    """
    if metric not in CALL_METRICS:
        raise ValueError(f"metric is {metric!r}; allowed: {', '.join(CALL_METRICS)}")
    hit, among = counted(metric, call, malignant)
    return float(hit[among].mean()) if among.any() else float("nan")
