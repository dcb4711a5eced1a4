"""Parts and points of ROC curves, the Youden point's optimism, and what calls are worth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from diagnostic_accuracy import bootstrap, resampled_roc, roc
from diagnostic_accuracy.decision import (
    CallTable,
    decision_curve,
    net_benefit,
    predictive_value,
)
from diagnostic_accuracy.operating import youden_point
from diagnostic_accuracy.resampled import Plan
from diagnostic_accuracy.roc_points import (
    bootstrap_auroc,
    partial_auroc,
    sensitivity_at,
    specificity_at,
)
from statistics_oracle import CASES, EXACT, split, vectors

QUICK = Plan(replicates=0)


def test_partial_areas_equal_proc():
    expected = vectors("roc_points")
    malignant = np.array(expected["y"], bool)
    for case in expected["parts"]:
        score = np.array(expected[case["score"]])
        part = (score, malignant, case["low"], case["high"])
        found = partial_auroc(*part, axis=case["axis"], plan=QUICK)
        assert found.estimate == pytest.approx(case["area"], rel=1e-9, abs=1e-12)
        scaled = partial_auroc(*part, axis=case["axis"], standardised=True, plan=QUICK).estimate
        if case["standardised"] is None:  # pROC gives none below the diagonal
            assert scaled < 0.5
        else:
            assert scaled == pytest.approx(case["standardised"], rel=1e-9)


def test_points_equal_proc():
    expected = vectors("roc_points")
    malignant = np.array(expected["y"], bool)
    for case in expected["points"]:
        function = sensitivity_at if case["axis"] == "specificity" else specificity_at
        found = function(np.array(expected[case["score"]]), malignant, case["at"], plan=QUICK)
        assert found.estimate == pytest.approx(case["other"], rel=1e-9, abs=1e-12)


@settings(deadline=None)
@given(CASES, st.sampled_from([0.0, 0.3, 0.5, 0.8]))
def test_parts_make_the_whole(rows, cut):
    score, malignant = split(rows)
    for axis in ("specificity", "sensitivity"):
        parts = [
            partial_auroc(score, malignant, low, high, axis=axis, plan=QUICK).estimate
            for low, high in ((0.0, cut), (cut, 1.0))
            if high > low
        ]
        assert sum(parts) == pytest.approx(roc.auroc(score, malignant))


@settings(deadline=None)
@given(CASES, st.floats(0.05, 1))
def test_standardised_area_equals_scikit_learn(rows, false_positives):
    score, malignant = split(rows)
    found = partial_auroc(score, malignant, 1 - false_positives, 1, standardised=True, plan=QUICK)
    expected = roc_auc_score(malignant, score, max_fpr=false_positives)
    assert found.estimate == pytest.approx(expected)


@settings(deadline=None)
@given(CASES, st.integers(0, 20))
def test_observed_point_is_the_best_threshold(rows, twentieths):
    score, malignant = split(rows)
    at = twentieths / 20
    calls = [score >= t for t in (*set(score), np.inf)]
    rates = [(c[malignant].mean(), (~c)[~malignant].mean()) for c in calls]
    best = max(sens for sens, spec in rates if spec >= at - 1e-9)
    found = sensitivity_at(score, malignant, at, between="observed", plan=QUICK)
    assert found.estimate == pytest.approx(best)
    best = max(spec for sens, spec in rates if sens >= at - 1e-9)
    found = specificity_at(score, malignant, at, between="observed", plan=QUICK)
    assert found.estimate == pytest.approx(best)
    line = specificity_at(score, malignant, at, plan=QUICK)
    assert line.estimate >= best - 1e-9


def test_resampled_points_equal_boot_and_proc_given_indices():
    drawn_from, expected = vectors("bootstrap"), vectors("bootstrap_points")
    score, malignant = np.array(drawn_from["score"]), np.array(drawn_from["y"], bool)
    groups = bootstrap.clusters(np.arange(len(score)), malignant)
    indices = np.array(drawn_from["indices"]) - 1
    weights = bootstrap.weights_from_draws(groups.of_case[indices], groups)
    ones = np.ones((1, len(score)))

    def metrics(rows):
        threshold = bootstrap.youden_thresholds(rows, score, malignant)
        call = score >= threshold[:, None]
        return np.column_stack([
            resampled_roc.partial_auroc(rows, score, malignant, 0.8, 1),
            resampled_roc.other_at(rows, score, malignant, 0.9),
            resampled_roc.other_at(rows, score, malignant, 0.9, axis="sensitivity"),
            bootstrap.rate(rows, call, np.broadcast_to(malignant, call.shape)),
            bootstrap.rate(rows, ~call, np.broadcast_to(~malignant, call.shape)),
        ])  # fmt: skip

    found = bootstrap.Bootstrap(metrics(ones)[0], metrics(weights), lambda: np.zeros((0, 5)))
    np.testing.assert_allclose(found.estimate, expected["t0"], **EXACT)
    np.testing.assert_allclose(
        np.transpose(bootstrap.percentile(found)), expected["percentile"], **EXACT
    )


def test_optimism_equals_r_given_indices(monkeypatch):
    drawn_from, expected = vectors("bootstrap"), vectors("bootstrap_points")
    score, malignant = np.array(drawn_from["score"]), np.array(drawn_from["y"], bool)
    indices = np.array(drawn_from["indices"]) - 1

    def same_draws(groups, replicates, seed):
        yield bootstrap.weights_from_draws(groups.of_case[indices], groups)

    monkeypatch.setattr(bootstrap, "resample", same_draws)
    point = youden_point(score, malignant, plan=Plan(replicates=399))
    assert point.optimism.estimate == pytest.approx(expected["optimism"], rel=1e-9)
    assert point.corrected.estimate == pytest.approx(
        point.fixed[2].estimate - expected["optimism"], rel=1e-9
    )
    for result, ends in zip(point.reselected[:2], expected["percentile"][3:], strict=True):
        np.testing.assert_allclose((result.low, result.high), ends, **EXACT)


def test_chosen_threshold_flatters_a_score_that_knows_nothing():
    # The true Youden index is 0 whatever the threshold: the apparent one is all optimism.
    rng = np.random.default_rng(3)
    apparent, corrected = [], []
    for seed in range(60):
        point = youden_point(
            rng.normal(size=50), np.arange(50) % 2 == 0, plan=Plan(replicates=60, seed=seed)
        )
        apparent.append(point.fixed[2].estimate)
        corrected.append(point.corrected.estimate)
    assert np.mean(apparent) > 0.1
    assert abs(np.mean(corrected)) < 0.6 * np.mean(apparent)
    for text in (point.text(), point.to_markdown(), point.to_latex(), point.to_html()):
        assert "threshold selected again in each replicate" in text
        assert "Youden 1950" in text


def test_reselected_interval_is_wider_than_the_naive_one():
    rng = np.random.default_rng(8)
    malignant = np.arange(120) % 2 == 0
    point = youden_point(rng.normal(size=120) + malignant, malignant, plan=Plan(replicates=800))
    for naive, honest in zip(point.fixed[:2], point.reselected[:2], strict=True):
        assert honest.high - honest.low > 1.3 * (naive.high - naive.low)
        assert naive.estimate == honest.estimate
    assert point.fixed[0].method == "bootstrap, percentile, threshold fixed"


@pytest.mark.parametrize("kind", ["percentile", "bca"])
def test_bootstrap_auroc_is_near_delong(kind):
    rng = np.random.default_rng(2)
    malignant = np.arange(200) % 2 == 0
    score = rng.normal(size=200) + malignant
    found = bootstrap_auroc(score, malignant, plan=Plan(replicates=4000, interval=kind))
    exact = roc.delong(score, malignant)
    assert found.estimate == pytest.approx(exact.estimate)
    assert found.low == pytest.approx(exact.low, abs=0.012)
    assert found.high == pytest.approx(exact.high, abs=0.012)
    assert "4000 replicates" in found.note


def test_copies_of_a_case_are_one_patient():
    rng = np.random.default_rng(2)
    malignant = np.arange(60) % 2 == 0
    score = rng.normal(size=60) + malignant
    plan = Plan(replicates=300)
    once = bootstrap_auroc(score, malignant, patient=np.arange(60), plan=plan)
    twice = bootstrap_auroc(
        np.repeat(score, 2), np.repeat(malignant, 2), patient=np.repeat(np.arange(60), 2), plan=plan
    )
    np.testing.assert_allclose((twice.low, twice.high), (once.low, once.high), **EXACT)


def test_points_refuse_what_cannot_be():
    score, malignant = np.arange(4.0), np.array([0, 1, 0, 1], bool)
    for low, high in ((0.5, 0.5), (0.2, 1.1), (-0.1, 1)):
        with pytest.raises(ValueError, match="0 <= low < high <= 1"):
            partial_auroc(score, malignant, low, high)
    with pytest.raises(ValueError, match="allowed: specificity, sensitivity"):
        partial_auroc(score, malignant, 0, 1, axis="fpr")
    with pytest.raises(ValueError, match="allowed: line, observed"):
        sensitivity_at(score, malignant, 0.9, between="dots")
    with pytest.raises(ValueError, match="outside 0 to 1"):
        sensitivity_at(score, malignant, 90)
    with pytest.raises(ValueError, match="allowed: percentile, bca"):
        Plan(interval="basic")
    with pytest.raises(ValueError, match="at least one replicate"):
        youden_point(score, malignant, plan=QUICK)


def test_predictive_values_equal_r():
    for case in vectors("predictive")["cases"]:
        tp, fn, fp, tn = case["cells"]
        table = CallTable(tp, fn, fp, tn)
        for which in ("ppv", "npv"):
            found = predictive_value(table, which, prevalence=case["prevalence"])
            np.testing.assert_allclose(
                (found.estimate, found.low, found.high), case[which], **EXACT
            )
            found = predictive_value(table, which)
            expected = case[f"{which}_study"]
            np.testing.assert_allclose((found.estimate, found.low, found.high), expected, **EXACT)


@settings(deadline=None)
@given(st.tuples(*[st.integers(0, 30)] * 4), st.sampled_from([0.01, 0.2, 0.5, 0.9]))
def test_predictive_value_holds_its_estimate(counts, prevalence):
    table = CallTable(*counts)
    for which in ("ppv", "npv"):
        found = predictive_value(table, which, prevalence=prevalence)
        if found.estimable:
            assert 0 <= found.low <= found.estimate <= found.high <= 1
        else:
            assert np.isnan(found.low)
            assert "not estimable" in found.note


@settings(deadline=None)
@given(st.tuples(*[st.integers(1, 30)] * 4))
def test_at_the_studys_prevalence_bayes_gives_the_studys_value(counts):
    table = CallTable(*counts)
    for which in ("ppv", "npv"):
        at = predictive_value(table, which, prevalence=table.malignant / table.n)
        assert at.estimate == pytest.approx(predictive_value(table, which).estimate)


def test_call_table_counts():
    table = CallTable.of(np.array([1, 1, 0, 0, 0], bool), np.array([1, 0, 1, 0, 0], bool))
    assert (table.true_positive, table.false_positive) == (1, 1)
    assert (table.false_negative, table.true_negative, table.n) == (1, 2, 5)
    with pytest.raises(ValueError, match="different cases"):
        CallTable.of(np.zeros(2, bool), np.zeros(3, bool))
    with pytest.raises(ValueError, match="prevalence is 5"):
        predictive_value(table, "ppv", prevalence=5)
    with pytest.raises(ValueError, match="allowed: ppv, npv"):
        predictive_value(table, "fpv")


@settings(deadline=None)
@given(CASES, st.floats(0.05, 0.95))
def test_net_benefit_by_counting(rows, threshold):
    score, malignant = split(rows)
    score = (score + 4) / 8
    found = net_benefit(score, malignant, threshold)
    call = score >= threshold
    table = CallTable.of(call, malignant)
    odds = threshold / (1 - threshold)
    expected = (table.true_positive - odds * table.false_positive) / table.n
    assert found.estimate == pytest.approx(expected)
    curve = decision_curve(score, malignant, np.array([threshold]))
    everybody = (malignant.sum() - odds * (~malignant).sum()) / len(score)
    assert curve["everybody"][0] == pytest.approx(everybody)
    assert curve["score"][0] == pytest.approx(expected)
    assert curve["nobody"][0] == 0


def test_net_benefit_interval_agrees_with_resampling():
    rng = np.random.default_rng(6)
    malignant = rng.random(400) < 0.3
    score = np.clip(rng.normal(0.3, 0.15, 400) + 0.2 * malignant, 0, 1)
    worth = np.where(score >= 0.4, np.where(malignant, 1, -0.4 / 0.6), 0.0)
    groups = bootstrap.clusters(np.arange(400), np.zeros(400))
    drawn = bootstrap.bootstrap(lambda w: bootstrap.mean(w, worth)[:, None], groups, 4000, seed=1)
    low, high = bootstrap.percentile(drawn)
    found = net_benefit(score, malignant, 0.4)
    assert (found.low, found.high) == pytest.approx((low[0], high[0]), abs=0.006)
    with pytest.raises(ValueError, match="probabilities"):
        net_benefit(np.array([1.2]), np.array([True]), 0.5)
    with pytest.raises(ValueError, match="threshold is 1"):
        net_benefit(score, malignant, 1.0)
