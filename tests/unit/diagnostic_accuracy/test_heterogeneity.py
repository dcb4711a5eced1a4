"""Cochran's Q, I² and the mean over groups, against published analyses of 13 trials of BCG."""

import numpy as np
import pytest
from scipy import stats

from diagnostic_accuracy import between_variance, cochran_q, i_squared, pooled

# Colditz et al., JAMA 1994;271:698: tuberculosis among vaccinated and controls, yes and no.
BCG = np.array(
    [
        [4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619],
        [33, 5036, 47, 5761], [180, 1361, 372, 1079], [8, 2537, 10, 619], [505, 87886, 499, 87892],
        [29, 7470, 45, 7232], [17, 1699, 65, 1600], [186, 50448, 141, 27197], [5, 2493, 3, 2338],
        [27, 16886, 29, 17825],
    ],
    float,
)  # fmt: skip


@pytest.fixture
def trials():
    """Logarithms of relative risks, and their errors."""
    a, b, c, d = BCG.T
    ratio = np.log(a / (a + b) / (c / (c + d)))
    return ratio, np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def test_as_metafor_prints_the_trials_of_bcg(trials):
    """Metafor's documentation, rma(..., data=dat.bcg, method="DL"): Q(12) = 152.2330, tau² 0.3088,
    I² 92.12%, mean -0.7141 (-1.0644 to -0.3638).
    """
    q = cochran_q(*trials)
    assert q.estimate == pytest.approx(152.2330, abs=5e-5) and q.p_value < 1e-4
    assert between_variance(*trials) == pytest.approx(0.3088, abs=5e-5)
    assert i_squared(*trials).estimate == pytest.approx(0.9212, abs=5e-5)
    mean = pooled(*trials)
    shown = (mean.estimate, mean.low, mean.high)
    assert shown == pytest.approx((-0.7141, -1.0644, -0.3638), abs=5e-5)


def test_the_interval_as_meta_prints_it(trials):
    """The package meta: I² = 92.1% (88.3% to 94.7%)."""
    result = i_squared(*trials)
    assert (result.low, result.high) == pytest.approx((0.883, 0.947), abs=5e-4)


def test_q_of_two_groups_is_the_square_of_their_z():
    first, second, errors = 0.93, 0.88, np.array([0.02, 0.03])
    z = (first - second) / np.hypot(*errors)
    q = cochran_q([first, second], errors)
    assert q.estimate == pytest.approx(z**2)
    assert q.p_value == pytest.approx(2 * stats.norm.sf(abs(z)))


def test_without_differences_q_has_its_distribution_and_nothing_is_between():
    rng = np.random.default_rng(0)
    errors = np.array([0.02, 0.05, 0.03, 0.04])
    p = [cochran_q(rng.normal(0.9, errors), errors).p_value for _ in range(2000)]
    assert stats.kstest(p, "uniform").pvalue > 0.01
    same = np.full(4, 0.9)
    assert i_squared(same, errors).estimate == between_variance(same, errors) == 0
    assert i_squared(same, errors).low == 0 < i_squared(same, errors).high < 1
    assert pooled(same, errors).estimate == pytest.approx(0.9)


def test_two_groups_that_agree_have_no_interval():
    result = i_squared([0.9, 0.91], [0.02, 0.03])
    assert result.estimate == 0 and np.isnan(result.low) and "not estimable" in result.note


@pytest.mark.parametrize(
    ("estimates", "errors"),
    [([0.9], [0.1]), ([0.9, 0.8], [0.1, 0.0]), ([0.9, np.nan], [0.1, 0.1]), ([0.9, 0.8], [0.1])],
)
def test_what_cannot_be_weighed_is_refused(estimates, errors):
    for function in (cochran_q, i_squared, pooled, between_variance):
        with pytest.raises(ValueError, match=r"groups|above 0"):
            function(estimates, errors)
