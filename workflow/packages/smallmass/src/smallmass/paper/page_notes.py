"""What every page must say of its cohort and its models."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from smallmass import status
from smallmass.clinical.encoding import any_known, is_known
from smallmass.counts import number_of
from smallmass.settings import Settings
from smallmass.start.kinds import in_words
from smallmass.words import PHANTOM, Factor, cohort_name

SIMULATED = "Simulated cohort (phantoms)"
NO_EVIDENCE = "Simulated cohort (phantoms): no evidence for a clinical claim."
NOT_PRETRAINED = "Image model not pretrained: trained from scratch in this run (A40)."
STARTED = "Image model {} (A40)."
NO_FACTORS = f"Clinical and combined models {status.NO_FACTORS}."
ALL_SIZES = "Lesions of all sizes: this cohort has no lesion diameters."
SOME_SIZES = "Lesions of all sizes in {} (no diameters)."
TISSUE = "Breast density in BrEaST: tissue composition on ultrasound, not mammographic density."
FOR_TESTS = "Study “tiny”: a very small cohort for software tests alone."


def is_simulated(cohorts: Iterable[Any]) -> bool:
    """Return whether any of the cohort names in ``cohorts`` is the phantoms'."""
    return any(str(name) == PHANTOM for name in cohorts)


@dataclass(frozen=True)
class PageNotes:
    """The sentences that tables and figures of a run must carry, each where it applies.

    Attributes:
        cohort: Of the cohort: on every page.
        models: Of the models: on every page that shows one.
        factors: That no clinical factor is known.
        density: Where breast density is shown.
        cross_fitting: Of cross-fitted models.
    """

    cohort: list[str]
    models: list[str]
    factors: list[str]
    density: list[str]
    cross_fitting: list[str]

    @property
    def every(self) -> list[str]:
        """What every table and figure with a model carries."""
        return self.cohort + self.models


def page_notes(cohort: pd.DataFrame, study: str, settings: Settings) -> PageNotes:
    """Return what must be said on the pages of a run.

    Args:
        cohort: ``cohort.csv``.
        study: Name of the study; ``tiny`` says that it is for tests alone.
        settings: ``image_model.weights``, ``clinical_model.factors``, ``combined_model.inputs`` and
            ``cross_fitting``.
    """
    weights = settings.image_model.weights
    return PageNotes(
        cohort=_of_cohort(cohort, study),
        models=[STARTED.format(in_words(weights))] if weights else [NOT_PRETRAINED],
        factors=[NO_FACTORS] if no_factors(cohort) else [],
        density=[TISSUE] if "breast" in set(cohort["cohort"]) else [],
        cross_fitting=_cross_fitted(cohort, settings),
    )


def _of_cohort(cohort: pd.DataFrame, study: str) -> list[str]:
    """Return whether the cohort is simulated, for tests, or of lesions of all sizes."""
    notes = [NO_EVIDENCE] if is_simulated(cohort["cohort"].unique()) else []
    unsized = [
        cohort_name(str(name))
        for name, part in cohort.groupby("cohort", sort=False)
        if part["diameter_cm"].isna().all()
    ]
    if cohort["diameter_cm"].isna().all():
        notes.append(ALL_SIZES)
    elif unsized:
        notes.append(SOME_SIZES.format(", ".join(unsized)))
    if study == "tiny":
        notes.append(FOR_TESTS)
    return notes


def no_factors(cohort: pd.DataFrame) -> bool:
    """Return whether every clinical factor of every case is unknown."""
    return not any_known(cohort)


def never_known(cases: pd.DataFrame) -> list[str]:
    """Return the clinical factors that are unknown for every case, of cases in which one is known.

    Args:
        cases: Rows of ``cohort.csv``.
    """
    if no_factors(cases):
        return []
    return [factor.value for factor in Factor if not is_known(cases, factor).any()]


def _cross_fitted(cohort: pd.DataFrame, settings: Settings) -> list[str]:
    """Return what must be said of cross-fitted models; nothing where there are none.

    Args:
        cohort: ``cohort.csv``.
        settings: The study's ``cross_fitting``, ``clinical_model`` and ``combined_model``, if it
            has them.
    """
    cross = settings.cross_fitting
    if not cross.cohort:
        return []
    name = cohort_name(cross.cohort)
    cases = cohort[cohort["cohort"] == cross.cohort]
    texts = [
        f"Clinical and combined models: cross-fitted in {name} ({cross.folds} folds of "
        f"patients, {number_of(cross.repeats, 'repeat')}), so their "
        "scores (means over repeats) and calls (those of most repeats) are out-of-fold: each "
        "lesion is scored by models made without its fold. The image model never learnt from "
        f"{name}.",
        "A call is that of most repeats, each with its own cut-offs, and no cut-off of the mean "
        "score: a lesion called benign may have a higher mean score than one called malignant.",
        "Intervals and P values of cross-fitted models take the folds’ models as given, not as "
        "fitted anew, and lesions that share models as independent. They pool scores of different "
        "models, and are of the mean or majority over the repeats, not of one model; how far the "
        "repeats lie apart: evaluation/performance.csv, column note.",
        f"The combined models learn from {name} and the image model’s operating point does not, so "
        "a part of their gain may be a new cut-off for the image score there: the control with "
        "the clinical score permuted (evaluation/gate_null.csv) shows how much.",
    ]
    if settings.combined_model.inputs == "scores":
        texts.append(
            "Regression, tree and their cut-offs are made from scores of single clinical networks, "
            "each stopped and chosen on the lesions that it scored, and read the left-out lesions’ "
            "mean over networks, which spreads less: no lesion’s label takes part in its own "
            "score, but this is not the paper’s procedure."
        )
    inputs = settings.clinical_model.factors
    unknown = [
        factor.printed
        for factor in Factor
        if factor in inputs and not is_known(cases, factor).any()
    ]
    if unknown:
        texts.append(f"Unknown for every case of {name}, so no input there: {', '.join(unknown)}.")
    return texts
