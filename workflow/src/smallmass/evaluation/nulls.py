"""``gate_null.csv``: what the gate gains when the second look knows nothing.

Only image-negative lesions are read again, so sensitivity can only rise and specificity only
fall, whatever reads them. Two controls show how much of a gain that alone explains: the clinical
score permuted among image-negatives, with regression and tree fitted anew and their cut-offs
chosen anew, and a coin that calls image-negatives malignant as often as the combined model does.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from smallmass.combined.data import IMAGE, Data, prepare
from smallmass.combined.fit import combined_cutoff, fit_and_score, fit_rows
from smallmass.combined.gate import final_call
from smallmass.evaluation.cases import COMBINED, reasons, why_empty
from smallmass.evaluation.refit import Pair, fitting_table, pairs_in_test
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
    draws = settings["evaluation"]["null_draws"]
    rows = [_row(OBSERVED, 0, model, pair) for model, pair in pairs.items()]
    data, _ = prepare(fitting_table(predictions, cohort, folds), settings, settings["seed"])
    for draw in range(draws):
        rng = np.random.default_rng(derive(settings["seed"], "gate_null", PERMUTED, draw))
        changed = permuted(data, rng)
        for model, pair in second_look(changed, settings):
            rows.append(_row(PERMUTED, draw, model, pair))
    rows += _coin(pairs, settings, draws)
    return pd.DataFrame(rows, columns=COLUMNS)


def permuted(data: Data, rng: np.random.Generator) -> Data:
    """Return the rows with what is clinical permuted among image-negatives of a split and fit.

    A lesion gets another's clinical score, or its factors, all of one other lesion.

    Args:
        data: Of `combined.data.prepare`.
        rng: Where the permutation comes from.
    """
    source = np.arange(len(data.malignant))
    negative = data.image_call == 0
    for places in data.table.groupby(["split", "fit"], sort=True).indices.values():
        among = places[negative[places]]
        source[among] = rng.permutation(among)
    moved = {
        name: values if name == IMAGE else values[source] for name, values in data.inputs.items()
    }
    return replace(data, inputs=moved)


def second_look(data: Data, settings: dict) -> Iterator[tuple[str, Pair]]:
    """Yield each combined model's calls in the test set, fitted anew, beside the image model's.

    Args:
        data: The study's rows.
        settings: The study's ``operating_point`` and ``combined_model``.
    """
    options = settings["combined_model"]
    tested = data.rows("test")
    image, malignant = data.image_call[tested], data.malignant[tested]
    rows = fit_rows(data, options)
    for model in COMBINED:
        fitted = fit_and_score(model, data, rows, options)
        cutoff = combined_cutoff(model, data, fitted, settings).threshold
        gated = options["applied_to"] == "image_negatives"
        call = final_call(image, fitted.score[tested], cutoff, gated=gated)
        known = ~np.isnan(image) & ~np.isnan(call)
        yield model, Pair(image[known] == 1, call[known] == 1, malignant[known])


def _coin(pairs: dict[str, Pair], settings: dict, draws: int) -> list[dict]:
    """Return the draws in which a coin reads the image-negatives again."""
    rows = []
    for draw in range(draws):
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
