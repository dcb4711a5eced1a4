"""Models that were trained anew, published: the numbers made of their cases are the study's own."""

import pandas as pd
import pytest

from scanned import learning_read, scanners_read
from smallmass.files import write_csv, write_json
from smallmass.published.retrained import cases_file, made_anew, publish_cases, read_part_cases
from smallmass.published.rivals import RECORD
from smallmass.retrained import curve, drop


def written(results, part, cases, trained_on, left_out=()):
    """Write what a study has of a part."""
    write_csv(results / f"rivals/{part}/cases.csv", cases)
    listed = [{"name": name, "training": number} for name, number in trained_on.items()]
    trainings = {"trainings": listed, "left_out": list(left_out)}
    write_json(results / f"rivals/{part}/trainings.json", trainings)


def published(folder, results):
    """Publish it beside a study's record, as `publish` does."""
    record = {
        "notes": ["Simulated."],
        "settings": {"evaluation": {"confidence": 0.9}},
        "trained_anew": publish_cases(folder, results, made_anew(results)),
    }
    write_json(folder / RECORD, record)
    return record


def test_scanners_that_models_never_saw(tmp_path):
    cases, trained_on = scanners_read()
    written(tmp_path / "study", drop.NAME, cases, trained_on, ["one scanner has 3 cases"])
    published(tmp_path / "published", tmp_path / "study")
    known = read_part_cases(tmp_path / "published", drop.NAME)
    assert known.left_out == ["one scanner has 3 cases"] and known.confidence == 0.9
    assert known.notes[0] == "Simulated." and known.notes[1].startswith("BUS-BRA: its licence")
    for again, own in zip(
        drop.by_scanner(known.cases, known.trained_on, 0.9),
        drop.by_scanner(cases, trained_on, 0.9),
        strict=True,
    ):
        pd.testing.assert_frame_equal(again, own)


def test_the_learning_curve(tmp_path):
    cases = learning_read()
    written(tmp_path / "study", curve.NAME, cases, {"20_draw0": 19})
    published(tmp_path / "published", tmp_path / "study")
    known = read_part_cases(tmp_path / "published", curve.NAME)
    again, own = curve.curve_numbers(known.cases, 0.9), curve.curve_numbers(cases, 0.9)
    pd.testing.assert_frame_equal(again, own, rtol=1e-5)
    assert set(again["size"]) == {"20", "all"}


@pytest.mark.parametrize("part", [drop.NAME, curve.NAME])
def test_a_part_that_the_study_has_not_made_is_not_there(tmp_path, part):
    (tmp_path / "study").mkdir()
    write_csv(cases_file(tmp_path / "published", part), pd.DataFrame({"of": ["an earlier call"]}))
    assert published(tmp_path / "published", tmp_path / "study")["trained_anew"] == {}
    assert not cases_file(tmp_path / "published", part).exists()
