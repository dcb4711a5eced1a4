"""Comparisons where patients have several cases: against R, McNemar, DeLong, and by simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostic_accuracy import roc
from diagnostic_accuracy.clustered import clustered_mean
from diagnostic_accuracy.clustered_paired import (
    CLUSTER_TESTS,
    clustered_difference,
    clustered_mcnemar,
    of_counts,
)
from diagnostic_accuracy.clustered_roc import clustered_auroc
from diagnostic_accuracy.means import mean
from diagnostic_accuracy.paired import MCNEMAR_VARIANTS, PairedTable, mcnemar
from statistics_oracle import EXACT, vectors

readings = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)
# Few distinct scores, so that ties are common.
cases = st.lists(st.tuples(st.integers(-4, 4), st.booleans()), min_size=4, max_size=40).filter(
    lambda rows: 1 < sum(label for _, label in rows) < len(rows) - 1
)


def columns(rows, *types):
    """Return hypothesis' rows as arrays."""
    return [np.array(column, kind) for column, kind in zip(zip(*rows, strict=True), types,
                                                           strict=True)]  # fmt: skip


def test_mcnemar_by_patient_equals_r():
    expected = vectors("clustered_paired")
    first, second = (np.array(expected[name], bool) for name in ("first", "second"))
    patient = np.array(expected["patient"])
    found = clustered_mcnemar(first, second, patient, "cluster")
    assert found.statistic == pytest.approx(expected["chi2"], rel=1e-9)
    assert found.p_value == pytest.approx(expected["asymptotic"], rel=1e-9)
    found = clustered_mcnemar(first, second, patient)
    assert found.p_value == pytest.approx(expected["exact"], rel=1e-12)
    found = clustered_difference(first, second, patient)
    mean_gap = clustered_mean(second.astype(int) - first, patient, limits=(-1, 1))
    assert (found.low, found.high) == (mean_gap.low, mean_gap.high)


def test_a_mean_by_patient_is_a_mean_where_each_has_one_case():
    values = np.random.default_rng(3).random(40)
    ours, theirs = clustered_mean(values, np.arange(40)), mean(values, "Dice")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-12)


def test_a_mean_of_one_patient_has_no_interval_and_of_none_is_refused():
    one = clustered_mean([0.2, 0.4], ["a", "a"])
    assert one.estimate == pytest.approx(0.3) and np.isnan(one.low)
    with pytest.raises(ValueError, match="at least one case"):
        clustered_mean([], [])
    with pytest.raises(ValueError, match="one shape"):
        clustered_mean([0.2, 0.4], ["a"])


def test_delong_by_patient_equals_its_definition():
    expected = vectors("clustered_delong")
    y, patient = np.array(expected["y"], bool), np.array(expected["patient"])
    scores = np.array([expected["a"], expected["b"]])
    areas, covariance = roc.delong_covariance(scores, y, patient)
    np.testing.assert_allclose(areas, expected["areas"], **EXACT)
    np.testing.assert_allclose(covariance, expected["covariance"], **EXACT)


@settings(deadline=None)
@given(readings, st.sampled_from(CLUSTER_TESTS), st.integers(2, 4))
def test_one_case_a_patient_is_mcnemar_and_copies_are_no_news(rows, variant, copies):
    first, second = columns(rows, bool, bool)
    expected = mcnemar(PairedTable.of(first, second), of_counts(variant)).p_value
    once, often = np.arange(len(first)), np.repeat(np.arange(len(first)), copies)
    assert clustered_mcnemar(first, second, once, variant).p_value == pytest.approx(expected)
    many = clustered_mcnemar(np.repeat(first, copies), np.repeat(second, copies), often, variant)
    assert many.p_value == pytest.approx(expected)
    assert many.n == copies * len(rows)
    one = clustered_difference(first, second, once)
    again = clustered_difference(np.repeat(first, copies), np.repeat(second, copies), often)
    np.testing.assert_allclose((again.low, again.high), (one.low, one.high), atol=1e-9)
    if len(rows) > 1:
        assert -1 <= one.low <= one.estimate <= one.high <= 1


@settings(deadline=None)
@given(cases, st.integers(2, 4))
def test_one_case_a_patient_is_delong_and_copies_are_no_news(rows, copies):
    score, malignant = columns(rows, float, bool)
    scores = np.stack([score, score**2])
    once, often = np.arange(len(score)), np.repeat(np.arange(len(score)), copies)
    areas, expected = roc.delong_covariance(scores, malignant)
    for found in (
        roc.delong_covariance(scores, malignant, once),
        roc.delong_covariance(scores[:, often], malignant[often], often),
    ):
        np.testing.assert_allclose(found[0], areas, atol=1e-12)
        np.testing.assert_allclose(found[1], expected, atol=1e-12)


def draw(rng, patients, images):
    """Return patients' labels, and two scores of each image that share a patient's ease."""
    patient = np.repeat(np.arange(patients), images)
    # Half of the patients have a malignant and a benign lesion, as some have in reality.
    malignant = rng.random(patients)[patient] < 0.5
    mixed = (patient % 2 == 0) & (np.arange(len(patient)) % images == 0)
    malignant ^= mixed
    shared = rng.normal(size=(2, patients))[:, patient]
    scores = malignant + shared + 0.5 * rng.normal(size=(2, len(patient)))
    return patient, malignant, scores


def test_the_variance_by_patient_is_that_of_repeated_studies():
    """And DeLong's own, which takes images as independent, is far too small."""
    rng = np.random.default_rng(11)
    areas, known, naive = [], [], []
    for _ in range(400):
        patient, malignant, scores = draw(rng, patients=60, images=4)
        found, covariance = roc.delong_covariance(scores, malignant, patient)
        areas.append(found[0] - found[1])
        contrast = np.array([1, -1])
        known.append(contrast @ covariance @ contrast)
        naive.append(contrast @ roc.delong_covariance(scores, malignant)[1] @ contrast)
    seen = np.var(areas)
    assert np.mean(known) == pytest.approx(seen, rel=0.2)
    assert np.mean(naive) < 0.6 * seen


def test_the_tests_by_patient_keep_their_level():
    """Of two readings that are equally good, McNemar's own test rejects far too often."""
    rng = np.random.default_rng(12)
    rejected = dict.fromkeys((*CLUSTER_TESTS, "exact"), 0)
    covered, studies = 0, 600
    for _ in range(studies):
        patient, _, scores = draw(rng, patients=60, images=4)
        first, second = scores > 0.5
        for variant in CLUSTER_TESTS:
            found = clustered_mcnemar(first, second, patient, variant)
            rejected[variant] += found.p_value < 0.05
        table = PairedTable.of(first, second)
        rejected["exact"] += mcnemar(table, "exact").p_value < 0.05
        interval = clustered_difference(first, second, patient)
        covered += interval.low <= 0 <= interval.high
    share = {name: count / studies for name, count in rejected.items()}
    for variant in CLUSTER_TESTS:
        assert 0.02 < share[variant] < 0.08
    assert share["exact"] > 0.12
    assert 0.92 < covered / studies < 0.98


def test_what_cannot_be_compared():
    with pytest.raises(ValueError, match="allowed: cluster-exact, cluster"):
        clustered_mcnemar([True], [True], [1], "exact")
    with pytest.raises(ValueError, match="one shape"):
        clustered_mcnemar([True], [True], [1, 2])
    with pytest.raises(ValueError, match="one shape"):
        roc.delong_covariance(np.zeros(4), np.array([1, 1, 0, 0], bool), np.array([1, 2]))
    with pytest.raises(ValueError, match="two malignant and two benign patients"):
        clustered_auroc(np.arange(4.0), np.array([1, 1, 0, 0], bool), np.array([1, 1, 2, 3]))
    one = clustered_difference([True, False], [True, True], ["p", "p"])
    assert np.isnan(one.low)
    assert "one patient" in one.note
    assert not clustered_difference([], [], []).estimable


def test_notes_of_equal_readings():
    found = clustered_mcnemar([True, False], [True, False], [1, 2])
    assert (found.p_value, found.note) == (1, "no discordant pair")
    for variant in CLUSTER_TESTS:
        found = clustered_mcnemar([True, False], [False, True], [1, 1], variant)
        assert found.p_value == 1
        assert "no patient with more gains" in found.note
    assert {of_counts(variant) for variant in CLUSTER_TESTS} <= set(MCNEMAR_VARIANTS)
    assert of_counts("mid-p") == "mid-p"
