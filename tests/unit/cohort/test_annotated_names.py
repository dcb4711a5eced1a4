"""Which image an annotation means, whatever its tool made of the name; nothing is lost."""

import json
import unicodedata

import pytest

from own_folder import (
    LESION,
    SECOND,
    coco,
    mask,
    mask_array,
    outlines,
    picture,
    read,
    via,
    write_table,
)
from smallmass.cohort.findings import Finding, errors, from_table, to_table
from smallmass.cohort.sources.annotated_images import spellings


def codes(reading):
    return [finding.code for finding in reading.findings if finding.code[0] == "O"]


@pytest.mark.parametrize(
    "written",
    [
        "7.png",
        "JPEGImages/7.png",
        "images\\1/7.png",
        "..\\..\\label-studio\\data\\media\\upload\\3/cb0618f6-7.png",
        "C:\\Users\\eva\\7.png",
        "/home/eva/7.png",
        "https://example.org/a%20b/7.png?token=1",
        "/data/local-files/?d=sono/7.png",
        "/data/upload/3/0a1b2c3d-7.png",
        "7_png.rf.3f2a9c0d1e4b5a6978.jpg",
        "7.PNG",
        "7",
    ],
)
def test_names_as_tools_write_them_find_their_image(tmp_path, written):
    picture(tmp_path / "pictures/7.png")
    picture(tmp_path / "pictures/17.png")
    coco(tmp_path, {written: [LESION]})
    write_table(tmp_path, ("7", "benign"), ("17", "malignant"))
    reading = read(tmp_path)
    assert codes(reading) == []
    assert (outlines(tmp_path, reading.cases[:1])["7"] == mask_array()).all()


def test_escaped_blanks_and_a_name_that_the_file_remembers(tmp_path):
    picture(tmp_path / "bus 7.png")
    picture(tmp_path / "b.png")
    coco(tmp_path, {"bus%207.png": [LESION], "x91": [SECOND]})
    content = json.loads((tmp_path / "coco.json").read_text())
    content["images"][1]["extra"] = {"name": "b.png"}
    (tmp_path / "coco.json").write_text(json.dumps(content))
    write_table(tmp_path, ("bus 7", "benign"), ("b", "malignant"))
    reading = read(tmp_path)
    assert codes(reading) == [] and all(reading.cases["outline"])


def test_a_hash_is_cut_off_only_where_no_image_is_called_so():
    assert spellings("cb0618f6-7.png")[0] == "cb0618f6-7.png"
    assert spellings("cb0618f6-7.png")[-1] == "7.png"


def test_a_last_part_that_several_images_have_is_refused(tmp_path):
    picture(tmp_path / "a/7.png")
    picture(tmp_path / "b/7.png")
    coco(tmp_path, {"c/7.png": [LESION]})
    write_table(tmp_path, case_id=["x", "y"], image=["a/7.png", "b/7.png"], label=["b", "m"])
    assert codes(read(tmp_path))[:1] == ["O014"]


@pytest.mark.parametrize("kind", [coco, via])
def test_two_names_that_fit_one_image_are_refused(tmp_path, kind):
    picture(tmp_path / "7.png")
    kind(tmp_path, {"a/7.png": [LESION], "b/7.png": [SECOND]})
    write_table(tmp_path, ("7", "benign"))
    reading = read(tmp_path)
    assert codes(reading) == ["O027"]
    assert any("'a/7.png'" in finding.message for finding in reading.findings)
    assert not any(reading.cases["outline"])


def test_an_image_under_two_ids_keeps_the_outlines_of_both(tmp_path):
    """The trial's file: the last entry won, and the first one's outline vanished."""
    picture(tmp_path / "a.png")
    coco(tmp_path, {"a.png": [LESION], "b.png": [SECOND]})
    content = json.loads((tmp_path / "coco.json").read_text())
    content["images"][1]["file_name"] = "a.png"
    (tmp_path / "coco.json").write_text(json.dumps(content))
    write_table(tmp_path, ("a", "benign"))
    assert codes(read(tmp_path)) == ["O009"]  # one lesion is declared, and there are two
    write_table(tmp_path, case_id=["a", "c"], image=["a"] * 2, label=["b", "m"], outline=[1, 2])
    drawn = outlines(tmp_path, read(tmp_path).cases)
    assert (drawn["a"] == mask_array()).all() and (drawn["c"] == mask_array(SECOND)).all()


def test_an_image_that_changed_after_it_was_drawn_on_is_told(tmp_path):
    picture(tmp_path / "a.png")
    via(tmp_path, {"a.png": [LESION]})
    content = json.loads((tmp_path / "via.json").read_text())
    for size, expected in (((tmp_path / "a.png").stat().st_size, []), (4711, ["O028"])):
        content["_via_img_metadata"]["a.png-1"]["size"] = size
        (tmp_path / "via.json").write_text(json.dumps(content))
        write_table(tmp_path, ("a", "benign"))
        assert codes(read(tmp_path)) == expected


def test_outlines_that_fit_no_image_are_the_first_error_and_the_only_one(tmp_path):
    for name in "abc":
        picture(tmp_path / f"{name}.png")
    coco(tmp_path, {f"img_{n}.png": [LESION] for n in range(3)})
    write_table(tmp_path, ("a", "benign"), ("b", "malignant"), ("c", "malignant"))
    findings = [f for f in read(tmp_path).findings if f.code[0] == "O"]
    assert [f.code for f in findings] == ["O029"]
    assert findings[0].message.startswith(
        "3 outlines in coco.json fit no image by name, e.g. img_0"
    )
    effects = [Finding.of("O002", "a", "none"), Finding.of("S006", "a", "none")]
    assert [f.code for f in errors(from_table(to_table([*effects, *findings])))] == ["O029"]


@pytest.mark.parametrize("name", ["7_Maske", "7-annotation", "7 Kontur", "7_by reader A", "7_Segm"])
def test_masks_of_any_word_in_their_folder(tmp_path, name):
    for image in ("7", "7_2", "17"):
        picture(tmp_path / f"{image}.png")
    mask(tmp_path / f"masks/{name}.png")
    mask(tmp_path / f"masks/{name.replace('7', '7_2', 1)}.png", SECOND)
    write_table(tmp_path, ("7", "benign"), ("7_2", "malignant"), ("17", "benign"))
    drawn = outlines(tmp_path, read(tmp_path).cases[:2])
    assert (drawn["7"] == mask_array()).all() and (drawn["7_2"] == mask_array(SECOND)).all()


def test_masks_that_fit_no_image_are_an_error_where_outlines_are_missing(tmp_path):
    picture(tmp_path / "a.png")
    mask(tmp_path / "masks/scan17.png")
    write_table(tmp_path, ("a", "benign"))
    assert codes(read(tmp_path)) == ["O030"]


def test_names_in_two_unicode_forms_are_one(tmp_path):
    picture(tmp_path / f"{unicodedata.normalize('NFD', 'Müller_1')}.png")
    mask(tmp_path / f"masks/{unicodedata.normalize('NFC', 'Müller_1')}.png")
    write_table(tmp_path, (unicodedata.normalize("NFC", "Müller_1"), "benign"))
    reading = read(tmp_path)
    assert codes(reading) == [] and all(reading.cases["outline"])
