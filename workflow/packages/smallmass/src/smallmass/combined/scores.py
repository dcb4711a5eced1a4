"""One table of both models' scores: what the combined models are fitted from."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from smallmass.combined.data import CLINICAL_FIT
from smallmass.errors import UserError
from smallmass.options import ReferenceStandard, Unit
from smallmass.settings import EvaluationSettings
from smallmass.words import Arm, Fit, Label

BY_TISSUE = ("biopsy", "surgery")


def join_scores(
    *,
    cohort: pd.DataFrame,
    split: pd.DataFrame,
    folds: pd.DataFrame,
    image_scores: pd.DataFrame,
    clinical_scores: pd.DataFrame,
) -> pd.DataFrame:
    """Return one row a case and fit, in the cohort's order; image scores are means over seeds.

    Args:
        cohort: ``cohort.csv``.
        split: case_id, split.
        folds: case_id, arm, repeat, fold; may have no rows.
        image_scores: case_id, seed, fit, image_score; one row a case, seed and fit.
        clinical_scores: case_id, fit, clinical_score; one row a case and fit.

    Returns:
        pd.DataFrame: The cohort's columns with split, fit, fold (of out-of-fold rows), malignant,
        image_score, clinical_score; ``clinical_fit`` where clinical models are cross-fitted. Rows
        are those of the image scores.
    """
    image = image_scores.groupby(["case_id", "fit"], sort=False, as_index=False)
    # The mean of one seed is that seed's score itself; of several, to float64's last digits.
    table = image["image_score"].mean()
    crossed = set(folds.loc[folds["arm"] == Arm.CLINICAL, "case_id"]) if len(folds) else set()
    if crossed:
        clinical = clinical_scores[clinical_scores["case_id"].isin(crossed)]
        clinical = clinical.rename(columns={"fit": CLINICAL_FIT})
        table = table.merge(clinical, on="case_id", how="left", validate="many_to_one")
    else:
        keys = ["case_id", "fit"]
        table = table.merge(clinical_scores, on=keys, how="left", validate="one_to_one")
    table = table.merge(split, on="case_id", validate="many_to_one")
    table = table.merge(cohort, on="case_id", validate="many_to_one")
    arm = folds[folds["arm"] == Arm.IMAGE] if len(folds) else folds
    first = arm.drop_duplicates("case_id").set_index("case_id")["fold"]
    fold = pd.to_numeric(table["case_id"].map(first))
    table["fold"] = fold.where(table["fit"] == Fit.OUT_OF_FOLD)
    table["malignant"] = table["label"] == Label.MALIGNANT
    place = {case: i for i, case in enumerate(cohort["case_id"])}
    order = table["case_id"].map(place)
    return table.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def analysed(table: pd.DataFrame, evaluation: EvaluationSettings) -> pd.DataFrame:
    """Return the rows that operating points, combined models and evaluation see.

    Both trained models keep all lesions of training: these are choices of the analysis.

    Args:
        table: Of `join_scores`, or with its columns label, reference_standard, cohort,
            patient_id, split, fit, image_score, malignant.
        evaluation: The settings ``reference_standard`` (A29) ``as_recorded``, or
            ``biopsied``, which leaves out benign lesions without biopsy or surgery; ``unit``
            (A37) ``lesion``, or ``patient``: of a patient's lesions in a split and fit the one
            with the highest image score stands for the patient, who has cancer if any of them is
            malignant.

    Raises:
        UserError: If ``biopsied`` leaves no benign lesion.
    """
    table = table[by_tissue(table, evaluation.reference_standard)]
    return UNITS[evaluation.unit](table).reset_index(drop=True)


def _by_patient(table: pd.DataFrame) -> pd.DataFrame:
    """Return the lesion with the highest image score of each patient, split and fit."""
    patient = patients(table)
    groups = [patient, table["split"].to_numpy(), table["fit"].to_numpy()]
    ill = table["malignant"].groupby(groups).transform("any").to_numpy()
    table = table.assign(malignant=ill, label=np.where(ill, Label.MALIGNANT, Label.BENIGN))
    # A stable sort: of equal scores the lesion that the cohort lists first.
    highest = table.assign(_patient=patient).sort_values(
        "image_score", ascending=False, kind="stable", na_position="last"
    )
    return table.loc[table.index.isin(highest.drop_duplicates(["_patient", "split", "fit"]).index)]


UNITS: dict[Unit, Callable[[pd.DataFrame], pd.DataFrame]] = {
    Unit.LESION: lambda table: table,
    Unit.PATIENT: _by_patient,
}


def by_tissue(table: pd.DataFrame, reference_standard: str) -> np.ndarray:
    """Return which lesions stay under A29: ``(rows,)`` bool.

    Raises:
        UserError: If no benign lesion would stay.
    """
    return STANDARDS[ReferenceStandard(reference_standard)](table)


def _biopsied(table: pd.DataFrame) -> np.ndarray:
    """Return the malignant lesions, and the benign ones with biopsy or surgery."""
    benign = (table["label"] == Label.BENIGN).to_numpy()
    kept = ~benign | table["reference_standard"].isin(BY_TISSUE).to_numpy()
    if benign.any() and not (kept & benign).any():
        raise UserError(
            "evaluation.reference_standard: biopsied, but no benign lesion of this cohort has "
            "biopsy or surgery in its column reference_standard; use as_recorded, or fill the "
            "column in the cohort's table"
        )
    return kept


STANDARDS: dict[ReferenceStandard, Callable[[pd.DataFrame], np.ndarray]] = {
    ReferenceStandard.AS_RECORDED: lambda table: np.ones(len(table), bool),
    ReferenceStandard.BIOPSIED: _biopsied,
}


def patients(table: pd.DataFrame) -> np.ndarray:
    """Return whom each case belongs to, text ``(rows,)``; a case without a patient is its own.

    Args:
        table: Columns cohort, case_id, patient_id; cohorts number their patients each for itself.
    """
    own = "case " + table["case_id"].astype(str)
    known = ("patient " + table["patient_id"].astype("string")).fillna(own)
    return (table["cohort"].astype(str) + " " + known).to_numpy(str)
