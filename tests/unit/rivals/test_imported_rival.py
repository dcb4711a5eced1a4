"""Other models' predictions as rivals: scores, cut-off, outlines, and what was not read."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from smallmass.cohort.outlines import dice
from smallmass.cohort.run_lengths import encode_rle
from smallmass.rivals.imported import imported_part
from smallmass.rivals.outlines import outline_table
from study_settings import study_settings

SETTINGS = study_settings()
SHAPE = (24, 30)
N = 8


@pytest.fixture
def study(tmp_path):
    """Eight cases a split, predicted with an outline that is one pixel off; a folder for models."""
    rng = np.random.default_rng(4)
    rows, results = [], []
    truth = np.zeros(SHAPE, bool)
    truth[5:15, 6:20] = True
    Image.fromarray(truth.astype(np.uint8)).save(tmp_path / "truth.png")
    predicted = np.roll(truth, 1, axis=1)
    for split, fit in (("validation", "in_sample"), ("test", "held_out")):
        for number in range(N):
            label = "malignant" if number % 2 else "benign"
            case = f"{split}{number}"
            head = {"case_id": case, "split": split, "fit": fit, "label": label}
            rows.append(head | {"cohort": "drawn", "patient_id": case, "image_score": rng.random()})
            share = 0.8 if number % 2 else 0.3
            for category, score in ((2, share), (1, 1 - share)):
                results.append({"image_id": case, "category_id": category, "score": score,
                                "segmentation": json.loads(encode_rle(predicted))})  # fmt: skip
    table = pd.DataFrame(rows)
    cohort = table[["case_id"]].assign(outline=str(tmp_path / "truth.png"), diameter_cm=np.nan)
    transforms = table[["case_id"]].assign(height=SHAPE[0], width=SHAPE[1])
    folder = tmp_path / "predictions"
    folder.mkdir()
    (folder / "other.json").write_text(json.dumps(results))
    return folder, cohort, transforms, table, results, dice(truth, predicted)


def part_of(study):
    folder, cohort, transforms, table, *_ = study
    return imported_part(folder, cohort, transforms, table, SETTINGS.operating_point, "centre")


def test_scores_cut_off_and_outlines_are_those_of_the_file(study):
    part, localised = part_of(study)
    rival = part.rivals[0]
    assert (rival.name, rival.printed) == ("imported_other", "other")
    assert rival.cases["score"].round(6).tolist() == [0.3, 0.8] * (N // 2)
    assert rival.record["cutoff"]["threshold"] == pytest.approx(0.8)
    assert rival.cases["call"].tolist() == [0, 1] * (N // 2)
    assert (localised["found"] == 1).all()
    assert localised["dice"].to_numpy() == pytest.approx(study[-1], abs=1e-6)


def test_without_validation_cases_there_is_no_cut_off_and_that_is_said(study):
    folder, results = study[0], study[4]
    only = [one for one in results if one["image_id"].startswith("test")]
    (folder / "other.json").write_text(json.dumps(only))
    rival = part_of(study)[0].rivals[0]
    assert rival.cases["call"].isna().all() and rival.cases["score"].notna().all()
    assert "no cut-off, as it has not read validation cases" in rival.reads


def test_a_model_that_read_no_test_case_is_left_out_and_named(study):
    folder, results = study[0], study[4]
    only = [one for one in results if one["image_id"].startswith("validation")]
    (folder / "other.json").write_text(json.dumps(only))
    part, localised = part_of(study)
    assert part.left_out == ("other: no test case was read",) and localised.empty


def test_a_table_says_of_each_case_that_it_was_read(study):
    """Unlike a list of regions: a score of 0 for every test case is a reading."""
    folder, table = study[0], study[3]
    rows = [f"{case.case_id},{0 if case.split == 'test' else 0.5}" for case in table.itertuples()]
    (folder / "other.json").unlink()
    (folder / "zero.csv").write_text("\n".join(["case_id,score", *rows]))
    part, _ = part_of(study)
    assert not part.left_out and (part.rivals[0].cases["score"] == 0).all()


def test_outlines_stand_beside_the_image_model_s_on_the_same_lesions(study):
    _, cohort, _, table, _, overlap = study
    _, localised = part_of(study)
    tested = table[table["split"] == "test"]
    own = np.linspace(0.2, 0.9, N)
    scores = tested[["case_id", "fit"]].assign(seed="0", found=1, dice=own)
    made = outline_table(
        localised, scores, predictions=tested, cohort=cohort, limits=SETTINGS.cohort,
        confidence=0.95,
    ).set_index(["rival", "metric"])  # fmt: skip
    assert made.loc[("image", "dice"), "estimate"] == pytest.approx(own.mean(), abs=1e-6)
    row = made.loc[("imported_other", "dice")]
    assert row["estimate"] == pytest.approx(overlap, abs=1e-6)
    assert row["difference"] == pytest.approx(overlap - own.mean(), abs=2e-6)
    assert row["difference_low"] < row["difference"] < row["difference_high"]
