"""Split and folds: nothing that belongs together is torn apart."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallmass.cohort.groups import units
from smallmass.cohort.split import check_split, make_folds, make_split
from smallmass.errors import UserError
from study_settings import study_settings


def dealt(assignment="stratified", seed=0, validation=0.2, test=0.2):
    """The settings of a study whose only source, BUSI, is dealt out."""
    shares = {"split.validation": validation, "split.test": test}
    sources = {"cohort.sources": {"busi": "dealt"}}
    return study_settings(shares | sources | {"split.assignment": assignment, "seed": seed})


def table(patients, labels, groups=None, images=None):
    n = len(patients)
    return pd.DataFrame(
        {
            "case_id": [f"c{i:03d}" for i in range(n)],
            "cohort": "busi",
            "patient_id": patients,
            "group_id": groups or [f"c{i:03d}" for i in range(n)],
            "image": images or [f"{i}.png" for i in range(n)],
            "frame": None,
            "outline": [f"{i}.png" for i in range(n)],
            "label": labels,
            "published_split": "",
            "pixel_sha256": [f"h{i}" for i in range(n)],
        }
    )


cohorts = st.integers(40, 120).flatmap(
    lambda n: st.builds(
        table,
        st.lists(st.integers(0, n).map(lambda i: f"p{i}"), min_size=n, max_size=n),
        st.just([("benign", "malignant")[i % 3 == 0] for i in range(n)]),
        st.lists(st.integers(0, 3 * n).map(lambda i: f"g{i}"), min_size=n, max_size=n),
    )
)


@given(cohorts, st.sampled_from(["stratified", "random"]), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_no_patient_or_group_crosses_a_split(cases, assignment, seed):
    try:
        split = make_split(cases, dealt(assignment, seed))
    except UserError as error:
        assert "no malignant case" in str(error) or "no benign case" in str(error)
        return
    assert split["case_id"].tolist() == cases["case_id"].tolist()
    for name in ("patient_id", "group_id"):
        assert split["split"].groupby(cases[name]).nunique().max() == 1


@given(st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_stratified_split_has_the_fractions_of_each_label(seed):
    labels = ["benign"] * 600 + ["malignant"] * 400
    cases = table([f"p{i // 2}" for i in range(1000)], labels)
    split = make_split(cases, dealt(seed=seed, validation=0.1))
    counts = split.groupby([split["split"], cases["label"]]).size()
    assert counts["test", "benign"] == 120
    assert counts["test", "malignant"] == 80
    assert counts["validation", "benign"] == 60
    assert counts["validation", "malignant"] == 40


def test_split_depends_on_the_seed_and_not_on_the_order_of_rows():
    cases = table([f"p{i}" for i in range(100)], ["benign", "malignant"] * 50)
    first = make_split(cases, dealt(seed=1)).set_index("case_id")["split"]
    turned = make_split(cases[::-1], dealt(seed=1)).set_index("case_id")["split"]
    assert (turned[first.index] == first).all()
    assert (make_split(cases, dealt(seed=2)).set_index("case_id")["split"] != first).any()


def test_sharing_is_transitive():
    cases = table(["p1", "p1", "p2", "", ""], ["benign"] * 5, images=["a", "b", "b", "c", "d"])
    assert units(cases).tolist() == ["c000", "c000", "c000", "c003", "c004"]


def test_same_patient_number_in_two_cohorts_is_two_patients():
    cases = table(["1", "1"], ["benign", "benign"]).assign(cohort=["x", "y"])
    assert units(cases).nunique() == 2


def test_published_assignment_is_taken_and_checked():
    cases = table([f"p{i}" for i in range(12)], ["benign", "malignant"] * 6)
    cases["published_split"] = ["training"] * 4 + ["validation"] * 4 + ["test"] * 4
    published = study_settings({"cohort.sources": {"busi": "published"}})
    assert make_split(cases, published)["split"].tolist() == cases["published_split"].tolist()

    wrong = cases.copy()
    wrong.loc[0, "published_split"] = ""
    wrong.loc[5, "patient_id"] = "p11"
    wrong.loc[2, "outline"] = ""
    with pytest.raises(UserError) as raised:
        make_split(wrong, published)
    text = "\n".join(raised.value.problems)
    assert len(raised.value.problems) == 4
    assert "case c000: published_split is empty" in text
    assert "case c005: shares a patient" in text and "case c011: shares a patient" in text
    assert "c005 (validation), c011 (test)" in text
    assert "case c002: in training, but without an outline" in text


def test_a_case_that_has_two_rows_does_not_stop_the_list():
    """The rows are a finding of the table (T001); what else the split lacks is said beside it."""
    cases = table([f"p{i}" for i in range(20)], ["benign"] * 19 + ["malignant"])
    twice = pd.concat([cases, cases.iloc[[2, 19]]], ignore_index=True)
    said = [finding.line() for finding in check_split(cases, dealt())]
    assert said and [finding.line() for finding in check_split(twice, dealt())] == said


def test_a_split_without_a_label_is_refused():
    cases = table([f"p{i}" for i in range(20)], ["benign"] * 19 + ["malignant"])
    with pytest.raises(UserError, match="no malignant case in"):
        make_split(cases, dealt())


def test_folds_cover_training_once_and_keep_patients_whole():
    cases = table([f"p{i // 2}" for i in range(120)], ["benign", "benign", "malignant"] * 40)
    split = make_split(cases, dealt("random", 3))
    folds = make_folds(cases, split, 5, 3)
    assert list(folds.columns) == ["case_id", "arm", "repeat", "fold"]
    assert sorted(folds["case_id"]) == sorted(split.loc[split["split"] == "training", "case_id"])
    assert sorted(folds["fold"].unique()) == [0, 1, 2, 3, 4]
    merged = folds.merge(cases, on="case_id")
    assert merged.groupby("patient_id")["fold"].nunique().max() == 1
    share = (merged["label"] == "malignant").groupby(merged["fold"]).mean()
    assert share.between(0.2, 0.5).all()


def test_no_folds_is_a_table_without_rows():
    cases = table([f"p{i}" for i in range(40)], ["benign", "malignant"] * 20)
    split = make_split(cases, dealt("random"))
    assert list(make_folds(cases, split, 0, 0)) == ["case_id", "arm", "repeat", "fold"]
    assert make_folds(cases, split, 0, 0).empty
    with pytest.raises(UserError, match="30 folds need 30 benign patients"):
        make_folds(cases, split, 30, 0)
