"""UDIAT: the published layout. The dataset itself needs a signed agreement."""

import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from public_data import problems, rectangle, rewrite, write_image, write_mask
from public_data import settings as study
from smallmass.cohort.build import build_cohort
from smallmass.cohort.findings import errors
from smallmass.cohort.outline_files import read_outline
from smallmass.cohort.sources.udiat import IMAGES, MASKS, TABLE

LESION = rectangle(slice(10, 30), slice(20, 50))


def write(root: Path, rows: list[tuple]) -> Path:
    """Write the dataset: number, type and diagnosis of every image."""
    for number, *_ in rows:
        name = f"{int(number):06d}.png"
        write_image(root / IMAGES / name, int(number))
        write_mask(root / MASKS / name, LESION)
    table = pd.DataFrame(rows, columns=["Image", "Type", "Diagnosis"])
    table.to_excel(root / TABLE, index=False)
    return root


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 163) | st.integers(1, 163).map(float),
            st.sampled_from(["Benign", "Malignant", "benign ", "MALIGNANT"]),
            st.sampled_from(["FA", "IDC", "CYST", ""]),
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda image: int(image[0]),
    )
)
def test_what_is_written_is_read(rows):
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), rows)
        cases, findings = build_cohort(study("udiat"), None, root)
        assert not errors(findings) and [f.check for f in findings] == ["sizes unknown"]
        for reference in cases["outline"]:
            assert (read_outline(root, reference) == LESION).all()
    read = cases[["case_id", "label", "histology"]].to_numpy().tolist()
    assert read == [[f"{int(i):06d}", word.strip().lower(), text] for i, word, text in rows]
    assert cases["image"].tolist() == [f"{IMAGES}/{int(i):06d}.png" for i, *_ in rows]
    assert cases["diameter_cm"].isna().all() and (cases["patient_id"] == "").all()


@pytest.fixture
def published(tmp_path):
    return write(tmp_path, [(1, "Benign", "FA"), (2, "Malignant", "IDC"), (3, "Benign", "CYST")])


def test_text_and_file_names_serve_as_numbers(published):
    rewrite(published / TABLE, lambda table: table.assign(Image=["000001", "2", "000003.png"]))
    cases, _ = build_cohort(study("udiat"), None, published)
    assert cases["case_id"].tolist() == ["000001", "000002", "000003"]


def test_everything_wrong_with_the_table_is_said_at_once(published):
    rewrite(
        published / TABLE,
        lambda table: table.assign(Image=["1", "two", "3"], Type=["Benign", "Cancer", "?"]),
    )
    said = sorted(problems("udiat", published))
    assert len(said) == 3
    assert "Type is '?' for image 000003: a word that this dataset does not use" in said[0]
    assert "Type is 'Cancer'" in said[1] and "It uses: benign, malignant." in said[1]
    assert "row 3: Image is 'two', not an image's number" in said[2]


@pytest.mark.parametrize("column", ["Image", "Type", "Diagnosis"])
def test_a_missing_column_is_named(published, column):
    rewrite(published / TABLE, lambda table: table.drop(columns=column))
    said = problems("udiat", published)
    assert len(said) == 1 and f"{TABLE} has no column {column}. It has: " in said[0]


def test_missing_files_are_named(published):
    (published / MASKS / "000002.png").unlink()
    (published / IMAGES / "000003.png").unlink()
    _, findings = build_cohort(study("udiat"), None, published)
    wrong = [(f.case_id, f.check) for f in errors(findings)]
    assert wrong == [("000002", "outline"), ("000003", "image")]
    (published / TABLE).unlink()
    said = problems("udiat", published)
    assert len(said) == 1 and f"has no {TABLE}" in said[0] and "datasets=FOLDER" in said[0]


def test_an_image_with_several_lesions_is_dropped_and_listed(published):
    second = rectangle(slice(34, 46), slice(20, 50))
    write_mask(published / MASKS / "000002.png", LESION | second)
    cases, findings = build_cohort(study("udiat"), None, published)
    assert not errors(findings) and cases["case_id"].tolist() == ["000001", "000003"]
    assert [f.case_id for f in findings if f.severity == "dropped"] == ["000002"]


def test_rows_without_an_image_number_and_images_without_a_row(published):
    blank = pd.DataFrame({"Image": [None, None], "Type": [None, None]})
    rewrite(published / TABLE, lambda table: pd.concat([table[:2], blank]))
    cases, findings = build_cohort(study("udiat"), None, published)
    assert cases["case_id"].tolist() == ["000001", "000002"]
    assert [(f.check, f.case_id) for f in findings if f.severity == "dropped"] == [
        ("not in the table", "000003")
    ]
