"""``gate_null.csv``: what the gate gains when the second look knows nothing.

Only image-negative lesions are read again, so sensitivity can only rise and specificity only
fall, whatever reads them. Two controls show how much of a gain that alone explains: the clinical
score permuted among image-negatives, with regression and tree fitted anew and their cut-offs
chosen anew, and a coin that calls image-negatives malignant as often as the combined model does.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from smallmass.combined.cross_fit import Part, parts, second_reading
from smallmass.combined.cutoff import combined_cutoff
from smallmass.combined.data import CLINICAL, IMAGE, Data, prepare, sort_table
from smallmass.combined.fit import fit_and_score, fit_rows
from smallmass.combined.gate import final_call
from smallmass.combined.operating_point import image_operating_point
from smallmass.evaluation.cases import COMBINED, main_cases, reasons, why_empty
from smallmass.evaluation.refit import Pair, fitting_table, pairs_in_test
from smallmass.seeds import derive

COLUMNS = ["null", "draw", "model", "gain_sensitivity", "loss_specificity", "note"]
OBSERVED, PERMUTED, COIN = "observed", "permuted", "coin"

Look = list[tuple[str, Pair]]
"""Each combined model's calls beside the image model's."""


def gate_null(
    predictions: pd.DataFrame,
    cohort: pd.DataFrame,
    folds: pd.DataFrame,
    operating_points: list[dict],
    settings: dict,
    cross_scores: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return ``gate_null.csv`` for the test set; a row ``observed`` a model stands first.

    The test set is that of the main analysis: see `cases.main_cases`.

    Where the models could not be had there is one row, without numbers, that says why.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``.
        folds: ``folds.csv``.
        operating_points: ``operating_points.json``.
        settings: The study's ``seed``, ``cohort``, ``evaluation``, ``clinical_model``,
            ``combined_model`` and ``operating_point``.
        cross_scores: Of `clinical.cross_fit.cross_fit_clinical`, where models are cross-fitted.
    """
    main = main_cases(predictions, cohort, settings["cohort"])
    pairs = pairs_in_test(main)
    if not any(len(pair.malignant) for pair in pairs.values()):
        note = why_empty("regression", reasons(operating_points, {}))
        return pd.DataFrame([{"note": note}], columns=COLUMNS)
    draws = settings["evaluation"]["null_draws"]
    rows = [_row(OBSERVED, 0, model, pair) for model, pair in pairs.items()]
    table = fitting_table(predictions, cohort, folds)
    looks = (
        _looks(table, set(main["case_id"]), settings)
        if cross_scores is None
        else _crossed_looks(table, cross_scores, folds, set(main["case_id"]), settings)
    )
    for draw, look in zip(range(draws), looks, strict=False):
        rows += [_row(PERMUTED, draw, model, pair) for model, pair in look]
    rows += _coin(pairs, settings, draws)
    return pd.DataFrame(rows, columns=COLUMNS)


def _looks(table: pd.DataFrame, shown: set[str], settings: dict) -> Iterator[Look]:
    """Yield, a draw, the second look with what is clinical permuted."""
    data, _ = prepare(table, settings, settings["seed"])
    for draw in itertools.count():
        yield list(second_look(permuted(data, _rng(draw, settings)), settings, shown))


def _crossed_looks(
    table: pd.DataFrame,
    cross_scores: pd.DataFrame,
    folds: pd.DataFrame,
    shown: set[str],
    settings: dict,
) -> Iterator[Look]:
    """Yield the same of cross-fitted models.

    An image-negative lesion gets what is clinical of the same other one in every repeat and fold.
    """
    table = sort_table(table)
    point = image_operating_point(table, settings["operating_point"])
    places = parts(table, cross_scores, folds, point, settings, settings["seed"])
    first = places[0].data
    here = first.table["case_id"].isin(shown).to_numpy()
    negative = np.flatnonzero(first.image_call == 0)
    for draw in itertools.count():
        source = np.arange(len(first.malignant))
        source[negative] = _rng(draw, settings).permutation(negative)
        yield [
            (model, _pair(first.image_call, reading.call, first.malignant, here))
            for model, reading in second_reading(exchanged(places, source), settings).items()
        ]


def _rng(draw: int, settings: dict) -> np.random.Generator:
    return np.random.default_rng(derive(settings["seed"], "gate_null", PERMUTED, draw))


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
    return _moved(data, source)


def _moved(data: Data, source: np.ndarray) -> Data:
    """Return the rows with what is clinical taken from others, int ``(rows,)``."""
    moved = {
        name: values if name == IMAGE else values[source] for name, values in data.inputs.items()
    }
    return replace(data, inputs=moved)


def exchanged(places: list[Part], source: np.ndarray) -> list[Part]:
    """Return the parts with what is clinical taken from other lesions.

    A lesion's clinical score is a mean over networks where its fold is left out, and one network's
    elsewhere, and the mean spreads less. So a lesion gets the other's score of its own kind: in the
    left-out fold, the other's out-of-fold score of that repeat; outside, the other's score as a
    validation case, which of a lesion of the left-out fold is that of the next fold left out. Raw
    factors have one kind.

    Args:
        places: Of `cross_fit.parts`.
        source: int ``(lesions,)``: whose is taken.
    """
    changed = []
    for _, members in itertools.groupby(places, key=lambda part: part.repeat):
        repeat = list(members)
        for part, following in zip(repeat, [*repeat[1:], repeat[0]], strict=True):
            data = _moved(part.data, source)
            if CLINICAL in data.inputs:
                known = part.data.inputs[CLINICAL]
                judged = np.where(part.held, following.data.inputs[CLINICAL], known)
                own = _out_of_fold(repeat)
                moved = np.where(part.held, own[source], judged[source])
                data = replace(data, inputs=data.inputs | {CLINICAL: moved})
            changed.append(replace(part, data=data))
    return changed


def _out_of_fold(repeat: list[Part]) -> np.ndarray:
    """Return every lesion's clinical score where its fold is left out, ``(lesions,)``."""
    score = np.full(len(repeat[0].held), np.nan)
    for part in repeat:
        score[part.held] = part.data.inputs[CLINICAL][part.held]
    return score


def second_look(
    data: Data, settings: dict, shown: set[str] | None = None
) -> Iterator[tuple[str, Pair]]:
    """Yield each combined model's calls in the test set, fitted anew, beside the image model's.

    Args:
        data: The study's rows.
        settings: The study's ``operating_point`` and ``combined_model``.
        shown: The test cases that count, by case_id; all without it.
    """
    options = settings["combined_model"]
    tested = data.rows("test")
    if shown is not None:
        tested = tested & data.table["case_id"].isin(shown).to_numpy()
    rows = fit_rows(data, options)
    for model in COMBINED:
        fitted = fit_and_score(model, data, rows, options)
        cutoff = combined_cutoff(model, data, fitted, settings).threshold
        gated = options["applied_to"] == "image_negatives"
        call = final_call(data.image_call, fitted.score, cutoff, gated=gated)
        yield model, _pair(data.image_call, call, data.malignant, tested)


def _pair(image: np.ndarray, call: np.ndarray, malignant: np.ndarray, among: np.ndarray) -> Pair:
    """Return two models' calls of the cases ``among`` that have both."""
    known = among & ~np.isnan(image) & ~np.isnan(call)
    return Pair(image[known] == 1, call[known] == 1, malignant[known])


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
