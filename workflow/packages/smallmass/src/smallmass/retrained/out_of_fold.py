"""An out-of-fold score of every case, with calls and probabilities by what the other folds say."""

import numpy as np
import pandas as pd

from diagnostic_accuracy.recalibration import fit_platt
from diagnostic_accuracy.roc import youden_threshold
from smallmass.combined.operating_point import placed
from smallmass.combined.scores import patients
from smallmass.rivals.rival import Part, Rival
from smallmass.settings import OperatingPointSettings
from smallmass.words import Fit, Label, Split

NAME, PRINTED = "folds", "Image model, out of fold"
COLUMNS = [
    "case_id",
    "cohort",
    "patient_id",
    "label",
    "device",
    "diameter_cm",
    "birads",
    "split",
    "fold",
    "image_score",
    "image_probability",
    "cutoff",
    "call",
    "found",
    "dice",
]
READS = (
    "The image model, trained on all folds but the case’s own: no case of it, of its patients or "
    "near-duplicates took part. The cut-off is that of the other folds’ out-of-fold scores"
)


def out_of_fold(
    scores: pd.DataFrame,
    cohort: pd.DataFrame,
    split: pd.DataFrame,
    settings: OperatingPointSettings,
) -> pd.DataFrame:
    """Return ``cases.csv`` of the part: a row a case that was read, in the cohort's order.

    Cut-off and line from score to probability are those of the other folds' scores.

    Args:
        scores: Of `trainings.mean_scores`; the training is the fold.
        cohort: ``cohort.csv``.
        split: case_id, split: the study's.
        settings: Which of equal cut-offs, and where between two scores.

    Raises:
        ValueError: If a case is read twice.
    """
    table = cohort.merge(scores.rename(columns={"training": "fold"}), on="case_id", validate="1:1")
    table = table.merge(split, on="case_id", validate="1:1")
    malignant = (table["label"] == Label.MALIGNANT).to_numpy()
    score, fold = table["image_score"].to_numpy(float), table["fold"].to_numpy(str)
    cutoff, probability = np.full(len(table), np.nan), np.full(len(table), np.nan)
    for name in np.unique(fold):
        own, others = fold == name, fold != name
        if malignant[others].all() or not malignant[others].any():
            continue
        chosen = youden_threshold(score[others], malignant[others], tie=settings.tie)
        cutoff[own] = placed(chosen, score[others], settings.threshold)
        probability[own] = fit_platt(score[others], malignant[others]).probability(score[own])
    call = np.where(np.isnan(cutoff), np.nan, score >= cutoff)
    table = table.assign(
        image_score=score.round(6),
        image_probability=probability.round(6),
        cutoff=cutoff.round(6),
        call=pd.array(call, dtype="Int64"),
        found=table["found"].convert_dtypes(),  # 0 or 1, unless several seeds differ
        dice=table["dice"].round(6),
    )
    return table[COLUMNS]


def lesions_of(cases: pd.DataFrame) -> pd.DataFrame:
    """Return cases as the intervals want them: numbers as float, malignant (bool), patient (text).

    Args:
        cases: Of `out_of_fold`, or with its columns label, cohort, patient_id and case_id.
    """
    numbers = {name: pd.to_numeric(cases[name]).astype(float) for name in _NUMBERS if name in cases}
    malignant = cases["label"] == Label.MALIGNANT
    return cases.assign(**numbers, malignant=malignant, patient=patients(cases))


_NUMBERS = ("image_score", "image_probability", "call", "found", "dice")


def folds_part(cases: pd.DataFrame, left_out: list[str]) -> Part:
    """Return the out-of-fold scores of the study's test cases as a rival.

    Args:
        cases: Of `out_of_fold`.
        left_out: What is left out, and why.
    """
    tested = cases[cases["split"] == Split.TEST].reset_index(drop=True)
    if tested.empty:
        return Part(NAME, PRINTED, left_out=tuple(left_out))
    read = tested[["case_id", "image_score", "call"]].rename(columns={"image_score": "score"})
    rival = Rival(NAME, PRINTED, READS, read, fit=Fit.OUT_OF_FOLD)
    return Part(NAME, PRINTED, (rival,), tuple(left_out))
