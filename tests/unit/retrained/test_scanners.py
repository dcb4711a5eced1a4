"""Leave one scanner out: who learns from what, what is lost, and whether scanners differ."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit
from sklearn.metrics import roc_auc_score

from diagnostic_accuracy import clustered_auroc_test, cochran_q
from diagnostic_accuracy.clustered_roc import areas
from scanned import scanned, scanners_read, split_of
from smallmass.cohort.groups import units
from smallmass.retrained.drop import (
    LOST,
    NEVER_SEEN,
    OUT_OF_FOLD,
    by_scanner,
    scanners_part,
)
from smallmass.retrained.printed import scanners_table
from smallmass.retrained.scanners import LEAST_CASES, scanner_trainings
from study_settings import study_settings

POINT = study_settings().operating_point


@pytest.mark.parametrize("seed", range(5))
def test_a_model_knows_no_case_of_the_scanner_and_no_patient_of_its_cases(seed):
    cohort = scanned(seed)
    trainings = scanner_trainings(cohort, split_of(cohort), seeds=(0,)).trainings
    known = cohort.set_index("case_id")
    unit = units(cohort).set_axis(cohort["case_id"])
    assert [each.printed for each in trainings] == ["A", "B", "C/2"]
    read = [case for each in trainings for case in each.reads]
    assert sorted(read) == sorted(cohort["case_id"])
    for each in trainings:
        assert set(known.loc[list(each.reads), "device"]) == {each.printed}
        assert each.printed not in set(known.loc[list(each.training), "device"])
        assert not set(unit[list(each.training)]) & set(unit[list(each.reads)])
        # Everything else of the other scanners is learnt from, test cases of the study, too.
        others = known.index[known["device"] != each.printed]
        rest = set(others) - set(each.training)
        assert set(unit[sorted(rest)]) <= set(unit[list(each.reads)])


def test_what_cannot_be_left_out_is_named():
    cohort = scanned(1)
    split = split_of(cohort)
    same = scanner_trainings(cohort.assign(device="A"), split, seeds=(0,))
    assert same.left_out == (
        "Leave one scanner out: all cases have one and the same scanner recorded (column device)",
    )
    none = scanner_trainings(cohort.assign(device=None), split, seeds=(0,))
    assert "no case has scanner recorded" in none.left_out[0] and not none.trainings
    rare = cohort["device"].where(np.arange(len(cohort)) >= LEAST_CASES - 1, "rare")
    rare[40:45] = None
    some = scanner_trainings(cohort.assign(device=rare), split, seeds=(0,))
    assert "5 cases of unknown scanners take no part" in some.left_out[0]
    assert "rare is not left out: cases: 9 of 10 that are needed" in some.left_out[1]
    unknown = set(cohort["case_id"][40:45])
    learnt = {case for each in some.trainings for case in each.training}
    assert not learnt & unknown and set(cohort["case_id"][:9]) & learnt
    benign = cohort["label"].where(cohort["device"] != "B", "benign")
    alone = scanner_trainings(cohort.assign(label=benign), split, seeds=(0,))
    assert "B is not left out: malignant patients: 0 of 2 that are needed" in alone.left_out[0]


@pytest.fixture(scope="module")
def read():
    return scanners_read()


def test_what_is_lost_is_the_paired_difference_on_the_same_cases(read):
    cases, trained_on = read
    numbers, _ = by_scanner(cases, trained_on, 0.95)
    rows = numbers.set_index(["by", "group", "read", "metric"])
    for by, group in {(by, group) for by, group, *_ in rows.index}:
        part = cases if by == "all" else cases[cases["device"] == group]
        malignant = (part["label"] == "malignant").to_numpy()
        seen, never = part["image_score"].to_numpy(), part["image_score_other"].to_numpy()
        row = rows.loc[(by, group, LOST, "auroc")]
        gap = roc_auc_score(malignant, seen) - roc_auc_score(malignant, never)
        assert row["estimate"] == pytest.approx(gap, abs=2e-6)
        test = clustered_auroc_test(seen, never, malignant, part["patient_id"].to_numpy(str))
        expected = (test.low, test.high, test.p_value)
        assert (row["ci_low"], row["ci_high"], row["p_value"]) == pytest.approx(expected, abs=1e-6)
        dice = (part["dice"] - part["dice_other"]).mean()
        assert rows.loc[(by, group, LOST, "dice"), "estimate"] == pytest.approx(dice, abs=2e-6)


def test_scanners_are_compared_by_q_of_logits_and_of_losses(read):
    cases, trained_on = read
    _, differ = by_scanner(cases, trained_on, 0.95)
    rows = differ.set_index("read")
    assert list(rows.index) == [OUT_OF_FOLD, NEVER_SEEN, LOST]
    values, errors = [], []
    for _, part in cases.groupby("device"):
        malignant = (part["label"] == "malignant").to_numpy()
        spread = areas(
            part[["image_score"]].to_numpy().T, malignant, part["patient_id"].to_numpy(str),
            np.ones(1),
        )  # fmt: skip
        values.append(logit(spread.estimate))
        errors.append(spread.error / (spread.estimate * (1 - spread.estimate)))
    q = cochran_q(values, errors)
    assert rows.loc[OUT_OF_FOLD, "q"] == pytest.approx(q.estimate, abs=1e-5)
    assert rows.loc[OUT_OF_FOLD, "p_value"] == pytest.approx(q.p_value, abs=1e-5)
    assert rows["groups"].eq(3).all() and rows["degrees"].eq(2).all()
    assert 0.5 < rows.loc[OUT_OF_FOLD, "mean"] < 1


def test_models_that_read_the_same_lose_nothing_and_one_that_is_worse_on_a_scanner_is_found(read):
    cases, trained_on = read
    same = cases.assign(
        image_score_other=cases["image_score"], dice_other=cases["dice"], found_other=cases["found"]
    )
    numbers, differ = by_scanner(same, trained_on, 0.95)
    lost = numbers[numbers["read"] == LOST]
    assert lost["estimate"].abs().max() == 0
    rng = np.random.default_rng(0)
    guessed = same["image_score"].where(same["device"] != "A", rng.random(len(same)))
    worse = same.assign(image_score_other=guessed + 0.1 * rng.random(len(same)))
    _, differ = by_scanner(worse, trained_on, 0.95)
    row = differ.set_index("read").loc[LOST]
    assert row["p_value"] < 0.001 and row["i_squared"] > 0.8


def test_models_on_other_scales_lose_in_the_line_of_all_cases_alone_and_that_is_said(read):
    """Each scanner's ranking is the same, a constant apart: only the common ranking suffers."""
    cases, trained_on = read
    far = cases["device"].map({"A": 0.0, "B": 5.0, "C/2": 10.0})
    shifted = cases.assign(image_score_other=cases["image_score"] + far)
    numbers, differ = by_scanner(shifted, trained_on, 0.95)
    lost = numbers[(numbers["read"] == LOST) & (numbers["metric"] == "auroc")]
    lost = lost.set_index("by")["estimate"]
    assert (lost["device"] == 0).all() and lost["all"] > 0.01
    notes = scanners_table(numbers, differ, ()).notes
    assert any("where their scales differ" in note for note in notes)


def test_the_table_says_what_is_lost_and_whether_scanners_differ(read):
    cases, trained_on = read
    table = scanners_table(*by_scanner(cases, trained_on, 0.95), ["A note."])
    assert [row.cells[0] for row in table.rows] == [
        "All cases", "scanner A", "scanner B", "scanner C/2",
    ]  # fmt: skip
    assert all("nan" not in cell for row in table.rows for cell in row.cells)
    assert any("Q = " in note and "of 3 scanners" in note for note in table.notes)
    few = cases[cases["device"] == "A"]
    numbers, differ = by_scanner(few, trained_on, 0.95)
    assert "fewer than two scanners" in scanners_table(numbers, differ, []).notes[-1]


def test_as_a_rival_it_has_a_score_of_each_test_case_and_no_call(read):
    (rival,) = scanners_part(read[0], []).rivals
    assert rival.cases["call"].isna().all() and rival.cases["score"].notna().all()
    assert len(rival.cases) == (read[0]["split"] == "test").sum()
    assert isinstance(rival.cases, pd.DataFrame)
