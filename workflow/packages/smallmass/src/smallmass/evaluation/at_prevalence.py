"""``at_prevalence.csv``: what calls are worth where other shares of lesions are malignant.

A test set that is half malignant by design has the predictive values and the accuracy of no clinic.
They follow from sensitivity and specificity at a prevalence that is stated: that of the set itself,
of the whole cohort, and of a clinic (`evaluation.clinic_prevalence`).
"""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from diagnostic_accuracy.decision import PREDICTIVE_VALUES, CallTable, predictive_value
from diagnostic_accuracy.proportions import proportion_interval
from diagnostic_accuracy.results import Result, not_estimable
from smallmass.evaluation.cases import KEY, CaseSet, case_sets, several_note
from smallmass.settings import Settings
from smallmass.words import CALLING, Label, Split

COLUMNS = [*KEY, "model", "at", "prevalence", "metric", "estimate", "ci_low", "ci_high",
           "ci_method", "note"]  # fmt: skip
OF_SET, OF_COHORT, OF_CLINIC = "this set", "the cohort", "a clinic"
PER = 1000
"""Lesions that counts of missed cancers and of biopsies are given for."""


def at_prevalence(
    predictions: pd.DataFrame, cohort: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Return ``at_prevalence.csv``, of the test cases.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``.
        settings: The study's ``cohort`` and ``evaluation``.
    """
    rows = []
    for cases in case_sets(predictions, cohort, settings.cohort):
        if cases.split != Split.TEST:
            continue
        for model in CALLING:
            call = cases.call(model)
            known = ~np.isnan(call)
            if not known.any():
                continue
            table = CallTable.of(call[known] == 1, cases.malignant[known])
            note = several_note(cases.cases[known])
            for place, share in prevalences(cases, cohort, settings).items():
                for result in worth(table, share, settings.evaluation.confidence):
                    rows.append(_row(cases, model, place, share, result, note))
    return pd.DataFrame(rows, columns=COLUMNS)


def prevalences(cases: CaseSet, cohort: pd.DataFrame, settings: Settings) -> dict[str, float]:
    """Return the shares of malignant lesions that results are given at; those that are possible.

    Args:
        cases: Whose share and cohort.
        cohort: ``cohort.csv``.
        settings: The study's ``evaluation``.
    """
    own = cohort[cohort["cohort"] == cases.cohort]["label"] == Label.MALIGNANT
    shares = {
        OF_SET: float(cases.malignant.mean()),
        OF_COHORT: float(own.mean()) if len(own) else math.nan,
        OF_CLINIC: settings.evaluation.clinic_prevalence,
    }
    return {place: share for place, share in shares.items() if 0 < share < 1}


def worth(table: CallTable, prevalence: float, confidence: float) -> Iterator[Result]:
    """Yield predictive values, accuracy, and what a thousand lesions would come to.

    Args:
        table: Calls against truth.
        prevalence: In (0, 1).
        confidence: Of the intervals, in (0, 1).

    Example:
        >>> table = CallTable(38, false_negative=22, false_positive=6, true_negative=54)
        >>> for result in worth(table, 0.1, 0.95):
        ...     print(result.name, result.value(2))
        ppv 0.41 (0.24–0.61)
        npv 0.96 (0.94–0.97)
        accuracy 0.87 (0.78–0.92)
        cancers missed in 1000 lesions 36.67 (25.62–49.32)
        biopsies in 1000 lesions 153.33 (103.67–245.34)
        biopsies saved a cancer missed 22.09 (15.68–31.13)
    """
    for which in PREDICTIVE_VALUES:
        yield predictive_value(table, which, prevalence=prevalence, confidence=confidence)
    if not table.malignant or not table.benign:
        return
    ill = _share(table.true_positive, table.malignant, confidence)
    well = _share(table.true_negative, table.benign, confidence)
    yield _mixture("accuracy", ill, well, (prevalence, 1 - prevalence), confidence, table.n)
    missed, alarms = _others(ill), _others(well)
    per = PER * prevalence, PER * (1 - prevalence)
    yield _mixture(
        f"cancers missed in {PER} lesions", missed, alarms, (per[0], 0.0), confidence, table.n
    )
    yield _mixture(f"biopsies in {PER} lesions", ill, alarms, per, confidence, table.n)
    yield _saved(table, prevalence, confidence)


def _share(count: int, n: int, confidence: float) -> tuple[float, float, float]:
    low, high = proportion_interval(count, n, method="wilson", confidence=confidence)
    return count / n, float(low), float(high)


def _others(share: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return the share of the other cases: 1 less each, its ends exchanged."""
    return 1 - share[0], 1 - share[2], 1 - share[1]


def _mixture(
    name: str,
    first: tuple[float, float, float],
    second: tuple[float, float, float],
    weights: tuple[float, float],
    confidence: float,
    n: int,
) -> Result:
    """Return a weighted sum of two proportions, each (estimate, low, high)."""
    pairs = list(zip(weights, (first, second), strict=True))
    estimate = sum(weight * part[0] for weight, part in pairs)
    low, high = (
        estimate + side * math.hypot(*(weight * (part[0] - part[end]) for weight, part in pairs))
        for side, end in ((-1, 1), (1, 2))
    )
    return Result(
        name=name,
        estimate=estimate,
        low=low,
        high=high,
        confidence=confidence,
        method="of two Wilson intervals",
        source="Zou & Donner 2008 (Stat Med 27:1693)",
        n=n,
    )


def _saved(table: CallTable, prevalence: float, confidence: float) -> Result:
    """Return how many benign lesions are spared a biopsy for each cancer that is missed."""
    name, source = "biopsies saved a cancer missed", "delta method on the logarithm"
    if not table.false_negative or not table.true_negative:
        why = "no cancer is missed" if table.true_negative else "no biopsy is saved"
        return Result(
            name=name, estimate=math.nan, method="", source="", n=table.n, note=not_estimable(why)
        )
    missed, spared = table.false_negative / table.malignant, table.true_negative / table.benign
    ratio = spared * (1 - prevalence) / (missed * prevalence)
    error = math.sqrt((1 - spared) / table.true_negative + (1 - missed) / table.false_negative)
    reach = float(stats.norm.isf((1 - confidence) / 2)) * error
    return Result(
        name=name,
        estimate=ratio,
        low=ratio * math.exp(-reach),
        high=ratio * math.exp(reach),
        confidence=confidence,
        method="ratio, logarithm",
        source=source,
        n=table.n,
        note="beside a biopsy of every lesion",
    )


def _row(
    cases: CaseSet, model: str, place: str, share: float, result: Result, note: str
) -> dict[str, object]:
    return {
        **cases.key_of(model),
        "model": model,
        "at": place,
        "prevalence": share,
        "metric": result.name,
        "estimate": result.estimate,
        "ci_low": result.low,
        "ci_high": result.high,
        "ci_method": result.method,
        "note": "; ".join(filter(None, (result.note, note))),
    }
