"""What stands beyond Table 2: against definitions, statsmodels, and what was planted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy import special

from diagnostic_accuracy.decision import CallTable, decision_curve
from diagnostic_accuracy.proportions import proportion_interval
from smallmass.evaluation.at_prevalence import worth
from smallmass.evaluation.calibration_summary import MIXTURE, REST
from smallmass.evaluation.decision_curves import move, net_benefits
from smallmass.evaluation.further import further_results
from smallmass.evaluation.performance import performance
from smallmass.evaluation.precision import area_width, smallest, wilson_width
from smallmass.evaluation.subgroups import UNKNOWN, groups
from study_settings import study_settings

SETTINGS = study_settings().changed({"evaluation.replicates": 100})
SIZES = {"training": 300, "validation": 80, "test": 120}


@pytest.fixture(scope="module")
def study():
    """Predictions, image scores and cohort; one device whose lesions are all called wrongly."""
    rng = np.random.default_rng(4)
    split = np.repeat(list(SIZES), list(SIZES.values()))
    n = len(split)
    malignant = np.where(split == "training", np.arange(n) % 4 == 0, np.arange(n) % 2 == 0)
    device = rng.choice(["A", "B", "C"], n)
    image = special.expit(rng.normal(size=n) + 2 * malignant - 1)
    clinical = special.expit(rng.normal(size=n) + malignant - 0.5)
    image = np.where(device == "C", np.where(malignant, 0.01, 0.99), image)
    both = special.expit(special.logit(image) + special.logit(clinical))
    call = (image >= 0.5).astype(int)
    names = [f"c{i}" for i in range(n)]
    table = pd.DataFrame({
        "case_id": names, "patient_id": [f"p{i}" for i in range(n)], "cohort": "clinic",
        "split": split, "fit": np.where(split == "test", "held_out", "in_sample"),
        "label": np.where(malignant, "malignant", "benign"),
        "image_score": image, "image_call": call, "clinical_score": clinical,
        "regression_score": both, "regression_call": call | (both > 0.7),
        "tree_score": np.floor(8 * both) / 8, "tree_call": call,
    })  # fmt: skip
    cohort = table[["case_id", "cohort", "patient_id", "label"]].assign(
        device=device, diameter_cm=0.8, age_years=rng.integers(30, 70, n), histology="",
        birads="", breast_density="fatty", reference_standard="biopsy",
    )  # fmt: skip
    scores = table[["case_id", "fit", "image_score"]].assign(
        seed=0, found=1, dice=0.8, detection=["" if i % 10 == 0 else "0" for i in range(n)]
    )
    scores["detection"] = scores["detection"].replace("", np.nan)
    return {"predictions": table, "cohort": cohort, "scores": scores}


@pytest.fixture(scope="module")
def tables(study):
    numbers = performance(**study, operating_points=[], clinical_model={}, settings=SETTINGS)
    return further_results(**study, performance=numbers, settings=SETTINGS)


def test_every_model_has_its_four_cells_and_images_without_region_are_counted(study, tables):
    row = tables["cross_tables"].query("split == 'test' and model == 'image'").iloc[0]
    cases = study["predictions"].query("split == 'test'")
    ill, called = cases["label"] == "malignant", cases["image_call"] == 1
    cells = pd.crosstab(ill, called)
    assert (row["true_positive"], row["false_negative"]) == (cells.loc[True, True],
                                                             cells.loc[True, False])  # fmt: skip
    assert row["malignant_without_region"] + row["benign_without_region"] == 12


def test_predictive_values_at_a_prevalence_are_bayes_rule_and_at_the_sets_own_its_counts(tables):
    table = tables["at_prevalence"].query("model == 'image'").set_index(["at", "metric"])
    cells = tables["cross_tables"].query("split == 'test' and model == 'image'").iloc[0]
    tp, fn, fp, tn = (int(cells[x]) for x in ("true_positive", "false_negative", "false_positive",
                                              "true_negative"))  # fmt: skip
    own = table.loc["this set"]["estimate"]
    assert own["ppv"] == pytest.approx(tp / (tp + fp))
    assert own["accuracy"] == pytest.approx((tp + tn) / (tp + fn + fp + tn))
    assert own["biopsies saved a cancer missed"] == pytest.approx(tn / fn)
    share = SETTINGS.evaluation.clinic_prevalence
    ill, well = tp / (tp + fn), tn / (tn + fp)
    clinic = table.loc["a clinic"]["estimate"]
    assert clinic["ppv"] == pytest.approx(ill * share / (ill * share + (1 - well) * (1 - share)))
    assert clinic["cancers missed in 1000 lesions"] == pytest.approx(1000 * share * (1 - ill))
    cohort = table.loc["the cohort"]["prevalence"].iloc[0]
    assert cohort == pytest.approx((300 / 4 + 100) / 500)


cell = st.integers(0, 40)


@hypothesis_settings(deadline=None)
@given(cell, cell, cell, cell, st.floats(0.01, 0.99))
def test_what_calls_are_worth_lies_within_its_interval(tp, fn, fp, tn, share):
    table = CallTable(tp, fn, fp, tn)
    for result in worth(table, share, 0.95):
        if result.estimable:
            assert result.low - 1e-9 <= result.estimate <= result.high + 1e-9


def test_net_benefit_at_the_sets_own_prevalence_is_the_librarys(study):
    cases = study["predictions"].query("split == 'test'")
    score, ill = cases["regression_score"].to_numpy(), (cases["label"] == "malignant").to_numpy()
    at = np.array([0.05, 0.2, 0.5])
    expected = decision_curve(score, ill, at)["score"]
    np.testing.assert_allclose(net_benefits(score, ill, at, ill.mean()), expected)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_probability_that_is_moved_there_and_back_is_the_same(chance, one, other):
    there = move(np.array([chance]), one, other)
    assert move(there, other, one)[0] == pytest.approx(chance, abs=1e-6)
    # Whose chance was the prevalence has the other prevalence there.
    assert move(np.array([one]), one, other)[0] == pytest.approx(other, abs=1e-6)


def test_the_mixture_of_classes_is_named(tables):
    """The clinical model is fitted to a quarter malignant, and tested on a half."""
    table = tables["calibration_summary"].query("model == 'clinical'").set_index("metric")
    assert table.loc[MIXTURE, "estimate"] == pytest.approx(np.log(3))
    whole = table.loc["intercept", "estimate"]
    assert table.loc[REST, "estimate"] == pytest.approx(whole - np.log(3))
    image = tables["calibration_summary"].query("model == 'image'").set_index("metric")
    assert image.loc[MIXTURE, "estimate"] == pytest.approx(0)


def test_calibration_of_right_probabilities_is_good():
    from smallmass.evaluation.calibration_summary import distances, observed_expected, smooth

    rng = np.random.default_rng(2)
    chances = rng.random(4000)
    malignant = rng.random(4000) < chances
    ratio = observed_expected(chances, malignant, 0.95)
    assert ratio.low < 1 < ratio.high
    assert distances(chances, malignant)[0].estimate < 0.03
    curve = smooth(chances, malignant)
    np.testing.assert_allclose(curve["observed"][5:-5], curve["probability"][5:-5], atol=0.06)


def test_models_are_compared_on_the_same_cases(tables):
    table = tables["auroc_differences"]
    assert len(table) == 6 and (table["n"] == 120).all()
    np.testing.assert_allclose(table["difference"], table["auroc_b"] - table["auroc_a"])
    assert (table["p_holm"] >= table["p_value"]).all()


def test_the_drop_is_validation_less_test(tables):
    table = tables["transfer"].dropna(subset=["test"])
    np.testing.assert_allclose(table["drop"], table["validation"] - table["test"])
    assert (table["ci_low"] <= table["drop"]).all() and (table["drop"] <= table["ci_high"]).all()
    optimism = tables["transfer"].query("metric.str.startswith('optimism')")
    assert len(optimism) == 1 and optimism["drop"].iloc[0] > 0


def test_a_device_that_fails_is_found_and_lone_groups_are_left_out(tables):
    table = tables["subgroups"]
    assert set(table["characteristic"]) == {"device", "age_years"}
    device = table.query("characteristic == 'device' and model == 'image'")
    bad = device.query("group == 'C' and metric == 'sensitivity'")
    assert (bad["estimate"] == 0).all()
    assert (device.query("metric == 'sensitivity'")["p_heterogeneity"] < 1e-6).all()


def test_groups_of_numbers_have_their_lower_ends():
    found = groups(pd.Series([0.49, 0.5, 0.99, None, 2.5]), "diameter_cm")
    assert list(found) == ["0 to under 0.5", "0.5 to under 0.7", "0.7 to under 1", UNKNOWN,
                           "from 2"]  # fmt: skip


def test_an_expected_width_is_the_mean_over_all_counts():
    low, high = proportion_interval(np.arange(21), 20, method="wilson")
    from scipy.stats import binom

    expected = (binom.pmf(np.arange(21), 20, 0.8) * (high - low)).sum()
    assert wilson_width(0.8, 20) == pytest.approx(expected, rel=1e-6)
    n = smallest(lambda k: area_width(0.85, k, 0.4), 0.1)
    assert area_width(0.85, n, 0.4) <= 0.1 < area_width(0.85, n - 2, 0.4)


def test_widths_are_those_of_what_a_metric_counts(tables):
    table = tables["precision"].query("model == 'image'").drop_duplicates("metric")
    table = table.set_index("metric")
    assert (table.loc["sensitivity", "n"], table.loc["auroc", "n"]) == (60, 120)
