"""``gate_null.csv``: what the gate gains when the second look knows nothing.

Only image-negative lesions are read again, so sensitivity can only rise and specificity only
fall, whatever reads them. Two controls show how much of a gain that alone explains: the clinical
score permuted among image-negatives, with regression and tree fitted anew and their cut-offs
chosen anew, and a coin that calls image-negatives malignant as often as the combined model does.
"""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd

from smallmass.combined.data import CLINICAL, IMAGE, Data, sort_table
from smallmass.combined.operating_point import image_operating_point
from smallmass.combined.parts import Part, second_reading, study_parts
from smallmass.evaluation.cases import main_cases
from smallmass.evaluation.null_share import GAIN, LOSS, OBSERVED, PERMUTED
from smallmass.evaluation.refit import Pair, fitting_table, pairs_in_test
from smallmass.evaluation.remarks import Remarks, no_calls
from smallmass.seeds import derive
from smallmass.settings import Settings
from smallmass.words import Model, Split

COLUMNS = ["null", "draw", "model", GAIN, LOSS, "note"]
COIN = "coin"


def gate_null(
    *,
    predictions: pd.DataFrame,
    cohort: pd.DataFrame,
    folds: pd.DataFrame,
    operating_points: list[dict],
    settings: Settings,
    cross_scores: pd.DataFrame,
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
        cross_scores: ``clinical_model/cross_scores.csv``.
    """
    main = main_cases(predictions, cohort, settings.cohort)
    pairs = pairs_in_test(main)
    if not any(len(pair.malignant) for pair in pairs.values()):
        note = Remarks(operating_points).no_score(Model.REGRESSION)
        return pd.DataFrame([{"note": note}], columns=COLUMNS)
    draws = settings.evaluation.null_draws
    rows = [_row(OBSERVED, 0, model, pair) for model, pair in pairs.items()]
    table = sort_table(fitting_table(predictions=predictions, cohort=cohort, folds=folds))
    parts = study_parts(
        table,
        folds=folds,
        part_scores=cross_scores,
        point=image_operating_point(table, settings.operating_point),
        settings=settings,
        seed=settings.seed,
    )
    lesions = table.iloc[parts[0].rows]
    tested = lesions["case_id"].isin(main["case_id"]) & (lesions["split"] == Split.TEST)
    for draw in range(draws):
        source = permuted(lesions, parts[0].data.image_call == 0, _rng(draw, settings))
        look = second_look(exchanged(parts, source), tested.to_numpy())
        rows += [_row(PERMUTED, draw, model, pair) for model, pair in look.items()]
    rows += _coin(pairs, settings, draws)
    return pd.DataFrame(rows, columns=COLUMNS)


def _rng(draw: int, settings: Settings) -> np.random.Generator:
    return np.random.default_rng(derive(settings.seed, "gate_null", PERMUTED, draw))


def permuted(lesions: pd.DataFrame, negative: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return whose clinical score, or factors, each lesion gets: int ``(lesions,)``.

    Image-negatives of a split and fit exchange theirs, all others keep their own.

    Args:
        lesions: Columns split and fit.
        negative: bool ``(lesions,)``, called benign by the image model.
        rng: Where the permutation comes from.
    """
    source = np.arange(len(lesions))
    for positions in lesions.groupby(["split", "fit"], sort=True).indices.values():
        among = positions[negative[positions]]
        source[among] = rng.permutation(among)
    return source


def _moved(data: Data, source: np.ndarray) -> Data:
    """Return the rows with what is clinical taken from others, int ``(rows,)``."""
    moved = {
        name: values if name == IMAGE else values[source] for name, values in data.inputs.items()
    }
    return replace(data, inputs=moved)


def exchanged(parts: list[Part], source: np.ndarray) -> list[Part]:
    """Return the parts with what is clinical taken from other lesions.

    A lesion's clinical score is a mean over networks where its fold is left out, and one network's
    elsewhere, and the mean spreads less. So a lesion gets the other's score of its own kind: in the
    left-out fold, the other's out-of-fold score of that repeat; outside, the other's score as a
    validation case, which of a lesion of the left-out fold is that of the next fold left out. Raw
    factors have one kind.

    Args:
        parts: Of `combined.parts.study_parts`.
        source: int ``(lesions,)``: whose is taken.
    """
    changed = []
    for _, members in itertools.groupby(parts, key=lambda part: part.repeat):
        repeat = list(members)
        for part, following in zip(repeat, [*repeat[1:], repeat[0]], strict=True):
            data = _moved(part.data, source)
            if CLINICAL in data.inputs:
                known = part.data.inputs[CLINICAL]
                judged = np.where(part.held_out, following.data.inputs[CLINICAL], known)
                own = _out_of_fold(repeat)
                moved = np.where(part.held_out, own[source], judged[source])
                data = replace(data, inputs=data.inputs | {CLINICAL: moved})
            changed.append(replace(part, data=data))
    return changed


def _out_of_fold(repeat: list[Part]) -> np.ndarray:
    """Return every lesion's clinical score where its fold is left out, ``(lesions,)``."""
    score = np.full(len(repeat[0].held_out), np.nan)
    for part in repeat:
        score[part.held_out] = part.data.inputs[CLINICAL][part.held_out]
    return score


def second_look(parts: list[Part], tested: np.ndarray) -> dict[str, Pair]:
    """Return each combined model's calls, fitted anew, beside the image model's.

    Args:
        parts: The study's, see `combined.parts.study_parts`.
        tested: bool ``(lesions,)``, the lesions that count.
    """
    first = parts[0].data
    return {
        model: _pair(first.image_call, reading.call, first.malignant, tested)
        for model, reading in second_reading(parts).items()
    }


def _pair(image: np.ndarray, call: np.ndarray, malignant: np.ndarray, among: np.ndarray) -> Pair:
    """Return two models' calls of the cases ``among`` that have both."""
    known = among & ~np.isnan(image) & ~np.isnan(call)
    return Pair(image[known] == 1, call[known] == 1, malignant[known])


def _coin(pairs: dict[str, Pair], settings: Settings, draws: int) -> list[dict]:
    """Return the draws in which a coin reads the image-negatives again."""
    rows = []
    for draw in range(draws):
        for model, pair in pairs.items():
            rng = np.random.default_rng(derive(settings.seed, "gate_null", COIN, model, draw))
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
        GAIN: pair.gain,
        LOSS: pair.loss,
        "note": "" if len(pair.malignant) else str(no_calls(model)),
    }
