"""BUSI: the published layout. The dataset itself is not at hand."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from public_data import problems, rectangle, write_image, write_mask
from public_data import settings as study
from smallmass.cohort.build import build_cohort
from smallmass.cohort.findings import errors
from smallmass.cohort.outline_files import read_outline
from smallmass.cohort.split import make_split
from study_settings import study_settings

FOLDER = "Dataset_BUSI_with_GT"
# Numbers of images, and how many outlines each has.
images = st.dictionaries(st.integers(1, 500), st.integers(1, 3), min_size=1, max_size=4)


def lesion(place: int) -> np.ndarray:
    """The outline of an image's lesion: every one another."""
    return rectangle(slice(4 + 12 * place, 12 + 12 * place), slice(5, 30 + place))


def write(root: Path, label: str, number: int, outlines: int, mode: str = "1") -> None:
    seed = 1000 * ("benign", "malignant", "normal").index(label) + number
    folder = root / FOLDER / label
    write_image(folder / f"{label} ({number}).png", seed)
    for place in range(outlines):
        further = f"_{place}" if place else ""
        write_mask(folder / f"{label} ({number})_mask{further}.png", lesion(place), mode)


@pytest.fixture
def published(tmp_path):
    """Four images of each label; of benign (2) two outlines, one of them RGBA; two normals."""
    for label in ("benign", "malignant"):
        for number in range(1, 5):
            write(tmp_path, label, number, 2 if (label, number) == ("benign", 2) else 1)
    write_mask(tmp_path / FOLDER / "benign" / "benign (2)_mask_1.png", lesion(1), "RGBA")
    for number in (1, 2):
        write(tmp_path, "normal", number, 0)
        empty = np.zeros(lesion(0).shape, dtype=bool)
        write_mask(tmp_path / FOLDER / "normal" / f"normal ({number})_mask.png", empty)
    return tmp_path


@settings(max_examples=15, deadline=None)
@given(benign=images, malignant=images, normal=st.sets(st.integers(1, 500), max_size=2))
def test_what_is_written_is_read(benign, malignant, normal):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for label, numbers in (("benign", benign), ("malignant", malignant)):
            for number, outlines in numbers.items():
                write(root, label, number, outlines)
        for number in normal:
            write(root, "normal", number, 1)
        cases, findings = build_cohort(study("busi"), None, root)
        assert not errors(findings)
        outlines = {
            case["case_id"]: read_outline(root, case["outline"])
            for case in cases.to_dict("records")
        }
    expected = {
        f"{label}-{number}" + (f"-{place + 1}" if place else ""): (label, number, place)
        for label, numbers in (("benign", benign), ("malignant", malignant))
        for number, count in numbers.items()
        for place in range(count)
    }
    assert set(outlines) == set(expected) and len(cases) == len(expected)
    for case in cases.to_dict("records"):
        label, number, place = expected[case["case_id"]]
        assert case["label"] == label
        assert case["image"] == f"{FOLDER}/{label}/{label} ({number}).png"
        assert (outlines[case["case_id"]] == lesion(place)).all()
        assert case["patient_id"] == "" and pd.isna(case["diameter_cm"])
    dropped = {finding.case_id for finding in findings if finding.check == "normal"}
    assert dropped == {f"normal-{number}" for number in normal}


def test_several_outlines_are_cases_of_one_group(published):
    cases, findings = build_cohort(study("busi"), None, published)
    assert [(f.severity, f.check) for f in findings] == [
        ("dropped", "normal"),
        ("dropped", "normal"),
        ("warning", "sizes unknown"),
    ]
    assert len(cases) == 9 and cases["group_id"].nunique() == 8
    two = cases.set_index("case_id").loc[["benign-2", "benign-2-2"]]
    assert two["image"].nunique() == two["group_id"].nunique() == 1
    outlines = [read_outline(published, reference) for reference in two["outline"]]
    assert (outlines[0] == lesion(0)).all() and (outlines[1] == lesion(1)).all()
    halves = {"role": "dealt", "validation": 0.25, "test": 0.25}
    settings = study_settings({"cohort.sources": {"busi": halves}, "seed": 0})
    split = make_split(cases, settings).set_index("case_id")["split"]
    assert split["benign-2"] == split["benign-2-2"]


def test_an_image_under_both_labels_is_dropped(published):
    folder = published / FOLDER
    copy = (folder / "malignant" / "malignant (3).png").read_bytes()
    (folder / "benign" / "benign (4).png").write_bytes(copy)
    cases, findings = build_cohort(study("busi"), None, published)
    assert not errors(findings)
    dropped = {f.case_id for f in findings if f.severity == "dropped" and f.check != "normal"}
    assert dropped == {"benign-4", "malignant-3"}
    assert not dropped & set(cases["case_id"])


def test_copies_under_one_label_stay_however_many_lesions_are_outlined(published):
    folder = published / FOLDER / "benign"
    (folder / "benign (4).png").write_bytes((folder / "benign (2).png").read_bytes())
    cases, findings = build_cohort(study("busi"), None, published)
    assert not {f.check for f in findings if f.severity == "dropped"} - {"normal"}
    group = cases.set_index("case_id")["group_id"]
    assert group["benign-2"] == group["benign-2-2"] == group["benign-4"] != group["benign-3"]


def test_the_normals_may_be_missing(published):
    for path in (published / FOLDER / "normal").iterdir():
        path.unlink()
    (published / FOLDER / "normal").rmdir()
    cases, findings = build_cohort(study("busi"), None, published)
    assert len(cases) == 9 and [f.check for f in findings] == ["sizes unknown"]


def test_everything_wrong_with_a_folder_is_said_at_once(published):
    folder = published / FOLDER
    (folder / "benign" / "benign (3).png").unlink()
    write_image(folder / "benign" / "malignant (9).png", 1)
    write_image(folder / "malignant" / "copy of malignant (1).png", 2)
    for path in folder.glob("normal/*"):
        path.rename(path.with_name(f"x{path.name}"))
    said = problems("busi", published)
    assert len(said) == 3 + 4
    for text, what in zip(
        sorted(said)[:3],
        [
            "benign (3)_mask.png is an outline without its image 'benign (3).png'",
            "benign/malignant (9).png: images in this folder are called 'benign (1).png'",
            "malignant/copy of malignant (1).png: images in this folder are called",
        ],
        strict=True,
    ):
        assert what in text


def test_a_label_without_images_is_refused(published):
    for path in (published / FOLDER / "malignant").iterdir():
        path.unlink()
    said = problems("busi", published)
    assert len(said) == 1 and "holds no image 'malignant (1).png'" in said[0]
    (published / FOLDER / "malignant").rmdir()
    said = problems("busi", published)
    assert len(said) == 1 and f"has no {FOLDER}/malignant" in said[0]


def test_an_image_without_an_outline_is_a_case_without_one(published):
    (published / FOLDER / "benign" / "benign (1)_mask.png").unlink()
    cases, findings = build_cohort(study("busi"), None, published)
    assert cases.set_index("case_id")["outline"]["benign-1"] == ""
    assert ("no outline", "benign-1") in [(f.check, f.case_id) for f in findings]
