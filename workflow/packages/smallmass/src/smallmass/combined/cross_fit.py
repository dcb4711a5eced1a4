"""The combined models cross-fitted: fitted, given a cut-off and tested in one cohort.

In each repeat, with each fold left out, regression, tree and their cut-offs come from the other
folds' lesions, as the study's settings say; the fold's own lesions are scored and called with them.
A lesion's score is the mean over the repeats, its call that of most of them. The image model, with
its operating point, was made on other patients and is the same throughout.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from smallmass.cohort.split import CLINICAL_ARM
from smallmass.combined.cutoff import combined_cutoff
from smallmass.combined.data import IMAGE, Data, clinical_encoding, clinical_inputs, sort_table
from smallmass.combined.fit import (
    CombinedResult,
    Fitted,
    fit_and_score,
    fit_rows,
    no_models,
    prediction_table,
)
from smallmass.combined.gate import final_call
from smallmass.combined.operating_point import OperatingPoint, image_operating_point
from smallmass.options import FittedOn, Inputs, Lesions
from smallmass.status import CROSS_FITTED, Gaps, Kind, Status
from smallmass.words import COMBINED, Fit, Split

REPEAT_COLUMNS = [
    *("repeat", "case_id", "clinical_score"),
    *(f"{model}_{kind}" for model in COMBINED for kind in ("score", "call")),
]
"""Of a table with one row a repeat and cross-fitted case: what is said of it out of fold."""
OTHER_FOLDS = "other_folds"
CUTOFFS = Status(Kind.CROSS_FITTED, "one cut-off for each repeat and fold")


@dataclass(frozen=True)
class Part:
    """The cross-fitted lesions in one repeat, with one fold left out.

    Attributes:
        repeat, fold: Which.
        data: The lesions, in the same order in every part; those outside the fold are training.
        held: Which lie in the fold, bool ``(lesions,)``.
    """

    repeat: int
    fold: int
    data: Data
    held: np.ndarray


@dataclass(frozen=True)
class Reading:
    """What one combined model says of the cross-fitted lesions.

    Attributes:
        score: float ``(lesions,)``, mean over repeats; NaN where some repeat has none.
        call: float ``(lesions,)``: 1 or 0, that of most repeats; NaN where some repeat has none.
        scores, calls: float ``(repeats, lesions)``, those of every repeat.
        fits: The model and the cut-off of every part.
    """

    score: np.ndarray
    call: np.ndarray
    scores: np.ndarray
    calls: np.ndarray
    fits: list[tuple[Part, Fitted, OperatingPoint]]


def cross_fit_combined(
    table: pd.DataFrame,
    scores: pd.DataFrame,
    folds: pd.DataFrame,
    settings: Mapping[str, Any],
    seed: int,
    *,
    clinical_status: Status,
) -> CombinedResult:
    """Choose the image model's operating point; cross-fit both combined models; call every case.

    Args:
        table: One row a case and fit: see `fit.fit_combined`; with ``clinical_fit``.
        scores: Of `clinical.cross_fit.cross_fit_clinical`.
        folds: Columns case_id, arm, repeat, fold.
        settings: See `fit.fit_combined`.
        seed: The study's seed.
        clinical_status: What the clinical model says of itself.
    """
    table = sort_table(table)
    point = image_operating_point(table, settings["operating_point"])
    image = table[IMAGE].to_numpy(float)
    call = np.where(np.isnan(image) | np.isnan(point.threshold), np.nan, image >= point.threshold)
    columns, points = {"image_call": call}, [point]
    described: dict[str, dict[str, Any]] = {}
    places = parts(table, scores, folds, point, settings, seed)
    none = [no_models(part.data, point, clinical_status) for part in places]
    reason = none[0] if all(none) else None
    readings = {} if reason else second_reading(places, settings)
    crossed = table["case_id"].isin(set(places[0].data.table["case_id"])).to_numpy()
    for name in COMBINED:
        columns[f"{name}_score"] = np.full(len(table), np.nan)
        columns[f"{name}_call"] = np.full(len(table), np.nan)
        status, of_cutoff = reason or CROSS_FITTED, reason or CUTOFFS
        if name in readings:
            fits = [cutoff.status for _, _, cutoff in readings[name].fits]
            of_input = _gaps_of_input(clinical_status, settings)
            status, of_cutoff = (s.of_fits(fits).with_gaps(of_input) for s in (status, of_cutoff))
            columns[f"{name}_score"][crossed] = readings[name].score
            columns[f"{name}_call"][crossed] = readings[name].call
        rule = settings["combined_model"]["cutoff"]
        cutoff = OperatingPoint(name, np.nan, rule, OTHER_FOLDS, int(crossed.sum()), of_cutoff)
        points.append(cutoff)
        described[name] = {
            "status": status,
            "fitted_on": OTHER_FOLDS,
            "fitted_to": settings["combined_model"]["fitted_to"],
            "applied_to": settings["combined_model"]["applied_to"],
            "cutoff": cutoff.to_dict(),
            "fits": [_describe(*fit, settings) for fit in readings[name].fits] if readings else [],
        }
    return CombinedResult(
        predictions=prediction_table(table, columns, settings),
        operating_points=[p.to_dict() for p in points],
        regression=described["regression"],
        tree=described["tree"],
        repeats=by_repeat(places, readings),
    )


def parts(
    table: pd.DataFrame,
    scores: pd.DataFrame,
    folds: pd.DataFrame,
    point: OperatingPoint,
    settings: Mapping[str, Any],
    seed: int,
) -> list[Part]:
    """Return the cross-fitted lesions once a repeat and left-out fold, with their scores there.

    Args:
        table: Of `data.sort_table`.
        scores: Columns repeat, fold, case_id, clinical_score.
        folds: Columns case_id, arm, repeat, fold.
        point: The image model's operating point.
        settings: See `fit.fit_combined`.
        seed: The study's seed.
    """
    own = folds[folds["arm"] == CLINICAL_ARM].set_index(["repeat", "case_id"])["fold"]
    crossed = table[table["case_id"].isin(own.index.get_level_values("case_id"))]
    crossed = crossed.reset_index(drop=True)
    image = crossed[IMAGE].to_numpy(float)
    found = []
    for (repeat, fold), part in scores.groupby(["repeat", "fold"], sort=True):
        held = (crossed["case_id"].map(own[repeat]) == fold).to_numpy()
        here = crossed.assign(
            clinical_score=crossed["case_id"].map(part.set_index("case_id")["clinical_score"]),
            split=np.where(held, Split.TEST, Split.TRAINING),
            fit=np.where(held, Fit.HELD_OUT, Fit.IN_SAMPLE),
        )
        data = Data(
            table=here,
            malignant=here["malignant"].to_numpy(bool),
            image_call=np.full(len(here), np.nan),
            inputs={IMAGE: image} | clinical_inputs(here, settings),
            seed=seed,
        )
        found.append(Part(int(repeat), int(fold), data.called(image, point.threshold), held))
    return found


def second_reading(places: list[Part], settings: Mapping[str, Any]) -> dict[str, Reading]:
    """Return what each combined model says of the lesions, each by models that never saw it.

    Args:
        places: Of `parts`.
        settings: See `fit.fit_combined`.
    """
    inside = _inside(settings)
    options = inside["combined_model"]
    gated = Lesions(options["applied_to"]).gated
    shape = 1 + max(part.repeat for part in places), len(places[0].held)
    readings: dict[str, Reading] = {}
    for name in COMBINED:
        score, call, fits = np.full(shape, np.nan), np.full(shape, np.nan), []
        for part in places:
            fitted = fit_and_score(name, part.data, fit_rows(part.data, options), options)
            cutoff = combined_cutoff(name, part.data, fitted, inside)
            called = final_call(part.data.image_call, fitted.score, cutoff.threshold, gated=gated)
            score[part.repeat, part.held] = fitted.score[part.held]
            call[part.repeat, part.held] = called[part.held]
            fits.append((part, fitted, replace(cutoff, chosen_on=OTHER_FOLDS)))
        votes = call.mean(axis=0)
        readings[name] = Reading(
            score.mean(axis=0), np.where(np.isnan(votes), np.nan, votes > 0.5), score, call, fits
        )
    return readings


def by_repeat(places: list[Part], readings: Mapping[str, Reading]) -> pd.DataFrame:
    """Return what every repeat says of every lesion out of fold: `REPEAT_COLUMNS`.

    Args:
        places: Of `parts`.
        readings: Of `second_reading`; may lack a model.
    """
    tables = []
    for part in places:
        own = part.data.table.loc[part.held, ["case_id", "clinical_score"]]
        table = own.assign(repeat=part.repeat).reindex(columns=REPEAT_COLUMNS)
        for name, reading in readings.items():
            table[f"{name}_score"] = reading.scores[part.repeat, part.held]
            table[f"{name}_call"] = reading.calls[part.repeat, part.held]
        tables.append(table)
    found = pd.concat(tables).sort_values(["repeat", "case_id"], ignore_index=True)
    return found.astype({f"{name}_call": "Int64" for name in COMBINED})


def _gaps_of_input(clinical_status: Status, settings: Mapping[str, Any]) -> tuple[Gaps, ...]:
    """Return what a combined model lacks because its input, the clinical score, does."""
    return clinical_status.gaps if settings["combined_model"]["inputs"] == Inputs.SCORES else ()


def _inside(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a part, in which the other folds' lesions are the training cases."""
    return {
        **settings,
        "combined_model": {**settings["combined_model"], "fitted_on": FittedOn.TRAINING_IN_SAMPLE},
        "operating_point": {**settings["operating_point"], "chosen_on": Split.TRAINING},
    }


def _describe(
    part: Part, fitted: Fitted, cutoff: OperatingPoint, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Return one fit as ``regression.json`` and ``tree.json`` have it."""
    encoding = clinical_encoding(part.data.table, settings)
    return {
        "repeat": part.repeat,
        "fold": part.fold,
        **fitted.model.to_dict(),
        "inputs": list(part.data.inputs),
        **({"encoding": encoding.to_dict()} if encoding else {}),
        "cutoff": cutoff.to_dict(),
    }
