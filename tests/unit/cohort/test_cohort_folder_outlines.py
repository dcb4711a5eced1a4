"""A hospital's folder: which outline belongs to which lesion, as masks, VIA or COCO."""

import json

import pytest

from own_folder import (
    LESION,
    SECOND,
    SETTINGS,
    by_check,
    coco,
    mask,
    mask_array,
    outlines,
    particular,
    picture,
    read,
    via,
    write_table,
)
from smallmass.cohort.build import build_cohort
from smallmass.cohort.findings import ERROR, WARNING, errors
from smallmass.cohort.sources.folder_files import mask_of


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
        SETTINGS.changed({"outlines": "masks" if kind == "masks" else f"{kind}.json"}),
        tmp_path,
        None,
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
    _, findings = build_cohort(SETTINGS.changed({"outlines": "drawn"}), tmp_path, None)
    assert any("drawn/second.png" in finding.message for finding in errors(findings))


def test_annotated_images_without_a_row_are_listed(tmp_path):
    picture(tmp_path / "a.png")
    picture(tmp_path / "b.png")
    via(tmp_path, {"a.png": [LESION], "b.png": [LESION], "gone.png": [LESION], "d.png": []})
    write_table(tmp_path, ("a", "benign"))
    told = [f for f in read(tmp_path).findings if f.check == "annotated image without a row"]
    assert [f.message.rpartition(" ")[2] for f in told] == ["gone.png", "b.png"]
    assert {f.severity for f in told} == {WARNING}


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
