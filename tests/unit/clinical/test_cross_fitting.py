"""Folds and clinical models of cross-fitting: no case takes part in its own score."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from crossed_run import CROSS, LOG, N, folds_of, make_cohort, scored
from model_settings import CLINICAL, COMBINED
from smallmass.clinical import study as clinical_study
from smallmass.clinical.model import ClinicalFit, fit
from smallmass.clinical.study import held_out, run_clinical
from smallmass.cohort.split import CLINICAL_ARM, check_split, cross_folds
from smallmass.combined.study import fit_combined
from smallmass.errors import UserError
from smallmass.seeds import derive
from smallmass.settings.resolve import resolve
from smallmass.status import CROSS_FITTED, NO_FACTORS, Status


@given(st.integers(10, 80), st.integers(3, 4), st.integers(1, 3), st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_every_case_lies_in_one_fold_a_repeat_with_its_patient(n, folds, repeats, seed):
    cases = make_cohort(n, seed)
    dealt = folds_of(cases, folds=folds, repeats=repeats)
    assert set(dealt["arm"]) == {CLINICAL_ARM}
    for repeat in range(repeats):
        fold = dealt[dealt["repeat"] == repeat].set_index("case_id")["fold"]
        assert fold.index.is_unique and set(fold.index) == set(cases["case_id"])
        assert set(fold) == set(range(folds))
        assert (cases["case_id"].map(fold).groupby(cases["patient_id"]).nunique() == 1).all()


def test_a_fold_has_both_labels_in_the_cohorts_proportion_and_a_repeat_deals_anew():
    cases = make_cohort(200).assign(patient_id=lambda t: t["case_id"])
    dealt = folds_of(cases).merge(cases[["case_id", "label"]])
    counts = dealt.groupby(["repeat", "fold", "label"]).size()
    assert counts.between(33, 34).all()
    first, second = (dealt.loc[dealt["repeat"] == r, "fold"].to_numpy() for r in (0, 1))
    assert (first != second).any()


def test_a_case_that_the_image_model_reads_is_refused_with_every_other_problem():
    cases = make_cohort(6)
    split = cases[["case_id"]].assign(split=["training", *["test"] * 5])
    with pytest.raises(UserError) as refused:
        cross_folds(cases, split, CROSS.changed({"folds": 20}), seed=0)
    text = str(refused.value)
    assert "case000" in text and "in training" in text
    assert "20 folds need 20 malignant patients in BrEaST" in text
    published = cases.assign(published_split=split["split"])
    settings = COMBINED.changed({"cross_fitting.cohort": "breast", "cross_fitting.folds": 20})
    found = check_split(published, settings)
    assert {"cross-fitted, but no test case", "too few cases for the folds"} <= {
        finding.check for finding in found
    }


def test_settings_that_contradict_cross_fitting_are_all_named():
    root = Path(__file__).resolve().parents[3]
    config = yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))
    override = {
        "cross_fitting": {"repeats": 4},
        "operating_point": {"chosen_on": "test"},
        "combined_model": {"fitted_on": "training_in_sample"},
    }
    asked = config | {"study": "replication", "override": override}
    with pytest.raises(UserError) as refused:
        resolve(asked)
    assert len(refused.value.problems) == 3


SMALL = CLINICAL.changed({"hidden": [4], "trials": 0, "epochs": 2})


def clinical(cases: pd.DataFrame, folds: pd.DataFrame):
    run = run_clinical(cases, SMALL, seed=5, log=LOG, folds=folds)
    return run, run.part_scores


@pytest.fixture(scope="module")
def cohort() -> pd.DataFrame:
    return make_cohort()


@pytest.fixture(scope="module")
def folds(cohort) -> pd.DataFrame:
    return folds_of(cohort)


@pytest.fixture(scope="module")
def fitted(cohort, folds):
    return clinical(cohort, folds)


def test_every_case_has_one_out_of_fold_score_a_repeat_and_their_mean(cohort, folds, fitted):
    run, scores = fitted
    assert run.status == CROSS_FITTED
    own = held_out(scores, folds)
    assert (own.groupby("repeat")["case_id"].nunique() == N).all() and len(own) == 2 * N
    mean = own.groupby("case_id")["clinical_score"].mean()
    given = run.scores.set_index("case_id")
    assert (given["fit"] == "out_of_fold").all()
    assert given["clinical_score"].to_numpy() == pytest.approx(mean[given.index], abs=1e-6)
    # In each repeat and left-out fold, every other case has a score as a validation case.
    assert (scores.groupby(["repeat", "fold"])["case_id"].nunique() == N).all()
    assert scores["clinical_score"].between(0, 1).all()


def test_a_network_that_is_used_again_gives_what_a_new_one_gives(cohort, folds, fitted):
    place = cohort["case_id"].map(folds[folds["repeat"] == 1].set_index("case_id")["fold"])
    judged = cohort[place == 2]
    learnt = cohort[~place.isin([1, 2])]
    seed = derive(5, "clinical_model", "cross_fit", "1", "1", "2")
    alone = fit(learnt, judged, SMALL, seed, LOG).score(judged)
    scores = fitted[1].query("repeat == 1 and fold == 1").set_index("case_id")["clinical_score"]
    assert (scores[judged["case_id"]].to_numpy() == alone).all()


def test_a_factor_that_nobody_has_is_named_and_works(fitted):
    description = fitted[0].description
    assert description["left_out"] == {"brca_mutation": "unknown for every training case"}
    assert len(description["fits"]) == 2 * 3 * 2


def test_a_cases_label_changes_no_score_of_its_own_fold(cohort, folds, fitted):
    case = "case007"
    other = cohort["label"].map({"benign": "malignant", "malignant": "benign"})
    changed = cohort.assign(label=cohort["label"].where(cohort["case_id"] != case, other))
    before, after = (held_out(x, folds) for x in (fitted[1], clinical(changed, folds)[1]))
    place = folds.set_index(["repeat", "case_id"])["fold"]
    same = [
        row.fold == place[row.repeat, case]
        for row in before[["repeat", "fold"]].itertuples(index=False)
    ]
    kept = before["clinical_score"] == after["clinical_score"]
    assert kept[same].all() and case in set(before[same]["case_id"])
    assert not kept[~np.array(same)].all()  # where it is not left out, it teaches


@pytest.mark.slow
def test_a_cases_factors_change_its_own_score_alone_in_its_fold(cohort, folds, fitted):
    case = "case007"
    changed = cohort.copy()
    changed.loc[changed["case_id"] == case, ["age_years", "breast_density"]] = [90.0, "fatty"]
    before, after = (held_out(x, folds) for x in (fitted[1], clinical(changed, folds)[1]))
    place = folds.set_index(["repeat", "case_id"])["fold"]
    for repeat in range(2):
        here = (before["repeat"] == repeat) & (before["fold"] == place[repeat, case])
        others = here & (before["case_id"] != case)
        assert (before.loc[others, "clinical_score"] == after.loc[others, "clinical_score"]).all()


def test_without_any_factor_it_says_so(cohort, folds):
    empty = cohort.assign(age_years=np.nan, family_history="unknown", breast_density="unknown")
    run, scores = clinical(empty, folds)
    assert run.status == NO_FACTORS
    assert scores["clinical_score"].isna().all()
    table = scored(empty)
    result = fit_combined(
        table, COMBINED, 1, folds=folds, part_scores=scores, clinical_status=run.status
    )
    assert result.regression["status"] == run.status
    assert result.predictions["tree_call"].isna().all()


def test_a_fit_that_could_not_be_had_is_counted_and_lacks_in_its_own_fold_alone(
    cohort, folds, monkeypatch
):
    """One diverged network: its fold's lesions have no score, all others have theirs."""
    place = cohort["case_id"].map(folds[folds["repeat"] == 1].set_index("case_id")["fold"])
    broken = derive(5, "clinical_model", "cross_fit", "1", "2", "0")

    def diverges(training, validation, settings, seed, log, networks):
        found = fit(training, validation, settings, seed, log, networks)
        why = "every training of the clinical network diverged"
        return ClinicalFit(Status.not_estimable(why), found.encoding) if seed == broken else found

    monkeypatch.setattr(clinical_study, "fit", diverges)
    run, _ = clinical(cohort, folds)
    gaps = "not estimable in 1 of 12 fits of the clinical model: every training of the clinical "
    assert str(run.status) == f"{CROSS_FITTED}; {gaps}network diverged"
    given = run.scores.set_index("case_id")["clinical_score"]
    assert set(given.index[given.isna()]) == set(cohort.loc[place == 2, "case_id"])
