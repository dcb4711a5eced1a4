"""Combined models read from their files: the same scores as the fitted ones, bit for bit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_settings import with_settings
from smallmass.combined.cutoff import NOBODY
from smallmass.combined.loading import load_combined, threshold
from smallmass.combined.regression import fit_regression
from smallmass.combined.study import fit_combined
from smallmass.combined.tree import fit_tree
from smallmass.files import write_json
from smallmass.status import FITTED, ONE_CLASS, read_record

REST = {"inputs": ["image_score", "clinical_score"], "applied_to": "image_negatives"}
CUTOFF = {"threshold": 0.5, "status": FITTED}


def reread(description: dict, tmp_path) -> dict:
    """Return a description as a study writes and reads it, with its keys sorted."""
    write_json(tmp_path / "model.json", {"cutoff": CUTOFF} | description)
    return read_record(tmp_path / "model.json")


def draw(seed: int, n: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return inputs with six decimals, as scores have them, and labels."""
    rng = np.random.default_rng(seed)
    malignant = rng.random(n) < 0.4
    names = ("image_score", "clinical_score")
    return {m: np.round(np.clip(rng.normal(0.4 + 0.2 * malignant, 0.2), 0, 1), 6) for m in names}, (
        malignant
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_a_tree_scores_as_scikit_learn_does(tmp_path_factory, seed, depth):
    """Also at its own thresholds and next to them, and where an input is unknown."""
    inputs, malignant = draw(seed, 80)
    fitted = fit_tree(
        inputs, malignant, np.arange(80).astype(str),
        max_depth=depth, min_leaf=3, depth="fixed", seed=1,
    )  # fmt: skip
    description = fitted.to_dict()
    edges = [node["threshold"] for node in description["nodes"] if "threshold" in node] or [0.5]
    near = [np.nextafter(edge, side) for edge in edges for side in (0, 1)]
    grid = np.array([*edges, *near, *np.float32(edges), 0.0, 1.0, np.nan])
    image, clinical = (axis.ravel() for axis in np.meshgrid(grid, grid))
    cases = {"image_score": image, "clinical_score": clinical}
    loaded = load_combined("tree", reread(description | REST, tmp_path_factory.mktemp("tree")))
    np.testing.assert_array_equal(loaded.score(cases), fitted.score(cases))
    fresh, _ = draw(seed + 1, 500)
    np.testing.assert_array_equal(loaded.score(fresh), fitted.score(fresh))


@pytest.mark.parametrize("seed", range(5))
def test_a_regression_scores_as_the_fitted_one(tmp_path, seed):
    """Its sum keeps the order of the fit, though JSON sorts the coefficients."""
    inputs, malignant = draw(seed, 80)
    fitted = fit_regression(inputs, malignant)
    loaded = load_combined("regression", reread(fitted.to_dict() | REST, tmp_path))
    fresh, _ = draw(seed + 100, 1000)
    fresh["clinical_score"][7] = np.nan
    np.testing.assert_array_equal(loaded.score(fresh), fitted.score(fresh))
    assert np.isnan(loaded.score(fresh)[7])


def test_what_was_not_fitted_gives_no_score(tmp_path):
    """One class alone: the reason stays, and every score is unknown."""
    inputs, malignant = draw(3, 30)
    fitted = fit_regression(inputs, np.zeros_like(malignant))
    loaded = load_combined("regression", reread(fitted.to_dict() | REST, tmp_path))
    assert loaded.model is None and not loaded.status.estimable
    assert np.isnan(loaded.score(inputs)).all()


def test_no_threshold_means_two_things():
    """None that could be found, or one that no lesion reaches."""
    assert threshold({"threshold": 0.25, "status": FITTED}) == 0.25
    assert np.isposinf(threshold({"threshold": None, "status": NOBODY}))
    assert np.isnan(threshold({"threshold": None, "status": ONE_CLASS}))


@pytest.mark.parametrize("missing", ["impute", "indicator", "complete"])
def test_factors_as_inputs_are_coded_as_in_the_fit(tmp_path, missing):
    """A19 `factors`: the file holds the coding, and gives the study's own scores again."""
    rng = np.random.default_rng(8)
    n = 400
    malignant = rng.random(n) < 0.5
    table = pd.DataFrame(
        {
            "case_id": [f"c{i:03d}" for i in range(n)],
            "split": np.repeat(["training", "validation"], n // 2),
            "fit": "in_sample",
            "malignant": malignant,
            "image_score": np.round(np.clip(rng.normal(0.4 + 0.2 * malignant, 0.2), 0, 1), 6),
            "clinical_score": 0.5,
            "age_years": np.where(rng.random(n) < 0.1, np.nan, rng.normal(50, 9, n).round()),
            "family_history": rng.choice(["yes", "no", "unknown"], n),
            "brca_mutation": rng.choice(["yes", "no"], n),
            "breast_density": rng.choice(["fatty", "scattered", "extreme", "unknown"], n),
        }
    )
    result = fit_combined(
        table,
        with_settings(
            inputs="factors",
            fitted_to="all",
            applied_to="all",
            tree_min_leaf=5,
            density="onehot",
            missing=missing,
        ),
        seed=5,
    )
    for name in ("regression", "tree"):
        described = reread(getattr(result, name), tmp_path)
        loaded = load_combined(name, described)
        assert loaded.status == FITTED and len(loaded.inputs) > 4
        np.testing.assert_array_equal(
            loaded.score(loaded.values(table)), result.predictions[f"{name}_score"]
        )
