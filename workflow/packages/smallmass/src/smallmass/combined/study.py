"""The combined models of a study, from scores to operating points and calls [(g) in Figure 1]."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from smallmass.combined.data import (
    CLINICAL_FIT,
    IMAGE,
    PREDICTIONS,
    Data,
    clinical_encoding,
    sort_table,
)
from smallmass.combined.fit import Fitted
from smallmass.combined.operating_point import OperatingPoint, image_operating_point
from smallmass.combined.parts import Part, Reading, by_repeat, second_reading, study_parts
from smallmass.combined.probability import IMAGE_PROBABILITY, image_probability
from smallmass.options import Inputs
from smallmass.settings import Settings
from smallmass.status import CROSS_FITTED, NO_FACTORS, Kind, Status
from smallmass.words import COMBINED, Fit, Label, Split

NO_FOLDS = pd.DataFrame(columns=["case_id", "arm", "repeat", "fold"])
OTHER_FOLDS = "other_folds"
CUTOFFS = Status(Kind.CROSS_FITTED, "one cut-off for each repeat and fold")


@dataclass(frozen=True)
class CombinedResult:
    """What a study's combined models come to.

    Attributes:
        predictions: The columns of ``predictions.csv``, in the order of the table's rows; calls
            are 1, 0 or missing.
        operating_points: The rows of ``operating_points.json``.
        regression, tree: The contents of ``combined/regression.json`` and ``tree.json``.
        repeats: What every repeat says of held-out lesions: `parts.REPEAT_COLUMNS`.
    """

    predictions: pd.DataFrame
    operating_points: list[dict[str, Any]]
    regression: dict[str, Any]
    tree: dict[str, Any]
    repeats: pd.DataFrame


def fit_combined(
    table: pd.DataFrame,
    settings: Settings,
    seed: int,
    *,
    folds: pd.DataFrame = NO_FOLDS,
    part_scores: pd.DataFrame = NO_FOLDS,
    clinical_status: Status | None = None,
) -> CombinedResult:
    """Choose the operating points, fit both combined models in every part, and call every case.

    Where the models are fitted on out-of-fold scores of training cases, these rows' combined
    scores come from models that were fitted without their fold: out of fold they stay.

    Args:
        table: One row a case and fit, in any order: case_id, split, fit, malignant (bool),
            image_score, clinical_score (both in [0, 1], NaN unknown); optional patient_id,
            cohort, label, fold (of out-of-fold rows), and for ``inputs: factors`` the clinical
            factors under their names in the cohort's table.
        settings: The config's ``operating_point`` and ``combined_model``; for ``inputs:
            factors`` also ``clinical_model``, whose coding is used.
        seed: The study's seed.
        folds: Columns case_id, arm, repeat, fold: see `parts.study_parts`.
        part_scores: Columns repeat, fold, case_id, clinical_score: see `parts.study_parts`.
        clinical_status: What became of the clinical model.

    Raises:
        UserError: If ``fitted_on`` asks for out-of-fold scores and there are none.
    """
    table = sort_table(table)
    point = image_operating_point(table, settings.operating_point)
    parts = study_parts(
        table, folds=folds, part_scores=part_scores, point=point, settings=settings, seed=seed
    )
    missing = [no_models(part.data, point, clinical_status) for part in parts]
    readings = {} if all(missing) else second_reading(parts)
    image = table[IMAGE].to_numpy(float)
    call = np.where(np.isnan(image) | np.isnan(point.threshold), np.nan, image >= point.threshold)
    probability, line = image_probability(table, settings.operating_point)
    columns, points = {"image_call": call, IMAGE_PROBABILITY: probability.round(6)}, [point]
    files: dict[str, dict[str, Any]] = {}
    for name in COMBINED:
        columns[f"{name}_score"] = np.full(len(table), np.nan)
        columns[f"{name}_call"] = np.full(len(table), np.nan)
        if name in readings:
            columns[f"{name}_score"][parts[0].rows] = readings[name].score
            columns[f"{name}_call"][parts[0].rows] = readings[name].call
            description, cutoff = _described(name, readings[name], clinical_status, settings)
        else:
            description = {
                "status": missing[0],
                "fitted_on": settings.combined_model.fitted_on,
            }
            rule = settings.combined_model.cutoff
            cutoff = OperatingPoint(name, np.nan, rule, None, 0, missing[0] or NO_FACTORS)
        points.append(cutoff)
        files[name] = description | {
            "fitted_to": settings.combined_model.fitted_to,
            "applied_to": settings.combined_model.applied_to,
            "cutoff": cutoff.to_dict(),
        }
    return CombinedResult(
        predictions=prediction_table(table, columns, settings),
        operating_points=[
            points[0].to_dict() | {"probability": line},
            *(p.to_dict() for p in points[1:]),
        ],
        regression=files["regression"],
        tree=files["tree"],
        repeats=by_repeat(parts, readings),
    )


def no_models(data: Data, point: OperatingPoint, clinical_status: Status | None) -> Status | None:
    """Return why no combined model can be had at all, or None.

    Args:
        data: The rows that the models would be fitted on.
        point: The image model's operating point.
        clinical_status: Why there are no clinical scores, where the clinical model says so.
    """
    if not point.status.estimable:
        return point.status
    clinical = [values for name, values in data.inputs.items() if name != IMAGE]
    if not clinical or np.isnan(clinical).any(axis=0).all():
        return clinical_status if clinical_status and not clinical_status.fitted else NO_FACTORS
    return None


def _described(
    name: str, reading: Reading, clinical_status: Status | None, settings: Settings
) -> tuple[dict[str, Any], OperatingPoint]:
    """Return what a model's file says, and its cut-off: of one fit, or of all of them."""
    part, fitted, cutoff = reading.fits[0]
    if not part.held_out.any():
        fitted_on = settings.combined_model.fitted_on
        return _of_fit(part, fitted) | {"fitted_on": fitted_on}, cutoff
    fits = [replace(point, chosen_on=OTHER_FOLDS) for _, _, point in reading.fits]
    by_score = settings.combined_model.inputs == Inputs.SCORES
    of_input = clinical_status.gaps if clinical_status and by_score else ()
    status, of_cutoff = (
        whole.of_fits([point.status for point in fits]).with_gaps(of_input)
        for whole in (CROSS_FITTED, CUTOFFS)
    )
    description = {
        "status": status,
        "fitted_on": OTHER_FOLDS,
        "fits": [
            {"repeat": part.repeat, "fold": part.fold, "cutoff": point.to_dict()}
            | _of_fit(part, fitted)
            for (part, fitted, _), point in zip(reading.fits, fits, strict=True)
        ],
    }
    rule = settings.combined_model.cutoff
    return description, OperatingPoint(
        name, np.nan, rule, OTHER_FOLDS, len(part.held_out), of_cutoff
    )


def _of_fit(part: Part, fitted: Fitted) -> dict[str, Any]:
    """Return one fit as ``regression.json`` and ``tree.json`` have it."""
    encoding = clinical_encoding(part.data.table, part.settings)
    return {
        **fitted.model.to_dict(),
        "inputs": list(part.data.inputs),
        **({"encoding": encoding.to_dict()} if encoding else {}),
    }


def prediction_table(
    table: pd.DataFrame, columns: Mapping[str, np.ndarray], settings: Settings
) -> pd.DataFrame:
    """Return the columns of ``predictions.csv`` in the order of the rows that came in.

    Args:
        table: Of `data.sort_table`.
        columns: Scores and calls of every row.
        settings: The config's ``operating_point``.
    """
    predictions = table.assign(**columns)
    for name in columns:
        if name.endswith("_call"):
            predictions[name] = predictions[name].astype("Int64")
    if "label" not in predictions:
        predictions["label"] = np.where(predictions["malignant"], Label.MALIGNANT, Label.BENIGN)
    if "cohort" not in predictions:
        predictions["cohort"] = ""
    if settings.operating_point.chosen_on == Split.TEST:
        # A case that chose a cut-off is not held out from it.
        predictions.loc[predictions["fit"] == Fit.HELD_OUT, "fit"] = Fit.IN_SAMPLE.value
    place = PREDICTIONS.index("fit") + 1
    crossed = [CLINICAL_FIT] if CLINICAL_FIT in predictions else []
    names = [*PREDICTIONS[:place], *crossed, *PREDICTIONS[place:]]
    return predictions.sort_values("_position", ignore_index=True)[names]
