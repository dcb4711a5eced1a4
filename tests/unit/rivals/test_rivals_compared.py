"""Rivals beside the study's models: each number against the library, scikit-learn, or by count."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from diagnostic_accuracy.paired import PairedTable, mcnemar
from diagnostic_accuracy.roc import delong_test
from smallmass import style
from smallmass.rivals.comparison import COLUMNS, rivals
from smallmass.rivals.costs import core_minutes
from smallmass.rivals.forest import caption, draw, forest
from smallmass.rivals.printed import calls_table, notes, rivals_table, verdict
from smallmass.rivals.rival import Part, Rival
from study_settings import study_settings

SETTINGS = study_settings()


def drawn(gain: float, n: int = 80, known: int = 80, seed: int = 1):
    """Return a part with one rival, predictions and a cohort; the rival's signal is ``gain``."""
    rng = np.random.default_rng(seed)
    malignant = np.arange(n) % 2 == 0
    image = rng.normal(1.2 * malignant)
    predictions = pd.DataFrame(
        {
            "case_id": [f"c{i:03d}" for i in range(n)],
            "patient_id": [f"p{i:03d}" for i in range(n)],
            "cohort": "drawn",
            "split": "test",
            "fit": "held_out",
            "label": np.where(malignant, "malignant", "benign"),
            "image_score": image,
            "image_call": (image > 0.6).astype(int),
        }
    )
    blank = dict.fromkeys(
        ["clinical_score", "regression_score", "regression_call", "tree_score", "tree_call"], np.nan
    )
    predictions = predictions.assign(**blank)
    cohort = predictions[["case_id"]].assign(diameter_cm=np.nan)
    score = 0.5 * image + rng.normal(gain * malignant)
    cases = pd.DataFrame({"case_id": predictions["case_id"], "score": score})
    cases["call"] = (score > gain / 2 + 0.3).astype(float)
    part = Part(
        "plain",
        "Plain",
        (Rival("plain_predicted", "Plain one", "Reads", cases.iloc[:known]),),
        ("a part: no data",),
    )
    return part, predictions, cohort


def compared(gain: float, **changes) -> pd.DataFrame:
    part, predictions, cohort = drawn(gain, **changes)
    return rivals(
        [part], predictions=predictions, cohort=cohort, settings=SETTINGS,
        costs={"study": 9.0, "plain": 0.25},
    )  # fmt: skip


def test_each_number_of_a_row_is_what_the_cases_give():
    part, predictions, _ = drawn(0.8)
    table = compared(0.8).set_index("rival")
    assert list(table.reset_index()[COLUMNS]) == COLUMNS
    row, cases = table.loc["plain_predicted"], part.rivals[0].cases
    malignant = (predictions["label"] == "malignant").to_numpy()
    score, image = cases["score"].to_numpy(), predictions["image_score"].to_numpy()
    assert row["auroc"] == pytest.approx(roc_auc_score(malignant, score), abs=1e-6)
    expected = delong_test(score, image, malignant)
    assert [row[name] for name in ("difference", "difference_low", "difference_high")] == (
        pytest.approx([expected.estimate, expected.low, expected.high], abs=1e-6)
    )
    assert row["p_value"] == pytest.approx(expected.p_value, abs=1e-6)
    assert row["difference"] == pytest.approx(row["auroc"] - table.loc["image", "auroc"], abs=2e-6)
    call, other = cases["call"].to_numpy() == 1, predictions["image_call"].to_numpy() == 1
    for metric, among in (("sensitivity", malignant), ("specificity", ~malignant)):
        right, its = (call == malignant)[among], (other == malignant)[among]
        assert row[metric] == pytest.approx(right.mean(), abs=1e-6)
        assert row[f"{metric}_difference"] == pytest.approx(right.mean() - its.mean(), abs=1e-6)
        assert row[f"{metric}_difference_p"] == pytest.approx(
            mcnemar(PairedTable.of(its, right)).p_value, abs=1e-6
        )
    assert (table.loc["image", "core_minutes"], row["core_minutes"]) == (9.0, 0.25)


def test_only_cases_that_both_have_read_are_compared():
    table = compared(0.8, known=50).set_index("rival")
    assert table.loc["plain_predicted", "n"] == 50 and table.loc["image", "n"] == 80
    assert "30 cases that one of both has not read left out" in table.loc["plain_predicted", "note"]


def test_a_model_beside_itself_differs_by_nothing():
    _, predictions, cohort = drawn(0.8)
    own = predictions[["case_id"]].assign(
        score=predictions["image_score"], call=predictions["image_call"]
    )
    same = Part("plain", "Plain", (Rival("plain_predicted", "Same", "Reads", own),))
    row = rivals([same], predictions=predictions, cohort=cohort, settings=SETTINGS, costs={}).iloc[
        -1
    ]
    assert row["difference"] == row["sensitivity_difference"] == 0
    assert row["sensitivity_difference_p"] == 1


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        (4.0, "worse than sixteen"),
        (0.9, "is not shown to be better than sixteen"),
        (-1.5, "is better than sixteen"),
    ],
)
def test_the_page_says_whether_the_model_betters_the_yardstick(gain, words):
    assert words in verdict(compared(gain))


def test_the_tables_and_the_picture_hold_every_rival(tmp_path):
    part, _, _ = drawn(0.8)
    table = compared(0.8)
    beneath = notes([part], 0.95)
    assert "Left out: a part: no data." in beneath
    shown = rivals_table(table, beneath)
    names = [row.cells[0] for row in shown.rows]
    assert names == ["drawn, all sizes", "Image model", "Plain one"]
    assert calls_table(table).rows[1].cells[:2] == ("Plain one", "Image model")
    draw(table, beneath, svg=tmp_path / "f.svg", png=tmp_path / "f.png")
    assert (tmp_path / "f.png").stat().st_size > 10_000 and "Plain one" in caption(table)


def test_negative_differences_have_the_minus_of_the_axis():
    with style.drawing():
        drawn = forest(compared(-0.8), [])
    texts = [text.get_text() for text in drawn.axes[1].texts]
    assert any(text.startswith("−") for text in texts)
    assert not any("-" in text for text in texts)


def test_costs_are_the_processor_time_of_a_parts_rules(tmp_path):
    head = "s\th:m:s\tmax_rss\tcpu_time\n"
    for name, seconds in (("train_seed0", 120), ("train_seed1", 60), ("other", 600), ("x", "NA")):
        (tmp_path / f"{name}.tsv").write_text(f"{head}1\t0:00:01\t5\t{seconds}\n")
    assert core_minutes(tmp_path, {"study": "train_.*", "plain": "x"}) == {"study": 3.0}
