"""Platt scaling: against statsmodels, and what it must keep."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from diagnostic_accuracy.calibration import calibration_intercept, calibration_slope
from diagnostic_accuracy.recalibration import PlattScaling, fit_platt


def drawn(n: int, slope: float, seed: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Scores whose logits are ``slope`` times too extreme, and labels."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(0, 1.5, n)
    malignant = rng.random(n) < special.expit(logit)
    return special.expit(slope * logit), malignant


def test_the_line_is_that_of_a_logistic_regression_on_the_targets():
    """Statsmodels' binomial GLM takes fractions as outcomes."""
    score, malignant = drawn(200, 2.2)
    ill, well = malignant.sum(), (~malignant).sum()
    target = np.where(malignant, (ill + 1) / (ill + 2), 1 / (well + 2))
    logit = special.logit(np.clip(score, 1e-4, 1 - 1e-4))
    fit = sm.GLM(target, sm.add_constant(logit), family=sm.families.Binomial()).fit(tol=1e-12)
    found = fit_platt(score, malignant)
    np.testing.assert_allclose([found.intercept, found.slope], fit.params, rtol=1e-5, atol=1e-7)


def test_scores_that_were_too_sure_are_put_right_on_other_cases():
    score, malignant = drawn(4000, 2.5)
    scaling = fit_platt(score[:2000], malignant[:2000])
    assert calibration_slope(score[2000:], malignant[2000:]).estimate < 0.5
    after = scaling.probability(score[2000:])
    assert calibration_slope(after, malignant[2000:]).estimate == pytest.approx(1, abs=0.15)
    assert calibration_intercept(after, malignant[2000:]).estimate == pytest.approx(0, abs=0.15)


@pytest.mark.parametrize("separated", [[0.1, 0.2, 0.8, 0.9], [0.0, 0.0, 1.0, 1.0]])
def test_separated_labels_have_a_finite_line(separated):
    found = fit_platt(separated, [False, False, True, True])
    probability = found.probability(separated)
    assert np.isfinite([found.intercept, found.slope]).all()
    assert found.slope > 0 and probability.max() < 1 and probability.min() > 0


def test_equal_scores_become_the_share_that_is_malignant():
    """(2 x 1/4 + 2/3 ... of Platt's targets): one malignant of three."""
    probability = fit_platt([0.7] * 3, [True, False, False]).probability([0.7])
    assert probability == pytest.approx((2 / 3 + 2 * 1 / 4) / 3, abs=1e-4)


@given(st.floats(-3, 3), st.floats(0.05, 4), st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_no_two_cases_change_places(intercept, slope, scores):
    order = np.sort(scores)
    probability = PlattScaling(intercept, slope).probability(order)
    assert (np.diff(probability) >= 0).all()
    assert ((probability >= 0) & (probability <= 1)).all()


def test_a_missing_score_stays_missing():
    found = PlattScaling(0.0, 1.0).probability(np.array([0.25, np.nan]))
    np.testing.assert_allclose(found, [0.25, np.nan])


@pytest.mark.parametrize(
    ("score", "malignant", "match"),
    [
        ([0.1, 1.2], [True, False], "outside"),
        ([0.1, np.nan], [True, False], "missing"),
        ([0.1, 0.2], [True, True], "one label only"),
    ],
)
def test_what_cannot_be_is_refused(score, malignant, match):
    with pytest.raises(ValueError, match=match):
        fit_platt(score, malignant)
