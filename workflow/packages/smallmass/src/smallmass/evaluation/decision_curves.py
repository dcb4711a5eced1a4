"""``decision_curves.csv``: net benefit over thresholds, at prevalences that are stated.

A score is taken for a probability. One that was fitted to other shares of malignant lesions than a
place has is first moved there by the difference of the logits, so that a threshold means the same
everywhere.
"""

import numpy as np
import pandas as pd
from scipy import special

from smallmass.evaluation.at_prevalence import prevalences
from smallmass.evaluation.cases import KEY, CaseSet, case_sets
from smallmass.evaluation.probabilities import fitted_share, probability
from smallmass.settings import Settings
from smallmass.words import Model, Split

COLUMNS = [*KEY, "model", "at", "prevalence", "threshold", "net_benefit", "everybody",
           "nobody"]  # fmt: skip
THRESHOLDS = np.round(np.arange(0.01, 0.6, 0.01), 2)
EDGE = 1e-6
"""Probabilities are held this far from 0 and 1, where there is no logit."""


def decision_curves(
    predictions: pd.DataFrame, cohort: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Return ``decision_curves.csv``, of the test cases.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``.
        settings: The study's ``cohort``, ``evaluation``, ``operating_point`` and
            ``combined_model``.
    """
    tables = [pd.DataFrame(columns=COLUMNS)]
    for cases in case_sets(predictions, cohort, settings.cohort):
        if cases.split != Split.TEST or cases.malignant.all() or not cases.malignant.any():
            continue
        for model in Model:
            chances = probability(cases, model)
            known = np.isfinite(chances)
            if not known.any():
                continue
            own = fitted_share(predictions, model, settings)
            for place, share in prevalences(cases, cohort, settings).items():
                moved = move(chances[known], own, share)
                tables.append(_curve(cases, model, (place, share), moved, known))
    return pd.concat(tables[1:] or tables, ignore_index=True)


def move(chances: np.ndarray, fitted: float, share: float) -> np.ndarray:
    """Return probabilities where another share of cases is malignant than where they were fitted.

    Args:
        chances: float ``(cases,)`` in [0, 1].
        fitted: Share of malignant cases that they were fitted to; NaN: they are left as they are.
        share: That of the place, in (0, 1).

    Source: Bayes' rule; Saerens et al. 2002 (Neural Comput 14:21), equation 2.4.

    Example:
        >>> move(np.array([0.5]), 0.5, 0.1).round(3)
        array([0.1])
    """
    if not 0 < fitted < 1:
        return chances
    kept = np.clip(chances, EDGE, 1 - EDGE)
    return special.expit(special.logit(kept) + special.logit(share) - special.logit(fitted))


def net_benefits(
    chances: np.ndarray, malignant: np.ndarray, thresholds: np.ndarray, share: float
) -> np.ndarray:
    """Return share sensitivity - (1 - share) (1 - specificity) t / (1 - t) at each threshold t.

    Args:
        chances: float ``(cases,)``, probabilities.
        malignant: bool ``(cases,)``; both labels.
        thresholds: float ``(thresholds,)`` in (0, 1).
        share: The prevalence, in (0, 1).

    Source: Vickers & Elkin 2006 (Med Decis Making 26:565); at a prevalence as the package dcurves.

    Example:
        >>> malignant = np.array([False, False, True, False, True, True])
        >>> chances = np.array([0.1, 0.3, 0.4, 0.6, 0.7, 0.9])
        >>> net_benefits(chances, malignant, np.array([0.2, 0.5]), 0.5).round(3)
        array([0.417, 0.167])
    """
    called = chances[None, :] >= thresholds[:, None]
    ill, well = called[:, malignant].mean(axis=1), called[:, ~malignant].mean(axis=1)
    return share * ill - (1 - share) * well * thresholds / (1 - thresholds)


def _curve(
    cases: CaseSet,
    model: str,
    place: tuple[str, float],
    chances: np.ndarray,
    known: np.ndarray,
) -> pd.DataFrame:
    malignant = cases.malignant[known]
    odds = THRESHOLDS / (1 - THRESHOLDS)
    both = malignant.any() and not malignant.all()
    worth = (
        net_benefits(chances, malignant, THRESHOLDS, place[1])
        if both
        else np.full(len(THRESHOLDS), np.nan)
    )
    return pd.DataFrame(
        {
            **cases.key_of(model),
            "model": model,
            "at": place[0],
            "prevalence": place[1],
            "threshold": THRESHOLDS,
            "net_benefit": worth,
            "everybody": place[1] - (1 - place[1]) * odds,
            "nobody": 0.0,
        }
    )[COLUMNS]
