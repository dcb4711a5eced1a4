"""Operating points, gate, regression, tree."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostic_accuracy.roc import youden_threshold
from model_settings import COMBINED as SETTINGS
from model_settings import make_table, with_settings
from smallmass.combined.data import OWN_FOLDS, PREDICTIONS, Data
from smallmass.combined.gate import final_call, youden_gated
from smallmass.combined.operating_point import placed
from smallmass.combined.regression import fit_regression
from smallmass.combined.scores import analysed, join_scores
from smallmass.combined.study import fit_combined
from smallmass.combined.tree import fit_tree
from smallmass.errors import UserError
from smallmass.files import write_json
from smallmass.options import Threshold
from smallmass.status import FITTED, NO_FACTORS

SCORES = st.lists(
    st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=40
).filter(lambda rows: len({row[0] for row in rows}) == 2)


def rates(call, malignant):
    return call[malignant].mean(), 1 - call[~malignant].mean()


@given(SCORES, st.integers(0, 7), st.integers(0, 7))
def test_the_gate_never_lowers_sensitivity_nor_raises_specificity(rows, threshold, cutoff):
    malignant, image, second = (np.array(column) for column in zip(*rows, strict=True))
    image_call = (image >= threshold).astype(float)
    call = final_call(image_call, second.astype(float), cutoff, gated=True)
    sensitivity, specificity = rates(image_call, malignant)
    gated = rates(call, malignant)
    assert gated[0] >= sensitivity and gated[1] <= specificity
    assert (call[image_call == 1] == 1).all()


@given(SCORES, st.integers(0, 7), st.booleans(), st.sampled_from(["specificity", "sensitivity"]))
def test_the_gated_cutoff_is_the_best_of_a_search_through_all(rows, threshold, gated, tie):
    malignant, image, second = (np.array(column) for column in zip(*rows, strict=True))
    image_call, second = (image >= threshold).astype(float), second.astype(float)
    found = youden_gated(image_call, second, malignant, gated=gated, tie=tie)
    reached = {}
    for cutoff in [*second[(image_call == 0) | (not gated)], np.inf]:
        reached[cutoff] = rates(final_call(image_call, second, cutoff, gated=gated), malignant)
    index = {cutoff: a + b for cutoff, (a, b) in reached.items()}
    equal = [c for c in index if index[c] > max(index.values()) - 1e-9]
    side = 1 if tie == "specificity" else 0
    assert found in equal
    assert reached[found][side] == max(reached[cutoff][side] for cutoff in equal)


@given(SCORES, st.sampled_from(["specificity", "sensitivity"]))
def test_a_cutoff_may_lie_anywhere_between_two_observed_scores(rows, tie):
    malignant, score = np.array([r[0] for r in rows]), np.array([float(r[1]) for r in rows])
    chosen = youden_threshold(score, malignant, tie=tie)
    places = {where: placed(chosen, score, where) for where in list(Threshold)}
    assert places["observed"] == chosen
    for cutoff in places.values():  # A13 changes no call of the lesions that chose
        np.testing.assert_array_equal(score >= cutoff, score >= chosen)
    if (score < chosen).any():
        below = score[score < chosen].max()
        assert places["midpoint"] == (below + chosen) / 2
        other = np.array([below - 1, below, np.nextafter(below, 9), below + 0.5, chosen])
        np.testing.assert_array_equal(other >= places["above"], other > below)
    else:
        assert set(places.values()) == {chosen}


def make_patients():
    """Six lesions of three patients; the second patient has one of each kind."""
    return pd.DataFrame({
        "case_id": list("abcdef"),
        "cohort": "clinic",
        "patient_id": ["1", "1", "2", "2", "3", None],
        "split": "test",
        "fit": "held_out",
        "label": ["benign", "benign", "benign", "malignant", "malignant", "benign"],
        "malignant": [False, False, False, True, True, False],
        "reference_standard": ["biopsy", "follow-up", "surgery", "biopsy", "unknown", "unknown"],
        "image_score": [0.2, 0.4, 0.9, 0.3, 0.5, 0.1],
    })  # fmt: skip


def test_a_patient_is_its_highest_score_and_ill_if_any_lesion_is():
    patients = SETTINGS.evaluation.changed({"unit": "patient"})
    found = analysed(make_patients(), patients)
    assert found["case_id"].tolist() == ["b", "c", "e", "f"]
    assert found["label"].tolist() == ["benign", "malignant", "malignant", "benign"]
    assert found["malignant"].tolist() == [False, True, True, False]
    lesions = analysed(make_patients(), SETTINGS.evaluation)
    pd.testing.assert_frame_equal(lesions, make_patients())


def test_benign_lesions_without_tissue_can_be_left_out():
    options = SETTINGS.evaluation.changed({"reference_standard": "biopsied"})
    assert analysed(make_patients(), options)["case_id"].tolist() == ["a", "c", "d", "e"]
    unknown = make_patients().assign(reference_standard="unknown")
    with pytest.raises(UserError, match="reference_standard"):
        analysed(unknown, options)


def test_a_lesion_without_a_combined_score_has_no_call():
    call = final_call(np.array([1.0, 0.0, 0.0]), np.array([np.nan, np.nan, 0.9]), 0.5, gated=True)
    np.testing.assert_array_equal(call, [np.nan, np.nan, 1])


def test_coefficients_errors_and_p_values_are_those_of_statsmodels():
    from statsmodels.discrete.discrete_model import Logit

    rng = np.random.default_rng(5)
    values = {"image_score": rng.random(70), "clinical_score": rng.random(70)}
    logit = 2 * values["image_score"] + values["clinical_score"] - 2
    malignant = rng.random(70) < 1 / (1 + np.exp(-logit))
    found = fit_regression(values, malignant)
    design = np.column_stack([np.ones(70), *values.values()])
    oracle = Logit(malignant.astype(float), design).fit(disp=0, tol=1e-12)
    estimates = [found.intercept, *found.coefficients]
    np.testing.assert_allclose(estimates, oracle.params, rtol=1e-6)
    np.testing.assert_allclose(found.errors, oracle.bse, rtol=1e-6)
    np.testing.assert_allclose(found.score(values), oracle.predict(design), rtol=1e-7)
    described = found.to_dict()
    terms = [described["intercept"], *described["coefficients"].values()]
    np.testing.assert_allclose([t["p_value"] for t in terms], oracle.pvalues, rtol=1e-5)
    intervals = np.log([[t["odds_ratio_low"], t["odds_ratio_high"]] for t in terms])
    np.testing.assert_allclose(intervals, oracle.conf_int(), rtol=1e-5)


@pytest.mark.parametrize("a, b, c, d", [(3, 5, 0, 20), (4, 0, 9, 11), (1, 0, 30, 31)])
def test_quasi_separation_gets_firths_estimate(a, b, c, d):
    # One binary factor: the model is saturated, and Firth's estimate is the log odds ratio with
    # one half added to every cell (Haldane 1956; Firth 1993, section 3.3).
    factor = np.repeat([1.0, 1.0, 0.0, 0.0], [a, b, c, d])
    malignant = np.repeat([True, False, True, False], [a, b, c, d])
    found = fit_regression({"factor": factor}, malignant)
    expected = np.log((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5)))
    assert found.method.startswith("Firth")
    assert found.coefficients[0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    "score, malignant, word",
    [
        ([0.1, 0.2, 0.8, 0.9], [False, False, True, True], "without error"),
        ([0.1, 0.2, 0.8, 0.9], [False] * 4, "one class"),
        ([], [], "no lesions"),
    ],
)
def test_what_cannot_be_fitted_says_why(score, malignant, word):
    values, malignant = {"image_score": np.array(score)}, np.array(malignant, bool)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        status = fit_regression(values, malignant).status
    assert not status.estimable and word in status.reason


def test_a_tree_finds_the_step_and_respects_its_leaves():
    score = np.arange(60) / 60
    malignant = score >= 0.5
    names = np.arange(60).astype(str)
    how = {"max_depth": 3, "depth": "fixed", "seed": 0}
    described = fit_tree({"score": score}, malignant, names, min_leaf=20, **how).to_dict()
    root, *leaves = described["nodes"]
    assert root["threshold"] == pytest.approx(29.5 / 60)
    assert [leaf["share_malignant"] for leaf in leaves] == [0, 1]
    assert [leaf["n"] for leaf in leaves] == [30, 30]
    small = fit_tree({"score": score}, malignant, names, min_leaf=31, **how).to_dict()
    assert small["leaves"] == 1


def test_a_tree_with_one_leaf_changes_no_call():
    changed = with_settings(tree_min_leaf=1000)
    result = fit_combined(make_table(), changed, 1)
    found = result.predictions
    assert result.tree["leaves"] == 1
    assert (found["tree_call"] == found["image_call"]).all()
    assert result.operating_points[2]["threshold"] is None


def test_depth_by_cross_validation_stays_at_one_where_one_step_is_all_there_is():
    rng = np.random.default_rng(0)
    score = rng.random(400)
    malignant = rng.random(400) < np.where(score > 0.5, 0.8, 0.2)
    values, names = {"score": score}, np.arange(400).astype(str)
    tree = fit_tree(
        values, malignant, names, max_depth=3, min_leaf=5, depth="cross_validated", seed=0
    )
    assert tree.to_dict()["depth"] == 1


def test_calls_follow_from_scores_and_cutoffs(tmp_path):
    table = make_table()
    result = fit_combined(table, SETTINGS, 1)
    found = result.predictions
    assert list(found.columns) == PREDICTIONS
    assert found["case_id"].tolist() == table["case_id"].tolist()
    cutoffs = {p["model"]: p["threshold"] for p in result.operating_points}
    image = found["image_score"] >= cutoffs["image"]
    assert (found["image_call"] == image).all()
    for name in ("regression", "tree"):
        expected = image | (found[f"{name}_score"] >= cutoffs[name])
        assert (found[f"{name}_call"] == expected).all()
        assert found[f"{name}_score"].between(0, 1).all()
    negatives = (table["split"] == "validation") & ~image
    assert result.regression["n"] == result.tree["n"] == negatives.sum()
    assert result.regression["n_malignant"] == table.loc[negatives, "malignant"].sum()
    write_json(tmp_path / "all.json", [result.operating_points, result.regression, result.tree])


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31), st.booleans())
def test_the_order_of_cases_changes_nothing(seed, out_of_fold):
    table = make_table(seed % 3, out_of_fold=out_of_fold)
    fitted_on = "training_out_of_fold" if out_of_fold else "validation"
    changed = with_settings(fitted_on=fitted_on)
    shuffled = table.sample(frac=1, random_state=seed).reset_index(drop=True)
    first, second = fit_combined(table, changed, 1), fit_combined(shuffled, changed, 1)
    assert first.operating_points == second.operating_points
    assert first.regression == second.regression and first.tree == second.tree
    key = ["case_id", "fit"]
    a, b = (r.predictions.sort_values(key, ignore_index=True) for r in (first, second))
    pd.testing.assert_frame_equal(a, b, check_exact=True)


def test_test_labels_take_no_part():
    table = make_table()
    turned = table.assign(malignant=table["malignant"] ^ (table["split"] == "test"))
    a, b = (fit_combined(t, SETTINGS, 1).predictions for t in (table, turned))
    pd.testing.assert_frame_equal(a.drop(columns="label"), b.drop(columns="label"))


def test_cases_that_chose_the_cutoff_are_not_called_held_out():
    result = fit_combined(make_table(), with_settings(chosen_on="test"), 1)
    assert set(result.predictions["fit"]) == {"in_sample"}


@given(st.integers(0, 2**16), st.lists(st.sampled_from(["", "a", "b", "c", None]), min_size=40))
def test_own_folds_go_by_patient_and_a_case_without_one_is_its_own(seed, patients):
    """A patient's cases share a fold; unknown patients are not one patient in one fold."""
    table = pd.DataFrame({"case_id": [f"c{k}" for k in range(len(patients))]})
    table["patient_id"] = patients
    data = Data(table, np.zeros(len(table), bool), np.zeros(len(table)), {}, seed)
    fold = pd.Series(data.folds())
    known = table["patient_id"].fillna("") != ""
    assert (fold[known].groupby(table["patient_id"][known]).nunique() == 1).all()
    units = (~known).sum() + table["patient_id"][known].nunique()
    assert fold.notna().all() and fold.nunique() == min(OWN_FOLDS, units)


def test_the_depth_of_a_tree_without_patients_is_that_of_lesions_of_different_patients():
    """Cases without a patient are many: as one alone they would leave no folds, and depth 1."""
    table = make_table(n=400, seed=3)
    corner = (table["image_score"] > 0.3) & (table["clinical_score"] > 0.5)
    table["malignant"] = corner ^ (np.random.default_rng(3).random(len(table)) < 0.05)
    changed = with_settings(tree_depth="cross_validated", fitted_to="all", tree_min_leaf=5)
    depths = {}
    for name, whose in (("known", "case " + table["case_id"]), ("blank", ""), ("none", None)):
        result = fit_combined(table.assign(patient_id=whose), changed, 1)
        depths[name] = result.tree
    assert depths["known"]["max_depth"] > 1
    assert depths["blank"] == depths["none"] == depths["known"]


def test_out_of_fold_rows_keep_out_of_the_fits_that_score_them():
    table = make_table(out_of_fold=True)
    table["fold"] = np.where(table["fit"] == "out_of_fold", np.arange(len(table)) % 3, np.nan)
    changed = with_settings(fitted_on="training_out_of_fold")
    first = fit_combined(table, changed, 1).predictions
    inside = (table["fold"] == 0).to_numpy()
    turned = table.assign(malignant=table["malignant"] ^ inside)
    second = fit_combined(turned, changed, 1).predictions
    names = ["regression_score", "tree_score"]
    pd.testing.assert_frame_equal(first.loc[inside, names], second.loc[inside, names])
    assert (first.loc[~inside, names] != second.loc[~inside, names]).any().all()


def test_out_of_fold_scores_that_were_never_made_are_asked_for():
    with pytest.raises(UserError, match=r"image_model\.folds"):
        fit_combined(make_table(), with_settings(fitted_on="training_out_of_fold"), 1)


def test_without_clinical_factors_the_image_model_stands_alone():
    result = fit_combined(make_table().assign(clinical_score=np.nan), SETTINGS, 1)
    found = result.predictions
    assert found["image_call"].notna().all()
    empty = ["clinical_score", "regression_score", "regression_call", "tree_score", "tree_call"]
    assert found[empty].isna().all().all()
    assert result.regression["status"] == result.tree["status"] == NO_FACTORS
    assert [p["status"] for p in result.operating_points] == [FITTED, NO_FACTORS, NO_FACTORS]


@pytest.mark.parametrize(
    "changes",
    [
        {"fitted_on": "training_in_sample"},
        {"fitted_to": "all"},
        {"applied_to": "all"},
        {"cutoff": "half"},
        {"cutoff": "prevalence"},
        {"tree_depth": "cross_validated"},
        {"chosen_on": "training"},
        {"threshold": "midpoint"},
        {"threshold": "above"},
        {"inputs": "factors"},
    ],
)
def test_every_option_gives_calls(changes):
    rng = np.random.default_rng(0)
    table = make_table()
    table["age_years"] = rng.normal(50 + 5 * table["malignant"], 9).round(1)
    family = table["malignant"] & (rng.random(len(table)) < 0.2)
    table["family_history"] = np.where(family, "yes", "no")
    result = fit_combined(table, with_settings(**changes), 1)
    assert all(p["status"].fitted for p in result.operating_points)
    assert result.predictions[["regression_call", "tree_call"]].notna().all().all()
    if changes == {"inputs": "factors"}:
        assert "family_history" in result.regression["coefficients"]


def test_scores_are_joined_by_case_and_fit_with_the_mean_over_seeds():
    cohort = pd.DataFrame({"case_id": ["b", "a"], "label": ["malignant", "benign"]})
    split = pd.DataFrame({"case_id": ["a", "b"], "split": ["training", "test"]})
    folds = pd.DataFrame({"case_id": ["a"], "arm": ["image_model"], "repeat": [0], "fold": [3]})
    image = pd.DataFrame(
        [
            ["a", "0", "in_sample", 0.2],
            ["a", "1", "in_sample", 0.4],
            ["b", "0", "held_out", 0.5],
            ["b", "1", "held_out", 0.7],
            ["a", "0", "out_of_fold", 0.1],
        ],
        columns=["case_id", "seed", "fit", "image_score"],
    )
    clinical = pd.DataFrame(
        [["a", "in_sample", 0.3], ["b", "held_out", 0.6], ["a", "out_of_fold", 0.35]],
        columns=["case_id", "fit", "clinical_score"],
    )
    found = join_scores(
        cohort=cohort, split=split, folds=folds, image_scores=image, clinical_scores=clinical
    )
    assert found["case_id"].tolist() == ["b", "a", "a"]
    np.testing.assert_allclose(found["image_score"], [0.6, 0.3, 0.1])
    np.testing.assert_allclose(found["clinical_score"], [0.6, 0.3, 0.35])
    assert found["fold"].isna().tolist() == [True, True, False]


@pytest.mark.parametrize("seed", range(6))
def test_the_depth_is_that_of_scikit_learns_own_cross_validation(seed):
    """Least Brier score, every depth fitted apart; ties of scores and inputs among the lesions."""
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    rng = np.random.default_rng(seed)
    n, deepest, leaf = 60, 4, int(rng.integers(1, 12))
    inputs = {name: rng.integers(0, 12, n) / 12 for name in ("image_score", "clinical_score")}
    malignant = rng.random(n) < 0.25 + 0.5 * (inputs["image_score"] > 0.5)
    patients = np.array([f"p{i // 2}" for i in range(n)])
    tree = fit_tree(
        inputs, malignant, patients,
        max_depth=deepest, min_leaf=leaf, depth="cross_validated", seed=seed,
    )  # fmt: skip
    brier = []
    for depth in range(1, deepest + 1):
        score = cross_val_predict(
            DecisionTreeClassifier(max_depth=depth, min_samples_leaf=leaf, random_state=seed),
            np.column_stack(list(inputs.values())), malignant, groups=patients,
            cv=StratifiedGroupKFold(5, shuffle=True, random_state=seed), method="predict_proba",
        )[:, 1]  # fmt: skip
        brier.append(round(float(np.sum((score - malignant) ** 2)), 9))
    assert tree.max_depth == 1 + brier.index(min(brier))
