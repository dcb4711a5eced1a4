"""A decision tree (CART) on the combined model's inputs [(g) in Figure 1; A23]."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from smallmass.options import TreeDepth
from smallmass.status import FITTED, NO_LESIONS, ONE_CLASS, Status

CV_FOLDS = 5


@dataclass(frozen=True)
class Tree:
    """A fitted tree; its score is the share of malignant lesions in the leaf.

    Attributes:
        inputs: Names of the inputs.
        model: scikit-learn's tree, None where there is none.
        max_depth: The deepest that it was allowed to be.
        min_leaf: Lesions that every leaf has at least.
        n, n_malignant: Lesions of the fit.
        status: Fitted, or why it could not be.
    """

    inputs: list[str]
    model: Any
    max_depth: int
    min_leaf: int
    n: int
    n_malignant: int
    status: Status = FITTED

    def score(self, values: dict[str, np.ndarray]) -> np.ndarray:
        """Return the probability of malignancy; NaN where an input is unknown.

        Args:
            values: Every input by name, ``(cases,)`` each.
        """
        columns = np.column_stack([values[name] for name in self.inputs])
        known = ~np.isnan(columns).any(axis=1)
        scores = np.full(len(columns), np.nan)
        if known.any():
            scores[known] = self.model.predict_proba(columns[known])[:, 1]
        return scores

    def to_dict(self) -> dict[str, Any]:
        """Return what ``tree.json`` says."""
        description = {
            "status": self.status,
            "n": self.n,
            "n_malignant": self.n_malignant,
        }
        if not self.status.fitted:
            return description
        from sklearn.tree import export_text

        leaves = int(self.model.get_n_leaves())
        text = (
            export_text(
                self.model,
                feature_names=self.inputs,
                class_names=["benign", "malignant"],
                decimals=6,
                show_weights=True,
            )
            if leaves > 1
            else "one leaf: no split leaves enough lesions on both sides, or none helps"
        )
        return description | {
            "method": "CART, Gini impurity",
            "max_depth": self.max_depth,
            "min_leaf": self.min_leaf,
            "depth": int(self.model.get_depth()),
            "leaves": leaves,
            "text": text.splitlines(),
            "nodes": self._nodes(),
        }

    def _nodes(self) -> list[dict[str, Any]]:
        """Return the nodes as data; a lesion goes left if its input is at most the threshold."""
        tree = self.model.tree_
        nodes = []
        for i in range(tree.node_count):
            share = float(tree.value[i, 0, 1])
            n = int(tree.n_node_samples[i])
            node = {
                "node": i,
                "n": n,
                "n_malignant": round(share * n),
                "share_malignant": share,
            }
            if tree.children_left[i] >= 0:
                node |= {
                    "input": self.inputs[tree.feature[i]],
                    "threshold": float(tree.threshold[i]),
                    "left": int(tree.children_left[i]),
                    "right": int(tree.children_right[i]),
                }
            nodes.append(node)
        return nodes


def fit_tree(
    values: dict[str, np.ndarray],
    malignant: np.ndarray,
    patients: np.ndarray,
    *,
    max_depth: int,
    min_leaf: int,
    depth: str,
    seed: int,
) -> Tree:
    """Fit a tree.

    Args:
        values: Inputs by name, ``(lesions,)`` each, known.
        malignant: ``(lesions,)`` bool.
        patients: ``(lesions,)`` ids; a patient never crosses a fold of the cross-validation.
        max_depth: Splits from the root to a leaf, at most.
        min_leaf: Lesions in every leaf, at least.
        depth: ``fixed``: ``max_depth``; ``cross_validated``: chosen, up to ``max_depth``, by the
            Brier score of a cross-validation; the least depth among equals.
        seed: Of folds, and of ties between equally good splits.
    """
    inputs = list(values)
    n, n_malignant = len(malignant), int(malignant.sum())
    if n_malignant in (0, n):
        status = ONE_CLASS if n else NO_LESIONS
        return Tree(inputs, None, max_depth, min_leaf, n, n_malignant, status)
    from sklearn import config_context

    columns = np.column_stack(list(values.values()))
    # The values are known and the options the schema's: of a small fit, checks are a fifth.
    with config_context(assume_finite=True, skip_parameter_validation=True):
        choose = DEPTHS[TreeDepth(depth)]
        max_depth = choose(columns, malignant, patients, max_depth, min_leaf, seed)
        model = _cart(max_depth, min_leaf, seed).fit(columns, malignant)
    return Tree(inputs, model, max_depth, min_leaf, n, n_malignant)


def _cart(max_depth: int, min_leaf: int, seed: int):
    """Return an unfitted tree."""
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(max_depth=max_depth, min_samples_leaf=min_leaf, random_state=seed)


def _best_depth(
    columns: np.ndarray,
    malignant: np.ndarray,
    patients: np.ndarray,
    max_depth: int,
    min_leaf: int,
    seed: int,
) -> int:
    """Return the depth with the least cross-validated Brier score."""
    smaller = int(min(malignant.sum(), (~malignant).sum(), len(np.unique(patients))))
    if smaller < 2:
        return 1
    errors = np.zeros(max_depth)
    # As the tree would cast them; checked once here and not in each of the many small fits.
    columns = np.ascontiguousarray(columns, np.float32)
    folds = _folds(min(CV_FOLDS, smaller), malignant.tobytes(), tuple(patients), seed)
    for fit, held_out in folds:
        if malignant[fit].all() or not malignant[fit].any():
            continue
        inside, outside = columns[fit], columns[held_out]
        for depth in range(1, max_depth + 1):
            model = _cart(depth, min_leaf, seed).fit(inside, malignant[fit], check_input=False)
            score = model.predict_proba(outside, check_input=False)[:, 1]
            error = np.sum((score - malignant[held_out]) ** 2)
            if model.get_depth() < depth:
                # The limit was not met: the deeper trees are this one.
                errors[depth - 1 :] += error
                break
            errors[depth - 1] += error
    # Sums of the same errors in another order must not prefer a deeper tree.
    return int(np.argmin(np.round(errors, 9))) + 1


def _fixed_depth(
    columns: np.ndarray,
    malignant: np.ndarray,
    patients: np.ndarray,
    max_depth: int,
    min_leaf: int,
    seed: int,
) -> int:
    """Return the depth that the settings allow."""
    return max_depth


DEPTHS = {TreeDepth.FIXED: _fixed_depth, TreeDepth.CROSS_VALIDATED: _best_depth}
"""A23: from the lesions of the fit to the depth of the tree."""


@lru_cache(maxsize=64)
def _folds(
    n: int, malignant: bytes, patients: tuple[str, ...], seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return rows to fit on and rows held out; re-analyses ask for the same ones again and again.

    Args:
        n: How many folds.
        malignant: ``(lesions,)`` bool, as bytes.
        patients: ``(lesions,)`` ids.
        seed: Of the folds.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    labels = np.frombuffer(malignant, bool)
    folds = StratifiedGroupKFold(n, shuffle=True, random_state=seed)
    return list(folds.split(labels, labels, np.array(patients)))
