"""BUS-UCLM: the published layout. The dataset itself is not at hand."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from public_data import SHAPE, problems, rectangle, rewrite, write_image
from public_data import settings as study
from smallmass.cohort.build import build_cohort
from smallmass.cohort.findings import errors
from smallmass.cohort.inspection import inspect
from smallmass.cohort.outline_files import read_outline
from smallmass.cohort.prepare import prepare
from smallmass.cohort.sources.busuclm import IMAGES, MASKS, TABLE

COLOUR = {"benign": (0, 255, 0), "malignant": (255, 0, 0)}
# Four places of a lesion, far enough apart not to touch; every one of another area.
PLACES = [
    rectangle(slice(2, 20), slice(2, 25)),
    rectangle(slice(2, 20), slice(35, 55)),
    rectangle(slice(28, 45), slice(2, 20)),
    rectangle(slice(28, 44), slice(35, 52)),
]
NAMES = ["ALWI_000", "ALWI_001", "ANFO_000", "COPE_012"]


def mask(lesions: list[str | None]) -> np.ndarray:
    """The mask, RGB, with a lesion or none at each of `PLACES`."""
    levels = np.zeros((*SHAPE, 3), dtype=np.uint8)
    for place, label in zip(PLACES, lesions, strict=False):
        if label:
            levels[place] = COLOUR[label]
    return levels


def label_of(lesions: list[str | None]) -> str:
    drawn = set(lesions) - {None}
    return "Malignant" if "malignant" in drawn else "Benign" if drawn else "Normal"


def write(root: Path, pictures: dict[str, list[str | None]], **labels: str) -> Path:
    """Write the dataset: the lesions of every image; its label follows, or is given."""
    rows = []
    for seed, (name, lesions) in enumerate(pictures.items()):
        write_image(root / IMAGES / f"{name}.png", seed)
        (root / MASKS).mkdir(exist_ok=True)
        Image.fromarray(mask(lesions)).save(root / MASKS / f"{name}.png")
        label = labels.get(name, label_of(lesions))
        rows.append((f"{name}.png", "64x48", label, "No", "Yes", "No"))
    columns = ["Image", "Resolution", "Label", "Doppler", "Marks", "Combined"]
    pd.DataFrame(rows, columns=columns).to_csv(root / TABLE, sep=";", index=False)
    return root


lesions = st.lists(st.sampled_from([None, "benign", "malignant"]), min_size=4, max_size=4)


@settings(max_examples=20, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), lesions, min_size=1))
def test_what_is_written_is_read(pictures):
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), pictures)
        cases, findings = build_cohort(study("busuclm"), None, root)
        outlines = {c.case_id: read_outline(root, c.outline) for c in cases.itertuples()}
    written = {
        (name, label, place)
        for name, drawn in pictures.items()
        for place, label in enumerate(drawn)
        if label
    }
    read = set()
    for case in cases.to_dict("records"):
        name = Path(case["image"]).stem
        assert case["case_id"].startswith(name) and case["patient_id"] == name[:4]
        outline = outlines[case["case_id"]]
        place = next(i for i, one in enumerate(PLACES) if (one == outline).all())
        read.add((name, case["label"], place))
    assert read == written and len(cases) == len(written)
    assert {f.check for f in errors(findings)} == (set() if written else {"empty cohort"})
    normals = {name for name, drawn in pictures.items() if not any(drawn)}
    assert {f.case_id for f in findings if f.check == "normal"} == normals
    single = {name for name, drawn in pictures.items() if sum(map(bool, drawn)) == 1}
    assert single == {name for name in outlines if name in pictures}


@pytest.fixture
def published(tmp_path):
    """A benign image, a malignant one, one with both, and one of normal tissue."""
    pictures = {
        "ALWI_000": ["benign"],
        "ALWI_001": ["malignant"],
        "ANFO_000": ["benign", "malignant", "benign"],
        "COPE_012": [],
    }
    return write(tmp_path, pictures)


def test_an_image_with_both_colours_and_several_regions(published):
    cases, findings = build_cohort(study("busuclm"), None, published)
    assert [f.check for f in findings] == ["normal", "sizes unknown"]
    assert cases[["case_id", "patient_id", "label"]].to_numpy().tolist() == [
        ["ALWI_000", "ALWI", "benign"],
        ["ALWI_001", "ALWI", "malignant"],
        ["ANFO_000-1", "ANFO", "benign"],
        ["ANFO_000-2", "ANFO", "benign"],
        ["ANFO_000-3", "ANFO", "malignant"],
    ]
    assert cases["outline"].str.rpartition("#")[2].tolist() == [
        "colour=green",
        "colour=red",
        "colour=green&part=1",
        "colour=green&part=2",
        "colour=red",
    ]
    assert cases["group_id"].nunique() == 3
    assert set(cases["x_marks"]) == {"Yes"} and set(cases["x_doppler"]) == {"No"}
    assert set(cases["device"]) == {"Siemens ACUSON S2000"}


def test_a_mask_of_another_size_is_read_at_the_images(published):
    for name in ("ALWI_000", "ANFO_000"):
        path = published / MASKS / f"{name}.png"
        small = Image.open(path).resize((32, 24), Image.Resampling.NEAREST)
        small.save(path)
    cases, findings = build_cohort(study("busuclm"), None, published)
    assert not errors(findings) and len(cases) == 5
    for case in cases.to_dict("records"):
        shape = read_outline(published, case["outline"], SHAPE).shape
        assert shape == SHAPE and inspect(case, published).findings == []
        assert ("fit=image" in case["outline"]) == (case["case_id"] != "ALWI_001")


def test_target_masks_hold_each_case_its_own_lesion(published, tmp_path):
    path = published / MASKS / "ANFO_000.png"
    Image.open(path).resize((128, 96), Image.Resampling.NEAREST).save(path)
    cases, _ = build_cohort(study("busuclm"), None, published)
    prepare(cases, published, tmp_path / "i", tmp_path / "m", size_px=64, resize="pad")
    for case, place in {"ALWI_001": 0, "ANFO_000-1": 0, "ANFO_000-2": 2, "ANFO_000-3": 1}.items():
        padded = np.pad(PLACES[place], ((8, 8), (0, 0)))
        assert (read_outline(tmp_path / "m", f"{case}.png") == padded).all()


def test_a_mask_of_another_picture_is_dropped_and_listed(published):
    path = published / MASKS / "ALWI_000.png"
    Image.open(path).crop((0, 0, 64, 40)).save(path)
    cases, findings = build_cohort(study("busuclm"), None, published)
    assert not errors(findings) and "ALWI_000" not in set(cases["case_id"])
    found = next(f for f in findings if f.check == "outline size")
    assert (found.severity, found.case_id) == ("dropped", "ALWI_000")
    assert "the mask is 64 x 40 px and the image 64 x 48 px" in found.message


def test_colours_that_contradict_the_table_are_dropped_and_listed(tmp_path):
    pictures = {
        "ALWI_000": ["benign"],
        "ALWI_001": [],
        "ALWI_002": ["malignant"],
        "ALWI_003": ["benign", "malignant"],
        "ALWI_004": ["benign"],
    }
    wrong = {"ALWI_000": "Malignant", "ALWI_001": "Benign", "ALWI_002": "Normal"}
    root = write(tmp_path, pictures, ALWI_003="Benign", **wrong)
    cases, findings = build_cohort(study("busuclm"), None, root)
    assert cases["case_id"].tolist() == ["ALWI_003-1", "ALWI_003-2", "ALWI_004"]
    dropped = {f.case_id: f.message for f in findings if f.severity == "dropped"}
    assert dropped == {
        "ALWI_000": "the table calls it malignant, and its mask shows a benign lesion",
        "ALWI_001": "the table calls it benign, and its mask shows no lesion",
        "ALWI_002": "the table calls it normal, and its mask shows a malignant lesion",
    }


def test_traces_of_drawing_make_no_case(tmp_path):
    shape = (150, 200)  # 0.01 % of it are 3 px
    root = write(tmp_path, {"ALWI_000": ["benign"]})
    write_image(root / IMAGES / "ALWI_000.png", 0, shape)
    levels = np.zeros((*shape, 3), dtype=np.uint8)
    levels[20:60, 30:80] = COLOUR["benign"]
    levels[100, 100:102] = COLOUR["malignant"]
    levels[120, 100:103] = COLOUR["benign"]
    Image.fromarray(levels).save(root / MASKS / "ALWI_000.png")
    cases, findings = build_cohort(study("busuclm"), None, root)
    assert [read_outline(root, outline).sum() for outline in cases["outline"]] == [40 * 50, 3]
    assert [f.message for f in findings if f.check == "traces in the mask"] == [
        "the mask has 1 more region(s), each under 0.01% of it and not read"
    ]


def test_files_that_cannot_be_read_are_left_to_the_check(published):
    (published / MASKS / "ALWI_000.png").unlink()
    (published / IMAGES / "ALWI_001.png").write_bytes(b"hello")
    _, findings = build_cohort(study("busuclm"), None, published)
    wrong = [(f.case_id, f.check) for f in errors(findings)]
    assert wrong == [("ALWI_000", "outline"), ("ALWI_001", "image")]


def test_everything_wrong_with_the_table_is_said_at_once(published):
    rewrite(
        published / TABLE,
        lambda table: table.assign(
            Image=["ALWI_000.png", "second.png", "ANFO_000.png", "COPE_012.png"],
            Label=["Benign", "Malign", "Malignant", "?"],
        ),
        sep=";",
    )
    said = sorted(problems("busuclm", published))
    assert len(said) == 3
    assert "Label is '?' for COPE_012" in said[0]
    assert "Label is 'Malign' for second" in said[1]
    assert "row 3: Image is 'second.png', not a patient and a number" in said[2]


@pytest.mark.parametrize("column", ["Image", "Label", "Doppler"])
def test_a_missing_column_is_named(published, column):
    rewrite(published / TABLE, lambda table: table.drop(columns=column), sep=";")
    said = problems("busuclm", published)
    assert len(said) == 1 and f"{TABLE} has no column {column}. It has: " in said[0]


def test_a_missing_table_is_named(published):
    (published / TABLE).unlink()
    said = problems("busuclm", published)
    assert len(said) == 1 and f"has no {TABLE}" in said[0]


def test_an_image_that_the_table_does_not_list_is_dropped_and_listed(published):
    write_image(published / IMAGES / "ZZZZ_000.png", 9)
    cases, findings = build_cohort(study("busuclm"), None, published)
    assert len(cases) == 5
    assert ("not in the table", "ZZZZ_000") in [(f.check, f.case_id) for f in findings]


def test_a_table_with_a_byte_order_mark_is_read(published):
    text = (published / TABLE).read_text()
    (published / TABLE).write_text(text, encoding="utf-8-sig")
    assert problems("busuclm", published) == []
