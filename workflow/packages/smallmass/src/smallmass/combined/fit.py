"""A combined model fitted to some rows of a study, and its score of every row [(g) in Figure 1].

Light on purpose: re-analyses fit the combined models thousands of times with other choices.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from smallmass.combined.data import Data
from smallmass.combined.regression import Regression, fit_regression
from smallmass.combined.tree import Tree, fit_tree
from smallmass.errors import UserError
from smallmass.options import FittedOn
from smallmass.seeds import derive
from smallmass.settings import CombinedModelSettings
from smallmass.words import Model


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


def fit_rows(data: Data, combined_model: CombinedModelSettings) -> np.ndarray:
    """Return the rows that the models are fitted on (A20), bool ``(rows,)``.

    Args:
        data: The study's rows.
        combined_model: The settings, ``fitted_on`` and ``fitted_to``.

    Raises:
        UserError: If ``fitted_on`` asks for out-of-fold scores and there are none.
    """
    chosen = data.rows(combined_model.fitted_on)
    if combined_model.fitted_on == FittedOn.TRAINING_OUT_OF_FOLD and not chosen.any():
        raise UserError(
            "combined_model.fitted_on: training_out_of_fold needs out-of-fold scores, and none "
            "were made; set image_model.folds to 2 or more, or fit on validation"
        )
    rows = chosen & data.known
    return rows & (data.image_call == 0) if combined_model.fitted_to.gated else rows


def fit_and_score(
    name: str, data: Data, rows: np.ndarray, combined_model: CombinedModelSettings
) -> Fitted:
    """Fit a combined model on some rows and score every row.

    The result depends on the inputs, the rows and, for a tree, its options, and on nothing else
    of the analysis.

    Args:
        name: One of `FITS`.
        data: The study's rows.
        rows: bool ``(rows,)``: see `fit_rows`.
        combined_model: The settings of the tree.
    """
    fit = FITS[name]
    model = fit(data, rows, combined_model)
    score = np.full(len(data.malignant), np.nan)
    for fitted, scored in _parts(data, rows):
        part = model if fitted is rows else fit(data, fitted, combined_model)
        if part.status.fitted:
            score[scored] = part.score(data.take(scored))
    return Fitted(model, score)


def _regression(data: Data, rows: np.ndarray, combined_model: CombinedModelSettings) -> Regression:
    return fit_regression(data.take(rows), data.malignant[rows])


def _tree(data: Data, rows: np.ndarray, combined_model: CombinedModelSettings) -> Tree:
    return fit_tree(
        data.take(rows),
        data.malignant[rows],
        data.whose[rows],
        max_depth=combined_model.tree_max_depth,
        min_leaf=combined_model.tree_min_leaf,
        depth=combined_model.tree_depth,
        seed=derive(data.seed, "combined", "tree"),
    )


FITS: dict[str, Callable[[Data, np.ndarray, CombinedModelSettings], Regression | Tree]] = {
    Model.REGRESSION: _regression,
    Model.TREE: _tree,
}


def _parts(data: Data, rows: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows to fit on and rows to score with that fit."""
    out_of_fold = data.rows(FittedOn.TRAINING_OUT_OF_FOLD)
    if not (out_of_fold & rows).any():
        yield rows, np.ones(len(rows), dtype=bool)
        return
    yield rows, ~out_of_fold
    folds = data.folds()
    for fold in np.unique(folds[out_of_fold]):
        inside = folds == fold
        yield rows & ~inside, out_of_fold & inside
