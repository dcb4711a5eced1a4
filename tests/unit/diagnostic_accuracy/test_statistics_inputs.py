"""Inputs that cannot be are refused by name, in every public function of the library."""

import math
import time

import numpy as np
import pandas as pd
import pytest

import diagnostic_accuracy as library
from diagnostic_accuracy import bootstrap

SCORE = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
LABEL = [0, 0, 1, 0, 1, 1]
WHO = ["a", "a", "b", "c", "d", "e"]
PLAN = library.Plan(replicates=20)
PAIRS = library.PairedTable(both=36, gained=15, lost=4, neither=5)
CALLS = library.CallTable(38, 22, 6, 54)
# Every function that takes labels, with a place for them.
OF_LABELS = {
    "auroc": lambda y: library.auroc(SCORE, y),
    "delong": lambda y: library.delong(SCORE, y),
    "delong_test": lambda y: library.delong_test(SCORE, SCORE[::-1], y),
    "delong_logit": lambda y: library.delong_logit(SCORE, y),
    "newcombe_auroc": lambda y: library.newcombe_auroc(SCORE, y),
    "clustered_auroc": lambda y: library.clustered_auroc(SCORE, y, WHO),
    "clustered_auroc_test": lambda y: library.clustered_auroc_test(SCORE, SCORE[::-1], y, WHO),
    "hanley_mcneil": lambda y: library.hanley_mcneil(SCORE, y),
    "roc_curve": lambda y: library.roc_curve(SCORE, y),
    "youden_threshold": lambda y: library.youden_threshold(SCORE, y),
    "youden_point": lambda y: library.youden_point(SCORE, y, plan=PLAN),
    "bootstrap_auroc": lambda y: library.bootstrap_auroc(SCORE, y, plan=PLAN),
    "partial_auroc": lambda y: library.partial_auroc(SCORE, y, 0.5, 1.0, plan=PLAN),
    "sensitivity_at": lambda y: library.sensitivity_at(SCORE, y, 0.5, plan=PLAN),
    "specificity_at": lambda y: library.specificity_at(SCORE, y, 0.5, plan=PLAN),
    "brier_score": lambda y: library.brier_score(SCORE, y),
    "calibration_slope": lambda y: library.calibration_slope(SCORE, y),
    "calibration_intercept": lambda y: library.calibration_intercept(SCORE, y),
    "calibration_bins": lambda y: library.calibration_bins(SCORE, y, 2),
    "net_benefit": lambda y: library.net_benefit(SCORE, y, 0.2),
    "decision_curve": lambda y: library.decision_curve(SCORE, y, [0.2]),
    "CallTable.of": lambda y: library.CallTable.of([1, 0, 1, 0, 1, 0], y),
    "PairedTable.of": lambda y: library.PairedTable.of([1, 0, 1, 0, 1, 0], y),
    "clustered_proportion": lambda y: library.clustered_proportion(y, WHO),
    "design_effect": lambda y: library.design_effect(y, WHO),
    "clustered_mcnemar": lambda y: library.clustered_mcnemar([1, 0, 1, 0, 1, 0], y, WHO),
    "clustered_difference": lambda y: library.clustered_difference([1, 0, 1, 0, 1, 0], y, WHO),
}
OF_PATIENTS = {
    "clustered_auroc": lambda who: library.clustered_auroc(SCORE, LABEL, who),
    "clustered_auroc_test": lambda who: library.clustered_auroc_test(
        SCORE, SCORE[::-1], LABEL, who
    ),
    "bootstrap_auroc": lambda who: library.bootstrap_auroc(SCORE, LABEL, patient=who, plan=PLAN),
    "youden_point": lambda who: library.youden_point(SCORE, LABEL, patient=who, plan=PLAN),
    "clustered_proportion": lambda who: library.clustered_proportion(LABEL, who),
    "clustered_mean": lambda who: library.clustered_mean(SCORE, who),
    "design_effect": lambda who: library.design_effect(LABEL, who),
    "clustered_mcnemar": lambda who: library.clustered_mcnemar(LABEL, LABEL[::-1], who),
    "clustered_difference": lambda who: library.clustered_difference(LABEL, LABEL[::-1], who),
}
OF_CONFIDENCE = {
    "delong": lambda c: library.delong(SCORE, LABEL, c),
    "delong_test": lambda c: library.delong_test(SCORE, SCORE[::-1], LABEL, c),
    "delong_logit": lambda c: library.delong_logit(SCORE, LABEL, c),
    "newcombe_auroc": lambda c: library.newcombe_auroc(SCORE, LABEL, c),
    "clustered_auroc": lambda c: library.clustered_auroc(SCORE, LABEL, WHO, confidence=c),
    "clustered_auroc_test": lambda c: library.clustered_auroc_test(
        SCORE, SCORE[::-1], LABEL, WHO, confidence=c
    ),
    "hanley_mcneil": lambda c: library.hanley_mcneil(SCORE, LABEL, c),
    "proportion": lambda c: library.proportion(3, 9, confidence=c),
    "proportion_interval": lambda c: library.proportion_interval(3, 9, confidence=c),
    "mean": lambda c: library.mean(SCORE, "x", c),
    "median": lambda c: library.median(SCORE, "x", c),
    "brier_score": lambda c: library.brier_score(SCORE, LABEL, c),
    "calibration_slope": lambda c: library.calibration_slope(SCORE, LABEL, c),
    "calibration_intercept": lambda c: library.calibration_intercept(SCORE, LABEL, c),
    "calibration_bins": lambda c: library.calibration_bins(SCORE, LABEL, 2, confidence=c),
    "net_benefit": lambda c: library.net_benefit(SCORE, LABEL, 0.2, confidence=c),
    "predictive_value": lambda c: library.predictive_value(CALLS, "ppv", confidence=c),
    "at_prevalence": lambda c: library.predictive_value(CALLS, "ppv", prevalence=0.1, confidence=c),
    "paired_difference": lambda c: library.paired_difference(PAIRS, confidence=c),
    "tango": lambda c: library.paired_difference(PAIRS, method="tango", confidence=c),
    "non_inferiority": lambda c: library.non_inferiority(PAIRS, 0.1, confidence=c),
    "unpaired_test": lambda c: library.unpaired_test((3, 9), (5, 9), confidence=c),
    "clustered_proportion": lambda c: library.clustered_proportion(LABEL, WHO, confidence=c),
    "clustered_mean": lambda c: library.clustered_mean(SCORE, WHO, confidence=c),
    "clustered_difference": lambda c: library.clustered_difference(
        LABEL, LABEL[::-1], WHO, confidence=c
    ),
    "Plan": lambda c: library.Plan(confidence=c),
}


@pytest.mark.parametrize("name", OF_LABELS)
@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([0, 0, math.nan, 0, 1, 1], "1 of 6 are missing"),
        ([0, 0, None, 0, 1, 1], "1 of 6 are missing"),
        (pd.array([False, False, None, False, True, True], dtype="boolean"), "1 of 6 are missing"),
        (["0", "0", "1", "0", "1", "1"], "'0' is neither true"),
        ([1, 1, 2, 1, 2, 2], "2 is neither true"),
    ],
)
def test_labels_that_are_missing_text_or_others_are_refused(name, labels, words):
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        OF_LABELS[name](labels)


@pytest.mark.parametrize("name", OF_LABELS)
def test_labels_of_any_kind_that_say_true_or_false_are_the_same(name):
    kinds = [LABEL, np.array(LABEL, bool), np.array(LABEL, float), np.array(LABEL, object)]
    shown = [str(OF_LABELS[name](labels)) for labels in kinds]
    assert len(set(shown)) == 1


@pytest.mark.parametrize("name", OF_PATIENTS)
@pytest.mark.parametrize("unknown", [None, math.nan])
def test_unknown_patients_are_not_one_patient(name, unknown):
    with pytest.raises(ValueError, match="2 of 6 are unknown"):
        OF_PATIENTS[name](["a", "a", unknown, unknown, "d", "e"])
    OF_PATIENTS[name](WHO)


@pytest.mark.parametrize("name", OF_CONFIDENCE)
@pytest.mark.parametrize("confidence", [95, 0, 1, -0.5, math.nan, "0.95"])
def test_a_confidence_that_is_none_is_refused(name, confidence):
    with pytest.raises(ValueError, match="confidence is "):
        OF_CONFIDENCE[name](confidence)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: library.PairedTable(1, -1, 0, 0), "gained is -1"),
        (lambda: library.PairedTable(1, 1.5, 0, 0), "gained is 1.5"),
        (lambda: library.CallTable(1, 0, -2, 0), "false_positive is -2"),
        (lambda: library.proportion(2.5, 10), "count is 2.5"),
        (lambda: library.proportion(-1, 10), "count is -1"),
        (lambda: library.proportion(1, -10), "n is -10"),
        (lambda: library.proportion_interval(math.nan, 10), "outside 0 to n"),
        (lambda: library.unpaired_test((-1, 9), (5, 9)), "between 0 and n"),
        (lambda: library.Plan(replicates=-1), "replicates is -1"),
        (lambda: library.holm([0.1, -0.2]), "outside 0 to 1"),
        (lambda: library.mean([7, 8, 9], "x"), "from 7 to 9"),
        (lambda: library.mean([0.5, math.nan], "x"), "missing or infinite"),
        (lambda: library.median([0.5, math.nan], "x"), "missing or infinite"),
        (lambda: library.clustered_mean([0.5, None], ["a", "b"]), "missing or infinite"),
        (lambda: library.median(["a", "b"], "x"), "not all are numbers"),
        (lambda: library.auroc([0.1, math.nan], [0, 1]), "missing or infinite"),
    ],
)
def test_what_cannot_be_is_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_the_jackknife_runs_for_bca_alone():
    """Leave-one-out values are asked for when BCa's ends are, and once."""
    calls = []

    def statistic(weights):
        calls.append(len(weights))
        return bootstrap.mean(weights, np.arange(40.0))[:, None]

    groups = bootstrap.clusters(np.arange(40), np.zeros(40))
    resampled = bootstrap.bootstrap(statistic, groups, 10, seed=1)
    bootstrap.percentile(resampled)
    assert calls == [1, 10]
    bootstrap.bca(resampled)
    bootstrap.bca(resampled)
    assert calls == [1, 10, 40]


def test_a_hundred_thousand_cases_without_replicates_take_no_time():
    rng = np.random.default_rng(1)
    label = rng.random(100_000) < 0.3
    start = time.process_time()
    library.bootstrap_auroc(rng.normal(size=100_000) + label, label, plan=library.Plan(0))
    assert time.process_time() - start < 3
