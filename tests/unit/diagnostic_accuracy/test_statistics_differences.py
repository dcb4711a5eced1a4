"""Differences of proportions and clustered proportions against R, enumeration and each other."""

from itertools import product
from math import comb

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from diagnostic_accuracy.clustered import (
    CLUSTER_INTERVALS,
    clustered_proportion,
    design_effect,
    robust_error,
)
from diagnostic_accuracy.paired import PairedTable, mcnemar
from diagnostic_accuracy.paired_differences import (
    PAIRED_INTERVALS,
    non_inferiority,
    paired_difference,
)
from diagnostic_accuracy.proportions import proportion
from diagnostic_accuracy.unpaired import UNPAIRED_INTERVALS, UNPAIRED_TESTS, unpaired_test
from statistics_oracle import EXACT, vectors

cells = st.tuples(*[st.integers(0, 25)] * 4).filter(any)


def paired(both, first, second, neither):
    """Return a table from McNemar's cells a, b, c, d."""
    return PairedTable(both=both, gained=second, lost=first, neither=neither)


@pytest.mark.parametrize("method", PAIRED_INTERVALS)
def test_paired_differences_equal_r(method):
    for case in vectors("paired_difference")["cases"]:
        table = paired(*case["cells"])
        found = paired_difference(table, method=method, confidence=case["confidence"])
        assert found.estimate == pytest.approx(case["estimate"], rel=1e-9, abs=1e-12)
        np.testing.assert_allclose((found.low, found.high), case[method], **EXACT)


def test_non_inferiority_equals_r():
    for case in vectors("paired_difference")["cases"]:
        found = non_inferiority(paired(*case["cells"]), case["margin"])
        np.testing.assert_allclose(
            (found.statistic, found.p_value), (case["z"], case["p"]), **EXACT
        )


@settings(deadline=None, max_examples=40)
@given(cells, st.floats(-0.9, 0.9))
def test_score_is_that_of_the_likeliest_probabilities(counts, gap):
    # Brute force: the likelihood of the four cells on a fine line of losses, given the difference.
    table, n = paired(*counts), sum(counts)
    if gap > 0:  # a margin is a loss; a gain is the same with the readings exchanged
        table = PairedTable(table.both, table.lost, table.gained, table.neither)
    margin = abs(gap)
    q_gain = np.linspace(0, (1 - margin) / 2, 20_001)[1:-1]
    q_loss = q_gain + margin
    likelihood = table.gained * np.log(q_gain) + table.lost * np.log(q_loss)
    likelihood += (table.both + table.neither) * np.log1p(-q_gain - q_loss)
    best = int(np.argmax(likelihood))
    variance = (q_gain[best] + q_loss[best] - margin**2) / n
    z = ((table.gained - table.lost) / n + margin) / np.sqrt(variance)
    found = non_inferiority(table, margin).statistic
    if np.isfinite(found) and variance > 1e-3 / n:
        assert found == pytest.approx(z, rel=5e-3, abs=5e-3)


@settings(deadline=None)
@given(cells)
def test_margin_of_nothing_is_mcnemar(counts):
    table = paired(*counts)
    found = non_inferiority(table, 0.0)
    assert found.statistic**2 == pytest.approx(mcnemar(table, "asymptotic").statistic)


@settings(deadline=None)
@given(cells, st.sampled_from([0.01, 0.05, 0.1, 0.3]))
def test_non_inferior_means_interval_above_the_margin(counts, margin):
    found = non_inferiority(paired(*counts), margin)
    if abs(found.p_value - 0.025) > 1e-9:
        assert (found.p_value < 0.025) == (found.low > -margin)
    assert "one-sided" in found.note


@settings(deadline=None)
@given(cells, st.sampled_from(PAIRED_INTERVALS))
def test_paired_interval_turns_with_the_readings(counts, method):
    a, b, c, d = counts
    one = paired_difference(paired(a, b, c, d), method=method)
    other = paired_difference(paired(a, c, b, d), method=method)
    assert -1 <= one.low <= one.estimate <= one.high <= 1
    np.testing.assert_allclose((one.low, one.high), (-other.high, -other.low), atol=1e-9)


def test_paired_prints_its_table():
    for result in (
        mcnemar(paired(30, 3, 12, 20)),
        paired_difference(paired(30, 3, 12, 20)),
        non_inferiority(paired(30, 3, 12, 20), 0.05),
    ):
        for text in (result.text(), result.to_markdown(), result.to_latex(), result.to_html()):
            assert "only the first right (b)" in text
            assert "only the second right (c)" in text
        assert "| only the second right (c) | 12 |" in result.to_markdown()
    assert "margin: a loss of 5.0 percentage points" in result.note


def test_paired_refuses_what_cannot_be():
    assert not paired_difference(PairedTable(0, 0, 0, 0)).estimable
    with pytest.raises(ValueError, match="allowed: newcombe, tango"):
        paired_difference(PairedTable(1, 2, 3, 4), method="wald")
    with pytest.raises(ValueError, match=r"margin is 1\.5"):
        non_inferiority(PairedTable(1, 2, 3, 4), 1.5)


@pytest.mark.parametrize("test", UNPAIRED_TESTS)
def test_unpaired_tests_equal_r(test):
    for case in vectors("unpaired")["cases"]:
        x1, n1, x2, n2 = case["counts"]
        found = unpaired_test((x1, n1), (x2, n2), test)
        if test == "fisher":
            assert found.p_value == pytest.approx(case["fisher"], rel=1e-9)
        elif test == "z-pooled":
            chi2, p = case["chi-squared"]
            np.testing.assert_allclose((found.statistic**2, found.p_value), (chi2, p), **EXACT)
        elif test == "z-unpooled":
            # R's Wald interval is estimate +- 1.96 standard errors, cut at 1: z follows from it.
            gap = x2 / n2 - x1 / n1
            reach = max(gap - case["wald"][0], case["wald"][1] - gap)
            assert found.statistic == pytest.approx(gap / reach * stats.norm.ppf(0.975), rel=1e-9)
        else:
            np.testing.assert_allclose((found.statistic, found.p_value), case[test], **EXACT)
        for method in ("wald", "newcombe"):
            of = unpaired_test((x1, n1), (x2, n2), test, interval=method)
            np.testing.assert_allclose((of.low, of.high), case[method], **EXACT)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_fisher_by_enumeration(n1, n2, data):
    x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    together = x1 + x2
    ways = {
        k: comb(n1, k) * comb(n2, together - k)
        for k in range(max(0, together - n2), min(n1, together) + 1)
    }
    expected = sum(w for w in ways.values() if w <= ways[x1]) / sum(ways.values())
    assert unpaired_test((x1, n1), (x2, n2), "fisher").p_value == pytest.approx(expected)


@pytest.mark.parametrize(("test", "interval"), [*product(UNPAIRED_TESTS, UNPAIRED_INTERVALS)])
def test_nothing_differs_where_all_are_alike(test, interval):
    found = unpaired_test((0, 12), (0, 9), test, interval=interval)
    assert found.p_value == pytest.approx(1)
    assert found.low <= 0 <= found.high


def test_unpaired_refuses_what_cannot_be():
    with pytest.raises(ValueError, match="allowed: chi-squared"):
        unpaired_test((1, 2), (1, 2), "t")
    with pytest.raises(ValueError, match="allowed: newcombe"):
        unpaired_test((1, 2), (1, 2), interval="exact")
    for bad in ((3, 2), (0, 0), (-1, 4)):
        with pytest.raises(ValueError, match="cannot be"):
            unpaired_test((1, 2), bad)


def test_clustered_proportion_equals_r_and_statsmodels():
    expected = vectors("cluster")
    hit, patient = np.array(expected["hit"], bool), np.array(expected["patient"])
    assert robust_error(hit, patient) == pytest.approx(expected["error"], rel=1e-9)
    assert design_effect(hit, patient) == pytest.approx(expected["effect"], rel=1e-9)
    fit = sm.OLS(hit.astype(float), np.ones(len(hit))).fit(
        cov_type="cluster", cov_kwds={"groups": patient}, use_t=True
    )
    assert robust_error(hit, patient) == pytest.approx(fit.bse[0], rel=1e-9)
    assert clustered_proportion(hit, patient).note.startswith("27 cases of 14 patients; few")


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=2, max_size=40), st.integers(2, 4))
def test_copies_of_an_image_are_no_news(hits, copies):
    # Every patient's image k times: the robust interval is that of one image a patient.
    hit = np.array(hits)
    once, often = np.arange(len(hit)), np.repeat(np.arange(len(hit)), copies)
    for method in CLUSTER_INTERVALS:
        one = clustered_proportion(hit, once, method=method)
        many = clustered_proportion(np.repeat(hit, copies), often, method=method)
        assert 0 <= one.low <= one.estimate <= one.high <= 1
        # Wilson's with few cases: the variance of one case a patient counts for no more than it.
        if method == "cluster" or not 0 < hit.mean() < 1:
            np.testing.assert_allclose((many.low, many.high), (one.low, one.high), atol=1e-9)


def test_alone_each_case_is_wilson_or_wider():
    hit = np.arange(30) % 3 == 0
    naive = proportion(10, 30, method="wilson")
    alone = clustered_proportion(hit, np.arange(30), method="cluster-wilson")
    # A cluster each: the variance is n / (n - 1) times the binomial one, and t is more than z.
    assert alone.high - alone.low == pytest.approx(naive.high - naive.low, rel=0.06)
    assert alone.high - alone.low > naive.high - naive.low


def test_clusters_that_say_nothing():
    one = clustered_proportion(np.array([True, False]), np.array(["p", "p"]))
    assert np.isnan(one.low)
    assert "one patient" in one.note
    assert not clustered_proportion(np.zeros(0, bool), np.zeros(0)).estimable
    with pytest.raises(ValueError, match="allowed: cluster"):
        clustered_proportion(np.array([True]), np.array([1]), method="naive")
    with pytest.raises(ValueError, match="one shape"):
        clustered_proportion(np.array([True]), np.array([1, 2]))
