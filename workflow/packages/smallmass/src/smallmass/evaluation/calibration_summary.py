"""``calibration_summary.csv`` and ``calibration_smooth.csv``: how far probabilities are right.

A test set with another share of malignant lesions than the cases that a model was fitted to shifts
the intercept by the difference of the logits, whatever the model is worth. That share is named, and
what is left without it.
"""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import special, stats
from statsmodels.nonparametric.smoothers_lowess import lowess

from diagnostic_accuracy.calibration import calibration_intercept
from diagnostic_accuracy.results import Result, not_estimable
from smallmass.evaluation.cases import KEY, CaseSet, case_sets, several_note
from smallmass.evaluation.metrics import class_note
from smallmass.evaluation.probabilities import fitted_share, probability
from smallmass.settings import Settings
from smallmass.words import Model, Split

COLUMNS = [*KEY, "model", "metric", "estimate", "ci_low", "ci_high", "method", "note"]
SMOOTH_COLUMNS = [*KEY, "model", "probability", "observed"]
OBSERVED_EXPECTED = "observed / expected"
INTERCEPT, MIXTURE, REST = "intercept", "of it the mixture of classes", "the rest of the intercept"
DISTANCES = ("mean distance (ICI)", "median distance (E50)", "90% are nearer (E90)")
SPAN = 0.75
POINTS = 50
AUSTIN = "lowess, Austin & Steyerberg 2019 (Stat Med 38:4051)"


def calibration_tables(
    predictions: pd.DataFrame, cohort: pd.DataFrame, settings: Settings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ``calibration_summary.csv`` and ``calibration_smooth.csv``, of the test cases.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``.
        settings: The study's ``cohort``, ``evaluation``, ``operating_point`` and
            ``combined_model``.
    """
    rows, curves = [], [pd.DataFrame(columns=SMOOTH_COLUMNS)]
    for cases in case_sets(predictions, cohort, settings.cohort):
        if cases.split != Split.TEST:
            continue
        for model in Model:
            chances = probability(cases, model)
            known = np.isfinite(chances)
            if class_note(cases.malignant[known]):
                continue
            data = chances[known], cases.malignant[known]
            results = [
                observed_expected(*data, settings.evaluation.confidence),
                *_intercepts(*data, fitted_share(predictions, model, settings), settings),
            ]
            key = {**cases.key_of(model), "model": model}
            smoothed = smooth(*data)
            if smoothed is not None:
                results += distances(*data)
                curves.append(pd.DataFrame({**key, **smoothed})[SMOOTH_COLUMNS])
            rows += [_row(cases, key, result) for result in results]
    return pd.DataFrame(rows, columns=COLUMNS), pd.concat(curves[1:] or curves, ignore_index=True)


def observed_expected(chances: np.ndarray, malignant: np.ndarray, confidence: float) -> Result:
    """Return the number of malignant cases over that which the probabilities promise.

    Args:
        chances: float ``(cases,)`` in [0, 1].
        malignant: bool ``(cases,)``.
        confidence: Of the interval, in (0, 1).

    Source: Debray et al. 2017 (BMJ 356:i6460): the error of the logarithm is sqrt((1 - O/n) / O).

    Example:
        >>> chances = np.array([0.1, 0.3, 0.4, 0.6, 0.7, 0.9])
        >>> malignant = np.array([False, False, True, False, True, True])
        >>> print(observed_expected(chances, malignant, 0.95).value(2))
        1.00 (0.45–2.23)
    """
    count, promised, n = int(malignant.sum()), float(chances.sum()), len(chances)
    if not count or promised <= 0:
        return Result(
            name=OBSERVED_EXPECTED,
            estimate=math.nan,
            method="",
            source="",
            n=n,
            note=not_estimable("no malignant cases, or none expected"),
        )
    ratio = count / promised
    reach = stats.norm.isf((1 - confidence) / 2) * math.sqrt((1 - count / n) / count)
    return Result(
        name=OBSERVED_EXPECTED,
        estimate=ratio,
        low=ratio * math.exp(-reach),
        high=ratio * math.exp(reach),
        confidence=confidence,
        method="ratio, logarithm",
        source="Debray et al. 2017 (BMJ 356:i6460)",
        n=n,
    )


def _intercepts(
    chances: np.ndarray, malignant: np.ndarray, fitted: float, settings: Settings
) -> list[Result]:
    """Return the intercept, what the mixture of classes makes of it, and the rest."""
    confidence = settings.evaluation.confidence
    whole = calibration_intercept(chances, malignant, confidence)
    if not 0 < fitted < 1 or not whole.estimable:
        return [whole]
    mixed = float(special.logit(malignant.mean()) - special.logit(fitted))
    of_mixture = Result(
        name=MIXTURE,
        estimate=mixed,
        method="difference of the logits of both shares",
        source="Saerens et al. 2002 (Neural Comput 14:21)",
        n=whole.n,
        note=f"{100 * malignant.mean():.0f}% malignant here, {100 * fitted:.0f}% in the fit",
    )
    rest = replace(
        of_mixture,
        name=REST,
        estimate=whole.estimate - mixed,
        low=whole.low - mixed,
        high=whole.high - mixed,
        confidence=confidence,
    )
    return [whole, of_mixture, rest]


def smooth(chances: np.ndarray, malignant: np.ndarray) -> dict[str, np.ndarray] | None:
    """Return the share of malignant cases along the probability; None for fewer than ten values.

    Args:
        chances: float ``(cases,)`` in [0, 1].
        malignant: bool ``(cases,)``.

    Returns:
        dict: ``probability`` and ``observed``, float ``(points,)`` each.
    """
    if len(np.unique(chances)) < 10:
        return None
    grid = np.linspace(chances.min(), chances.max(), POINTS)
    return {"probability": grid, "observed": _smoothed(chances, malignant, grid)}


def distances(chances: np.ndarray, malignant: np.ndarray) -> list[Result]:
    """Return how far the smooth curve lies from the probabilities of the cases."""
    apart = np.abs(_smoothed(chances, malignant, chances) - chances)
    values = apart.mean(), np.median(apart), np.quantile(apart, 0.9)
    return [
        Result(name=name, estimate=float(value), method=AUSTIN, source="", n=len(chances))
        for name, value in zip(DISTANCES, values, strict=True)
    ]


def _smoothed(chances: np.ndarray, malignant: np.ndarray, at: np.ndarray) -> np.ndarray:
    found = lowess(malignant.astype(float), chances, frac=SPAN, it=0, xvals=at)
    return np.clip(found, 0.0, 1.0)


def _row(cases: CaseSet, key: dict, result: Result) -> dict[str, object]:
    return {
        **key,
        "metric": "intercept" if result.name == "calibration intercept" else result.name,
        "estimate": result.estimate,
        "ci_low": result.low,
        "ci_high": result.high,
        "method": result.method,
        "note": "; ".join(filter(None, (result.note, several_note(cases.cases)))),
    }
