"""Operating points and combined models of a study, from scores to calls [(g) in Figure 1].

Light on purpose: re-analyses call `fit_combined` hundreds of times with other choices.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from smallmass.clinical.encoding import FACTORS, NOT_ESTIMABLE, fit_encoding
from smallmass.combined.gate import final_call, youden_gated
from smallmass.combined.operating_point import OperatingPoint, image_operating_point, rows_of
from smallmass.combined.regression import Regression, fit_regression
from smallmass.combined.tree import Tree, fit_tree
from smallmass.errors import UserError
from smallmass.seeds import derive

FITTED = "fitted"
OWN_FOLDS = 5

PREDICTIONS = [
    "case_id",
    "patient_id",
    "cohort",
    "split",
    "fit",
    "label",
    "image_score",
    "image_call",
    "clinical_score",
    "regression_score",
    "regression_call",
    "tree_score",
    "tree_call",
]


@dataclass(frozen=True)
class CombinedResult:
    """What a study's combined models come to.

    Attributes:
        predictions: The columns of ``predictions.csv``, in the order of the table's rows; calls
            are 1, 0 or missing.
        operating_points: The rows of ``operating_points.json``.
        regression, tree: The contents of ``combined/regression.json`` and ``tree.json``.
    """

    predictions: pd.DataFrame
    operating_points: list[dict[str, Any]]
    regression: dict[str, Any]
    tree: dict[str, Any]


@dataclass(frozen=True)
class _Data:
    """The sorted table as arrays, all ``(rows,)``, with the image call (1, 0, NaN)."""

    table: pd.DataFrame
    malignant: np.ndarray
    image_call: np.ndarray
    inputs: dict[str, np.ndarray]
    seed: int

    @property
    def known(self) -> np.ndarray:
        """Rows with an image call and every input."""
        return ~np.isnan([self.image_call, *self.inputs.values()]).any(axis=0)


def fit_combined(
    table: pd.DataFrame,
    settings: Mapping[str, Any],
    seed: int,
    *,
    clinical_status: str | None = None,
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
    data, point = _prepare(table, settings, seed)
    if (
        options["fitted_on"] == "training_out_of_fold"
        and not rows_of(data.table, "training_out_of_fold").any()
    ):
        raise UserError(
            "combined_model.fitted_on: training_out_of_fold needs out-of-fold scores, and none "
            "were made; set image_model.folds to 2 or more, or fit on validation"
        )
    reason = _reason(data, point, clinical_status)
    fits: dict[str, Callable[..., Regression | Tree]] = {
        "regression": _fit_regression,
        "tree": partial(_fit_tree, options=options, seed=derive(seed, "combined", "tree")),
    }
    columns, points, described = {"image_call": data.image_call}, [point], {}
    for name, fit in fits.items():
        if reason:
            score, description = np.full(len(data.malignant), np.nan), {"status": reason}
            cutoff = OperatingPoint(name, np.nan, options["cutoff"], None, 0, reason)
        else:
            rows = _fit_rows(data, options)
            model = fit(data, rows)
            score = _scores(data, rows, model, fit)
            cutoff = _cutoff(name, data, score, model, settings)
            description = model.to_dict() | {"inputs": list(data.inputs)}
        gated = options["applied_to"] == "image_negatives"
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
        predictions=_predictions(data.table, columns, settings),
        operating_points=[p.to_dict() for p in points],
        regression=described["regression"],
        tree=described["tree"],
    )


def _prepare(
    table: pd.DataFrame, settings: Mapping[str, Any], seed: int
) -> tuple[_Data, OperatingPoint]:
    """Return the table in an order of its own, with image calls, and the image's cut-off.

    The order keeps sums, and ties between splits of a tree, the same however rows came in.
    """
    used = [*PREDICTIONS, *FACTORS, "malignant", "fold"]
    table = table[[name for name in used if name in table]]
    table = table.assign(_position=np.arange(len(table)))
    table = table.sort_values(["case_id", "fit"], kind="stable", ignore_index=True)
    if "patient_id" not in table:
        table["patient_id"] = table["case_id"]
    point = image_operating_point(table, settings["operating_point"])
    image = table["image_score"].to_numpy(float)
    call = np.where(np.isnan(image) | np.isnan(point.threshold), np.nan, image >= point.threshold)
    data = _Data(
        table=table,
        malignant=table["malignant"].to_numpy(bool),
        image_call=call,
        inputs=_inputs(table, settings),
        seed=seed,
    )
    return data, point


def _inputs(table: pd.DataFrame, settings: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return the models' inputs by name (A19); the factors' coding is learned on training."""
    inputs = {"image_score": table["image_score"].to_numpy(float)}
    if settings["combined_model"]["inputs"] == "scores":
        return inputs | {"clinical_score": table["clinical_score"].to_numpy(float)}
    coding = settings.get("clinical_model", {})
    training = table[rows_of(table, "training")]
    encoding = fit_encoding(
        training,
        factors=coding.get("factors", FACTORS),
        density=coding.get("density", "ordinal"),
        missing=coding.get("missing", "impute"),
    )
    coded = encoding.encode(table).astype(float)
    coded[~encoding.usable(table)] = np.nan
    return inputs | dict(zip(encoding.columns, coded.T, strict=True))


def _folds(data: _Data) -> np.ndarray:
    """Return the fold of every row: the image model's, or one of our own by patient."""
    table = data.table
    if "fold" in table and table["fold"].notna().any():
        return table["fold"].to_numpy(float)
    patients = np.unique(table["patient_id"].astype(str))
    rng = np.random.default_rng(derive(data.seed, "combined", "folds"))
    fold = dict(zip(patients, rng.permutation(len(patients)) % OWN_FOLDS, strict=True))
    return table["patient_id"].astype(str).map(fold).to_numpy(float)


def _reason(data: _Data, point: OperatingPoint, clinical_status: str | None) -> str | None:
    """Return why no combined model can be had at all, or None."""
    if point.status != FITTED:
        return point.status
    clinical = [values for name, values in data.inputs.items() if name != "image_score"]
    if not clinical or np.isnan(clinical).any(axis=0).all():
        unfitted = clinical_status if clinical_status != FITTED else None
        return unfitted or NOT_ESTIMABLE
    return None


def _fit_rows(data: _Data, options: Mapping[str, Any]) -> np.ndarray:
    """Return the rows that the models are fitted on (A20)."""
    rows = rows_of(data.table, options["fitted_on"]) & data.known
    return rows & (data.image_call == 0) if options["fitted_to"] == "image_negatives" else rows


def _fit_regression(data: _Data, rows: np.ndarray) -> Regression:
    return fit_regression(_take(data, rows), data.malignant[rows])


def _fit_tree(data: _Data, rows: np.ndarray, *, options: Mapping[str, Any], seed: int) -> Tree:
    return fit_tree(
        _take(data, rows),
        data.malignant[rows],
        data.table["patient_id"].to_numpy(object)[rows].astype(str),
        max_depth=options["tree_max_depth"],
        min_leaf=options["tree_min_leaf"],
        cross_validated=options["tree_depth"] == "cross_validated",
        seed=seed,
    )


def _take(data: _Data, rows: np.ndarray) -> dict[str, np.ndarray]:
    return {name: values[rows] for name, values in data.inputs.items()}


def _scores(
    data: _Data,
    rows: np.ndarray,
    model: Regression | Tree,
    fit: Callable[..., Regression | Tree],
) -> np.ndarray:
    """Return a model's score of every row; out-of-fold rows of the fit keep out of it."""
    score = np.full(len(data.malignant), np.nan)
    for fitted, scored in _parts(data, rows):
        part = model if fitted is rows else fit(data, fitted)
        if part.status == FITTED:
            score[scored] = part.score(_take(data, scored))
    return score


def _parts(data: _Data, rows: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows to fit on and rows to score with that fit."""
    held = rows_of(data.table, "training_out_of_fold")
    if not (held & rows).any():
        yield rows, np.ones(len(rows), dtype=bool)
        return
    yield rows, ~held
    folds = _folds(data)
    for fold in np.unique(folds[held]):
        inside = folds == fold
        yield rows & ~inside, held & inside


def _cutoff(
    name: str,
    data: _Data,
    score: np.ndarray,
    model: Regression | Tree,
    settings: Mapping[str, Any],
) -> OperatingPoint:
    """Return a combined model's cut-off (A22)."""
    options, rule = settings["combined_model"], settings["combined_model"]["cutoff"]
    chosen_on = settings["operating_point"]["chosen_on"]
    if model.status != FITTED:
        return OperatingPoint(name, np.nan, rule, None, 0, model.status)
    if rule == "half":
        return OperatingPoint(name, 0.5, rule, None, 0)
    if rule == "prevalence":
        share = model.n_malignant / model.n
        return OperatingPoint(name, share, rule, options["fitted_on"], model.n)
    rows = rows_of(data.table, chosen_on) & ~np.isnan(score) & ~np.isnan(data.image_call)
    malignant = data.malignant[rows]
    if malignant.all() or not malignant.any():
        status = f"not estimable: {chosen_on} has no scored lesions of both classes"
        return OperatingPoint(name, np.nan, rule, chosen_on, len(malignant), status)
    threshold = youden_gated(
        data.image_call[rows],
        score[rows],
        malignant,
        gated=options["applied_to"] == "image_negatives",
        tie=settings["operating_point"]["tie"],
    )
    status = FITTED
    if np.isinf(threshold):
        status = "fitted; no cut-off betters the Youden index, and no lesion is called by it"
    return OperatingPoint(name, threshold, rule, chosen_on, len(malignant), status)


def _predictions(
    table: pd.DataFrame, columns: Mapping[str, np.ndarray], settings: Mapping[str, Any]
) -> pd.DataFrame:
    """Return the columns of ``predictions.csv`` in the order of the rows that came in."""
    found = table.assign(**columns)
    for name in columns:
        if name.endswith("_call"):
            found[name] = found[name].astype("Int64")
    if "label" not in found:
        found["label"] = np.where(found["malignant"], "malignant", "benign")
    if "cohort" not in found:
        found["cohort"] = ""
    if settings["operating_point"]["chosen_on"] == "test":
        # A case that chose a cut-off is not held out from it.
        found.loc[found["fit"] == "held_out", "fit"] = "in_sample"
    return found.sort_values("_position", ignore_index=True)[PREDICTIONS]
