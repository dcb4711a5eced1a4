"""Few or unequal patients, and areas near 1: against R, definitions, and repeated studies."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostic_accuracy import roc
from diagnostic_accuracy.clustered import (
    CLUSTER_INTERVALS,
    clustered_mean,
    clustered_proportion,
    robust_error,
)
from diagnostic_accuracy.clustered_paired import clustered_difference
from diagnostic_accuracy.clustered_roc import clustered_auroc, clustered_auroc_test
from diagnostic_accuracy.few_clusters import FEW, likeness, satterthwaite, small_sample
from diagnostic_accuracy.roc_intervals import (
    delong_logit,
    newcombe_auroc,
    newcombe_ends,
)
from statistics_oracle import CASES, EXACT, split, vectors

sizes = st.lists(st.integers(1, 9), min_size=2, max_size=12)


@pytest.mark.parametrize("name", ["value", "hit"])
def test_error_and_degrees_of_freedom_equal_r(name):
    expected = vectors("few_clusters")
    values, patient = np.array(expected[name], float), np.array(expected["patient"])
    found, of_r = small_sample(values, patient), expected[f"of_{name}"]
    assert found.error == pytest.approx(of_r["error"], rel=1e-9)
    assert found.degrees == pytest.approx(of_r["degrees"], rel=1e-9)
    assert likeness(values, patient - 1) == pytest.approx(of_r["alike"], rel=1e-9, abs=1e-12)


def test_the_interval_on_the_logit_scale_equals_surveys_in_r():
    expected = vectors("few_clusters")
    found = clustered_proportion(np.array(expected["equal"], bool), expected["whose"])
    np.testing.assert_allclose((found.low, found.high), expected["logit"], **EXACT)


@settings(deadline=None)
@given(st.integers(2, 30), st.integers(1, 8), st.floats(0, 1))
def test_equal_patients_have_as_many_degrees_of_freedom_as_patients_less_one(patients, images, r):
    assert satterthwaite(np.full(patients, images), r) == pytest.approx(patients - 1)


@settings(deadline=None)
@given(sizes, st.floats(0, 1))
def test_unequal_patients_have_fewer(of, r):
    degrees = satterthwaite(np.array(of), r)
    assert 1 - 1e-9 <= degrees <= len(of) - 1 + 1e-9


@settings(deadline=None)
@given(sizes, st.integers(0, 2**31))
def test_the_error_is_the_robust_one_or_larger(of, seed):
    patient = np.repeat(np.arange(len(of)), of)
    values = np.random.default_rng(seed).normal(size=len(patient))
    # CR2 weighs patients by 1 / (1 - n / N), the robust one all by c / (c - 1): equal if equal.
    found = small_sample(values, patient).error
    assert found >= 0
    if len(set(of)) == 1:
        assert found == pytest.approx(robust_error(values, patient))


def test_few_patients_are_said():
    hit = np.array([True, False, True] * 10)
    few = [
        clustered_proportion(hit, np.arange(30) % 10),
        clustered_mean(hit, np.arange(30) % 10),
        clustered_difference(hit, ~hit, np.arange(30) % 10),
        clustered_auroc(np.arange(30.0), hit, np.arange(30) % 10),
    ]
    assert all(f"fewer than {FEW}" in result.note for result in few)
    many = clustered_proportion(hit, np.arange(30))
    assert "few" not in many.note
    one_has_most = clustered_proportion([True, False] * 25, np.maximum(np.arange(50) - 25, 0))
    assert "far more cases" in one_has_most.note


def drawn_hits(rng, of, share, alike):
    """Return hits of patients whose own shares are beta distributed, and whose each is."""
    a, b = share * (1 - alike) / alike, (1 - share) * (1 - alike) / alike
    patient = np.repeat(np.arange(len(of)), of)
    return rng.random(len(patient)) < rng.beta(a, b, len(of))[patient], patient


@pytest.mark.parametrize("method", CLUSTER_INTERVALS)
@pytest.mark.parametrize("of", [[8] * 4, [2, 3, 4, 8, 12, 20], [2] * 8])
def test_an_interval_of_few_patients_covers(method, of):
    """Where Student's interval with patients - 1 covered 65 to 82%."""
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(400):
        found = clustered_proportion(*drawn_hits(rng, of, 0.8, 0.4), method=method)
        covered += found.low <= 0.8 <= found.high
    assert covered / 400 > 0.93


def test_an_area_of_few_patients_covers():
    """Where Obuchowski's interval with the normal quantile covered 83%."""
    rng = np.random.default_rng(6)
    patient = np.repeat(np.arange(12), 8)
    malignant = patient < 4
    truth, covered, rejected = 0.7602499, 0, 0  # of normal scores, 1 / sqrt(2) = 0.707 apart
    for _ in range(400):
        scores = (rng.normal(size=(2, 12))[:, patient] + rng.normal(size=(2, 96))) / math.sqrt(2)
        scores += malignant
        found = clustered_auroc(scores[0], malignant, patient)
        covered += found.low <= truth <= found.high
        rejected += clustered_auroc_test(*scores, malignant, patient).p_value < 0.05
    assert covered / 400 > 0.93
    assert rejected / 400 < 0.08


@settings(deadline=None)
@given(CASES)
def test_an_area_of_one_case_a_patient_has_delongs_error(rows):
    score, malignant = split(rows)
    if min(malignant.sum(), (~malignant).sum()) < 2:
        return
    alone = clustered_auroc_test(score, np.zeros(len(score)), malignant, np.arange(len(score)))
    # A score that is the same for all has the area 1/2 without an error.
    error = math.sqrt(max(roc.delong_covariance(score, malignant)[1][0, 0], 0.0))
    if error > 1e-9:
        assert alone.statistic == pytest.approx(alone.estimate / error, rel=1e-6)
    found = clustered_auroc(score, malignant, np.arange(len(score)))
    assert 0 <= found.low <= found.estimate + 1e-12
    assert found.estimate - 1e-12 <= found.high <= 1


def test_copies_are_no_news_of_an_area():
    rng = np.random.default_rng(8)
    score, malignant = rng.normal(size=30), np.arange(30) < 12
    once, often = np.arange(30), np.repeat(np.arange(30), 3)
    one = clustered_auroc(score, malignant, once)
    many = clustered_auroc(score[often], malignant[often], often)
    np.testing.assert_allclose((many.low, many.high), (one.low, one.high), rtol=1e-9)


@settings(deadline=None)
@given(CASES, st.sampled_from([0.9, 0.95]))
def test_newcombes_ends_lie_where_the_distance_is_z_errors(rows, confidence):
    """His equation, with Hanley & McNeil's variance at mean sizes."""
    score, malignant = split(rows)
    m, n = int(malignant.sum()), int((~malignant).sum())
    found = newcombe_auroc(score, malignant, confidence)
    z = {0.9: 1.6448536269514722, 0.95: 1.959963984540054}[confidence]
    for end in (found.low, found.high):
        if end in (0, 1):
            assert found.estimate == end
            continue
        q1, q2, middle = end / (2 - end), 2 * end**2 / (1 + end), (m + n) / 2 - 1
        variance = end * (1 - end) + middle * (q1 - end**2) + middle * (q2 - end**2)
        assert (found.estimate - end) ** 2 == pytest.approx(z * z * variance / (m * n), abs=1e-9)


def test_an_area_of_one_has_a_width():
    score, malignant = np.arange(40.0), np.arange(40) >= 20
    plain = roc.delong(score, malignant)
    assert (plain.low, plain.high) == (1, 1)
    assert "no width" in plain.note
    for found in (
        delong_logit(score, malignant),
        newcombe_auroc(score, malignant),
        clustered_auroc(score, malignant, np.arange(40)),
    ):
        assert (found.low, found.high) == (newcombe_ends(1.0, 20, 20)[0], 1)
        assert 0.8 < found.low < 0.95
    turned = newcombe_auroc(-score, malignant)
    assert turned.high == pytest.approx(1 - newcombe_ends(1.0, 20, 20)[0])


def test_without_discordant_pairs_the_difference_has_a_width():
    right = np.array([True, True, False, True])
    found = clustered_difference(right, right, [1, 1, 2, 3])
    assert found.low == pytest.approx(-found.high)
    assert found.low < -0.3
