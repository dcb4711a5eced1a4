"""A hospital's folder: images, labels and table put together, and what is refused."""

import os

import numpy as np
import pytest
from PIL import Image

from own_folder import (
    LESION,
    SECOND,
    SETTINGS,
    by_check,
    coco,
    mask,
    particular,
    picture,
    read,
    via,
    write_table,
)
from smallmass.cohort.build import build_cohort
from smallmass.cohort.findings import DROPPED, ERROR, WARNING
from smallmass.cohort.sources import folder_problems, watched_files
from smallmass.cohort.sources.folder_files import plain_path, scan
from smallmass.cohort.table import complete
from smallmass.errors import UserError


@pytest.mark.parametrize("ending", ["png", "PNG", "jpg", "jpeg", "tif", "tiff", "bmp"])
def test_an_image_is_found_by_its_case_id_in_any_format(tmp_path, ending):
    picture(tmp_path / "scans" / "2020" / f"A7.{ending}")
    mask(tmp_path / "masks" / "A7.png")
    write_table(tmp_path, ("A7", "benign"))
    reading = read(tmp_path)
    assert particular(reading.findings) == []
    case = reading.cases.iloc[0]
    assert case["image"] == f"scans/2020/A7.{ending}" and case["outline"] == "masks/A7.png"


@pytest.mark.parametrize(
    "named", ["scans/A7.png", "A7.png", "a7", "scans\\A7.PNG", "./scans//A7.png", "2020/../A7.png"]
)
def test_an_image_may_be_named_by_path_name_or_stem(tmp_path, named):
    picture(tmp_path / "scans" / "A7.png")
    picture(tmp_path / "other" / "B7.png")
    write_table(tmp_path, case_id=["x"], label=["benign"], image=[named])
    assert read(tmp_path).cases["image"].tolist() == ["scans/A7.png"]


def test_frames_and_several_lesions_of_one_image_are_cases(tmp_path):
    frames = [Image.fromarray(np.full((30, 40), level, dtype=np.uint8)) for level in (10, 20)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    mask(tmp_path / "masks" / "c0.png")
    mask(tmp_path / "masks" / "c1_mask.png", SECOND)
    write_table(
        tmp_path, case_id=["c0", "c1"], image=["a.tif"] * 2, frame=["0", "1"], label=["b", "m"]
    )
    reading = read(tmp_path)
    assert particular(reading.findings) == []
    assert reading.cases["image"].tolist() == ["a.tif", "a.tif"]
    assert reading.cases["frame"].tolist() == [0, 1]
    assert reading.cases["outline"].tolist() == ["masks/c0.png", "masks/c1_mask.png"]


def test_every_row_without_its_image_is_listed_and_checked_all_the_same(tmp_path):
    picture(tmp_path / "a.png")
    for name in ("x/d.png", "y/d.png"):
        picture(tmp_path / name)
    write_table(
        tmp_path,
        case_id=["a", "b", "c", "d"],
        label=["benign", "benign", "malignant", "benign"],
        age_years=["40", "7", "50", "60"],
    )
    found = by_check(read(tmp_path).findings, ERROR)
    assert set(found) == {
        ("missing image", "b"),
        ("missing image", "c"),
        ("unclear image", "d"),
        ("age_years out of range", "b"),
    }
    assert "x/d.png, y/d.png" in found["unclear image", "d"].message
    assert "cohort.columns: {image: NAME}" in found["missing image", "b"].remedy


def test_a_row_without_a_case_id_is_told_by_its_number_in_the_file(tmp_path):
    for name in ("a", "c"):
        picture(tmp_path / f"{name}.png")
    write_table(
        tmp_path,
        case_id=["a", "", "c", ""],
        label=["benign"] * 4,
        image=["a.png", "", "c.png", "c.png"],
    )
    reading = read(tmp_path)
    assert reading.cases["case_id"].tolist() == ["a", "c"]
    told = [finding for finding in reading.findings if finding.severity == ERROR]
    assert {finding.check for finding in told} == {"missing case_id"}
    assert ["row 3" in told[0].message, "row 5" in told[1].message] == [True, True]


def test_rows_without_a_patient_are_counted(tmp_path):
    for name in ("a", "b", "c"):
        picture(tmp_path / f"{name}.png")
    write_table(tmp_path, case_id=["a", "b", "c"], label=["b"] * 3, patient_id=["p", "", "?"])
    found = by_check(read(tmp_path).findings, WARNING)["patients unknown", ""]
    assert "patient_id is empty in 2 of 3 rows" in found.message


@pytest.mark.parametrize(
    "name", ["../a.png", "x/../../a.png", "/etc/a.png", "C:\\a.png", "link.png"]
)
@pytest.mark.parametrize("column", ["image", "outline"])
def test_a_path_that_leaves_the_folder_is_refused(tmp_path, name, column):
    root = tmp_path / "root"
    picture(root / "ok.png")
    picture(tmp_path / "a.png")
    (root / "link.png").symlink_to(tmp_path / "a.png")
    (root / "away").symlink_to(tmp_path, target_is_directory=True)
    row = {"case_id": ["c"], "label": ["benign"], "image": ["ok.png"]} | {column: [name]}
    write_table(root, **row)
    reading = read(root)
    found = by_check(reading.findings, ERROR)
    assert set(found) == {("path", "c")}
    assert "lies outside the folder" in found["path", "c"].message
    assert len(reading.cases) == 0


def test_links_within_the_folder_are_good_and_loops_end(tmp_path):
    picture(tmp_path / "deep" / "a.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "deep" / "a.png")
    (tmp_path / "deep" / "up").symlink_to(tmp_path, target_is_directory=True)
    assert scan(tmp_path).paths == ["b.png", "deep/a.png"]
    assert scan(tmp_path).outside == set()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_may_not_be_listed(tmp_path):
    picture(tmp_path / "closed" / "a.png")
    (tmp_path / "closed").chmod(0)
    write_table(tmp_path, ("a", "benign"))
    assert ("closed folder", "") in by_check(read(tmp_path).findings, ERROR)
    (tmp_path / "closed").chmod(0o755)


def test_what_the_table_does_not_name_is_listed(tmp_path):
    for name in ("a", "b", "c"):
        picture(tmp_path / f"{name}.png")
        mask(tmp_path / "masks" / f"{name}.png")
    write_table(tmp_path, ("a", "benign"))
    found = by_check(read(tmp_path).findings)
    assert found["image without a row", ""].severity == WARNING
    message = found["image without a row", ""].message
    assert message == "2 images without a row of the table: b.png, c.png"
    assert "masks/b.png, masks/c.png" in found["mask without a row", ""].message
    assert ("patients unknown", "") in found


def test_factors_that_the_table_lacks_are_told_with_the_columns_that_may_hold_them(tmp_path):
    picture(tmp_path / "a.png")
    write_table(tmp_path, case_id=["a"], label=["b"], family_history=["y"], Age=["40"], BRCA=["n"])
    found = by_check(read(tmp_path).findings, WARNING)["factors unknown", ""]
    assert "no column for age_years, brca_mutation, breast_density" in found.message
    assert found.message.endswith("not used: 'Age', 'BRCA'")


def test_folders_give_the_labels_that_the_table_lacks(tmp_path):
    picture(tmp_path / "Benign" / "7.png")
    picture(tmp_path / "malignant" / "8.png")
    picture(tmp_path / "gutartig_neu" / "9.png")
    write_table(tmp_path, case_id=["7", "8", "9"])
    reading = read(tmp_path, words={"label": {"gutartig_neu": "benign"}})
    assert particular(reading.findings) == []
    assert reading.cases["label"].tolist() == ["benign", "malignant", "benign"]
    empty = complete(read(tmp_path).cases)
    assert empty["label"].tolist() == ["benign", "malignant", ""]


def test_a_case_id_in_both_folders_is_told_by_its_label(tmp_path):
    for name in ("benign", "malignant"):
        picture(tmp_path / name / "7.png")
        mask(tmp_path / "masks" / name / "7.png")
    write_table(tmp_path, ("7", "malignant"))
    reading = read(tmp_path)
    assert reading.cases["image"].tolist() == ["malignant/7.png"]
    assert reading.cases["outline"].tolist() == ["masks/malignant/7.png"]


def test_labels_that_contradict_each_other(tmp_path):
    picture(tmp_path / "benign" / "a.png")
    picture(tmp_path / "gut" / "d.png")
    picture(tmp_path / "b.png")
    picture(tmp_path / "c.png")
    coco(tmp_path, {"b.png": [LESION], "c.png": [LESION]}, categories=["Malignant", "BENIGN"])
    write_table(tmp_path, ("a", "malignant"), ("b", "benign"), ("c", "m"), ("d", "m"))
    words = {"label": {"gut": "benign"}}
    _, findings = build_cohort(SETTINGS.changed({"words": words}), tmp_path, None)
    found = by_check(findings, ERROR)
    assert set(found) == {
        ("label against folder", "a"),
        ("contradicting labels", "b"),
        ("contradicting labels", "d"),
    }
    message = found["contradicting labels", "d"].message
    assert message == "the table says malignant, the image's folder says benign"
    assert "its outline says malignant" in found["contradicting labels", "b"].message


def test_an_annotation_may_give_the_label(tmp_path):
    picture(tmp_path / "a.png")
    picture(tmp_path / "b.png")
    attributes = {("a.png", 0): {"side": "m", "type": "malignant"}, ("b.png", 0): {"k": "gut"}}
    via(tmp_path, {"a.png": [LESION], "b.png": [LESION]}, attributes=attributes)
    write_table(tmp_path, case_id=["a", "b"])
    reading = read(tmp_path, words={"label": {"gut": "benign"}})
    assert reading.cases["label"].tolist() == ["malignant", "benign"]


def test_no_label_anywhere(tmp_path):
    picture(tmp_path / "a.png")
    write_table(tmp_path, Nr=["a"], Befund=["gut"])
    with pytest.raises(UserError) as raised:
        read(tmp_path)
    assert len(raised.value.problems) == 2
    assert "no column for case_id" in raised.value.problems[0]
    assert "no column for label" in raised.value.problems[1]
    via(tmp_path, {"a.png": [LESION]})  # which might call it benign, and does not
    write_table(tmp_path, case_id=["a"], Befund=["gut"])
    with pytest.raises(UserError, match=r"no column for label.*'Befund'.*benign and malignant"):
        read(tmp_path)


def test_a_row_that_lost_its_image_is_not_told_that_it_lacks_the_folders_label(tmp_path):
    picture(tmp_path / "benign" / "a.png")
    write_table(tmp_path, case_id=["a", "b"])
    assert set(by_check(read(tmp_path).findings, ERROR)) == {("missing image", "b")}


def test_normals_are_dropped_and_listed(tmp_path):
    for name in ("a", "b", "c"):
        picture(tmp_path / f"{name}.png")
    write_table(tmp_path, ("a", "benign"), ("b", "normal"), ("c", "o.B."))
    reading = read(tmp_path, words={"label": {"o.B.": "normal"}})
    assert reading.cases["case_id"].tolist() == ["a"]
    assert set(by_check(reading.findings, DROPPED)) == {("normal", "b"), ("normal", "c")}


def test_what_is_watched(tmp_path):
    write_table(tmp_path)
    (tmp_path / "~$patients.xlsx").write_bytes(b"Excel's lock")
    assert watched_files("folder", tmp_path, None, SETTINGS) == [tmp_path / "patients.csv"]
    via(tmp_path, {})
    watched = watched_files("folder", tmp_path, None, SETTINGS)
    assert watched == [tmp_path / "patients.csv", tmp_path / "via.json"]
    assert folder_problems("folder", tmp_path, None, SETTINGS) == []
    (tmp_path / "masks").mkdir()
    assert watched_files("folder", tmp_path, None, SETTINGS) == [tmp_path / "patients.csv"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, ["must have one table", "a.csv, b.xlsx", "several JSON files: c.json, d.json"]),
        ({"table": "c.csv"}, ["has no c.csv. The tables in it are: a.csv, b.xlsx", "several JSON"]),
        ({"table": "../a.csv", "outlines": "/m"}, ["cohort.table", "outside", "cohort.outlines"]),
        ({"table": "a.csv", "outlines": "masks"}, ["has no masks"]),
        ({"table": "a.csv", "outlines": "b.xlsx"}, ["neither a folder of masks nor a file of"]),
    ],
)
def test_what_is_missing_is_told_at_once_before_anything_runs(tmp_path, settings, words):
    for name in ("a.csv", "b.xlsx", "c.json", "d.json"):
        (tmp_path / name).write_text("{}")
    text = "\n".join(folder_problems("folder", tmp_path, None, SETTINGS.changed(settings)))
    assert [word for word in words if word not in text] == []


def test_no_folder():
    (problem,) = folder_problems("folder", None, None, SETTINGS)
    assert "cohort.root is not set" in problem and "override={cohort: {root: FOLDER}}" in problem
    (problem,) = folder_problems("folder", "no/such/folder", None, SETTINGS)
    assert "no folder no/such/folder" in problem


def test_a_broken_annotation_file_names_itself(tmp_path):
    picture(tmp_path / "a.png")
    (tmp_path / "via.json").write_text('{"a": ')
    write_table(tmp_path, ("a", "benign"))
    with pytest.raises(UserError, match=r"cohort.outlines: .* is no JSON .*via.json"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("name", "plain"),
    [("a//b/../c.png", "a/c.png"), ("a\\b", "a/b"), ("..", None), ("D:x", None), ("a\0", None)],
)
def test_plain_paths(name, plain):
    assert plain_path(name) == plain
