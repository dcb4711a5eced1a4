"""Choices and nulls: what refitting must and cannot change."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from smallmass.clinical.encoding import FACTORS
from smallmass.evaluation import choices as module
from smallmass.evaluation.choices import COLUMNS, choices, combinations, own_choice, rescored
from smallmass.evaluation.nulls import gate_null, permute_among_negatives
from smallmass.evaluation.refit import fitting_table, pairs_in_test, refit

SETTINGS = {
    "seed": 7,
    "image_model": {
        "region_score": "malignant_share", "image_score": "top_foreground", "floor": 0.0,
    },
    "clinical_model": {"factors": list(FACTORS), "density": "ordinal", "missing": "impute"},
    "operating_point": {"rule": "youden", "chosen_on": "validation", "tie": "specificity"},
    "combined_model": {
        "inputs": "scores", "fitted_on": "validation", "fitted_to": "image_negatives",
        "applied_to": "image_negatives", "cutoff": "youden_gated", "tree_max_depth": 3,
        "tree_min_leaf": 8, "tree_depth": "fixed",
    },
    "evaluation": {"mcnemar": "exact", "null_draws": 30},
}  # fmt: skip
NO_FACTORS = "not estimable: no clinical factors in this cohort"
FITTED = [{"model": model, "status": "ok"} for model in ("image", "regression", "tree")]


FOLDS = pd.DataFrame(columns=["case_id", "arm", "repeat", "fold"])


class Study(NamedTuple):
    """What refitting starts from."""

    predictions: pd.DataFrame
    regions: pd.DataFrame
    cohort: pd.DataFrame

    @property
    def table(self):
        """What the combined models are fitted from."""
        return fitting_table(self.predictions, self.cohort, FOLDS)

    def null(self):
        """Return gate_null.csv."""
        return gate_null(self.predictions, self.cohort, FOLDS, FITTED, SETTINGS)


@pytest.fixture(scope="module")
def study():
    """Predictions of 300 made-up cases with one region each, and the regions."""
    rng = np.random.default_rng(11)
    n = 300
    malignant = np.arange(n) % 2 == 0
    split = np.repeat(["training", "validation", "test"], n // 3)
    benign_share = np.clip(rng.beta(3, 2, n) - 0.15 * malignant, 0.01, 0.99)
    foreground = rng.uniform(0.3, 1, n).round(3)
    regions = pd.DataFrame({
        "case_id": [f"c{i:03d}" for i in range(n)],
        "fit": np.where(split == "test", "held_out", "in_sample"),
        "detection": 0.0,
        "p_background": 1 - foreground,
        "p_benign": benign_share * foreground,
        "p_malignant": (1 - benign_share) * foreground,
        "area_px": 100.0,
    })  # fmt: skip
    cohort = pd.DataFrame({
        "case_id": regions["case_id"],
        "age_years": (rng.normal(46, 9, n) + 6 * malignant).round(),
        "family_history": np.where(rng.random(n) < 0.1 + 0.1 * malignant, "yes", "no"),
        "brca_mutation": "no",
        "breast_density": rng.choice(["fatty", "scattered", "heterogeneous", "extreme"], n),
    })  # fmt: skip
    predictions = regions[["case_id", "fit"]].assign(
        patient_id=regions["case_id"],
        cohort="clinic",
        split=split,
        label=np.where(malignant, "malignant", "benign"),
        image_score=1 - benign_share,
        clinical_score=np.clip(rng.beta(2, 2, n) * 0.7 + 0.25 * malignant, 0, 1),
    )
    calls = dict.fromkeys(["image_call", "regression_call", "tree_call"], np.nan)
    table = fitting_table(predictions.assign(**calls), cohort, FOLDS)
    found = refit(table, SETTINGS).predictions
    return Study(found, regions, cohort)


def test_permutation_moves_clinical_scores_of_image_negatives_alone(study):
    predictions, table = study.predictions, study.table
    negative = predictions["image_call"].astype(int).to_numpy() == 0
    moved = permute_among_negatives(table, negative, np.random.default_rng(0))
    before, after = table["clinical_score"].to_numpy(), moved["clinical_score"].to_numpy()
    assert (before[~negative] == after[~negative]).all()
    assert (before[negative] != after[negative]).any()
    for _, places in table.groupby(["split", "fit"]).indices.items():
        np.testing.assert_array_equal(np.sort(before[places]), np.sort(after[places]))
    clinical = ["clinical_score", *FACTORS]
    assert moved.drop(columns=clinical).equals(table.drop(columns=clinical))
    # A score moves together with the factors behind it.
    rows = {tuple(row) for row in table[clinical].astype(str).to_numpy()}
    assert {tuple(row) for row in moved[clinical].astype(str).to_numpy()} == rows


def test_gate_null(study):
    table = study.null()
    assert list(table.columns[:5]) == [
        "null", "draw", "model", "gain_sensitivity", "loss_specificity",
    ]  # fmt: skip
    assert table.groupby(["null", "model"]).size().to_dict() == {
        (null, model): 1 if null == "observed" else 30
        for null in ("observed", "permuted", "coin")
        for model in ("regression", "tree")
    }
    # Behind a gate nothing can fall: that is what the nulls are there to show.
    assert (table["gain_sensitivity"] >= 0).all()
    assert (table["loss_specificity"] >= 0).all()
    for model, pair in pairs_in_test(study.predictions).items():
        rows = table[(table["null"] == "observed") & (table["model"] == model)]
        assert tuple(rows.iloc[0][["gain_sensitivity", "loss_specificity"]]) == (
            pair.gain,
            pair.loss,
        )
        # A coin raises the call of every image-negative by the same rate, whatever the label.
        negative = ~pair.image
        rate = pair.combined[negative].mean()
        coin = table[(table["null"] == "coin") & (table["model"] == model)]
        expected = rate * negative[pair.malignant].mean()
        spread = (
            rate * (1 - rate) * negative[pair.malignant].mean() / pair.malignant.sum() / 30
        ) ** 0.5
        assert coin["gain_sensitivity"].mean() == pytest.approx(expected, abs=4 * spread)
    pd.testing.assert_frame_equal(table, study.null())


def test_combinations_hold_the_studys_own_once(study):
    chosen = list(combinations(study.table, SETTINGS))
    # 3 x 2 x 2 x 2 x 2 x 3 without folds, 2 x 2 forms, 3 x 4 x 2 scores; the own is in each.
    assert len(chosen) == 144 + 4 + 24 - 2
    assert chosen.count(own_choice(SETTINGS)) == 1
    assert len({tuple(one.values()) for one in chosen}) == len(chosen)
    folded = pd.concat([study.table, study.table.head(100).assign(fit="out_of_fold")])
    assert len(list(combinations(folded, SETTINGS))) == 216 + 4 + 24 - 2
    unknown = study.table.assign(**dict.fromkeys(FACTORS, np.nan))
    assert len(list(combinations(unknown, SETTINGS))) == 144 + 2 + 24 - 2


def test_main_row_is_the_studys_own_result(study, monkeypatch):
    # A few options a question: the full product belongs to a run.
    few = {"A12": module.CHOSEN["A12"], "A22": module.CHOSEN["A22"]}
    rest = {
        name: (section, key, (SETTINGS[section][key],))
        for name, (section, key, _) in module.CHOSEN.items()
        if name not in few
    }
    monkeypatch.setattr(module, "CHOSEN", rest | few)
    table = choices(study.predictions, [study.regions], study.cohort, FOLDS, FITTED, SETTINGS)
    assert list(table.columns) == COLUMNS
    assert len(table) == 4 * (9 + 4 + 24 - 2)
    main = table[table["main"] == 1]
    assert len(main) == 1
    pair = pairs_in_test(study.predictions)["tree"]
    assert main.iloc[0]["tree_gain_sensitivity"] == pair.gain
    assert main.iloc[0]["tree_loss_specificity"] == pair.loss
    assert main.iloc[0]["image_sensitivity"] == pair.image[pair.malignant].mean()
    # Every option of A09 but the share itself changes these regions' order; A10 cannot, since
    # every image has one region.
    by_a10 = table[
        (table["A25"] == "exact") & (table["A39"] == 0.0) & (table["A12"] == "validation")
    ]
    by_a10 = by_a10[by_a10["A22"] == "youden_gated"]
    assert (by_a10.groupby("A09")["image_sensitivity"].nunique() == 1).all()
    optimistic = table[(table["A12"] == "test") & (table["A25"] == "exact")]
    youden = optimistic["image_sensitivity"] + optimistic["image_specificity"]
    own = main.iloc[0]["image_sensitivity"] + main.iloc[0]["image_specificity"]
    assert (youden >= own - 1e-12).all()


def test_rescoring_with_the_studys_own_options_is_the_image_score(study):
    two_seeds = [study.regions, study.regions]
    own = rescored(study.table, two_seeds, own_choice(SETTINGS))
    np.testing.assert_allclose(own, study.table["image_score"], atol=1e-9)


def test_refitting_with_folds_gives_the_studys_own_calls(study):
    held = study.table[study.table["split"] == "training"].assign(fit="out_of_fold")
    table = pd.concat([study.table, held], ignore_index=True)
    options = {**SETTINGS["combined_model"], "fitted_on": "training_out_of_fold"}
    settings = {**SETTINGS, "combined_model": options}
    table["fold"] = np.where(table["fit"] == "out_of_fold", np.arange(len(table)) % 5, np.nan)
    first = refit(table, settings).predictions
    folds = held[["case_id"]].assign(
        arm="image_model", repeat=0, fold=table["fold"].dropna().to_numpy()
    )
    again = refit(fitting_table(first, study.cohort, folds), settings).predictions
    pd.testing.assert_frame_equal(first, again)


def test_without_clinical_factors_both_tables_say_so(study):
    nothing = dict.fromkeys(["clinical_score", "regression_call", "tree_call"], np.nan)
    empty = study._replace(predictions=study.predictions.assign(**nothing))
    points = [{"model": "regression", "threshold": None, "status": NO_FACTORS}]
    rest = (empty.cohort.assign(**dict.fromkeys(FACTORS, np.nan)), FOLDS, points, SETTINGS)
    for table in (
        choices(empty.predictions, [empty.regions], *rest),
        gate_null(empty.predictions, *rest),
    ):
        assert list(table["note"]) == [NO_FACTORS]
        assert table.drop(columns="note").isna().all(axis=None)
