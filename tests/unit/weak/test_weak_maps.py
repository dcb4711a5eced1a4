"""Where maps point and what they outline, against numbers worked out by hand; as a rival."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from smallmass.weak.lesions import OF_LESIONS, localised, map_table
from smallmass.weak.part import cases_to_read, weak_part
from smallmass.weak.pointing import choose_share, enlarge, points_inside, region
from smallmass.weak.printed import maps_table
from study_settings import study_settings

SETTINGS = study_settings()
SEEN = np.array([[0.0, 0.2, 0.1], [0.3, 0.8, 0.6], [0.0, 0.4, 0.0]], np.float32)
RECORD = {
    "training_images": 7, "design": {"patches": 3}, "backbone": "resnet18", "parameters": 5,
    "start": None, "steps": 2,
}  # fmt: skip


def outline(*cells: tuple[int, int], size: int = 3) -> np.ndarray:
    mask = np.zeros((size, size), bool)
    mask[tuple(np.array(cells).T)] = True
    return mask


def test_the_highest_point_is_inside_or_not_and_of_equal_ones_the_first_counts():
    assert points_inside(SEEN, outline((1, 1)))
    assert not points_inside(SEEN, outline((1, 0), (1, 2)))
    flat = np.full((3, 3), 0.5)
    assert points_inside(flat, outline((0, 0))) and not points_inside(flat, outline((2, 2)))


def test_a_region_is_what_lies_above_a_share_of_the_highest_value():
    assert region(SEEN, 0.5).nonzero()[0].tolist() == [1, 1, 2]
    assert region(SEEN, 1.0).sum() == 1
    assert not region(np.zeros((3, 3)), 0.5).any()


def test_validation_cases_choose_the_share_with_the_best_mean_dice():
    """0.8 and 0.6 are the lesion: cut-offs from over a half (0.4) to three quarters (0.6)."""
    lesion = outline((1, 1), (1, 2))
    assert choose_share([SEEN], [lesion]) == pytest.approx(0.55)
    # Beside a case of which the highest point alone is right, two of three are the best mean.
    other = outline((1, 1))
    means = [2 / 2 + 2 / 3, 2 / 3 + 1]  # both cells; the highest alone
    assert means[0] == means[1] and choose_share([SEEN, SEEN], [lesion, other]) == pytest.approx(
        0.55
    )


def test_a_map_is_enlarged_about_its_centre():
    large = enlarge(outline((1, 1)).astype(np.float32), 12)
    assert large.shape == (12, 12) and np.allclose(large, large[::-1, ::-1], atol=1e-6)
    assert (large == large.max()).nonzero()[0].tolist() == [5, 5, 6, 6]
    assert points_inside(large, np.kron(outline((1, 1)), np.ones((4, 4))).astype(bool))


@pytest.fixture
def study(tmp_path):
    """Four test lesions of three patients and one validation lesion; a map each; outlines."""
    cases = ["t0", "t1", "t2", "t3", "v0"]
    split = ["test"] * 4 + ["validation"]
    label = ["malignant", "malignant", "benign", "benign", "malignant"]
    lesions = [
        outline((1, 1)),
        outline((1, 1), (1, 2)),
        outline((0, 0)),
        None,
        outline((1, 1), (1, 2)),
    ]
    for case, lesion in zip(cases, lesions, strict=True):
        if lesion is not None:
            Image.fromarray(lesion.astype(np.uint8) * 255).save(tmp_path / f"{case}.png")
    predictions = pd.DataFrame(
        {
            "case_id": cases, "cohort": "x", "patient_id": ["a", "a", "b", "c", "d"],
            "split": split, "fit": ["held_out"] * 4 + ["in_sample"], "label": label,
        }
    )  # fmt: skip
    cohort = predictions[["case_id"]].assign(diameter_cm=np.nan)
    scores = pd.DataFrame(
        {"case_id": cases[:4], "fit": "held_out", "found": [1, 1, 0, 1], "dice": [0.9, 0.7, 0, 0.5]}
    )
    return predictions, cohort, scores, tmp_path


def test_pointing_and_dice_of_a_study_are_those_worked_out_by_hand(study):
    predictions, cohort, scores, masks = study
    lesions, share = localised(predictions[["case_id", "split"]], np.stack([SEEN] * 5), masks)
    assert share == pytest.approx(0.55) and list(lesions.columns) == OF_LESIONS
    # The region is the two highest cells; t3 has no outline.
    assert lesions["case_id"].tolist() == ["t0", "t1", "t2", "v0"]
    assert lesions["pointing"].tolist() == [1, 1, 0, 1]
    assert lesions["dice"].tolist() == pytest.approx([2 / 3, 1, 0, 1], abs=1e-6)
    table = map_table(
        lesions, scores, predictions=predictions, cohort=cohort, limits=SETTINGS.cohort,
        confidence=0.95,
    )  # fmt: skip
    found = table.set_index(["group", "metric"])
    assert found.loc[("all", "pointing"), "estimate"] == pytest.approx(2 / 3, abs=1e-6)
    assert found.loc[("all", "dice"), "estimate"] == pytest.approx(5 / 9, abs=1e-6)
    assert found.loc[("malignant", "pointing"), ["n", "estimate"]].tolist() == [2, 1]
    assert found.loc[("benign", "dice"), "estimate"] == 0
    # The image model's, on the same lesions: t3, which has no outline here, is not among them.
    assert found.loc[("all", "pointing"), "image_model"] == pytest.approx(2 / 3, abs=1e-6)
    assert found.loc[("all", "dice"), "image_model"] == pytest.approx(1.6 / 3, abs=1e-6)
    two_patients = found.loc[("all", "pointing")]
    assert 0 <= two_patients["ci_low"] < 2 / 3 < two_patients["ci_high"] <= 1
    printed = maps_table(table)
    assert [row.cells[0] for row in printed.rows][1::2] == ["all", "benign", "malignant"]


def test_without_outlines_there_is_no_table_and_without_validation_no_dice(study, tmp_path):
    predictions, cohort, scores, masks = study
    given = {
        "predictions": predictions, "cohort": cohort, "limits": SETTINGS.cohort, "confidence": 0.95,
    }  # fmt: skip
    maps = np.stack([SEEN] * 5)
    none, share = localised(predictions[["case_id", "split"]], maps, tmp_path / "nothing")
    assert none.empty and share is None
    assert maps_table(map_table(none, scores, **given)) is None
    tested = predictions[predictions["split"] == "test"].reset_index(drop=True)
    lesions, share = localised(tested[["case_id", "split"]], maps, masks)
    assert share is None and lesions["dice"].isna().all()
    assert set(map_table(lesions, scores, **given)["metric"]) == {"pointing"}


def test_it_says_where_it_started(study):
    predictions, *_ = study
    record = {**RECORD, "start": {"name": "phantoms"}}
    read = predictions.loc[predictions["split"] != "training", ["case_id"]].assign(score=0.5)
    (rival,) = weak_part(read, predictions, record, 0.5, SETTINGS.operating_point).rivals
    assert "from where the image model starts (phantoms;" in rival.reads


def test_the_cut_off_is_the_youden_point_of_validation_cases():
    rng = np.random.default_rng(4)
    n = 40
    cases = pd.DataFrame(
        {
            "case_id": [f"c{i}" for i in range(3 * n)],
            "split": np.repeat(["training", "validation", "test"], n),
            "fit": np.repeat(["in_sample", "in_sample", "held_out"], n),
            "label": np.tile(["benign", "malignant"], 3 * n // 2),
        }
    )
    read = cases_to_read(cases, cases, SETTINGS.operating_point)
    assert set(read["split"]) == {"validation", "test"}
    score = rng.random(len(read)) + (read.merge(cases)["label"] == "malignant")
    part = weak_part(read.assign(score=score), cases, RECORD, 0.5, SETTINGS.operating_point)
    (rival,) = part.rivals
    cutoff = rival.record["cutoff"]
    assert (cutoff["chosen_on"], cutoff["n"], rival.record["map_share"]) == ("validation", n, 0.5)
    assert "from random weights" in rival.reads
    assert len(rival.cases) == n
    assert (rival.cases["call"] == (rival.cases["score"] >= cutoff["threshold"])).all()
