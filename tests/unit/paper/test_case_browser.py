"""The case browser's cases and pictures: outcomes, outlines, and whose pictures are not shown."""

import re

import numpy as np
import pandas as pd
import pytest

import paper_run
from smallmass.files import read_csv, read_json
from smallmass.paper import case_browser
from smallmass.paper.case_browser import Outcome, outcome, second_reading
from smallmass.paper.case_pictures import hidden, outline, read_pictures, write_pictures
from smallmass.words import Model


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A made-up run's paths."""
    return paper_run.write_run(tmp_path_factory.mktemp("run"), clinical=True, name="phantom")


@pytest.mark.parametrize(
    ("label", "image", "regression", "tree", "expected"),
    [
        ("malignant", 1, 1, 1, Outcome.FOUND),
        ("malignant", 0, 0, 1, Outcome.RESCUED),
        ("malignant", 0, 0, 0, Outcome.MISSED),
        ("malignant", 0, np.nan, np.nan, Outcome.MISSED),
        ("benign", 0, 0, 0, Outcome.CLEARED),
        ("benign", 0, 1, 0, Outcome.LOST),
        ("benign", 1, 1, 1, Outcome.FALSE_ALARM),
        ("benign", np.nan, np.nan, np.nan, Outcome.UNREAD),
    ],
)
def test_what_the_readings_made_of_a_case(label, image, regression, tree, expected):
    row = {"label": label, "image_call": image, "regression_call": regression, "tree_call": tree}
    assert outcome(row) is expected
    assert expected in case_browser.MEANINGS
    changed = second_reading(row) not in ("–", "nothing changed")
    assert changed == (expected in (Outcome.RESCUED, Outcome.LOST))


def _area(path: str) -> float:
    """Return the area within an SVG's path, by Gauss's formula."""
    total = 0.0
    for part in path.strip("M").split("M"):
        points = np.array([pair.split(",") for pair in re.split("[LZ]", part) if pair], float)
        x, y = points.T
        total += abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    return total


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_an_outline_encloses_its_mask(scale):
    """Two discs, one at the edge: the area within is the masks', in the picture's pixels."""
    y, x = np.mgrid[:200, :200]
    mask = ((y - 90) ** 2 + (x - 110) ** 2 < 50**2) | (y**2 + x**2 < 30**2)
    assert _area(outline(mask, scale)) == pytest.approx(mask.sum() * scale**2, rel=0.03)
    assert outline(None, scale) == outline(np.zeros((4, 4), bool), scale) == ""


def test_own_patients_are_not_shown_unless_the_settings_say_so():
    for cohort in ("own", "dicom"):
        cohorts = {case_name(cohort), "busbra"}
        assert "page.pictures: all" in hidden(cohorts, "public")
        assert hidden(cohorts, "all") == ""
        assert hidden(cohorts, "none")
    assert hidden({"phantom", "busbra"}, "public") == ""


def case_name(source: str) -> str:
    """Return what the cases of a hospital's source are called."""
    from smallmass.cohort.roles import SOURCES

    return SOURCES["folder" if source == "own" else source].cohort


@pytest.mark.parametrize("pictures", ["public", "none"])
def test_the_browser_has_every_validation_and_test_case_once(run, tmp_path, pictures):
    """With its own scores, and a picture where pictures are shown; no file where they are not."""
    paths = run
    predictions, cohort = read_csv(paths["predictions"]), read_csv(paths["cohort"])
    root = paths["root"].as_posix()
    folder = tmp_path / "cases"
    folder.mkdir()
    write_pictures(
        folder, predictions=predictions, pictures=pictures,
        cohort=cohort.assign(**{name: f"{root}/" + cohort[name] for name in ("image", "outline")}),
        detections=read_csv(paths["detections"]), scores=read_csv(paths["image_scores"]),
    )  # fmt: skip
    shown = case_browser.browser(
        predictions=predictions, cohort=cohort, scores=read_csv(paths["image_scores"]),
        points=read_json(paths["operating_points"]), pictures=read_pictures(folder), folder=folder,
    )  # fmt: skip
    expected = predictions[predictions["split"].isin(["validation", "test"])]
    assert sorted(case.case_id for case in shown.cases) == sorted(expected["case_id"])
    score = expected.set_index("case_id")["image_score"]
    assert all(float(case.data["image_score"]) == score[case.case_id] for case in shown.cases)
    assert all(bool(case.picture) == (pictures == "public") for case in shown.cases)
    assert bool(list(folder.glob("*.jpg"))) == (pictures == "public") != bool(shown.why)
    counts = pd.Series([case.data["outcome"] for case in shown.cases]).value_counts()
    missed = expected.query("label == 'malignant' and image_call == 0")
    assert counts.get("missed", 0) + counts.get("rescued", 0) == len(missed)
    densities = next(values for name, _, values in shown.filters if name == "breast_density")
    order = ["fatty", "scattered", "heterogeneous", "extreme"]
    assert [value for value, _ in densities] == order


def test_a_call_that_its_score_does_not_explain_is_told_to_be_the_image_models():
    """Behind the gate: a score below the cut-off, and yet malignant."""
    points = [{"model": "tree", "threshold": 0.5, "rule": "youden", "status": "fitted"}]
    row = {"tree_score": 0.25, "tree_call": 1, "clinical_fit": "held_out"}
    below = case_browser._against(row, Model.TREE, points)
    assert below == "0.250 < 0.500: malignant, as the image model has it"
    above = case_browser._against(row | {"tree_score": 0.75}, Model.TREE, points)
    assert above == "0.750 ≥ 0.500: malignant"
