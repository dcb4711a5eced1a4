"""Radiologists: categories as ranks and calls, and the cross-fitted rule that joins them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import crossed_run
from model_settings import with_settings
from readers import drawn
from smallmass.rivals.birads import (
    LEVELS,
    at_least,
    birads_part,
    categories,
    ranks,
    within_categories,
)
from smallmass.rivals.comparison import rivals
from study_settings import study_settings

SETTINGS = study_settings({"cross_fitting.folds": 4, "cross_fitting.repeats": 3})
WORDS = {
    "2": "2", "3.0": "3", "4a": "4A", "4 B": "4B", "BI-RADS 4C": "4C", "BIRADS: 5": "5",
    "acr 4": "4", "birads-1": "1",
}  # fmt: skip
NO_CATEGORY = ["0", "6", "6A", "", "unknown", "45", "3-4", "7"]


@pytest.mark.parametrize("text", WORDS)
def test_a_category_is_read_however_it_is_written(text):
    assert categories(pd.Series([text]))[0] == WORDS[text]


def test_what_is_no_category_is_unknown():
    """Incomplete examinations and proven cancers are no opinion on a lesion."""
    assert categories(pd.Series([*NO_CATEGORY, None, np.nan], dtype=object)).isna().all()
    assert categories(pd.Series([2, 4, 5])).tolist() == ["2", "4", "5"]


def test_ranks_follow_the_share_of_cancers_that_each_category_stands_for():
    """ACR's BI-RADS atlas, 5th edition: 0, ≤ 2, 2-10, 10-50, 50-95, ≥ 95 %."""
    order = ["1", "2", "3", "4A", "4B", "4C", "5"]
    assert np.diff([LEVELS[name] for name in order]).min() > 0
    assert LEVELS["4A"] < LEVELS["4"] < LEVELS["4C"]


def test_an_undivided_4_is_called_at_4a_and_unknown_at_4b():
    category = pd.Series(["3", "4A", "4", "4B", "5", None], dtype=object)
    assert at_least(category, "4A")[:5].tolist() == [0, 1, 1, 1, 1]
    at_4b = at_least(category, "4B")
    assert at_4b[[0, 1, 3, 4]].tolist() == [0, 0, 1, 1] and np.isnan(at_4b[[2, 5]]).all()


def test_each_reader_s_rival_has_the_recorded_categories():
    predictions, cohort = drawn()
    part = birads_part(predictions, cohort, SETTINGS)
    assert [rival.name for rival in part.rivals] == [
        "birads_4a", "birads_4b", "birads_image", "birads_image_clinical",
    ]  # fmt: skip
    reader = part.rivals[0].cases
    assert reader["score"].tolist() == ranks(categories(cohort["birads"])).tolist()
    assert (reader["call"] == cohort["birads"].isin(["4A", "4B", "4C", "5"])).all()
    assert part.rivals[1].cases["score"].isna().all()  # one AUROC, whatever the cut
    assert (part.rivals[1].cases["call"] == cohort["birads"].isin(["4B", "4C", "5"])).all()


def test_of_an_undivided_category_4_the_cut_at_4b_is_left_out_and_named():
    predictions, cohort = drawn(divided=False, clinical=False)
    part = birads_part(predictions, cohort, SETTINGS)
    assert [rival.name for rival in part.rivals] == ["birads_4a", "birads_image"]
    assert part.left_out[0] == "BI-RADS ≥ 4B: category 4 is not divided in these cases"
    assert "no test case has all of them" in part.left_out[1]


def test_without_categories_the_part_is_left_out_and_named():
    predictions, cohort = drawn()
    for other, words in (
        (cohort.assign(birads=np.nan), "no test case has a BI-RADS category"),
        (cohort.assign(birads="4A"), "the same BI-RADS category"),
        (cohort.assign(birads=cohort["birads"].where(cohort["label"] == "benign")), "one label"),
    ):
        part = birads_part(predictions, other, SETTINGS)
        assert not part.rivals and words in part.left_out[0]
    few = birads_part(predictions.iloc[:12], cohort.iloc[:12], SETTINGS)
    assert any("fewer than 4 patients of a label" in text for text in few.left_out)


def test_a_lesion_s_own_label_takes_no_part_in_its_joint_score():
    """With one patient's labels turned, the scores of that patient's fold stay; others do not."""
    predictions, cohort = drawn()
    joint = birads_part(predictions, cohort, SETTINGS).rivals[2]
    dealt = pd.DataFrame(
        [
            {"case_id": case, "arm": "clinical_model", "repeat": repeat,
             "fold": (int(case[1:]) // 2 + repeat) % 4}
            for repeat in range(3)
            for case in predictions["case_id"]
        ]
    )  # fmt: skip
    scores = pd.concat(
        predictions[["case_id", "clinical_score"]].assign(repeat=repeat, fold=fold)
        for repeat in range(3)
        for fold in range(4)
    )
    turned = predictions.copy()
    turned.loc[:1, "label"] = "benign"
    one, other = (
        birads_part(table, cohort.assign(label=table["label"]), SETTINGS, folds=dealt,
                    part_scores=scores).rivals[2].cases
        for table in (predictions, turned)
    )  # fmt: skip
    assert one["score"][:2].tolist() == other["score"][:2].tolist()
    same_fold = predictions["case_id"].str[1:].astype(int) // 2 % 4 == 0
    assert ((one["score"] == other["score"]) == same_fold).all()
    assert joint.fit == "out_of_fold"


def test_recorded_values_that_are_no_category_are_told():
    predictions, cohort = drawn()
    cohort["birads"] = cohort["birads"].astype(object)
    cohort.loc[:2, "birads"] = ["Kat. IV", "0", "6"]
    part = birads_part(predictions, cohort, SETTINGS)
    assert part.left_out[0] == "BI-RADS of test cases, not understood: 1, such as 'Kat. IV'"
    assert part.rivals[0].cases["score"].isna().sum() == 3
    none = birads_part(predictions, cohort.assign(birads="Kat. IV"), SETTINGS)
    assert not none.rivals and len(none.left_out) == 2


def test_a_label_that_one_fold_holds_alone_leaves_the_joint_rule_out_and_is_named():
    """As folds of the clinical models may, which were dealt to all cases, not to those here."""
    predictions, cohort = drawn()
    ill = set(predictions.loc[predictions["label"] == "malignant", "case_id"])
    folds = predictions[["case_id"]].assign(
        arm="clinical_model", repeat=0, fold=predictions["case_id"].isin(ill).astype(int)
    )
    scores = pd.concat(
        predictions[["case_id", "clinical_score"]].assign(repeat=0, fold=fold) for fold in (0, 1)
    )
    part = birads_part(predictions, cohort, SETTINGS, folds=folds, part_scores=scores)
    assert [rival.name for rival in part.rivals] == ["birads_4a", "birads_4b"]
    assert sum("one label alone outside one of its folds" in why for why in part.left_out) == 2


def test_the_joint_rule_gains_where_both_know_something():
    predictions, cohort = drawn(n=400, seed=3)
    made = {rival.name: rival.cases for rival in birads_part(predictions, cohort, SETTINGS).rivals}
    malignant = predictions["label"] == "malignant"
    area = {
        name: roc_auc_score(malignant, made[name]["score"])
        for name in ("birads_4a", "birads_image")
    }
    alone = roc_auc_score(malignant, predictions["image_score"])
    assert area["birads_image"] > max(area["birads_4a"], alone)
    assert len(birads_part(predictions, cohort, SETTINGS).rivals[2].record["fits"]["breast"]) == 12


def test_the_models_within_each_category_are_those_of_its_lesions():
    predictions, cohort = drawn()
    table = within_categories(predictions, cohort, with_settings())
    assert set(table["group"]) == set(cohort["birads"].str.upper())
    here = (cohort["birads"] == "4B").to_numpy()
    row = table[(table["group"] == "4B") & (table["model"] == "image")].set_index("metric")
    assert row.loc["auroc", "estimate"] == pytest.approx(
        roc_auc_score(predictions["label"][here] == "malignant", predictions["image_score"][here])
    )


def test_where_clinical_models_are_cross_fitted_their_folds_and_scores_are_used():
    """As the study `replication` has them: folds of its own, a clinical score a left-out fold."""
    cases, folds, scores = crossed_run.draw()
    predictions = crossed_run.combine(cases, folds, scores).predictions
    mean = scores.groupby("case_id")["clinical_score"].mean()
    predictions["clinical_score"] = predictions["case_id"].map(mean)
    rng = np.random.default_rng(0)
    ill = (cases["label"] == "malignant").to_numpy()
    place = np.clip(np.round(rng.normal(1 + 2 * ill)), 0, 4).astype(int)
    cohort = cases.assign(birads=np.array(["3", "4A", "4B", "4C", "5"], object)[place])
    settings = study_settings({"cross_fitting.folds": 3, "cross_fitting.repeats": 3})
    part = birads_part(predictions, cohort, settings, folds=folds, part_scores=scores)
    joint = part.rivals[-1]
    assert joint.name == "birads_image_clinical" and not part.left_out
    fits = joint.record["fits"]["breast"]
    # The dealt folds' two repeats, not the settings' three.
    assert [(fit["repeat"], fit["fold"]) for fit in fits] == [
        (repeat, fold) for repeat in range(2) for fold in range(3)
    ]
    assert joint.cases["score"].notna().all()
    table = rivals(
        [part], predictions=predictions, cohort=cohort, settings=settings, costs={}
    ).set_index(["subset", "rival", "beside"])
    for subset in ("all", "under_1cm"):
        row = table.loc[(subset, "birads_image_clinical", "regression")]
        assert row["fit"] == "out_of_fold" and np.isfinite(row["difference"])
