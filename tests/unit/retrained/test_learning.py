"""The learning curve: nested draws of whole units, and what is said of what they read."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from diagnostic_accuracy import clustered_auroc
from scanned import learning_read, scanned, split_of
from smallmass.cohort.groups import units
from smallmass.retrained.curve import curve_numbers, learning_part
from smallmass.retrained.learning import drawn_order, learning_trainings, part_of
from smallmass.retrained.learning_figure import MARKS, caption, curve
from smallmass.retrained.printed import learning_table

SIZES = [20, 40, 60, 10_000]


def dealt(cohort, draws=3, trained=1, seed=5):
    return learning_trainings(
        cohort, split_of(cohort), sizes=SIZES, draws=draws, seed=seed, trained=trained
    )


@pytest.mark.parametrize("seed", range(5))
def test_draws_are_nested_whole_units_in_the_mix_of_labels(seed):
    cohort = scanned(seed)
    split = split_of(cohort)
    whole = set(split.loc[split["split"] == "training", "case_id"])
    label = cohort.set_index("case_id")["label"]
    share = (label[sorted(whole)] == "malignant").mean()
    training = cohort[cohort["case_id"].isin(whole)].reset_index(drop=True)
    unit = units(training).set_axis(training["case_id"])
    largest = int(unit.value_counts().max())
    trainings = {each.name: each for each in dealt(cohort, seed=seed).trainings}
    assert set(trainings) == {
        *(f"{size}_draw{draw}" for size in SIZES[:3] for draw in range(3)),
        "all_draw1", "all_draw2",
    }  # fmt: skip
    for draw in range(3):
        smaller: set[str] = set()
        for size in SIZES[:3]:
            each = trainings[f"{size}_draw{draw}"]
            chosen = set(each.training)
            assert smaller < chosen < whole
            assert not set(unit[sorted(chosen)]) & set(unit[sorted(whole - chosen)])
            assert abs(len(chosen) - size) <= largest  # half a unit of each of two labels
            malignant = (label[sorted(chosen)] == "malignant").sum()
            assert abs(malignant - share * size) <= largest
            assert each.seeds == (draw,)
            smaller = chosen
    for each in trainings.values():
        assert set(each.reads) == set(split.loc[split["split"] == "test", "case_id"])
    assert set(trainings["all_draw1"].training) == whole
    assert trainings["20_draw0"].training != trainings["20_draw1"].training


def test_sizes_that_do_not_fit_are_named_and_the_order_of_rows_is_of_no_matter():
    cohort = scanned(3)
    number = (split_of(cohort)["split"] == "training").sum()
    first = dealt(cohort)
    assert first.left_out == (f"Learning curve: 10000 images, as there are {number} in training",)
    assert dealt(cohort.sample(frac=1, random_state=1).reset_index(drop=True)) == first
    # Two seeds of the study are two draws of all images.
    assert {each.name for each in dealt(cohort, trained=2).trainings if "all" in each.name} == {
        "all_draw2"
    }


def test_the_first_unit_of_a_label_is_always_there():
    cohort = scanned(0)
    order = drawn_order(cohort, 1)
    chosen = part_of(cohort, order, 2)
    assert set(cohort["label"][chosen]) == {"benign", "malignant"}


@pytest.fixture(scope="module")
def cases():
    return learning_read()


def test_each_draw_is_its_own_and_the_mean_is_of_all(cases):
    numbers = curve_numbers(cases, 0.95).set_index(["size", "draw", "metric"])
    for size in ("20", "all"):
        areas = []
        for draw in range(3):
            part = cases[(cases["size"] == size) & (cases["draw"] == draw)]
            area = roc_auc_score(part["label"] == "malignant", part["image_score"])
            assert numbers.loc[(size, str(draw), "auroc"), "estimate"] == pytest.approx(
                area, abs=1e-6
            )
            areas.append(area)
        mean = numbers.loc[(size, "mean", "auroc")]
        assert mean["estimate"] == pytest.approx(np.mean(areas), abs=1e-6)
        ends = (mean["lowest"], mean["highest"])
        assert ends == pytest.approx((min(areas), max(areas)), abs=1e-6)
        assert mean["ci_low"] < mean["estimate"] < mean["ci_high"]
        dice = cases.loc[cases["size"] == size, "dice"].mean()
        assert numbers.loc[(size, "mean", "dice"), "estimate"] == pytest.approx(dice, abs=1e-6)
    assert numbers.loc[("20", "mean", "auroc"), "images"] == 20


def test_the_mean_of_draws_that_agree_has_the_interval_of_one(cases):
    """Three times the same test patients are no more of them."""
    one = cases[(cases["size"] == "20") & (cases["draw"] == 0)]
    numbers = curve_numbers(pd.concat([one.assign(draw=draw) for draw in range(3)]), 0.95)
    mean = numbers[(numbers["draw"] == "mean") & (numbers["metric"] == "auroc")].iloc[0]
    alone = clustered_auroc(
        one["image_score"], (one["label"] == "malignant").to_numpy(),
        one["patient_id"].to_numpy(str),
    )  # fmt: skip
    assert (mean["ci_low"], mean["ci_high"]) == pytest.approx((alone.low, alone.high), abs=1e-6)


def test_table_and_figure_show_every_size(cases):
    numbers = curve_numbers(cases, 0.95)
    table = learning_table(numbers, ["A note."])
    assert [row.cells[0] for row in table.rows] == ["20", str(cases["images"].max())]
    assert all("nan" not in cell for row in table.rows for cell in row.cells)
    drawn = curve(numbers, ["A note."])
    for axes, metric in zip(drawn.axes, ("auroc", "dice"), strict=True):
        assert axes.get_xscale() == "log"
        means = numbers[(numbers["draw"] == "mean") & (numbers["metric"] == metric)]
        assert list(axes.lines[0].get_xdata()) == list(means["images"])
        assert list(axes.lines[0].get_ydata()) == list(means["estimate"])
    assert f"(20, {cases['images'].max():,})" in caption(numbers)  # not its draws' 19 and 21
    assert all(MARKS in text for text in (caption(numbers), drawn.texts[0].get_text()))
    assert learning_part(["because"]).left_out == ("because",)
