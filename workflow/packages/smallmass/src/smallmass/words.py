"""The words of the study's tables, each with its printed name: cases, models, cohorts.

In files and in code a word is its value, on pages its printed name. The options of settings are
in `smallmass.options`, so that a new one does not concern what makes the cohort.
"""

from enum import StrEnum
from typing import Any, Self


class Word(StrEnum):
    """A word with its printed name; in files, and compared with text, it is its value.

    Attributes:
        printed: What readers are shown.
        short: The same where there is little room.
    """

    printed: str
    short: str

    def __new__(cls, value: str, printed: str = "", short: str = "") -> Self:
        """Return a member; without a printed name the value is printed, its underscores spaces."""
        word = str.__new__(cls, value)
        word._value_ = value
        word.printed = printed or value.replace("_", " ")
        word.short = short or word.printed
        return word

    @classmethod
    def _missing_(cls, value: object) -> Any:
        """Name the allowed values where there is no such word."""
        raise ValueError(f"{cls.__name__}: {value!r} is unknown; allowed: {', '.join(cls)}")


class Label(Word):
    """What a lesion is, by the reference standard."""

    BENIGN = "benign"
    MALIGNANT = "malignant"


class Split(Word):
    """The part of the cohort that a case is in."""

    TRAINING = "training", "Training set"
    VALIDATION = "validation", "Validation set"
    TEST = "test", "Test set"


class Fit(Word):
    """How a score of a case came about: did the case take part in the model that gave it?"""

    IN_SAMPLE = "in_sample", "in-sample"
    OUT_OF_FOLD = "out_of_fold", "out-of-fold"
    HELD_OUT = "held_out", "held out"


FIT_OF_SPLIT = {
    Split.TRAINING: Fit.IN_SAMPLE,
    Split.VALIDATION: Fit.IN_SAMPLE,
    Split.TEST: Fit.HELD_OUT,
}
"""Validation is in-sample: it stops trainings and chooses models and cut-offs."""


class Arm(Word):
    """Whose folds a row of ``folds.csv`` is about."""

    IMAGE = "image_model"
    CLINICAL = "clinical_model"  # and the combined models, which read its scores


class Model(Word):
    """A model of the study."""

    IMAGE = "image", "Image model"
    CLINICAL = "clinical", "Clinical model"
    REGRESSION = "regression", "Combined model (regression model)", "Combined (regression)"
    TREE = "tree", "Combined model (decision tree model)", "Combined (decision tree)"


COMBINED = (Model.REGRESSION, Model.TREE)
"""The models that read image-negative lesions again."""
CALLING = (Model.IMAGE, *COMBINED)
"""The models with an operating point; the clinical model has none."""


class Factor(Word):
    """A clinical factor."""

    AGE = "age_years", "age"
    FAMILY_HISTORY = "family_history"
    BRCA = "brca_mutation", "BRCA mutation"
    DENSITY = "breast_density"


class Subset(Word):
    """Lesions of a size (A04)."""

    SMALL = "under_1cm", "under 1 cm"
    ALL = "all", "all sizes"


class Metric(Word):
    """A measure of performance, in the order of the pages."""

    SENSITIVITY = "sensitivity", "Sensitivity (%)"
    SPECIFICITY = "specificity", "Specificity (%)"
    ACCURACY = "accuracy", "Accuracy (%)"
    PPV = "ppv", "Positive predictive value (%)"
    NPV = "npv", "Negative predictive value (%)"
    AUROC = "auroc", "AUROC"
    BRIER = "brier", "Brier score"
    CALIBRATION_SLOPE = "calibration_slope", "Calibration slope"
    CALIBRATION_INTERCEPT = "calibration_intercept", "Calibration intercept"
    PROBABILITY_BRIER = "probability_brier", "Brier score of the probability"
    PROBABILITY_SLOPE = "probability_slope", "Calibration slope of the probability"
    PROBABILITY_INTERCEPT = "probability_intercept", "Calibration intercept of the probability"
    DICE = "dice", "Mean Dice, a miss counted as 0"
    DICE_MEDIAN = "dice_median", "Median Dice, a miss counted as 0"
    FOUND = "found", "Lesions found (%)"


CALL_METRICS = (Metric.SENSITIVITY, Metric.SPECIFICITY, Metric.ACCURACY, Metric.PPV, Metric.NPV)
"""Proportions of calls."""
PAIRED_METRICS = (Metric.SENSITIVITY, Metric.SPECIFICITY)
"""What two models are compared by."""
ALL_SEEDS = "all"
"""In a column ``seed``: the mean over the seeds of the image model."""


class Assignment(Word):
    """How cases are dealt out (A03), where their source has the role for it."""

    STRATIFIED = "stratified", "drawn by patient, stratified by label"
    RANDOM = "random", "drawn by patient"


PHANTOM = "phantom"
"""The cohort that is simulated."""
COHORTS = {
    PHANTOM: "phantoms",
    "own": "own patients",
    "busbra": "BUS-BRA",
    "breast": "BrEaST",
    "busi": "BUSI",
    "udiat": "UDIAT",
    "busuclm": "BUS-UCLM",
}
"""What cohorts are called, by their name in the tables; others go by that name."""


def cohort_name(name: str) -> str:
    """Return what a cohort is called; one that is not known, by its own name."""
    return COHORTS.get(name, str(name))
