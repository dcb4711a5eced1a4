"""Tables that are refused: any single fault of a sound table is found, with its case."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import small_cohort
from small_cohort import SETTINGS, build, edit
from smallmass.cohort.findings import ERROR, WARNING, errors, grouped
from smallmass.cohort.integrity import check_cohort
from smallmass.cohort.paths import leaves
from smallmass.cohort.sizes import check_units
from smallmass.cohort.split import check_split
from smallmass.cohort.table import CATEGORIES, LABELS, SPLITS, check, complete
from smallmass.files import read_csv, write_csv
from study_settings import study_settings

EMPTY = st.sampled_from(["", None])
SAFE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
identifiers = st.text(SAFE, min_size=1, max_size=8).filter(lambda name: name[0].isalnum())


def number(low: float, high: float) -> st.SearchStrategy:
    """A number between, as a number or as text, or nothing."""
    return EMPTY | st.floats(low, high) | st.floats(low, high).map(lambda x: f"{x:.6f}")


@st.composite
def sound_rows(draw) -> pd.DataFrame:
    """A table with nothing wrong in it, as a source hands it over."""
    names = draw(st.lists(identifiers, min_size=2, max_size=8, unique=True))
    rows = [
        {
            "case_id": name,
            "patient_id": draw(EMPTY | st.text(max_size=5)),
            "image": f"{draw(st.sampled_from(['images', label, 'a b/ü']))}/{name}.png",
            "frame": draw(EMPTY | st.integers(0, 100)),
            "outline": draw(st.sampled_from(["", f"outlines/{name}.png"])),
            "label": label,
            "diameter_cm": draw(number(0.06, 24)),
            "pixel_cm": draw(number(0.001, 0.4)),
            "age_years": draw(number(15, 110)),
            "published_split": draw(st.sampled_from(["", *SPLITS])),
            "scanner": draw(st.text(max_size=3)),
            **{column: draw(st.sampled_from(words)) for column, words in CATEGORIES.items()},
        }
        for name in names
        for label in (draw(st.sampled_from(LABELS)),)
    ]
    return pd.DataFrame(rows, dtype=object)


words = st.text("abcdefgh", min_size=1, max_size=12)  # in no vocabulary: none is of these letters
FAULTS = {
    "label": words | EMPTY | st.just("Benign") | st.just("benign; malignant"),
    "age_years": st.sampled_from([0, 7, 130, "130", "forty", -40, "5O", "inf", "nan", "45 years"]),
    "diameter_cm": st.sampled_from([0, -0.4, "0", "big", 0.01, 26, 180.0, "inf", "<1"]),
    "pixel_cm": st.sampled_from([0, -1, 0.6, "0.07 mm"]),
    "frame": st.sampled_from([-1, "first", 1e9]),
    "image": EMPTY | st.sampled_from(["../a.png", "/a.png", "a/../../b.png", "C:\\a.png"]),
    "outline": st.sampled_from(["../a.png", "/a.png", "..\\a.png", "a/../../o.json#annotation=1"]),
    "published_split": words | st.sampled_from(["train", "Test", "val"]),
    "case_id": EMPTY | st.sampled_from(["a/b", "../a", "a|b", "-a", "ü?", ".a"]),
    **{column: words | st.sampled_from(["1", "dense", "maybe"]) for column in CATEGORIES},
}


def found(table: pd.DataFrame, root) -> list:
    """Every error that the table alone tells; no file is there."""
    complete_table = complete(table)
    names_alone = SETTINGS.changed(
        {"max_diameter_cm": np.inf, "inclusive": True, "read_pixels": False}
    )
    _, findings = check_cohort(complete_table, {"": root, "phantom": root}, names_alone)
    return [finding for finding in errors(findings) if "no such file" not in finding.message]


@given(sound_rows())
@settings(max_examples=20, deadline=None)
def test_a_sound_table_gives_no_error(tmp_path_factory, table):
    assert check(complete(table)) == []
    assert found(table, tmp_path_factory.getbasetemp()) == []


@given(sound_rows(), st.sampled_from(sorted(FAULTS)), st.data())
@settings(max_examples=45, deadline=None)
def test_any_single_fault_is_found_with_its_case(tmp_path_factory, table, column, data):
    row = data.draw(st.integers(0, len(table) - 1))
    value = data.draw(FAULTS[column])
    table.loc[row, column] = value
    told = found(table, tmp_path_factory.getbasetemp())
    assert len(told) == 1, grouped(told)
    assert column in f"{told[0].check} {told[0].message}" and told[0].remedy
    assert told[0].case_id == (value or "" if column == "case_id" else table.loc[row, "case_id"])


@given(sound_rows(), st.data())
@settings(max_examples=10, deadline=None)
def test_an_identifier_that_two_cases_share_is_found(tmp_path_factory, table, data):
    one, other = data.draw(st.permutations(range(len(table))))[:2]
    table.loc[one, "case_id"] = table.loc[other, "case_id"]
    (told,) = found(table, tmp_path_factory.getbasetemp())
    assert (told.check, told.case_id) == ("duplicate case_id", table.loc[other, "case_id"])


@given(sound_rows(), st.data())
@settings(max_examples=10, deadline=None)
def test_a_label_against_its_folder_is_found(tmp_path_factory, table, data):
    row = data.draw(st.integers(0, len(table) - 1))
    other = LABELS[table.loc[row, "label"] == LABELS[0]]
    folder = data.draw(st.sampled_from([other, other.upper(), f"set/{other}", f"{other}\\x"]))
    table.loc[row, "image"] = f"{folder}/image.png"
    (told,) = found(table, tmp_path_factory.getbasetemp())
    assert (told.check, told.case_id) == ("label against folder", table.loc[row, "case_id"])


@given(sound_rows(), st.sampled_from(["case_id", "image", "label"]))
@settings(max_examples=5, deadline=None)
def test_a_missing_column_is_one_finding(tmp_path_factory, table, column):
    told = found(table.drop(columns=column), tmp_path_factory.getbasetemp())
    (missing,) = [finding for finding in told if finding.check == "missing column"]
    assert column in missing.message and column in missing.remedy


@pytest.mark.parametrize("name", ["a.png", "b/../a.png", "a..b/c.png", "..a/c.png", "./a.png"])
def test_paths_that_stay_inside(name):
    assert not leaves(name)


@pytest.fixture
def root(tmp_path):
    """A sound cohort of eight cases."""
    return small_cohort.write(tmp_path)


def test_a_limit_in_centimetres_and_sizes_in_millimetres(root):
    """Every size ten times too large: by the outlines, where pixels have a size."""
    table = read_csv(root / "cohort.csv")
    # Outlines of 10 rows and 10 to 17 columns, 0.03 cm a pixel.
    table["diameter_cm"] = np.hypot(10, 10 + np.arange(8)) * 0.03
    table["pixel_cm"] = 0.03
    write_csv(root / "cohort.csv", table)
    assert errors(build(root)[1]) == []
    table.loc[2, "diameter_cm"] *= 10
    write_csv(root / "cohort.csv", table)
    (told,) = errors(build(root)[1])
    assert (told.check, told.case_id) == ("diameter in mm", "case2")
    assert "looks like mm" in told.message and "make it 0.47 cm" in told.message


def test_a_diameter_that_no_image_could_hold_is_in_millimetres(root):
    """8 mm as "8": the outline is 13 px of 40, so the image would show 23.7 cm or more."""
    edit(root, "case4", "diameter_cm", 8)
    assert errors(build(root, max_diameter_cm=25)[1]) == []
    edit(root, "case4", "diameter_cm", 16)
    (told,) = errors(build(root, max_diameter_cm=25)[1])
    # Longest diameter of 10 x 14 px is 17.2 px; 16 cm of it make 37 cm for 40 px.
    assert (told.check, told.case_id) == ("diameter in mm", "case4")
    assert "37 cm of tissue" in told.message


def test_sizes_without_outlines_look_like_millimetres_together(root):
    table = read_csv(root / "cohort.csv")
    table["diameter_cm"], table["outline"] = np.arange(4, 12), ""
    write_csv(root / "cohort.csv", table)
    told, nobody = errors(build(root)[1])
    assert nobody.check == "empty cohort"  # all of them are over the limit of 1 cm
    assert told.check == "diameters in mm" and "half of the 8 lesions" in told.message
    # A study that wants large lesions is told, and goes on.
    assert errors(build(root, max_diameter_cm=20)[1]) == []


def test_centimetres_that_were_taken_for_millimetres_are_said():
    """Lesions of 0.6 cm in images of 4 cm, read as 0.6 mm; and images cut to a few lesions."""
    table = pd.DataFrame({"case_id": list("abcdef"), "diameter_cm": 0.06, "pixel_cm": np.nan})
    outline, side = np.full(6, 60.0), np.full(6, 400.0)
    (told,) = check_units(table, outline, side, 1.0)
    assert (told.severity, told.check) == (WARNING, "diameters in cm")
    assert "6 images with an outline would show 0.4 cm" in told.message
    assert check_units(table.assign(diameter_cm=0.6), outline, side, 1.0) == []
    few_cut = np.array([80.0, 80.0, 400.0, 400.0, 400.0, 400.0])
    assert check_units(table.assign(diameter_cm=0.6), outline, few_cut, 1.0) == []


def test_a_diameter_far_from_its_outline_is_said():
    table = pd.DataFrame({"case_id": ["a", "b"], "diameter_cm": [0.5, 0.5], "pixel_cm": 0.01})
    findings = check_units(table, np.array([150.0, 55.0]), np.array([400.0, 400.0]), 1.0)
    assert [(f.severity, f.case_id) for f in findings] == [(WARNING, "a")]
    assert "make it 1.5 cm" in findings[0].message


def split_cases(n: int = 24) -> pd.DataFrame:
    """A cohort with a sound assignment: 12 training, 6 validation, 6 test, by turns."""
    table = complete(
        pd.DataFrame(
            {
                "case_id": [f"c{i:02d}" for i in range(n)],
                "patient_id": [f"p{i}" for i in range(n)],
                "image": [f"c{i}.png" for i in range(n)],
                "outline": [f"m{i}.png" for i in range(n)],
                "label": [LABELS[i % 2] for i in range(n)],
                "published_split": [
                    ("training", "training", "validation", "test")[i // 2 % 4] for i in range(n)
                ],
            }
        )
    )
    return table.assign(pixel_sha256=table["case_id"], group_id=table["case_id"])


def refused(cases: pd.DataFrame, folds: int) -> list:
    """What is wrong with the split, and with so many folds of its training cases."""
    return check_split(cases, study_settings({"image_model.folds": folds}))


@given(st.sampled_from(["patient_id", "group_id"]), st.data())
@settings(max_examples=25, deadline=None)
def test_one_patient_or_group_in_two_splits_is_named(column, data):
    cases = split_cases()
    assert refused(cases, folds=3) == []
    one, other = data.draw(st.permutations(range(len(cases))))[:2]
    cases.loc[one, column] = cases.loc[other, column]
    torn = cases.loc[one, "published_split"] != cases.loc[other, "published_split"]
    told = refused(cases, folds=0)
    assert {(f.severity, f.check) for f in told} == (
        {(ERROR, "torn between splits")} if torn else set()
    )
    named = {cases.loc[place, "case_id"] for place in (one, other)}
    assert {f.case_id for f in told} == (named if torn else set())
    assert all(name in f.message for f in told for name in named)


def test_everything_that_a_split_lacks_is_said_at_once():
    cases = split_cases()
    cases.loc[[5, 13, 21], "label"] = "benign"  # every malignant case of validation
    cases.loc[0, "outline"] = ""
    cases.loc[6, "outline"] = ""  # a test case may lack it
    cases.loc[1, "published_split"] = ""
    told = refused(cases, folds=12)
    assert {(f.check, f.case_id) for f in told} == {
        ("no split", "c01"),
        ("too few cases for the split", ""),
        ("outline needed", "c00"),
        ("too few cases for the folds", ""),
    }
    text = grouped(told)
    assert "no malignant case in validation: the cohort has 9 in all" in text
    assert "12 folds need 12 malignant patients in training, there are 5" in text


def test_ten_cases_of_a_check_are_named_and_all_are_counted(root):
    table = split_cases(26).assign(label="perhaps")
    text = grouped(check(table), csv="integrity.csv")
    assert text.count("label is 'perhaps'") == 10
    assert "... and 16 more, all in integrity.csv" in text
    assert text.count("What to do: Use one of: benign, malignant.") == 1
