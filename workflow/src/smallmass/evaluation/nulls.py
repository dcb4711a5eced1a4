"""``gate_null.csv``: what the gate gains when the second look knows nothing.

Only image-negative lesions are read again, so sensitivity can only rise and specificity only
fall, whatever reads them. Two controls show how much of a gain that alone explains: the clinical
score permuted among image-negatives, with regression and tree fitted anew, and a coin that calls
image-negatives malignant as often as the combined model does.
"""

import numpy as np
import pandas as pd

from smallmass.clinical.encoding import FACTORS
from smallmass.evaluation.cases import calls, reasons, why_empty
from smallmass.evaluation.refit import Pair, fitting_table, pairs_in_test, refit
from smallmass.seeds import derive

COLUMNS = ["null", "draw", "model", "gain_sensitivity", "loss_specificity", "note"]
OBSERVED, PERMUTED, COIN = "observed", "permuted", "coin"


def gate_null(
    predictions: pd.DataFrame,
    cohort: pd.DataFrame,
    folds: pd.DataFrame,
    operating_points: list[dict],
    settings: dict,
) -> pd.DataFrame:
    """Return ``gate_null.csv`` for the test set; a row ``observed`` a model stands first.

    Where the models could not be had there is one row, without numbers, that says why.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``.
        folds: ``folds.csv``.
        operating_points: ``operating_points.json``.
        settings: The study's ``seed``, ``evaluation``, ``clinical_model``, ``combined_model``
            and ``operating_point``.
    """
    pairs = pairs_in_test(predictions)
    if not any(len(pair.malignant) for pair in pairs.values()):
        note = why_empty("regression", reasons(operating_points, {}))
        return pd.DataFrame([{"note": note}], columns=COLUMNS)
    rows = [_row(OBSERVED, 0, model, pair) for model, pair in pairs.items()]
    table = fitting_table(predictions, cohort, folds)
    rows += _permuted(table, calls(predictions["image_call"]) == 0, settings)
    rows += _coin(pairs, settings)
    return pd.DataFrame(rows, columns=COLUMNS)


def permute_among_negatives(
    table: pd.DataFrame, negative: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the table with what is clinical permuted among image-negatives of a split and fit.

    A lesion gets another's clinical score together with the factors behind it.

    Args:
        table: See `refit.fitting_table`.
        negative: bool ``(rows,)``, called benign by the image model.
        rng: Of the permutation.
    """
    source = np.arange(len(table))
    for places in table.groupby(["split", "fit"], sort=True).indices.values():
        among = places[negative[places]]
        source[among] = rng.permutation(among)
    clinical = ["clinical_score", *FACTORS]
    return table.assign(**{name: table[name].to_numpy()[source] for name in clinical})


def _permuted(table, negative, settings) -> list[dict]:
    """Return the draws in which the clinical score knows nothing of image-negatives."""
    rows = []
    for draw in range(settings["evaluation"]["null_draws"]):
        rng = np.random.default_rng(derive(settings["seed"], "gate_null", PERMUTED, draw))
        found = refit(permute_among_negatives(table, negative, rng), settings)
        pairs = pairs_in_test(found.predictions)
        rows += [_row(PERMUTED, draw, model, pair) for model, pair in pairs.items()]
    return rows


def _coin(pairs, settings) -> list[dict]:
    """Return the draws in which a coin reads the image-negatives again."""
    rows = []
    for draw in range(settings["evaluation"]["null_draws"]):
        for model, pair in pairs.items():
            rng = np.random.default_rng(derive(settings["seed"], "gate_null", COIN, model, draw))
            negative = ~pair.image
            rate = pair.combined[negative].mean() if negative.any() else 0.0
            tossed = pair.image | (negative & (rng.random(len(negative)) < rate))
            rows.append(_row(COIN, draw, model, Pair(pair.image, tossed, pair.malignant)))
    return rows


def _row(null: str, draw: int, model: str, pair: Pair) -> dict:
    return {
        "null": null,
        "draw": draw,
        "model": model,
        "gain_sensitivity": pair.gain,
        "loss_specificity": pair.loss,
        "note": "" if len(pair.malignant) else f"not estimable: the {model} model gave no calls",
    }
