"""A hospital's folder: images, table and outlines put together, and what is refused."""

import json
import os
import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from smallmass.cohort.build import build_cohort
from smallmass.cohort.findings import DROPPED, ERROR, WARNING, errors
from smallmass.cohort.images import read_outline as read_mask
from smallmass.cohort.outline_files import case_outline
from smallmass.cohort.sources import folder, folder_problems, watched_files
from smallmass.cohort.sources.folder_files import mask_of, plain_path, scan
from smallmass.cohort.table import complete
from smallmass.errors import UserError

SETTINGS = {"source": "folder", "max_diameter_cm": 1.0, "inclusive": False}
LESION = {"name": "rect", "x": 10, "y": 8, "width": 6, "height": 4}
SECOND = {"name": "rect", "x": 24, "y": 20, "width": 5, "height": 5}


def picture(path, seed=None):
    """Write a random image of 40 x 30 px."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = sum(str(path.name).encode()) if seed is None else seed
    grey = np.random.default_rng(seed).integers(0, 256, (30, 40), dtype=np.uint8)
    Image.fromarray(grey).save(path)


def mask(path, shape=LESION):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mask_array(shape).astype(np.uint8) * 255).save(path)


def mask_array(shape=LESION):
    drawn = np.zeros((30, 40), dtype=bool)
    y, x = shape["y"], shape["x"]
    drawn[y : y + shape["height"], x : x + shape["width"]] = True
    return drawn


def write_table(root, *rows, name="patients.csv", **columns):
    """Write rows of ``case_id,label``, or whole columns."""
    table = pd.DataFrame(columns) if columns else pd.DataFrame(rows, columns=["case_id", "label"])
    table.to_csv(root / name, index=False)


def via(root, images, name="via.json", attributes=()):
    """Write VIA's file: each image's shapes, with attributes by image and number."""
    attributes = dict(attributes)
    content = {
        f"{file}-1": {
            "filename": file,
            "size": -1,
            "regions": [
                {"shape_attributes": shape, "region_attributes": attributes.get((file, n), {})}
                for n, shape in enumerate(shapes)
            ],
        }
        for file, shapes in images.items()
    }
    (root / name).write_text(json.dumps({"_via_img_metadata": content}))


def coco(root, images, name="coco.json", categories=("lesion",), chosen=()):
    """Write COCO's file: each image's shapes as polygons, numbered from 1."""
    chosen, annotations = dict(chosen), []
    for image, shapes in enumerate(images.values()):
        for shape in shapes:
            x, y, w, h = (shape[key] for key in ("x", "y", "width", "height"))
            annotations.append(
                {
                    "id": (number := len(annotations) + 1),
                    "image_id": image,
                    "category_id": chosen.get(number, 0),
                    "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]],
                }
            )
    content = {
        "images": [
            {"id": n, "file_name": file, "width": 40, "height": 30} for n, file in enumerate(images)
        ],
        "annotations": annotations,
        "categories": [{"id": n, "name": name} for n, name in enumerate(categories)],
    }
    (root / name).write_text(json.dumps(content))


def read(root, **settings):
    return folder.read(root, settings)


def by_check(findings, severity=None):
    return {
        (finding.check, finding.case_id): finding
        for finding in findings
        if severity in (None, finding.severity)
    }


def particular(findings):
    """Return the findings but for the warnings that these tables have no patients and factors."""
    general = ("patients unknown", "factors unknown")
    return [finding for finding in findings if finding.check not in general]


def outlines(root, cases):
    table = complete(cases)
    return {case["case_id"]: case_outline(root, case) for case in table.to_dict("records")}


# --- images -------------------------------------------------------------------------------------


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
    assert message == "no row of the table names these images (2): b.png, c.png"
    assert "masks/b.png, masks/c.png" in found["mask without a row", ""].message
    assert ("patients unknown", "") in found


def test_factors_that_the_table_lacks_are_told_with_the_columns_that_may_hold_them(tmp_path):
    picture(tmp_path / "a.png")
    write_table(tmp_path, case_id=["a"], label=["b"], family_history=["y"], Age=["40"], BRCA=["n"])
    found = by_check(read(tmp_path).findings, WARNING)["factors unknown", ""]
    assert "no column for age_years, brca_mutation, breast_density" in found.message
    assert found.message.endswith("not used: 'Age', 'BRCA'")


# --- labels -------------------------------------------------------------------------------------


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
    _, findings = build_cohort(SETTINGS | {"words": words}, tmp_path, None)
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


# --- outlines -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["7_mask", "7-mask", "7 mask", "7_MASK_1", "mask_7", "7_seg", "7.mask", "7_tumor", "7_lesion1"],
)
@pytest.mark.parametrize("place", ["", "Konturen/", "Masken/", "Masks/"])
def test_masks_are_found_by_their_names(tmp_path, name, place):
    picture(tmp_path / "7.png")
    mask(tmp_path / f"{place}{name}.png")
    write_table(tmp_path, ("7", "benign"))
    reading = read(tmp_path, outlines="Konturen" if place == "Konturen/" else None)
    assert particular(reading.findings) == []
    assert reading.cases["outline"].tolist() == [f"{place}{name}.png"]


def test_names_that_only_look_like_masks(tmp_path):
    assert mask_of("unmask.png") is None and mask_of("mask.png") is None
    assert mask_of("benign (1)_mask_1.png") == "benign (1)"
    for name in ("7.png", "7_lesion.png"):  # two patients' images
        picture(tmp_path / name)
        mask(tmp_path / "masks" / name)
    write_table(tmp_path, ("7", "benign"), ("7_lesion", "benign"))
    reading = read(tmp_path)
    assert particular(reading.findings) == []
    assert reading.cases["outline"].tolist() == ["masks/7.png", "masks/7_lesion.png"]


@pytest.mark.parametrize("kind", ["masks", "via", "coco"])
def test_masks_and_annotations_are_the_same_outlines(tmp_path, kind):
    shapes = {"a.png": LESION, "b.png": SECOND}
    for name, shape in shapes.items():
        picture(tmp_path / "scans" / name)
        mask(tmp_path / "masks" / name, shape)
    if kind != "masks":
        {"via": via, "coco": coco}[kind](tmp_path, {k: [v] for k, v in shapes.items()})
    picture(tmp_path / "scans" / "c.png")
    write_table(tmp_path, ("a", "benign"), ("b", "malignant"), ("c", "benign"))
    cases, findings = build_cohort(
        SETTINGS | {"outlines": "masks" if kind == "masks" else f"{kind}.json"}, tmp_path, None
    )
    assert not errors(findings)
    assert ("no outline", "c") in by_check(findings, WARNING)
    drawn = outlines(tmp_path, cases.dropna(subset="outline").query("outline != ''"))
    assert (drawn["a"] == mask_array(LESION)).all()
    assert (drawn["b"] == mask_array(SECOND)).all()


@pytest.mark.parametrize("kind", ["masks", "via", "coco"])
def test_two_lesions_where_one_is_declared(tmp_path, kind):
    picture(tmp_path / "a.png")
    if kind == "masks":
        mask(tmp_path / "masks" / "a_mask.png")
        mask(tmp_path / "masks" / "a_mask_1.png", SECOND)
    else:
        {"via": via, "coco": coco}[kind](tmp_path, {"a.png": [LESION, SECOND]})
    write_table(tmp_path, ("a", "benign"))
    _, findings = build_cohort(SETTINGS, tmp_path, None)
    found = by_check(findings, ERROR)
    assert set(found) == {("several outlines", "a")}
    assert "one lesion is declared" in found["several outlines", "a"].message
    assert "row of its own" in found["several outlines", "a"].remedy


@pytest.mark.parametrize("kind", ["via", "coco"])
@pytest.mark.parametrize("word", ["all", "ALL", "0,1", "1, 2"])
def test_parts_of_one_lesion(tmp_path, kind, word):
    picture(tmp_path / "a.png")
    {"via": via, "coco": coco}[kind](tmp_path, {"a.png": [LESION, SECOND]})
    write_table(tmp_path, case_id=["a"], label=["benign"], outline=[word])
    reading = read(tmp_path)
    if word == {"via": "1, 2", "coco": "0,1"}[kind]:  # the other tool's numbers
        found = by_check(reading.findings, ERROR)
        assert set(found) == {("outline", "a")}
        assert {"via": "0, 1", "coco": "1, 2"}[kind] in found["outline", "a"].message
    else:
        assert particular(reading.findings) == []
        drawn = outlines(tmp_path, reading.cases)["a"]
        assert (drawn == (mask_array(LESION) | mask_array(SECOND))).all()
        assert not errors(build_cohort(SETTINGS, tmp_path, None)[1])


@pytest.mark.parametrize("how", ["column", "case_id", "label"])
def test_two_lesions_of_one_image_are_two_rows(tmp_path, how):
    picture(tmp_path / "a.png")
    said = {
        "column": {},
        "case_id": {("a.png", 0): {"case_id": "2"}, ("a.png", 1): {"case_id": "1"}},
        "label": {("a.png", 0): {"type": "malignant"}, ("a.png", 1): {"type": "benign"}},
    }
    via(tmp_path, {"a.png": [LESION, SECOND]}, attributes=said[how])
    rows = {"case_id": ["1", "2"], "image": ["a", "a"], "label": ["benign", "malignant"]}
    write_table(tmp_path, **rows, **({"outline": ["1", "0"]} if how == "column" else {}))
    cases, findings = build_cohort(SETTINGS, tmp_path, None)
    assert not errors(findings)
    drawn = outlines(tmp_path, cases)
    assert (drawn["1"] == mask_array(SECOND)).all()
    assert (drawn["2"] == mask_array(LESION)).all()
    assert cases["group_id"].nunique() == 1


@pytest.mark.parametrize("kind", ["masks", "via"])
def test_nothing_says_which_outline_belongs_to_which_row(tmp_path, kind):
    picture(tmp_path / "a.png")
    if kind == "masks":
        mask(tmp_path / "masks" / "a.png")
    else:
        via(tmp_path, {"a.png": [LESION, SECOND]})
    write_table(tmp_path, case_id=["1", "2"], image=["a", "a"], label=["benign", "benign"])
    found = by_check(read(tmp_path).findings, ERROR)
    assert set(found) == {("unclear outline", "1"), ("unclear outline", "2")}
    assert "2 rows share a.png" in found["unclear outline", "1"].message


def test_one_region_may_not_be_two_rows(tmp_path):
    picture(tmp_path / "a.png")
    via(tmp_path, {"a.png": [LESION]})
    rows = {"case_id": ["1", "2"], "image": ["a", "a"], "label": ["b", "m"], "outline": ["0", "0"]}
    write_table(tmp_path, **rows)
    assert set(by_check(read(tmp_path).findings, ERROR)) == {("outline", "2")}


def test_the_table_may_name_the_mask(tmp_path):
    picture(tmp_path / "a.png")
    mask(tmp_path / "drawn" / "first.png")
    rows = {"case_id": ["a"], "label": ["b"], "outline": ["first"]}
    write_table(tmp_path, **rows)
    assert read(tmp_path, outlines="drawn").cases["outline"].tolist() == ["drawn/first.png"]
    write_table(tmp_path, **rows | {"outline": ["drawn/second.png"]})
    _, findings = build_cohort(SETTINGS | {"outlines": "drawn"}, tmp_path, None)
    assert any("drawn/second.png" in finding.message for finding in errors(findings))


def test_annotated_images_without_a_row_are_listed(tmp_path):
    picture(tmp_path / "a.png")
    picture(tmp_path / "b.png")
    via(tmp_path, {"a.png": [LESION], "b.png": [LESION], "gone.png": [LESION], "d.png": []})
    write_table(tmp_path, ("a", "benign"))
    found = by_check(read(tmp_path).findings)["annotated image without a row", ""]
    assert found.severity == WARNING and found.message.endswith("b.png, gone.png")


def test_annotated_names_that_several_images_have(tmp_path):
    for name in ("x", "y"):
        picture(tmp_path / name / "a.png", seed=ord(name))
    write_table(tmp_path, case_id=["1", "2"], image=["x/a.png", "y/a.png"], label=["b", "m"])
    via(tmp_path, {"a.png": [LESION]})
    found = by_check(read(tmp_path).findings, ERROR)
    assert "x/a.png, y/a.png" in found["unclear image", ""].message
    # VIA knows the size of a file, which tells images of one name apart.
    content = {
        f"a.png{n}": {
            "filename": "a.png",
            "size": (tmp_path / name / "a.png").stat().st_size,
            "regions": [{"shape_attributes": shape, "region_attributes": {}}],
        }
        for n, (name, shape) in enumerate({"x": LESION, "y": SECOND}.items())
    }
    (tmp_path / "y" / "a.png").write_bytes((tmp_path / "y" / "a.png").read_bytes() + b"\0")
    content["a.png1"]["size"] += 1
    (tmp_path / "via.json").write_text(json.dumps(content))
    reading = read(tmp_path)
    assert particular(reading.findings) == []
    drawn = outlines(tmp_path, reading.cases)
    assert (drawn["1"] == mask_array(LESION)).all() and (drawn["2"] == mask_array(SECOND)).all()


def test_an_outline_outside_its_image_is_an_error_of_the_case(tmp_path):
    picture(tmp_path / "a.png")
    picture(tmp_path / "b.png")
    via(tmp_path, {"a.png": [LESION | {"x": 38}], "b.png": [LESION]})
    write_table(tmp_path, ("a", "benign"), ("b", "malignant"))
    _, findings = build_cohort(SETTINGS, tmp_path, None)
    (wrong,) = errors(findings)
    assert wrong.case_id == "a" and "lies outside the image" in wrong.message


# --- the table and the annotation file ----------------------------------------------------------


def test_what_is_watched(tmp_path):
    write_table(tmp_path)
    (tmp_path / "~$patients.xlsx").write_bytes(b"Excel's lock")
    assert watched_files("folder", tmp_path, None, {}) == [tmp_path / "patients.csv"]
    via(tmp_path, {})
    watched = watched_files("folder", tmp_path, None, {})
    assert watched == [tmp_path / "patients.csv", tmp_path / "via.json"]
    assert folder_problems("folder", tmp_path, None, {}) == []
    (tmp_path / "masks").mkdir()
    assert watched_files("folder", tmp_path, None, {}) == [tmp_path / "patients.csv"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, ["must have one table", "a.csv, b.xlsx", "several JSON files: c.json, d.json"]),
        ({"table": "c.csv"}, ["has no c.csv. The tables in it are: a.csv, b.xlsx", "several JSON"]),
        ({"table": "../a.csv", "outlines": "/m"}, ["cohort.table", "outside", "cohort.outlines"]),
        ({"table": "a.csv", "outlines": "masks"}, ["has no masks"]),
        ({"table": "a.csv", "outlines": "b.xlsx"}, ["neither a folder of masks nor a JSON"]),
    ],
)
def test_what_is_missing_is_told_at_once_before_anything_runs(tmp_path, settings, words):
    for name in ("a.csv", "b.xlsx", "c.json", "d.json"):
        (tmp_path / name).write_text("{}")
    text = "\n".join(folder_problems("folder", tmp_path, None, settings))
    assert [word for word in words if word not in text] == []


def test_no_folder():
    (problem,) = folder_problems("folder", None, None, {})
    assert "cohort.root is not set" in problem and "override={cohort: {root: FOLDER}}" in problem
    (problem,) = folder_problems("folder", "no/such/folder", None, {})
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


# --- real images, and the whole way --------------------------------------------------------------


@pytest.fixture
def hospital(shared, tmp_path):
    """A folder as a hospital has it: 24 patients of BUS-BRA, German words, outlines by VIA."""
    published = shared / "datasets" / "BUS-BRA"
    table = pd.read_csv(published / "bus_data.csv", dtype=str).drop_duplicates("Case")
    table = pd.concat([rows.head(12) for _, rows in table.groupby("Pathology")])
    root = tmp_path / "Klinik"
    (root / "bilder").mkdir(parents=True)
    (root / "masken").mkdir()
    for name in table["ID"]:
        shutil.copy(published / "Images" / f"{name}.png", root / "bilder")
        drawn = published / "Masks" / f"{name.replace('bus_', 'mask_')}.png"
        shutil.copy(drawn, root / "masken" / f"{name}_mask.png")
    rng = np.random.default_rng(0)
    pd.DataFrame(
        {
            "Bild-Nr": table["ID"],
            "Patient": table["Case"],
            "Befund": table["Pathology"].map({"benign": "gutartig", "malignant": "bösartig"}),
            "Größe": [f"{size:.1f}".replace(".", ",") for size in rng.uniform(3, 9.9, len(table))],
            "Alter": rng.integers(25, 80, len(table)),
            "Dichte": rng.choice(["ACR a", "ACR b", "ACR c", "ACR d"], len(table)),
        }
    ).to_csv(root / "patienten.csv", sep=";", index=False, encoding="latin-1")
    return root


MAPPING = {
    "outlines": "masken",
    "columns": {
        "case_id": "Bild-Nr",
        "patient_id": "Patient",
        "label": "Befund",
        "diameter_cm": "Größe",
        "age_years": "Alter",
        "breast_density": "Dichte",
    },
    "units": {"diameter_cm": "mm"},
}


def test_real_images_with_a_german_table(hospital):
    cases, findings = build_cohort(SETTINGS | MAPPING, hospital, None)
    assert particular(findings) == []
    assert cases["label"].value_counts().to_dict() == {"benign": 12, "malignant": 12}
    assert cases["diameter_cm"].between(0.3, 0.99).all()
    assert set(cases["breast_density"]) <= {"fatty", "scattered", "heterogeneous", "extreme"}
    for case_id, drawn in outlines(hospital, cases).items():
        assert (drawn == read_mask(hospital / "masken" / f"{case_id}_mask.png")).all()


def test_real_outlines_drawn_as_polygons_are_the_masks(hospital):
    """The border of a mask, as a polygon, has the mask's pixels inside."""
    from contourpy import contour_generator

    images = {}
    for path in sorted((hospital / "masken").iterdir())[::3]:
        padded = np.pad(read_mask(path), 1).astype(float)
        lines = contour_generator(z=padded).lines(0.5)
        corners = max(lines, key=len)[:-1] - 0.5  # of pixel centres in the padded mask, to edges
        images[path.name.replace("_mask", "")] = [
            {
                "name": "polygon",
                "all_points_x": corners[:, 0].tolist(),
                "all_points_y": corners[:, 1].tolist(),
            }
        ]
    via(hospital, images)
    cases, findings = build_cohort(SETTINGS | MAPPING | {"outlines": "via.json"}, hospital, None)
    assert not errors(findings)
    drawn_cases = cases[cases["outline"] != ""]
    assert len(drawn_cases) == 8
    for case_id, drawn in outlines(hospital, drawn_cases).items():
        assert (drawn == read_mask(hospital / "masken" / f"{case_id}_mask.png")).all()


@pytest.mark.slow
def test_check_by_snakemake(hospital, working_copy, snakemake, tmp_path):
    copy = working_copy("own")
    settings = {"root": str(hospital)} | MAPPING
    (tmp_path / "mine.yaml").write_text(json.dumps({"override": {"cohort": settings}}))
    command = ["check", "--cores", "1", "--config", "study=own"]
    command += ["--configfile", str(tmp_path / "mine.yaml")]
    run = snakemake(copy, *command)
    assert run.returncode == 0, run.stdout[-4000:]
    assert "[check] 24 cases of 24 known patients: 12 benign, 12 malignant" in run.stdout
    before = (copy / "results/own/cohort/candidates.csv").read_bytes()

    # A new outline alone is noticed.
    changed = sorted((hospital / "masken").iterdir())[0]
    Image.fromarray(np.roll(read_mask(changed), 2, axis=1)).save(changed)
    dry = snakemake(copy, "-n", *command)
    assert "Params have changed" in dry.stdout, dry.stdout[-4000:]
    run = snakemake(copy, *command)
    assert (copy / "results/own/cohort/candidates.csv").read_bytes() != before

    # All problems at once, and exit code 1.
    changed.write_bytes(changed.read_bytes()[:100])
    sorted((hospital / "bilder").iterdir())[1].unlink()
    text = (hospital / "patienten.csv").read_text(encoding="latin-1")
    text = text.replace("bösartig", "boese", 1).replace(";ACR", ";dicht", 1)
    (hospital / "patienten.csv").write_text(text, encoding="latin-1")
    run = snakemake(copy, *command)
    assert run.returncode == 1
    for words in ("truncated", "missing image", "'boese' in 1 row", "says 'dicht "):
        assert words in run.stdout or words in run.stdout.replace("no image", "missing image")
    assert "Traceback" not in run.stdout
    # Nothing of the hospital's own is written to.
    assert sorted(path.name for path in hospital.iterdir()) == ["bilder", "masken", "patienten.csv"]
