"""ROC curves and the bootstrap against R, articles and naive loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from diagnostic_accuracy import bootstrap, roc
from statistics_oracle import CASES, EXACT, split, vectors


def test_delong_equals_proc():
    expected = vectors("delong")
    y = np.array(expected["y"], bool)
    a, b = np.array(expected["a"]), np.array(expected["b"])
    for score, key in ((a, "ci_a"), (b, "ci_b")):
        result = roc.delong(score, y)
        np.testing.assert_allclose(
            (result.low, result.estimate, result.high), expected[key], **EXACT
        )
    result = roc.delong(a, y, confidence=0.9)
    np.testing.assert_allclose(
        (result.low, result.estimate, result.high), expected["ci_a_90"], **EXACT
    )
    _, covariance = roc.delong_covariance(np.stack([a, b]), y)
    np.testing.assert_allclose(covariance[0], (expected["var_a"], expected["cov_ab"]), **EXACT)
    test = roc.delong_test(a, b, y)
    np.testing.assert_allclose((test.statistic, test.p_value), (expected["z"], expected["p"]))


def test_curve_equals_proc():
    expected = vectors("delong")
    curve = roc.roc_curve(np.array(expected["a"]), np.array(expected["y"], bool))
    np.testing.assert_allclose(curve.true_positive_rate, expected["sensitivities"], **EXACT)
    np.testing.assert_allclose(1 - curve.false_positive_rate, expected["specificities"], **EXACT)


@pytest.mark.parametrize("area", [0.6, 0.8, 0.95])
def test_hanley_mcneil_from_its_own_model(area):
    # Their formulas are those of exponentially distributed scores. With a rate of 1 for benign
    # and r for malignant cases the area is 1 / (1 + r), Q1 the chance that two malignant cases
    # both exceed a benign one, and Q2 that one malignant case exceeds two benign ones.
    r = (1 - area) / area
    q1, _ = integrate.quad(lambda x: np.exp(-x) * np.exp(-2 * r * x), 0, np.inf)
    q2, _ = integrate.quad(lambda x: r * np.exp(-r * x) * (1 - np.exp(-x)) ** 2, 0, np.inf)
    m, n = 51, 58
    pairs = area * (1 - area) + (m - 1) * (q1 - area**2) + (n - 1) * (q2 - area**2)
    assert roc.hanley_mcneil_error(area, m, n) == pytest.approx(np.sqrt(pairs / (m * n)))


def test_hanley_mcneil_interval_is_cut_at_one():
    score, malignant = np.arange(20.0), np.arange(20) >= 9
    score[9] = 7.5
    result = roc.hanley_mcneil(score, malignant)
    error = roc.hanley_mcneil_error(result.estimate, 11, 9)
    assert result.estimate - result.low == pytest.approx(1.959964 * error, rel=1e-6)
    assert result.high == 1


@settings(deadline=None)
@given(CASES)
def test_auroc_is_the_share_of_pairs_in_order(rows):
    score, malignant = split(rows)
    ill, well = score[malignant], score[~malignant]
    pairs = (ill[:, None] > well).mean() + (ill[:, None] == well).mean() / 2
    assert roc.auroc(score, malignant) == pytest.approx(pairs)
    curve = roc.roc_curve(score, malignant)
    area = np.trapezoid(curve.true_positive_rate, curve.false_positive_rate)
    assert area == pytest.approx(pairs)


@settings(deadline=None)
@given(CASES)
def test_auroc_depends_on_order_alone(rows):
    score, malignant = split(rows)
    area = roc.auroc(score, malignant)
    assert roc.auroc(np.exp(score / 2) + 3, malignant) == pytest.approx(area)
    assert roc.auroc(-score, malignant) == pytest.approx(1 - area)
    assert roc.auroc(score, ~malignant) == pytest.approx(1 - area)


@settings(deadline=None)
@given(CASES)
def test_youden_is_the_best_observed_threshold(rows):
    score, malignant = split(rows)
    found = {
        t: ((score >= t)[malignant].mean(), (score < t)[~malignant].mean()) for t in set(score)
    }
    best = max(sens + spec for sens, spec in found.values())
    tied = {t: v for t, v in found.items() if sum(v) > best - 1e-9}
    chosen = roc.youden_threshold(score, malignant)
    assert chosen in tied
    assert found[chosen][1] == max(spec for _, spec in tied.values())
    other = roc.youden_threshold(score, malignant, tie="sensitivity")
    assert found[other][0] == max(sens for sens, _ in tied.values())


def test_what_has_no_curve_is_refused():
    with pytest.raises(ValueError, match="malignant and benign"):
        roc.auroc(np.arange(3.0), np.ones(3, bool))
    with pytest.raises(ValueError, match="missing or infinite"):
        roc.youden_threshold(np.array([0.1, np.nan]), np.array([True, False]))
    with pytest.raises(ValueError, match="at least two"):
        roc.delong(np.arange(3.0), np.array([True, False, False]))


def test_delong_test_of_equal_scores_is_no_difference():
    score, malignant = np.arange(8.0), np.arange(8) % 3 == 0
    result = roc.delong_test(score, 2 * score, malignant)
    assert (result.estimate, result.statistic, result.p_value) == (0, 0, 1)


def both(score, malignant):
    """Return a statistic of weights: AUROC, and sensitivity at score >= 0.5."""

    def statistic(weights):
        area = bootstrap.auroc(weights, score, malignant)
        return np.stack([area, bootstrap.rate(weights, score >= 0.5, malignant)], axis=1)

    return statistic


def test_bootstrap_equals_boot_given_its_indices():
    expected = vectors("bootstrap")
    score, malignant = np.array(expected["score"]), np.array(expected["y"], bool)
    groups = bootstrap.clusters(np.arange(len(score)), malignant)
    drawn = groups.of_case[np.array(expected["indices"]) - 1]
    statistic = both(score, malignant)
    own = bootstrap.bootstrap(statistic, groups, 10, seed=1)
    found = bootstrap.Bootstrap(
        own.estimate, statistic(bootstrap.weights_from_draws(drawn, groups)), own.jackknife
    )
    percentile = np.transpose(bootstrap.percentile(found))
    bca = np.transpose(bootstrap.bca(found, ties="none"))
    for i, name in enumerate(("auroc", "sensitivity")):
        assert found.estimate[i] == pytest.approx(expected[name]["t0"], rel=1e-9)
        np.testing.assert_allclose(percentile[i], expected[name]["percentile"], **EXACT)
        np.testing.assert_allclose(bca[i], expected[name]["bca"], **EXACT)
        # boot's values are not divided by the stratum's 15 cases.
        mine = np.sort(found.influence[:, i] * 15)
        np.testing.assert_allclose(mine, np.sort(expected[name]["influence"]), **EXACT)


@settings(max_examples=40, deadline=None)
@given(CASES, st.integers(0, 2**32 - 1), st.sampled_from(["specificity", "sensitivity"]))
def test_weights_equal_a_loop_over_resampled_cases(rows, seed, tie):
    score, malignant = split(rows)
    patient = np.arange(len(score)) // 2
    groups = bootstrap.clusters(patient, malignant)
    weights = np.concatenate(list(bootstrap.resample(groups, 5, seed)))
    areas = bootstrap.auroc(weights, score, malignant)
    thresholds = bootstrap.youden_thresholds(weights, score, malignant, tie=tie)
    rates = bootstrap.rate(weights, score >= thresholds[:, None], malignant)
    means = bootstrap.mean(weights, score)
    for row, weight in enumerate(weights.astype(int)):
        s, y = np.repeat(score, weight), np.repeat(malignant, weight)
        assert means[row] == pytest.approx(s.mean())
        if y.all() or not y.any():
            assert np.isnan(areas[row])
            assert np.isnan(thresholds[row])
            continue
        assert areas[row] == pytest.approx(roc.auroc(s, y))
        assert thresholds[row] == roc.youden_threshold(s, y, tie)
        assert rates[row] == pytest.approx((s >= thresholds[row])[y].mean())


@settings(deadline=None)
@given(CASES, st.integers(-4, 4))
def test_threshold_behind_a_gate_is_the_best_of_the_final_calls(rows, gate):
    score, malignant = split(rows)
    first = np.random.default_rng(len(rows)).integers(-4, 5, len(rows))
    negative = first < gate
    weights = np.ones((1, len(rows)))
    chosen = bootstrap.youden_thresholds(weights, score, malignant, candidates=negative)[0]
    if not negative.any():
        assert np.isnan(chosen)
        return

    def youden(threshold):
        call = ~negative | (score >= threshold)
        return call[malignant].mean() - call[~malignant].mean()

    assert youden(chosen) == pytest.approx(max(youden(t) for t in score[negative]))
    either = bootstrap.youden_thresholds(
        weights, score, malignant, candidates=negative, nobody=True
    )[0]
    assert either == (chosen if youden(chosen) > youden(np.inf) + 1e-9 else np.inf)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=40))
def test_patients_and_strata_stay_whole(rows):
    patient, malignant = split(rows)
    groups = bootstrap.clusters(patient, malignant)
    weights = np.concatenate(list(bootstrap.resample(groups, 20, seed=3)))
    for one in set(patient):
        assert (np.ptp(weights[:, patient == one], axis=1) == 0).all()
    kinds = {one: frozenset(malignant[patient == one]) for one in set(patient)}
    first = {one: np.flatnonzero(patient == one)[0] for one in kinds}
    for kind in set(kinds.values()):
        members = [first[one] for one in kinds if kinds[one] == kind]
        assert (weights[:, members].sum(axis=1) == len(members)).all()


def test_resamples_do_not_depend_on_blocks(monkeypatch):
    groups = bootstrap.clusters(np.arange(30), np.arange(30) % 3 == 0)
    whole = np.concatenate(list(bootstrap.resample(groups, 50, seed=5)))
    monkeypatch.setattr(bootstrap, "BLOCK_NUMBERS", 100)
    np.testing.assert_array_equal(
        whole, np.concatenate(list(bootstrap.resample(groups, 50, seed=5)))
    )


def test_interval_of_a_mean_has_the_right_width():
    # A mean of 400 cases without strata: the percentile interval is the normal one, nearly.
    value = np.random.default_rng(0).normal(size=400)
    groups = bootstrap.clusters(np.arange(400), np.zeros(400))
    found = bootstrap.bootstrap(lambda w: bootstrap.mean(w, value)[:, None], groups, 4000, seed=2)
    low, high = bootstrap.percentile(found)
    assert high[0] - low[0] == pytest.approx(2 * 1.96 * value.std() / 20, rel=0.06)
    low_bca, high_bca = bootstrap.bca(found)
    assert high_bca[0] - low_bca[0] == pytest.approx(high[0] - low[0], rel=0.06)


def test_bca_without_spread_does_not_exist():
    groups = bootstrap.clusters(np.arange(10), np.arange(10) < 5)
    found = bootstrap.bootstrap(
        lambda w: bootstrap.rate(w, np.ones(10, bool))[:, None], groups, 50, seed=2
    )
    assert np.isnan(bootstrap.bca(found)).all()
    np.testing.assert_array_equal(np.ravel(bootstrap.percentile(found)), [1, 1])


def test_grouped_jackknife_keeps_the_acceleration(monkeypatch):
    value = np.random.default_rng(1).exponential(size=900)
    groups = bootstrap.clusters(np.arange(900), np.zeros(900))

    def acceleration():
        found = bootstrap.bootstrap(lambda w: bootstrap.mean(w, value)[:, None], groups, 1, 0)
        return (found.influence**3).sum() / (6 * (found.influence**2).sum() ** 1.5)

    every_case = acceleration()
    monkeypatch.setattr(bootstrap, "MOST_LEFT_OUT", 300)
    assert acceleration() == pytest.approx(every_case, abs=3 * 0.65 / 300)
