"""BrEaST: the published layout, and the real files where they are."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from public_data import problems, rectangle, rewrite, write_image, write_mask
from public_data import settings as study
from smallmass.cohort.build import build_cohort
from smallmass.cohort.findings import errors
from smallmass.cohort.outline_files import read_outline
from smallmass.cohort.sources import get
from smallmass.cohort.sources.breast import COLUMNS, FOLDER, IMAGES, TABLE

LESION = rectangle(slice(10, 13), slice(20, 24))  # 3 x 4 px: the diagonal is 5
NO, FAMILY = "no", "family history of breast/ovarian cancer"
FAT = "heterogeneous: predominantly fat"


def row(number: int, **values) -> dict:
    """A row of the table: a benign lesion of 0.5 cm in a woman of 50."""
    usual = {
        "CaseID": number,
        "Image_filename": f"case{number:03d}.png",
        "Mask_tumor_filename": f"case{number:03d}_tumor.png",
        "Mask_other_filename": None,
        "Pixel_size": 0.1,
        "Age": 50,
        "Tissue_composition": FAT,
        "Signs": "palpable",
        "Symptoms": NO,
        "BIRADS": "4a",
        "Verification": "confirmed by biopsy",
        "Diagnosis": "Fibroadenoma",
        "Classification": "benign",
    }
    return usual | values


def normal(number: int) -> dict:
    """A row of an image of normal tissue, as the dataset writes it."""
    return row(
        number,
        Mask_tumor_filename=None,
        BIRADS=1,
        Verification="not applicable",
        Diagnosis="not applicable",
        Classification="normal",
    )


def write(root: Path, rows: list[dict]) -> Path:
    """Write the dataset; every file that a row names."""
    for values in rows:
        write_image(root / IMAGES / values["Image_filename"], values["CaseID"])
        for names in (values["Mask_tumor_filename"], values["Mask_other_filename"]):
            for place, name in enumerate(names.split("&") if names else []):
                write_mask(root / IMAGES / name, np.roll(LESION, place), "RGBA")
    pd.DataFrame(rows).to_excel(root / TABLE, index=False)
    return root


compositions = st.sampled_from(
    [
        ("homogeneous: fat", "fatty"),
        (FAT, "scattered"),
        ("heterogeneous: predominantly fibroglandular", "heterogeneous"),
        ("homogeneous: fibroglandular", "extreme"),
        ("lactating&homogeneous: fibroglandular", "extreme"),
        ("lactating", "unknown"),
        ("not available", "unknown"),
    ]
)
symptoms = st.sampled_from(
    [
        (NO, "no"),
        ("nipple discharge", "no"),
        ("personal history of breast cancer", "no"),
        (FAMILY, "yes"),
        (f"nipple discharge&{FAMILY}", "yes"),
        (f"{FAMILY}&HRT/hormonal contraception", "yes"),
        ("not available", "unknown"),
    ]
)
standards = st.sampled_from(
    [("confirmed by biopsy", "biopsy"), ("confirmed by follow-up care", "follow-up")]
)
diagnoses = st.sampled_from(
    [
        ("Cyst", "Cyst"),
        ("Fibroadenoma&Phyllodes tumor", "Fibroadenoma; Phyllodes tumor"),
        ("not applicable", ""),
    ]
)
patients = st.tuples(
    st.sampled_from(["benign", "malignant"]),
    st.integers(18, 87) | st.just("not available"),
    st.sampled_from([0.05, 0.1, 0.19, 0.21, 0.4]),
    compositions,
    symptoms,
    standards,
    diagnoses,
)


@settings(max_examples=15, deadline=None)
@given(st.lists(patients, min_size=1, max_size=5), st.integers(0, 2))
def test_what_is_written_is_read(women, normals):
    rows = [
        row(
            number,
            Classification=label,
            Age=age,
            Pixel_size=pixel,
            Tissue_composition=composition[0],
            Symptoms=symptom[0],
            Verification=standard[0],
            Diagnosis=diagnosis[0],
        )
        for number, (label, age, pixel, composition, symptom, standard, diagnosis) in enumerate(
            women, 1
        )
    ]
    rows += [normal(900 + number) for number in range(normals)]
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), rows)
        cases, findings = build_cohort(study("breast"), None, root)
    # 5 px are the longest diameter, and 1 cm the limit.
    small = {f"case{i:03d}": woman for i, woman in enumerate(women, 1) if 5 * woman[2] < 1}
    assert {f.check for f in errors(findings)} == (set() if small else {"empty cohort"})
    assert set(cases["case_id"]) == set(small)
    assert sum(f.check == "normal" for f in findings) == normals
    assert sum(f.check == "diameter over the limit" for f in findings) == len(women) - len(small)
    for case in cases.to_dict("records"):
        label, age, pixel, composition, symptom, standard, diagnosis = small[case["case_id"]]
        assert case["patient_id"] == str(int(case["case_id"].removeprefix("case")))
        assert case["diameter_cm"] == pytest.approx(5 * pixel)
        assert case["pixel_cm"] == pixel and case["label"] == label
        assert pd.isna(case["age_years"]) if age == "not available" else case["age_years"] == age
        assert case["breast_density"] == composition[1]
        assert case["family_history"] == symptom[1]
        assert case["brca_mutation"] == "unknown"
        assert case["reference_standard"] == standard[1]
        assert case["histology"] == diagnosis[1]


def test_other_areas_make_no_case_and_several_tumours_a_case_each(tmp_path):
    others = "case001_other1.png&case001_other2.png"
    two = "case002_tumor1.png&case002_tumor2.png"
    root = write(
        tmp_path, [row(1, Mask_other_filename=others), row(2, Mask_tumor_filename=two), row(3)]
    )
    cases, findings = build_cohort(study("breast"), None, root)
    assert findings == []
    assert cases["case_id"].tolist() == ["case001", "case002", "case002-2", "case003"]
    assert cases["patient_id"].tolist() == ["1", "2", "2", "3"]
    assert cases["x_mask_other_filename"][0] == "case001_other1.png; case001_other2.png"
    assert (read_outline(root, cases["outline"][2]) == np.roll(LESION, 1)).all()
    assert cases["group_id"].tolist() == ["case001", "case002", "case002", "case003"]


def test_images_that_the_table_does_not_list_are_listed(tmp_path):
    root = write(tmp_path, [row(1), row(2)])
    write_image(root / IMAGES / "case003.png", 3)
    _, findings = build_cohort(study("breast"), None, root)
    assert [(f.severity, f.check, f.case_id) for f in findings] == [
        ("dropped", "not in the table", "case003")
    ]


def test_unknown_words_are_all_said_at_once(tmp_path):
    root = write(
        tmp_path,
        [
            row(1, Classification="suspicious"),
            row(2, Classification="suspicious", Verification="told so"),
            row(3, Tissue_composition="dense"),
            row(4),
        ],
    )
    said = problems("breast", root)
    assert len(said) == 3
    assert "Classification is 'suspicious' for case001, case002: a word that" in said[0]
    assert "Verification is 'told so' for case002" in said[1]
    assert "Tissue_composition is 'dense' for case003" in said[2]
    assert "homogeneous: fat" in said[2]


def test_an_image_that_stands_twice_is_refused(tmp_path):
    root = write(tmp_path, [row(1), row(2)])
    rewrite(root / TABLE, lambda table: pd.concat([table, table[:1]]))
    said = problems("breast", root)
    assert len(said) == 1 and "row 4: Image_filename is 'case001.png' for the second" in said[0]


def test_numbers_that_are_none_are_said_of_the_case(tmp_path):
    root = write(tmp_path, [row(1, Age="old"), row(2, Age=130), row(3, Pixel_size=0), row(4)])
    _, findings = build_cohort(study("breast"), None, root)
    assert [(f.case_id, f.message) for f in errors(findings)] == [
        ("case003", "pixel_cm is 0"),
        ("case001", "age_years is 'old', which is no number"),
        ("case002", "age_years is 130"),
    ]


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_named(tmp_path, column):
    root = write(tmp_path, [row(1)])
    rewrite(root / TABLE, lambda table: table.drop(columns=column))
    said = problems("breast", root)
    assert len(said) == 1 and f"has no column {column}. It has: " in said[0]


def test_blanks_and_capitals_do_not_matter(tmp_path):
    root = write(tmp_path, [row(1, Classification=" Benign ", Verification="Confirmed by biopsy")])
    rewrite(root / TABLE, lambda table: table.rename(columns={"Age": " AGE"}))
    cases, _ = build_cohort(study("breast"), None, root)
    assert cases[["label", "reference_standard", "age_years"]].to_numpy().tolist() == [
        ["benign", "biopsy", 50]
    ]


def test_a_file_that_is_no_table_says_so(tmp_path):
    root = write(tmp_path, [row(1)])
    for content in (b"", b"hello", (root / TABLE).read_bytes()[:2000]):
        (root / TABLE).write_bytes(content)
        said = problems("breast", root)
        assert len(said) == 1 and f"{TABLE} cannot be read" in said[0]
    (root / TABLE).unlink()
    said = problems("breast", root)
    assert len(said) == 1 and f"has no {TABLE}" in said[0]
    assert "It looks like the dataset's own folder" not in said[0]


def test_the_folder_of_the_dataset_itself_is_told_from_the_one_above(tmp_path):
    write(tmp_path, [row(1)])
    said = problems("breast", tmp_path / FOLDER)
    assert len(said) == 1 and f"name the one above it, {tmp_path}." in said[0]


def test_the_real_table(shared):
    """Counts of the dataset's paper and of the measurements beside the files."""
    reading = get("breast").read(shared / "datasets", study("breast"))
    cases = reading.cases
    assert len(cases) == cases["patient_id"].nunique() == 252
    assert cases["label"].value_counts().to_dict() == {"benign": 154, "malignant": 98}
    normals = ["case045", "case061", "case209", "case213"]
    assert [(f.check, f.case_id) for f in reading.dropped] == [("normal", n) for n in normals]
    # Of 256 images 214 have an age and 207 a composition; 3 of each are of the 4 or 3 normals
    # that have one. One woman's composition is "lactating" alone.
    assert (cases["age_years"] != "").sum() == 214 - 3
    assert (cases["x_tissue_composition"] != "").sum() == 207 - 4
    assert (cases["breast_density"] != "unknown").sum() == 207 - 4 - 1
    # 17 + 3 + 1 + 1 of the table's Symptoms name the family, alone or joined.
    assert cases["family_history"].value_counts()["yes"] == 22
    assert cases["reference_standard"].value_counts().to_dict() == {"biopsy": 197, "follow-up": 55}
    # Every malignant lesion was biopsied; BI-RADS 1 is for normal tissue.
    assert set(cases.loc[cases["label"] == "malignant", "reference_standard"]) == {"biopsy"}
    assert set(cases["birads"]) == {"2", "3", "4a", "4b", "4c", "5"}
    assert (cases["x_mask_other_filename"] != "").sum() == 7


def test_the_real_lesions_under_a_centimetre(shared):
    cases, findings = build_cohort(study("breast"), None, shared / "datasets", workers=2)
    assert not errors(findings)
    assert cases["label"].value_counts().to_dict() == {"benign": 63, "malignant": 19}
    assert cases["diameter_cm"].between(0.2, 1, inclusive="left").all()
    checks = pd.Series([f.check for f in findings if f.severity == "dropped"]).value_counts()
    assert checks.to_dict() == {"diameter over the limit": 252 - 82, "normal": 4}
