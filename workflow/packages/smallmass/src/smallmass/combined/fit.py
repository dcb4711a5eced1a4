"""Operating points and combined models of a study, from scores to calls [(g) in Figure 1].

Light on purpose: re-analyses fit the combined models thousands of times with other choices.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from smallmass.combined.cutoff import combined_cutoff
from smallmass.combined.data import (
    CLINICAL_FIT,
    IMAGE,
    PREDICTIONS,
    Data,
    clinical_encoding,
    prepare,
)
from smallmass.combined.gate import final_call
from smallmass.combined.operating_point import OperatingPoint
from smallmass.combined.regression import Regression, fit_regression
from smallmass.combined.tree import Tree, fit_tree
from smallmass.errors import UserError
from smallmass.options import FittedOn, Lesions
from smallmass.seeds import derive
from smallmass.status import NO_FACTORS, Status
from smallmass.words import COMBINED, Fit, Label, Model, Split


@dataclass(frozen=True)
class CombinedResult:
    """What a study's combined models come to.

    Attributes:
        predictions: The columns of ``predictions.csv``, in the order of the table's rows; calls
            are 1, 0 or missing.
        operating_points: The rows of ``operating_points.json``.
        regression, tree: The contents of ``combined/regression.json`` and ``tree.json``.
        repeats: Of cross-fitted models: see `cross_fit.REPEAT_COLUMNS`.
    """

    predictions: pd.DataFrame
    operating_points: list[dict[str, Any]]
    regression: dict[str, Any]
    tree: dict[str, Any]
    repeats: pd.DataFrame | None = None


@dataclass(frozen=True)
class Fitted:
    """A combined model and its score of every row.

    Attributes:
        model: The regression or tree; its ``status`` says whether it could be fitted.
        score: float ``(rows,)``, NaN where there is none; rows of an out-of-fold fit come from
            models that were fitted without their fold.
    """

    model: Regression | Tree
    score: np.ndarray


def fit_combined(
    table: pd.DataFrame,
    settings: Mapping[str, Any],
    seed: int,
    *,
    clinical_status: Status | None = None,
) -> CombinedResult:
    """Choose the operating points, fit both combined models, and call every case.

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
        clinical_status: Why there are no clinical scores, where the clinical model says so.

    Raises:
        UserError: If ``fitted_on`` asks for out-of-fold scores and there are none.
    """
    options = settings["combined_model"]
    data, point = prepare(table, settings, seed)
    if (
        options["fitted_on"] == FittedOn.TRAINING_OUT_OF_FOLD
        and not data.rows(FittedOn.TRAINING_OUT_OF_FOLD).any()
    ):
        raise UserError(
            "combined_model.fitted_on: training_out_of_fold needs out-of-fold scores, and none "
            "were made; set image_model.folds to 2 or more, or fit on validation"
        )
    reason = no_models(data, point, clinical_status)
    columns, points = {"image_call": data.image_call}, [point]
    described: dict[str, dict[str, Any]] = {}
    for name in COMBINED:
        if reason:
            score = np.full(len(data.malignant), np.nan)
            description: dict[str, Any] = {"status": reason}
            cutoff = OperatingPoint(name, np.nan, options["cutoff"], None, 0, reason)
        else:
            fitted = fit_and_score(name, data, fit_rows(data, options), options)
            score = fitted.score
            cutoff = combined_cutoff(name, data, fitted, settings)
            description = fitted.model.to_dict() | {"inputs": list(data.inputs)}
            encoding = clinical_encoding(data.table, settings)
            description |= {"encoding": encoding.to_dict()} if encoding else {}
        gated = Lesions(options["applied_to"]).gated
        columns[f"{name}_score"] = score
        columns[f"{name}_call"] = final_call(data.image_call, score, cutoff.threshold, gated=gated)
        points.append(cutoff)
        described[name] = description | {
            "fitted_on": options["fitted_on"],
            "fitted_to": options["fitted_to"],
            "applied_to": options["applied_to"],
            "cutoff": cutoff.to_dict(),
        }
    return CombinedResult(
        predictions=prediction_table(data.table, columns, settings),
        operating_points=[p.to_dict() for p in points],
        regression=described["regression"],
        tree=described["tree"],
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


def fit_rows(data: Data, options: Mapping[str, Any]) -> np.ndarray:
    """Return the rows that the models are fitted on (A20), bool ``(rows,)``.

    Args:
        data: The study's rows.
        options: The config's ``combined_model``: ``fitted_on`` and ``fitted_to``.
    """
    rows = data.rows(options["fitted_on"]) & data.known
    return rows & (data.image_call == 0) if Lesions(options["fitted_to"]).gated else rows


def fit_and_score(name: str, data: Data, rows: np.ndarray, options: Mapping[str, Any]) -> Fitted:
    """Fit a combined model on some rows and score every row.

    The result depends on the inputs, the rows and, for a tree, its options, and on nothing else
    of the analysis.

    Args:
        name: One of `FITS`.
        data: The study's rows.
        rows: bool ``(rows,)``: see `fit_rows`.
        options: The config's ``combined_model``, for the tree.
    """
    fit = FITS[name]
    model = fit(data, rows, options)
    score = np.full(len(data.malignant), np.nan)
    for fitted, scored in _parts(data, rows):
        part = model if fitted is rows else fit(data, fitted, options)
        if part.status.fitted:
            score[scored] = part.score(data.take(scored))
    return Fitted(model, score)


def _regression(data: Data, rows: np.ndarray, options: Mapping[str, Any]) -> Regression:
    return fit_regression(data.take(rows), data.malignant[rows])


def _tree(data: Data, rows: np.ndarray, options: Mapping[str, Any]) -> Tree:
    return fit_tree(
        data.take(rows),
        data.malignant[rows],
        data.whose[rows],
        max_depth=options["tree_max_depth"],
        min_leaf=options["tree_min_leaf"],
        depth=options["tree_depth"],
        seed=derive(data.seed, "combined", "tree"),
    )


FITS: dict[str, Callable[[Data, np.ndarray, Mapping[str, Any]], Regression | Tree]] = {
    Model.REGRESSION: _regression,
    Model.TREE: _tree,
}


def _parts(data: Data, rows: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows to fit on and rows to score with that fit."""
    held = data.rows(FittedOn.TRAINING_OUT_OF_FOLD)
    if not (held & rows).any():
        yield rows, np.ones(len(rows), dtype=bool)
        return
    yield rows, ~held
    folds = data.folds()
    for fold in np.unique(folds[held]):
        inside = folds == fold
        yield rows & ~inside, held & inside


def prediction_table(
    table: pd.DataFrame, columns: Mapping[str, np.ndarray], settings: Mapping[str, Any]
) -> pd.DataFrame:
    """Return the columns of ``predictions.csv`` in the order of the rows that came in.

    Args:
        table: Of `data.sort_table`.
        columns: Scores and calls of every row.
        settings: The config's ``operating_point``.
    """
    found = table.assign(**columns)
    for name in columns:
        if name.endswith("_call"):
            found[name] = found[name].astype("Int64")
    if "label" not in found:
        found["label"] = np.where(found["malignant"], Label.MALIGNANT, Label.BENIGN)
    if "cohort" not in found:
        found["cohort"] = ""
    if settings["operating_point"]["chosen_on"] == Split.TEST:
        # A case that chose a cut-off is not held out from it.
        found.loc[found["fit"] == Fit.HELD_OUT, "fit"] = Fit.IN_SAMPLE.value
    place = PREDICTIONS.index("fit") + 1
    crossed = [CLINICAL_FIT] if CLINICAL_FIT in found else []
    names = [*PREDICTIONS[:place], *crossed, *PREDICTIONS[place:]]
    return found.sort_values("_position", ignore_index=True)[names]
