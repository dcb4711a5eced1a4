"""Outlines of LabelMe, VIA's CSV and VIA 3, and of ImageJ: the same areas as VIA 2's."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from own_folder import LESION, SECOND, mask_array, outlines, picture, read, write_table
from own_tables import read as read_table
from smallmass.cohort.images import read_grey
from smallmass.cohort.outline_files import read_outline
from smallmass.cohort.problems import ImageProblem
from smallmass.errors import UserError


def corners(shape):
    x, y, w, h = (shape[key] for key in ("x", "y", "width", "height"))
    return [[x, y], [x + w, y], [x + w, y + h], [x, y + h]]


def labelme(path, image, shape, kind="polygon"):
    points = corners(shape)
    further = {}
    if kind == "rectangle":
        points = [points[0], points[2]]
    if kind == "mask":
        points = [points[0], points[2]]
        drawn = io.BytesIO()
        inner = np.full((shape["height"], shape["width"]), 255, np.uint8)
        Image.fromarray(inner).save(drawn, "PNG")
        further = {"mask": base64.b64encode(drawn.getvalue()).decode()}
    entry = {"label": "benign", "points": points, "shape_type": kind, **further}
    content = {"version": "5.4.1", "shapes": [entry], "imagePath": image}
    content |= {"imageData": None, "imageHeight": 30, "imageWidth": 40}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))


def via_csv(root):
    text = "filename,file_size,file_attributes,region_count,region_id,"
    text += "region_shape_attributes,region_attributes\n"
    for name, shape in (("a.png", LESION), ("b.png", SECOND)):
        drawn = json.dumps(shape).replace('"', '""')
        text += f'{name},-1,"{{}}",1,0,"{drawn}","{{}}"\n'
    (root / "via.csv").write_text(text)


def via3(root):
    metadata = {
        f"{n}_x": {"vid": str(n), "flg": 0, "z": [], "xy": xy, "av": {"1": "0"}}
        for n, xy in (
            (1, [7, *np.ravel(corners(LESION)).tolist()]),
            (2, [2, *(SECOND[key] for key in ("x", "y", "width", "height"))]),
        )
    }
    content = {
        "project": {"pid": "__VIA_PROJECT_ID__"}, "config": {}, "metadata": metadata,
        "attribute": {"1": {"aname": "kind", "options": {"0": "lesion"}}},
        "file": {"1": {"fid": "1", "fname": "a.png"}, "2": {"fid": "2", "fname": "b.png"}},
        "view": {"1": {"fid_list": ["1"]}, "2": {"fid_list": ["2"]}},
    }  # fmt: skip
    (root / "via3.json").write_text(json.dumps(content))


WRITERS = {
    "labelme": lambda root: [
        labelme(root / "a.json", "a.png", LESION),
        labelme(root / "b.json", "..\\images\\b.png", SECOND, "rectangle"),
    ],
    "labelme folder": lambda root: [
        labelme(root / "masks/a.json", "a.png", LESION),
        labelme(root / "masks/b.json", "b.png", SECOND, "mask"),
    ],
    "via csv": via_csv,
    "via 3": via3,
}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_tool_draws_the_same_outlines(tmp_path, kind):
    picture(tmp_path / "images/a.png")
    picture(tmp_path / "images/b.png")
    WRITERS[kind](tmp_path)
    write_table(tmp_path, ("a", "benign"), ("b", "malignant"), name="t.csv")
    reading = read(tmp_path, table="t.csv" if kind == "via csv" else None)
    if kind.startswith("labelme"):  # the annotation's label contradicts the table's
        assert [f.code for f in reading.findings if f.code[0] == "T" and f.case_id] == ["T009"]
    drawn = outlines(tmp_path, reading.cases)
    assert (drawn["a"] == mask_array()).all() and (drawn["b"] == mask_array(SECOND)).all()


def test_webp_and_jpeg_2000_are_read(tmp_path):
    grey = np.add.outer(np.arange(30), np.arange(40) * 5).astype(np.uint8)
    Image.fromarray(grey).convert("RGB").save(tmp_path / "a.webp", lossless=True)
    Image.fromarray(grey).save(tmp_path / "a.jp2", irreversible=False)
    assert (read_grey(tmp_path / "a.webp") == grey).all()
    assert (read_grey(tmp_path / "a.jp2") == grey).all()


def test_what_needs_an_extra_names_it(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "SimpleITK", None)
    monkeypatch.setitem(__import__("sys").modules, "roifile", None)
    for name in ("a.nii.gz", "a.nrrd", "a.mha", "a.roi"):
        (tmp_path / name).write_bytes(b"x")
        with pytest.raises(ImageProblem) as raised:
            read_outline(tmp_path, name, (30, 40))
        assert "uv sync --extra formats" in raised.value.remedy


@pytest.mark.parametrize("ending", ["nii.gz", "nrrd", "mha"])
def test_volumes_of_one_slice_are_masks(tmp_path, ending):
    itk = pytest.importorskip("SimpleITK")
    drawn = mask_array().astype(np.uint8)
    itk.WriteImage(itk.GetImageFromArray(drawn[None]), str(tmp_path / f"m.{ending}"))
    assert (read_outline(tmp_path, f"m.{ending}") == mask_array()).all()
    turned = itk.GetImageFromArray(drawn[None])
    turned.SetDirection((-1, 0, 0, 0, -1, 0, 0, 0, 1))
    itk.WriteImage(turned, str(tmp_path / f"t.{ending}"))
    with pytest.raises(ImageProblem, match="turned or mirrored"):
        read_outline(tmp_path, f"t.{ending}")


def test_outlines_of_imagej(tmp_path):
    roifile = pytest.importorskip("roifile")
    roifile.ImagejRoi.frompoints(corners(LESION)).tofile(str(tmp_path / "a.roi"))
    assert (read_outline(tmp_path, "a.roi", (30, 40)) == mask_array()).all()


def test_several_outlines_of_imagej_in_one_file(tmp_path):
    """As the ROI Manager saves them: one is the outline, of several one is named."""
    roifile = pytest.importorskip("roifile")
    first, second = (
        roifile.ImagejRoi.frompoints(corners(shape), name=name)
        for shape, name in ((LESION, "Mass"), (SECOND, "Cyst"))
    )
    picture(tmp_path / "7.png")
    roifile.roiwrite(str(tmp_path / "7_RoiSet.zip"), [first])
    write_table(tmp_path, ["7", "benign"])
    assert list(read(tmp_path).cases["outline"]) == ["7_RoiSet.zip"]
    assert (read_outline(tmp_path, "7_RoiSet.zip", (30, 40)) == mask_array()).all()
    roifile.roiwrite(str(tmp_path / "two.zip"), [first, second])
    with pytest.raises(ImageProblem, match="holds 2 outlines, and none is named") as raised:
        read_outline(tmp_path, "two.zip", (30, 40))
    assert "Mass, Cyst" in raised.value.remedy
    assert (read_outline(tmp_path, "two.zip#roi=Mass", (30, 40)) == mask_array()).all()
    with pytest.raises(ImageProblem, match="no outline 'Other'"):
        read_outline(tmp_path, "two.zip#roi=Other", (30, 40))


def test_spss_and_open_document_tables(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    import pandas as pd

    table = pd.DataFrame({"case_id": ["7", "8"], "label": [1.0, 0.0], "age_years": [50.0, None]})
    labels = {"label": {0.0: "benign", 1.0: "malignant"}}
    pyreadstat.write_sav(table, str(tmp_path / "t.sav"), variable_value_labels=labels)
    cases = read_table(tmp_path / "t.sav").cases
    assert cases["label"].tolist() == ["malignant", "benign"]
    assert cases["age_years"][0] == 50 and np.isnan(cases["age_years"][1])


def test_a_table_that_needs_an_extra_names_it(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "python_calamine", None)
    monkeypatch.setitem(__import__("sys").modules, "pyreadstat", None)
    for name in ("t.xls", "t.ods", "t.sav"):
        (tmp_path / name).write_bytes(b"x")
        with pytest.raises(UserError, match="uv sync --extra formats"):
            read_table(tmp_path / name)
