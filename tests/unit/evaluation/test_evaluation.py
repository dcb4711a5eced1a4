"""The evaluation's tables against counts by hand, naive loops, and what a gate makes impossible."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from diagnostic_accuracy.roc import youden_threshold
from smallmass.evaluation.bootstrap import bootstrap
from smallmass.evaluation.cases import AS_INDEPENDENT, calls, case_sets
from smallmass.evaluation.comparisons import comparisons
from smallmass.evaluation.curves import calibration, roc
from smallmass.evaluation.performance import performance
from smallmass.status import FITTED, NO_FACTORS
from study_settings import study_settings

SETTINGS = study_settings(
    {
        "seed": 7,
        "combined_model.tree_min_leaf": 5,
        "evaluation.replicates": 300,
        "evaluation.null_draws": 5,
    }
)
TRAINED = {"status": FITTED}


def changed(section, **values):
    """Return the settings with some values of one section changed."""
    return SETTINGS.changed({f"{section}.{name}": value for name, value in values.items()})


def best_cutoff(score, malignant, candidates):
    """Return the highest cut-off that gives the final calls the best Youden; none may be best."""

    def youden(cutoff):
        call = ~candidates | (score >= cutoff)
        return round(call[malignant].mean() - call[~malignant].mean(), 12)

    return max([np.inf, *score[candidates]], key=lambda cutoff: (youden(cutoff), cutoff))


@pytest.fixture(scope="module")
def study():
    """A made-up study of 240 cases: predictions, image scores, cohort, operating points."""
    rng = np.random.default_rng(5)
    n = 240
    malignant = np.arange(n) % 5 < 2
    table = pd.DataFrame({
        "case_id": [f"c{i:03d}" for i in range(n)],
        "patient_id": [f"p{i // 2:03d}" for i in range(n)],
        "cohort": "clinic",
        "split": np.repeat(["training", "validation", "test"], n // 3),
        "label": np.where(malignant, "malignant", "benign"),
        "image_score": (rng.beta(2, 3, n) * 0.6 + 0.3 * malignant).round(2),
        "clinical_score": (rng.beta(2, 3, n) * 0.7 + 0.2 * malignant).round(2),
    })  # fmt: skip
    table["fit"] = np.where(table["split"] == "test", "held_out", "in_sample")
    chosen = (table["split"] == "validation").to_numpy()
    score = table["image_score"].to_numpy()
    points = [_point("image", youden_threshold(score[chosen], malignant[chosen]))]
    table["image_call"] = (score >= points[0]["threshold"]).astype(int)
    negative = (table["image_call"] == 0).to_numpy()
    for model, weight in (("regression", 0.5), ("tree", 0.8)):
        mixed = ((1 - weight) * score + weight * table["clinical_score"]).to_numpy()
        table[f"{model}_score"] = mixed
        cutoff = best_cutoff(mixed[chosen], malignant[chosen], negative[chosen])
        points.append(_point(model, cutoff))
        table[f"{model}_call"] = (~negative | (mixed >= cutoff)).astype(int)
    scores = table[["case_id", "fit", "image_score"]].assign(
        seed="0", found=(rng.random(n) < 0.8).astype(int)
    )
    scores["dice"] = np.where(scores["found"] == 1, rng.beta(8, 2, n), 0.0)
    diameters = pd.DataFrame({"case_id": table["case_id"], "diameter_cm": np.nan})
    return {"predictions": table, "scores": scores, "cohort": diameters, "points": points}


def _point(model, threshold, status=FITTED):
    return {
        "model": model, "threshold": threshold, "rule": "youden", "chosen_on": "validation",
        "n": 80, "status": status,
    }  # fmt: skip


def measured(study, settings=SETTINGS, clinical_model=TRAINED):
    """Return performance.csv of a study."""
    return performance(
        predictions=study["predictions"],
        scores=study["scores"],
        cohort=study["cohort"],
        operating_points=study["points"],
        clinical_model=clinical_model,
        settings=settings,
    )


def resampled(study, settings=SETTINGS, clinical_model=TRAINED):
    """Return bootstrap.csv of a study."""
    return bootstrap(
        predictions=study["predictions"],
        cohort=study["cohort"],
        operating_points=study["points"],
        clinical_model=clinical_model,
        settings=settings,
    )


def compared(study):
    """Return comparisons.csv of a study."""
    return comparisons(
        predictions=study["predictions"],
        cohort=study["cohort"],
        operating_points=study["points"],
        settings=SETTINGS,
    )


def without_factors(study):
    """Return the study as it is where no clinical factor is known."""
    table = study["predictions"].copy()
    for model in ("clinical", "regression", "tree"):
        table[f"{model}_score"] = np.nan
    table[["regression_call", "tree_call"]] = np.nan
    points = study["points"][:1] + [_point(m, None, NO_FACTORS) for m in ("regression", "tree")]
    return {**study, "predictions": table, "points": points}


def line(table, **key):
    """Return the one row of a table with these values."""
    rows = table
    for name, value in key.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1, key
    return rows.iloc[0]


@pytest.mark.parametrize("model", ["image", "regression", "tree"])
def test_counts_by_hand(study, model):
    table = measured(study)
    test = study["predictions"][study["predictions"]["split"] == "test"]
    cells = pd.crosstab(test["label"], test[f"{model}_call"])
    tp, fn = cells.loc["malignant", 1], cells.loc["malignant", 0]
    fp, tn = cells.loc["benign", 1], cells.loc["benign", 0]
    expected = {
        "sensitivity": (tp, tp + fn),
        "specificity": (tn, tn + fp),
        "accuracy": (tp + tn, len(test)),
        "ppv": (tp, tp + fp),
        "npv": (tn, tn + fn),
    }
    for metric, (count, n) in expected.items():
        row = line(table, split="test", seed="all", model=model, metric=metric)
        assert (row["numerator"], row["denominator"]) == (count, n)
        assert row["estimate"] == count / n
        ends = stats.binomtest(count, n).proportion_ci()
        np.testing.assert_allclose((row["ci_low"], row["ci_high"]), ends, rtol=1e-9)


def test_what_is_reported(study):
    table = measured(study)
    assert not table.duplicated(["split", "fit", "seed", "model", "metric"]).any()
    assert set(table[table["model"] == "clinical"]["metric"]) == {
        "auroc", "brier", "calibration_slope", "calibration_intercept",
    }  # fmt: skip
    assert set(table["seed"]) == {"0", "all"}
    assert set(table[table["seed"] == "0"]["model"]) == {"image"}
    assert set(table["subset"]) == {"all"}  # no sizes are known
    assert "ungated" in line(table, split="test", model="tree", metric="auroc")["note"]
    chosen = line(table, split="validation", seed="all", model="image", metric="ppv")["note"]
    assert "chosen on these cases" in chosen
    fitted = line(table, split="validation", model="tree", metric="brier")["note"]
    assert "fitted on these cases" in fitted
    assert line(table, split="test", model="tree", metric="brier")["note"] == AS_INDEPENDENT


def test_one_seed_is_the_mean_over_seeds(study):
    table = measured(study)
    image = table[table["model"] == "image"]
    one, mean = (
        image[image["seed"] == seed].set_index(["split", "metric"]) for seed in ("0", "all")
    )
    pd.testing.assert_frame_equal(
        one[["estimate", "ci_low", "ci_high"]],
        mean.loc[one.index, ["estimate", "ci_low", "ci_high"]],
    )


def test_no_clinical_factors_says_so(study):
    study = without_factors(study)
    model = {"status": NO_FACTORS}
    for table in (
        measured(study, clinical_model=model),
        resampled(study, clinical_model=model),
    ):
        empty = table[table["model"] != "image"]
        assert set(empty["model"]) == {"clinical", "regression", "tree"}
        assert empty["estimate"].isna().all()
        assert set(empty["note"]) == {str(NO_FACTORS)}
        image = table[(table["model"] == "image") & table["metric"].isin(["auroc", "ppv"])]
        assert image["estimate"].notna().all()
    paired = compared(study)
    assert paired["p_value"].isna().all()
    assert set(paired["note"]) == {str(NO_FACTORS)}
    assert set(roc(study["predictions"], study["cohort"], SETTINGS)["model"]) == {"image"}


def test_missing_scores_are_left_out_and_counted(study):
    table = study["predictions"].copy()
    gone = table.index[table["split"] == "test"][:3]
    table.loc[gone, ["regression_score", "regression_call"]] = np.nan
    found = measured({**study, "predictions": table})
    row = line(found, split="test", model="regression", metric="accuracy")
    assert row["denominator"] == 77
    assert "3 cases without a call" in row["note"]
    assert (
        "3 cases without a score"
        in line(found, split="test", model="regression", metric="brier")["note"]
    )


def test_one_class_is_not_estimable(study):
    table = study["predictions"]
    benign = table[(table["split"] != "test") | (table["label"] == "benign")]
    found = measured({**study, "predictions": benign})
    for metric in ("sensitivity", "auroc"):
        row = line(found, split="test", seed="all", model="image", metric=metric)
        assert np.isnan(row["estimate"])
        assert row["note"].startswith("not estimable: no malignant cases")


def test_a_threshold_chosen_on_the_test_set_says_so(study):
    table = study["predictions"].copy()
    table["fit"] = table["fit"].replace("held_out", "in_sample")  # as predictions.csv then has it
    points = [{**point, "chosen_on": "test"} for point in study["points"]]
    found = measured({**study, "predictions": table, "points": points})
    row = line(found, split="test", seed="all", model="image", metric="sensitivity")
    assert "chosen on these cases" in row["note"]
    # The image scores themselves are still held out, and must be found.
    assert line(found, split="test", seed="0", model="image", metric="dice")["denominator"] == 80


def test_subset_of_small_lesions(study):
    cohort = study["cohort"].assign(diameter_cm=np.tile([0.6, 1.0, 1.4, np.nan], 60))
    sets = {
        (s.split, s.subset): s for s in case_sets(study["predictions"], cohort, SETTINGS.cohort)
    }
    assert len(sets["test", "under_1cm"].cases) == 20
    inclusive = SETTINGS.cohort.changed({"inclusive": True})
    sets = {(s.split, s.subset): s for s in case_sets(study["predictions"], cohort, inclusive)}
    assert len(sets["test", "under_1cm"].cases) == 40
    table = measured({**study, "cohort": cohort})
    row = line(table, subset="under_1cm", split="test", model="tree", metric="accuracy")
    assert row["denominator"] == 20


@pytest.mark.parametrize("section", ["proportion_interval", "auroc_interval"])
def test_bootstrap_as_the_tables_interval(study, section):
    table = measured(study, changed("evaluation", **{section: "bootstrap"}))
    metric = "auroc" if section == "auroc_interval" else "specificity"
    row = line(table, split="test", seed="all", model="image", metric=metric)
    assert row["ci_method"].startswith("bootstrap")
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_found_and_dice(study):
    table = measured(study)
    scores = study["scores"].merge(study["predictions"][["case_id", "split"]], on="case_id")
    scores = scores[scores["split"] == "test"]
    row = line(table, split="test", seed="all", model="image", metric="found")
    assert (row["numerator"], row["denominator"]) == (scores["found"].sum(), 80)
    row = line(table, split="test", seed="all", model="image", metric="dice")
    assert row["estimate"] == pytest.approx(scores["dice"].mean())
    expected = stats.ttest_1samp(scores["dice"], 0).confidence_interval()
    np.testing.assert_allclose((row["ci_low"], row["ci_high"]), expected)
    unknown = {**study, "scores": study["scores"].assign(found=np.nan, dice=np.nan)}
    row = line(measured(unknown), split="test", seed="all", model="image", metric="found")
    assert row["note"] == "not estimable: no outlines in these cases"


def test_bootstrap_has_the_estimates_of_performance(study):
    table = resampled(study)
    known = measured(study)
    for row in table.to_dict("records"):
        key = {name: row[name] for name in ("split", "fit", "seed", "model", "metric")}
        assert row["estimate"] == pytest.approx(line(known, **key)["estimate"])
        assert row["percentile_low"] <= row["estimate"] <= row["percentile_high"]
    both = table[table["metric"] == "sensitivity"].groupby(["split", "model"])["threshold"]
    assert (both.apply(set) == {"fixed", "reselected"}).all()


def test_threshold_selected_again_widens_the_interval(study):
    table = resampled(study, changed("evaluation", replicates=1500))
    width = table["percentile_high"] - table["percentile_low"]
    for metric in ("sensitivity", "specificity"):
        wide, narrow = (
            width[line_index(table, "test", "image", metric, kind)]
            for kind in ("reselected", "fixed")
        )
        assert wide > 1.1 * narrow


def line_index(table, split, model, metric, threshold):
    """Return the index of one row of bootstrap.csv."""
    key = {"split": split, "model": model, "metric": metric, "threshold": threshold}
    return line(table.reset_index(), **key)["index"]


def test_thresholds_are_selected_on_the_cases_that_chose_them(study):
    """Another cohort's validation set, and out-of-fold scores of training, choose again as well."""
    elsewhere = study["predictions"].copy()
    elsewhere.loc[elsewhere["split"] == "test", "cohort"] = "other clinic"
    assert_reselected(resampled({**study, "predictions": elsewhere}))

    held = study["predictions"][study["predictions"]["split"] == "training"].copy()
    held["fit"] = "out_of_fold"
    held["image_score"] = (held["image_score"] * 0.9).round(3)
    chosen = youden_threshold(held["image_score"], held["label"] == "malignant")
    table = pd.concat([study["predictions"], held], ignore_index=True)
    table["image_call"] = (table["image_score"] >= chosen).astype(int)
    points = [{**_point("image", chosen), "chosen_on": "training"}, *study["points"][1:]]
    found = resampled({**study, "predictions": table, "points": points})
    assert_reselected(found[found["model"] == "image"])
    assert set(found["fit"]) == {"in_sample", "out_of_fold", "held_out"}


def assert_reselected(table):
    """Check that every metric of a call is there twice, with the same estimate."""
    rows = table[table["metric"] == "accuracy"]
    fixed, again = (
        rows[rows["threshold"] == kind].set_index(["split", "fit", "model"])["estimate"]
        for kind in ("fixed", "reselected")
    )
    pd.testing.assert_series_equal(fixed, again)


def test_cutoff_that_is_no_choice_stays_fixed(study):
    table = resampled(study, changed("combined_model", cutoff="half"))
    combined = table[table["model"].isin(["regression", "tree"])]
    assert "reselected" not in set(combined["threshold"])
    assert "not selected again" in line(table, split="test", model="tree", metric="ppv")["note"]


def test_no_estimate_has_no_interval(study):
    # A score that points the wrong way: the best threshold calls everybody malignant, but not in
    # every resample, so that there are replicates of npv and no npv.
    table = study["predictions"].copy()
    chosen = table["split"] == "validation"
    score = table["image_score"].where(~chosen, 1 - table["image_score"])
    lowest = youden_threshold(score[chosen], table["label"][chosen] == "malignant")
    assert lowest == score[chosen].min()
    table["image_score"], table["image_call"] = score.clip(lower=lowest), 1
    points = [_point("image", lowest), *study["points"][1:]]
    found = resampled({**study, "predictions": table, "points": points})
    row = line(found, split="test", model="image", metric="npv", threshold="reselected")
    assert row["note"] == "not estimable: no negative calls"
    assert row[["estimate", "percentile_low", "percentile_high", "bca_low"]].isna().all()


def test_bootstrap_is_the_same_twice(study):
    pd.testing.assert_frame_equal(resampled(study), resampled(study))


def test_comparisons_by_hand(study):
    table = compared(study)
    test = study["predictions"][study["predictions"]["split"] == "test"]
    ill = test[test["label"] == "malignant"]
    row = line(table, split="test", model_b="tree", metric="sensitivity")
    gained = int(((ill["tree_call"] == 1) & (ill["image_call"] == 0)).sum())
    assert (row["gained"], row["lost"]) == (gained, 0)
    assert row["p_value"] == pytest.approx(min(1, 2 * 0.5**gained) if gained else 1)
    # A gate cannot lose a malignant case, nor regain a benign one.
    assert (table[table["metric"] == "sensitivity"]["lost"] == 0).all()
    assert (table[table["metric"] == "specificity"]["gained"] == 0).all()
    for _, part in table.groupby("split"):
        assert (part["p_holm"] >= part["p_value"]).all()
        assert part["p_holm"].min() == pytest.approx(min(4 * part["p_value"].min(), 1))


def test_curves(study):
    points = roc(study["predictions"], study["cohort"], SETTINGS)
    known = measured(study)
    for (split, model), curve in points.groupby(["split", "model"]):
        assert curve["threshold"].iloc[0] == np.inf
        area = np.trapezoid(curve["true_positive_rate"], curve["false_positive_rate"])
        rows = known[(known["split"] == split) & (known["model"] == model)]
        assert area == pytest.approx(line(rows, metric="auroc", seed="all")["estimate"])
    bins = calibration(study["predictions"], study["cohort"], SETTINGS)
    assert (bins.groupby(["split", "model"])["n"].sum() == 80).all()
    assert bins["observed"].between(bins["ci_low"], bins["ci_high"]).all()


def test_calls_are_read_as_they_are_written():
    text = pd.Series(["1", "0", None, "True", "1.0"])
    np.testing.assert_array_equal(calls(text), [1, 0, np.nan, 1, 1])
    np.testing.assert_array_equal(calls(pd.Series([True, False])), [1, 0])
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        calls(pd.Series(["yes"]))
