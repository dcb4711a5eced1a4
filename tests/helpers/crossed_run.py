"""A cohort whose clinical and combined models are cross-fitted, for the tests of it."""

import logging

import numpy as np
import pandas as pd

from model_settings import with_settings
from smallmass.cohort.split import cross_folds
from smallmass.combined.study import fit_combined
from smallmass.status import CROSS_FITTED
from study_settings import study_settings

LOG = logging.getLogger("test")
CROSS = study_settings().cross_fitting.changed({"cohort": "breast", "folds": 3, "repeats": 2})
LIMITS = with_settings().cohort
N = 60


def make_cohort(n: int = N, seed: int = 0) -> pd.DataFrame:
    """A cohort with factors, all in test, half malignant; some patients have two lesions."""
    rng = np.random.default_rng(seed)
    malignant = np.arange(n) % 2 == 0
    blank = pd.Series("", index=range(n))
    table = pd.DataFrame(
        {
            "case_id": [f"case{i:03d}" for i in range(n)],
            "cohort": "breast",
            "patient_id": [f"p{i - 2 * (i % 10 in (2, 3))}" for i in range(n)],
            "label": np.where(malignant, "malignant", "benign"),
            "diameter_cm": np.where(rng.random(n) < 0.5, 0.7, 1.8),
            "age_years": np.where(rng.random(n) < 0.2, np.nan, rng.normal(45 + 10 * malignant, 8)),
            "family_history": rng.choice(["yes", "no", "unknown"], n),
            "brca_mutation": "unknown",
            "breast_density": rng.choice(["fatty", "scattered", "extreme"], n),
            "split": "test",
        }
    )
    unused = ("group_id", "image", "frame", "pixel_sha256", "outline", "published_split")
    return table.assign(**dict.fromkeys(unused, blank))


def folds_of(cases: pd.DataFrame, **changes) -> pd.DataFrame:
    return cross_folds(cases, cases[["case_id", "split"]], CROSS.changed(changes), seed=3)


def scored(cohort: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """Image scores of the cohort, and of 80 lesions of another one that chose the cut-off."""
    rng = np.random.default_rng(seed)
    names = ["case_id", "cohort", "patient_id", "label"]
    own = cohort[names].assign(split="test", fit="held_out", clinical_fit="out_of_fold")
    label = np.where(np.arange(80) % 2 == 0, "malignant", "benign")
    other = pd.DataFrame({"case_id": [f"bus{i}" for i in range(80)], "label": label})
    other = other.assign(cohort="busbra", split="validation", fit="in_sample")
    other["patient_id"] = other["case_id"]
    table = pd.concat([other, own], ignore_index=True).assign(clinical_score=np.nan)
    table["malignant"] = table["label"] == "malignant"
    noise = rng.normal(size=len(table))
    # The label of the first draw: a changed label leaves the image and its score as they were.
    signal = np.concatenate([label == "malignant", np.arange(len(own)) % 2 == 0])
    return table.assign(image_score=(1 / (1 + np.exp(-(noise + 1.6 * signal - 1.2)))).round(6))


def draw():
    """A larger cohort with clinical scores that carry some signal: folds, and scores in them."""
    cases = make_cohort(240)
    folds = folds_of(cases)
    rng = np.random.default_rng(4)
    parts = []
    for repeat in range(2):
        for fold in range(3):
            score = rng.normal(0.8 * (cases["label"] == "malignant"), 1.0)
            parts.append(
                pd.DataFrame(
                    {
                        "repeat": repeat,
                        "fold": fold,
                        "case_id": cases["case_id"],
                        "clinical_score": (1 / (1 + np.exp(-score))).round(6),
                    }
                )
            )
    return cases, folds, pd.concat(parts, ignore_index=True)


def combine(cases, folds, scores, **changes):
    return fit_combined(
        scored(cases), with_settings(**changes), 1,
        folds=folds, part_scores=scores, clinical_status=CROSS_FITTED,
    )  # fmt: skip


def without_one_regression(drawn):
    """One part whose image-negatives a clinical score separates: no regression can be fitted."""
    cases, folds, scores = drawn
    here = (scores["repeat"] == 1) & (scores["fold"] == 2)
    ill = scores["case_id"].map(cases.set_index("case_id")["label"]) == "malignant"
    other = scores["clinical_score"].where(~here, np.where(ill, 0.9, 0.1))
    return combine(cases, folds, scores.assign(clinical_score=other))
