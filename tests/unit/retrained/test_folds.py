"""Out of fold over all cases: who learns from what, and what is said of the scores."""

import os
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from scanned import drawn_scores, scanned, split_of
from smallmass.cohort.groups import units
from smallmass.files import read_csv
from smallmass.retrained.beside_readers import LESS_READERS, READERS
from smallmass.retrained.folds import fold_of, fold_trainings
from smallmass.retrained.numbers import COHORT, DEVICE, FOLD, PATIENTS, by_group
from smallmass.retrained.out_of_fold import folds_part, out_of_fold
from smallmass.retrained.printed import folds_table
from smallmass.retrained.trainings import mean_scores, read_trainings, write_trainings
from study_settings import study_settings

POINT = study_settings().operating_point


def dealt(cohort, seed=1, number=5):
    return fold_trainings(cohort, split_of(cohort), number=number, seed=seed, seeds=(0,))


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(("seed", "number"), [(0, 5), (1, 2), (2, 3), (3, 5), (4, 4)])
def test_every_case_is_read_once_by_a_model_that_knows_nothing_of_its_unit(seed, number, own):
    """Units join a patient's cases, and near-duplicates of two patients in two folds."""
    cohort = scanned(seed, folds=own)
    trainings = dealt(cohort, seed, number).trainings
    read = [case for training in trainings for case in training.reads]
    assert len(trainings) == (5 if own else number)
    assert sorted(read) == sorted(cohort["case_id"])
    unit = units(cohort).set_axis(cohort["case_id"])
    for training in trainings:
        learnt = list(training.training)
        assert len(learnt) == len(set(learnt)) > 0
        assert not set(unit[learnt]) & set(unit[list(training.reads)])
        # What is neither read nor learnt from shares a unit with what is read.
        rest = set(cohort["case_id"]) - set(learnt) - set(training.reads)
        assert set(unit[sorted(rest)]) <= set(unit[list(training.reads)])
    if own:
        assert any(set(cohort["case_id"]) - {*each.training, *each.reads} for each in trainings)


def test_the_folds_of_a_set_stay_as_they_are():
    cohort = scanned()
    for training in dealt(cohort).trainings:
        folds = cohort.set_index("case_id").loc[list(training.reads), "x_fold"]
        assert {f"fold_{name}" for name in folds} == {training.name}


def test_folds_that_some_cases_lack_are_not_used_and_that_is_said():
    cohort = scanned()
    cohort.loc[[0, 5], "x_fold"] = None
    told = dealt(cohort, number=3)
    assert len(told.trainings) == 3
    assert f"2 of its {len(cohort)} cases have none; it is dealt anew" in told.left_out[0]
    assert not dealt(cohort.drop(columns="x_fold"), number=3).left_out


def test_a_set_that_does_not_train_is_not_read_and_one_without_outlines_does_not_teach():
    cohort = scanned()
    other = scanned(3).assign(cohort="breast", x_fold=None)
    for name in ("case_id", "patient_id", "image", "pixel_sha256"):
        other[name] = "b" + other[name]
    cohort.loc[0, "outline"] = None
    both = pd.concat([cohort, other], ignore_index=True)
    tested = pd.DataFrame({"case_id": other["case_id"], "split": "test"})
    split = pd.concat([split_of(cohort), tested], ignore_index=True)
    trainings = fold_trainings(both, split, number=5, seed=0, seeds=(0,)).trainings
    named = {case for each in trainings for case in (*each.training, *each.reads)}
    assert named == set(cohort["case_id"])
    assert cohort["case_id"][0] not in {case for each in trainings for case in each.training}


def test_a_set_too_small_for_folds_is_left_out_and_named():
    cohort = scanned(patients=8, folds=False)
    trainings = dealt(cohort)
    assert not trainings.trainings
    assert trainings.left_out == (
        "Image model out of fold: own patients has fewer than 5 patients of a label",
    )
    fold, _ = fold_of(cohort, 5, 0)
    assert not fold.any()


@pytest.fixture(scope="module")
def cases():
    """A table a case of drawn scores."""
    cohort = scanned(7)
    names = {case: each.name for each in dealt(cohort).trainings for case in each.reads}
    return out_of_fold(drawn_scores(cohort, names), cohort, split_of(cohort), POINT)


def test_a_cut_off_is_the_best_of_the_other_folds(cases):
    """By trying every score of the other folds: none has a higher Youden index."""
    malignant = (cases["label"] == "malignant").to_numpy()
    score, fold = cases["image_score"].to_numpy(float), cases["fold"].to_numpy()
    assert cases.groupby("fold")["cutoff"].nunique().eq(1).all()
    for name, cutoff in cases.groupby("fold")["cutoff"].first().items():
        others = fold != name

        def youden(cut, others=others):
            call = score[others] >= cut
            return call[malignant[others]].mean() - call[~malignant[others]].mean()

        assert youden(cutoff) == pytest.approx(max(map(youden, score[others])))
    assert ((score >= cases["cutoff"]) == (cases["call"] == 1)).all()
    assert cases["image_probability"].between(0, 1).all()


def test_numbers_of_all_and_of_groups_are_those_of_their_cases(cases):
    numbers = by_group(cases, 0.95, (COHORT, FOLD, DEVICE)).set_index(["by", "group", "metric"])
    assert set(numbers.index.get_level_values("by")) == {"all", PATIENTS, FOLD, DEVICE}
    for by, group in {(by, group) for by, group, _ in numbers.index if by != PATIENTS}:
        rows = cases if by == "all" else cases[cases[by] == group]
        area = roc_auc_score(rows["label"] == "malignant", rows["image_score"])
        row = numbers.loc[(by, group, "auroc")]
        assert row["estimate"] == pytest.approx(area, abs=1e-6)
        assert row["ci_low"] < area < row["ci_high"]
        assert row["patients"] == rows["patient_id"].nunique()
        found = numbers.loc[(by, group, "found"), "estimate"]
        assert found == pytest.approx(rows["found"].astype(float).mean(), abs=1e-6)
    table = folds_table(numbers.reset_index(), ["A note."])
    printed = [row.cells[0] for row in table.rows]
    assert printed[:3] == ["All cases", "Patients, the mean of their images", "fold 1"]
    assert "scanner C/2" in printed


def test_a_patients_images_are_one_reading_beside_the_highest_category(cases):
    """By hand: DeLong on one mean a patient, which needs no clusters."""
    numbers = by_group(cases, 0.95, ()).set_index(["by", "metric"])
    table = cases.assign(
        malignant=cases["label"] == "malignant",
        score=cases["image_score"].astype(float),
        rank=pd.to_numeric(cases["birads"]),
    )
    both = table.groupby("patient_id")[["malignant", "score", "rank"]].agg(
        {"malignant": "max", "score": "mean", "rank": "max"}
    )
    row = numbers.loc[(PATIENTS, "auroc")]
    assert row["estimate"] == pytest.approx(
        roc_auc_score(both["malignant"], both["score"]), abs=1e-6
    )
    assert row["lesions"] == row["patients"] == len(both) < len(cases)
    known = both.dropna(subset=["rank"])
    readers = roc_auc_score(known["malignant"], known["rank"])
    own = roc_auc_score(known["malignant"], known["score"])
    less = numbers.loc[(PATIENTS, LESS_READERS)]
    assert less["estimate"] == pytest.approx(own - readers, abs=1e-6)
    table = folds_table(numbers.reset_index().assign(group="all"), [])
    assert {str(cell) for cell in table.rows[1].cells[4:8]} == {"–"}
    assert "the mean of their scores" in str(table)


def test_a_patient_whose_images_differ_in_label_is_left_out_and_counted(cases):
    several = cases["patient_id"].duplicated(keep=False)
    first = cases.loc[several, "patient_id"].iloc[0]
    other = (cases["patient_id"] == first) & ~cases["patient_id"].duplicated()
    turned = {"malignant": "benign", "benign": "malignant"}
    label = cases["label"].mask(other, cases["label"].map(turned))
    numbers = by_group(cases.assign(label=label), 0.95, ()).set_index(["by", "metric"])
    row = numbers.loc[(PATIENTS, "auroc")]
    assert row["patients"] == cases["patient_id"].nunique() - 1
    assert row["note"] == "left out for want of one label: 1 patient"
    alone = cases.drop_duplicates("patient_id")
    assert PATIENTS not in set(by_group(alone, 0.95, ())["by"])


def test_readers_stand_beside_it_on_the_lesions_with_a_category(cases):
    numbers = by_group(cases, 0.95, (FOLD,)).set_index(["group", "metric"])
    known = cases.dropna(subset=["birads"])
    malignant = known["label"] == "malignant"
    readers = numbers.loc[("all", READERS)]
    area = roc_auc_score(malignant, known["birads"].astype(int))
    assert readers["estimate"] == pytest.approx(area, abs=1e-6)
    assert readers["note"] == f"of {len(known)} lesions with a category"
    less = numbers.loc[("all", LESS_READERS)]
    own = roc_auc_score(malignant, known["image_score"].astype(float))
    assert less["estimate"] == pytest.approx(own - area, abs=1e-6)
    excludes_none = less["ci_low"] > 0 or less["ci_high"] < 0
    assert (less["p_value"] < 0.05) == excludes_none
    table = folds_table(numbers.reset_index().assign(by="fold"), [])
    heads = [heading.text for heading in table.header[-1]]
    assert heads[-3:] == ["AUROC of BI-RADS", "Model less BI-RADS", "P"]


def test_without_categories_there_is_nothing_of_readers(cases):
    numbers = by_group(cases.assign(birads=None), 0.95, (FOLD,))
    assert not set(numbers["metric"]) & {READERS, LESS_READERS}
    assert "BI-RADS" not in str(folds_table(numbers, []))


def test_as_a_rival_it_stands_beside_the_study_on_its_test_cases(cases):
    (rival,) = folds_part(cases, []).rivals
    tested = cases[cases["split"] == "test"]
    assert list(rival.cases["case_id"]) == list(tested["case_id"])
    assert rival.fit == "out_of_fold"


def paths_in(folder):
    """Return the paths that a deal is written to."""
    return SimpleNamespace(
        trainings=folder / "trainings.json", judged=folder / "judged.csv",
        splits=folder / "splits", to_read=folder / "to_read",
    )  # fmt: skip


def test_a_deal_that_grows_or_shrinks_leaves_the_other_trainings_files_alone(tmp_path):
    """Their times say whether a training is repeated."""
    paths, whole = paths_in(tmp_path), dealt(scanned(3))
    first = replace(whole, trainings=whole.trainings[:2])
    write_trainings(first, paths)
    files = [*paths.splits.iterdir(), *paths.to_read.iterdir()]
    assert len(files) == 4
    for path in files:
        os.utime(path, (1, 1))
    write_trainings(whole, paths)
    assert {path.stat().st_mtime for path in files} == {1}
    assert len(list(paths.splits.iterdir())) == len(whole.trainings)
    write_trainings(first, paths)
    assert sorted([*paths.splits.iterdir(), *paths.to_read.iterdir()]) == sorted(files)
    other = replace(first.trainings[0], training=first.trainings[0].training[1:])
    write_trainings(replace(first, trainings=(other, first.trainings[1])), paths)
    times = {path.name: path.stat().st_mtime for path in paths.splits.iterdir()}
    assert times[f"{other.name}.csv"] > 1 and times[f"{first.trainings[1].name}.csv"] == 1


@pytest.mark.parametrize("own", [True, False])
def test_trainings_are_the_same_as_files_and_another_order_of_rows_changes_none(tmp_path, own):
    cohort = scanned(2, folds=own)
    trainings = dealt(cohort)
    shuffled = cohort.sample(frac=1, random_state=0).reset_index(drop=True)
    for one, other in zip(trainings.trainings, dealt(shuffled).trainings, strict=True):
        assert one == other

    paths = paths_in(tmp_path)
    write_trainings(trainings, paths)
    listed, left_out = read_trainings(paths.trainings)
    assert not left_out
    assert sorted(read_csv(paths.judged)["case_id"]) == sorted(cohort["case_id"])
    for training, entry in zip(trainings.trainings, listed, strict=True):
        split = read_csv(paths.splits / f"{training.name}.csv")
        parts = {name: tuple(rows["case_id"]) for name, rows in split.groupby("split")}
        assert parts == {"training": training.training, "test": training.reads}
        assert tuple(read_csv(paths.to_read / f"{training.name}.csv")["case_id"]) == training.reads
        assert entry["training"] == len(training.training) and entry["seeds"] == [0]


def test_what_several_seeds_read_is_averaged(tmp_path):
    path = tmp_path / "scores.csv"
    pd.DataFrame(
        {"case_id": ["a", "b"] * 2, "seed": [0, 0, 1, 1], "image_score": [0.2, 0.4, 0.6, 0.4],
         "found": [1, 0, 0, np.nan], "dice": [0.8, 0.0, 0.0, np.nan]}
    ).to_csv(path, index=False)  # fmt: skip
    read = mean_scores([path], ["fold_1"]).set_index("case_id")
    assert read.loc["a", "image_score"] == pytest.approx(0.4)
    assert read.loc["a", "found"] == 0.5 and read.loc["b", "dice"] == 0
