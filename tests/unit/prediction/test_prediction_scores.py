"""Scores and calls of new cases: what is unknown stays so, and it is said why."""

import logging

import numpy as np
import pandas as pd
import pytest

from smallmass.clinical.model import load_clinical_model, write_clinical
from smallmass.clinical.study import run_clinical
from smallmass.combined.study import fit_combined
from smallmass.files import read_json, write_json
from smallmass.prediction.overlay import describe
from smallmass.prediction.scores import IMAGE_ALONE, NO_REGION, cutoffs, predict
from smallmass.settings import ClinicalModelSettings
from smallmass.settings.picking import chosen, typed
from smallmass.status import CROSS_FITTED
from smallmass.trained_models import TrainedModels
from study_settings import study_settings

COMBINED = study_settings({"combined_model.tree_min_leaf": 5})


def make_study(folder, missing: str, factors=("age_years", "brca_mutation")) -> TrainedModels:
    """Fit the clinical and the combined models of a small study; images have scores alone."""
    rng = np.random.default_rng(3)
    n = 160
    malignant = rng.random(n) < 0.5
    cases = pd.DataFrame(
        {
            "case_id": [f"c{i:03d}" for i in range(n)],
            "split": np.repeat(["training", "validation"], n // 2),
            "label": np.where(malignant, "malignant", "benign"),
            "age_years": np.where(rng.random(n) < 0.1, np.nan, rng.normal(45 + 8 * malignant, 8)),
            "brca_mutation": np.where(rng.random(n) < 0.2 + 0.3 * malignant, "yes", "no"),
        }
    )
    settings = {
        "factors": list(factors), "density": "ordinal", "missing": missing, "hidden": [8],
        "architecture": "printed", "trials": 0, "epochs": 2, "batch": 16,
    }  # fmt: skip
    run = run_clinical(
        cases, typed(ClinicalModelSettings, settings), seed=1, log=logging.getLogger("test")
    )
    write_clinical(run, folder / "clinical_model")
    table = cases.merge(run.scores, on="case_id").assign(malignant=malignant)
    table["image_score"] = np.round(np.clip(rng.normal(0.4 + 0.2 * malignant, 0.15), 0, 1), 6)
    result = fit_combined(table, COMBINED, 1, clinical_status=run.status)
    write_json(folder / "combined/regression.json", result.regression)
    write_json(folder / "combined/tree.json", result.tree)
    write_json(folder / "operating_points.json", result.operating_points)
    reading = chosen({"cohort": {"sources": {"folder": "dealt"}}, "image_model": {"seeds": 2}})
    return TrainedModels(folder, "small", reading, {})


def new_cases() -> pd.DataFrame:
    """Return four new cases: all factors known, one unknown, none known, none and no region."""
    return pd.DataFrame(
        {
            "case_id": ["all", "some", "none", "nothing"],
            "patient_id": None,
            "image": ["1.png", "2.png", "3.png", "4.png"],
            "age_years": [50.0, np.nan, np.nan, np.nan],
            "family_history": "unknown",
            "brca_mutation": ["no", "yes", "unknown", "unknown"],
            "breast_density": ["fatty", "unknown", "fatty", "unknown"],
        }
    )


def new_scores() -> pd.DataFrame:
    """Return the image scores of two seeds."""
    return pd.DataFrame(
        {
            "case_id": ["all", "some", "none", "nothing"] * 2,
            "seed": [0] * 4 + [1] * 4,
            "fit": "new",
            "image_score": [0.2, 0.9, 0.3, 0.0, 0.3, 0.9, 0.1, 0.0],
            "detection": pd.array([0, 0, 2, None] * 2, dtype="Int64"),
        }
    )


def alike(far: str = "") -> pd.DataFrame:
    """Return that the new images are like those of training, but for one."""
    names = pd.Series(["all", "some", "none", "nothing"])
    unlike = (names == far).astype("Int64")
    note = np.where(names == far, "unlike the others", "")
    return pd.DataFrame({"case_id": names, "distance": 3.5, "unlike": unlike, "note": note})


@pytest.fixture(scope="module")
def imputing(tmp_path_factory) -> TrainedModels:
    """A study that fills unknown factors (A15)."""
    return make_study(tmp_path_factory.mktemp("impute"), "impute")


def test_no_score_is_made_of_filled_factors_alone(imputing):
    """Age and BRCA are in use: with neither known there is no clinical and no combined score."""
    found = predict(imputing, new_cases(), new_scores(), alike()).set_index("case_id")
    combined = ["clinical_score", "regression_score", "regression_call", "tree_score", "tree_call"]
    assert found.loc[["none", "nothing"], combined].isna().all(axis=None)
    assert found.loc[["all", "some"], combined].notna().all(axis=None)
    assert "no clinical factor is known" in found.loc["none", "note"]
    assert NO_REGION in found.loc["nothing", "note"] and NO_REGION not in found.loc["none", "note"]
    assert found.loc["all", "note"] == ""
    assert found.loc["all", "unknown_factors"] == "family_history"  # not in use: no note
    assert (found["use"] == "for research, not for diagnosis").all()


def test_an_image_unlike_those_of_training_is_told_first(imputing):
    """In a column of its own and before what else is to be known; it is scored all the same."""
    found = predict(imputing, new_cases(), new_scores(), alike("none")).set_index("case_id")
    assert list(found["unlike"]) == [0, 0, 1, 0] and (found["distance"] == 3.5).all()
    assert found.loc["none", "note"].startswith("unlike the others; ")
    assert found["image_score"].notna().all() and "unlike" not in found.loc["all", "note"]


def test_scores_are_those_of_the_models(imputing):
    """The mean over seeds; the clinical model's own score; the gate keeps image-positives."""
    found = predict(imputing, new_cases(), new_scores(), alike()).set_index("case_id")
    np.testing.assert_allclose(found["image_score"], [0.25, 0.9, 0.2, 0.0])
    limit = cutoffs(imputing)["image"]
    assert list(found["image_call"]) == [int(x >= limit) for x in found["image_score"]]
    own = load_clinical_model(imputing.folder / "clinical_model").score(new_cases())
    np.testing.assert_array_equal(found["clinical_score"][:2], own[:2])
    assert "age_years is unknown, and was read as" in found.loc["some", "note"]
    assert found.loc["some", "image_call"] == 1
    assert found.loc["some", "regression_call"] == found.loc["some", "tree_call"] == 1


def test_a_complete_case_study_leaves_out_incomplete_cases(tmp_path):
    """A15 `complete`: as in the study, one unknown factor means no score."""
    found = predict(make_study(tmp_path, "complete"), new_cases(), new_scores(), alike())
    found = found.set_index("case_id")
    assert pd.notna(found.loc["all", "clinical_score"])
    assert pd.isna(found.loc["some", "clinical_score"])
    assert "leaves out cases with an unknown factor" in found.loc["some", "note"]


def test_a_study_without_clinical_factors(tmp_path):
    """As on BUS-BRA: image scores and calls alone, and one note for all that is missing."""
    models = make_study(tmp_path, "impute", factors=("family_history",))
    found = predict(models, new_cases(), new_scores(), alike()).set_index("case_id")
    assert found["image_call"].notna().all()
    assert found[["clinical_score", "regression_score", "tree_call"]].isna().all(axis=None)
    assert found.loc["all", "note"].startswith(
        "the study has no clinical or regression or tree model (not estimable"
    )


def test_a_study_that_cross_fits_reads_new_images_by_the_image_model_alone(tmp_path):
    """The note is a sentence for whoever opens the table, not the models' status."""
    models = make_study(tmp_path, "impute")
    for name in ("clinical_model/model.json", "combined/regression.json", "combined/tree.json"):
        write_json(tmp_path / name, read_json(tmp_path / name) | {"status": CROSS_FITTED})
    found = predict(models, new_cases(), new_scores(), alike()).set_index("case_id")
    assert found[["clinical_score", "regression_score", "tree_call"]].isna().all(axis=None)
    assert found.loc["all", "note"] == IMAGE_ALONE


def test_the_lines_beneath_a_picture(imputing):
    """Every score with what it is held against; what the image decided is said to be its."""
    found = predict(imputing, new_cases(), new_scores(), alike())
    regions = pd.DataFrame(
        {"detection": [0], "p_benign": [0.3], "p_malignant": [0.2], "p_background": [0.5]}
    )
    limits = {"image": 0.5, "regression": 0.95, "tree": np.inf}
    lines = describe(found.iloc[1].to_dict(), regions, 0, 0.7, limits)
    assert lines[0] == (
        "Image score 0.90: malignant (malignant: from 0.50 on); that the region is a lesion: 0.50, "
        "under 0.7"
    )
    assert lines[3].endswith("malignant, as the image model calls it")
    lines = describe(found.iloc[3].to_dict(), regions.iloc[:0], pd.NA, 0.7, limits)
    assert lines[1] == "Clinical score none" and lines[2] == "Regression none: no call"
