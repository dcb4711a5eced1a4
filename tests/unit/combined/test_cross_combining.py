"""Combined models cross-fitted: no case takes part in its own score, call or cut-off."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossed_run import combine, draw, scored, without_one_regression
from model_settings import CLINICAL, COMBINED, with_settings
from smallmass.clinical.study import held_out
from smallmass.combined.data import IMAGE, sort_table
from smallmass.combined.operating_point import image_operating_point
from smallmass.combined.parts import study_parts
from smallmass.combined.study import fit_combined
from smallmass.evaluation.nulls import exchanged
from smallmass.status import CROSS_FITTED, Gaps


@pytest.fixture(scope="module")
def drawn():
    return draw()


@pytest.fixture(scope="module")
def gapped(drawn):
    return without_one_regression(drawn)


@given(st.integers(0, 239), st.sampled_from(["youden_gated", "half", "prevalence"]))
@settings(max_examples=4, deadline=None)
def test_a_cases_label_changes_no_call_score_or_cutoff_of_its_own(drawn, number, cutoff):
    cases, folds, scores = drawn
    case = cases["case_id"][number]
    label = {"benign": "malignant", "malignant": "benign"}[cases["label"][number]]
    changed = cases.assign(label=cases["label"].where(cases["case_id"] != case, label))
    before, after = (combine(x, folds, scores, cutoff=cutoff) for x in (cases, changed))
    columns = [name for name in before.predictions if name.endswith(("_score", "_call"))]
    rows = [r.predictions.set_index("case_id").loc[case, columns] for r in (before, after)]
    pd.testing.assert_series_equal(*rows)
    place = folds.set_index(["repeat", "case_id"])["fold"]
    for model in ("regression", "tree"):
        pairs = zip(getattr(before, model)["fits"], getattr(after, model)["fits"], strict=True)
        for one, other in pairs:
            if one["fold"] == place[one["repeat"], case]:
                assert one == other


def test_calls_are_those_of_most_repeats_and_the_gate_holds(drawn):
    cases, folds, scores = drawn
    found = combine(cases, folds, scores)
    table = found.predictions
    own = table[table["cohort"] == "breast"]
    assert own[["regression_score", "tree_score", "regression_call"]].notna().all(axis=None)
    assert (own["clinical_fit"] == "out_of_fold").all() and (own["fit"] == "held_out").all()
    assert (own.loc[own["image_call"] == 1, ["regression_call", "tree_call"]] == 1).all(axis=None)
    other = table[table["cohort"] == "busbra"]
    assert other["image_call"].notna().all() and other["clinical_fit"].isna().all()
    assert other[["regression_score", "tree_call"]].isna().all(axis=None)
    assert found.operating_points[0]["chosen_on"] == "validation"
    assert found.operating_points[0]["n"] == 80  # the other cohort alone
    assert all(p["status"].cross_fitted for p in found.operating_points[1:])
    assert len(found.regression["fits"]) == 6


def test_one_repeat_is_what_fitting_on_the_other_folds_gives(drawn):
    """One fold's scores, against a regression of scikit-learn on the other folds' lesions."""
    from sklearn.linear_model import LogisticRegression

    cases, folds, scores = drawn
    folds, scores = folds[folds["repeat"] == 0], scores[scores["repeat"] == 0]
    table = combine(cases, folds, scores).predictions.set_index("case_id")
    here = scores[scores["fold"] == 1].set_index("case_id")["clinical_score"]
    held = folds.loc[folds["fold"] == 1, "case_id"]
    x = pd.DataFrame({"image": table.loc[here.index, "image_score"], "clinical": here})
    rest = x.index.difference(held)
    rest = rest[table.loc[rest, "image_call"] == 0]
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    model.fit(x.loc[rest], table.loc[rest, "label"] == "malignant")
    wanted = model.predict_proba(x.loc[held])[:, 1]
    assert table.loc[held, "regression_score"].to_numpy() == pytest.approx(wanted, abs=1e-4)


def test_raw_factors_are_coded_without_the_fold(drawn):
    cases, folds, scores = drawn
    table = scored(cases).merge(cases[["case_id", *CLINICAL.factors]], how="left")
    chosen = with_settings(inputs="factors")
    found = fit_combined(
        table, chosen, 1, folds=folds, part_scores=scores, clinical_status=CROSS_FITTED
    )
    fits = found.regression["fits"]
    ages = cases.set_index("case_id")["age_years"]
    for part in fits:
        held = folds[(folds["repeat"] == part["repeat"]) & (folds["fold"] == part["fold"])]
        known = ages.drop(held["case_id"]).dropna()
        assert part["encoding"]["factors"][0]["mean"] == pytest.approx(known.mean())


def test_a_part_without_a_regression_leaves_its_fold_without_and_says_so(drawn, gapped):
    _, folds, _ = drawn
    held = folds.loc[(folds["repeat"] == 1) & (folds["fold"] == 2), "case_id"]
    own = gapped.predictions[gapped.predictions["cohort"] == "breast"].set_index("case_id")
    assert set(own.index[own["regression_score"].isna()]) == set(held)
    assert own["tree_score"].notna().all()
    lacking = [f for f in gapped.regression["fits"] if not f["status"].fitted]
    why = lacking[0]["status"].reason
    statuses = {p["model"]: p["status"] for p in gapped.operating_points}
    for status in (statuses["regression"], gapped.regression["status"]):
        assert status.cross_fitted
        assert status.gaps == (Gaps(len(lacking), 6, "fits", (why,)),)
        assert str(status).endswith(f"not estimable in {len(lacking)} of 6 fits: {why}")
    assert len(lacking) == 1 and not statuses["tree"].gaps


def test_what_the_clinical_model_lacks_the_combined_ones_say(drawn):
    cases, folds, scores = drawn
    status = CROSS_FITTED.with_gaps((Gaps(1, 12, "fits of the clinical model", ("diverged",)),))
    found = fit_combined(
        scored(cases), COMBINED, 1, folds=folds, part_scores=scores, clinical_status=status
    )
    assert all(p["status"].gaps == status.gaps for p in found.operating_points[1:])


@given(st.integers(0, 2**16))
@settings(max_examples=20, deadline=None)
def test_an_exchanged_score_is_the_other_lesions_of_the_same_kind_and_repeat(drawn, seed):
    """Scores that say whose they are, of which repeat, and how they came about."""
    cases, folds, scores = drawn
    number = {case: k for k, case in enumerate(sorted(cases["case_id"]))}
    own = held_out(scores, folds).assign(held=1)
    named = scores.merge(own[["repeat", "fold", "case_id", "held"]], how="left")
    code = 1000 * named["case_id"].map(number) + 100 * named["repeat"] + 10 * named["fold"]
    named["clinical_score"] = code + named["held"].fillna(0)
    table = sort_table(scored(cases))
    point = image_operating_point(table, COMBINED.operating_point)
    places = study_parts(
        table, folds=folds, part_scores=named, point=point, settings=COMBINED, seed=1
    )
    source = np.random.default_rng(seed).permutation(len(cases))
    for before, after in zip(places, exchanged(places, source), strict=True):
        got = after.data.inputs["clinical_score"].astype(int)
        assert (got // 1000 == source).all()
        assert (got % 1000 // 100 == after.repeat).all()
        assert (got % 10 == after.held_out).all()
        # Of the fold that is left out here, unless the other lesion lies elsewhere.
        here = got % 100 // 10 == after.fold
        assert (here == (before.held_out == before.held_out[source])).all()
        assert (after.data.inputs[IMAGE] == before.data.inputs[IMAGE]).all()
    for before, after in zip(places, exchanged(places, np.arange(len(cases))), strict=True):
        assert (before.data.inputs["clinical_score"] == after.data.inputs["clinical_score"]).all()
