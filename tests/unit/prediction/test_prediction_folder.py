"""A folder of new images: what is a case, and everything that is wrong with it at once."""

import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from smallmass.cohort.images import pixel_sha256
from smallmass.prediction.folder import COLUMNS, inspect_folder
from smallmass.prediction.places import place
from study_settings import cohort_settings

SETTINGS = cohort_settings()


def save(path, seed: int = 0, size: tuple[int, int] = (24, 32), **how) -> np.ndarray:
    """Write a picture of noise; return its pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    grey = np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8)
    Image.fromarray(grey).save(path, **how)
    return grey


def found(findings, severity: str) -> list[str]:
    """Return the lines of one severity."""
    return [finding.line() for finding in findings if finding.severity == severity]


def test_images_alone_are_cases_without_factors(tmp_path):
    """All four formats, in folders; names that cannot name a file are made so."""
    kept = save(tmp_path / "a.png")
    for seed, name in enumerate(["b/Frau Ä 1.jpg", "b/2.TIF", "3.bmp"], 1):
        save(tmp_path / name, seed)
    cases, findings = inspect_folder(tmp_path, SETTINGS)
    assert list(cases) == list(COLUMNS) and not findings
    assert list(cases["case_id"]) == ["3", "a", "b_2", "b_Frau_Ä_1"]
    assert (cases["breast_density"] == "unknown").all() and cases["age_years"].isna().all()
    assert cases.set_index("case_id")["pixel_sha256"]["a"] == pixel_sha256(kept)


def test_names_in_every_script_stay_apart(tmp_path):
    """Two patients' files became one name, "image", and their rows a duplicate."""
    names = [
        "환자 가.png",
        "환자 나.png",
        "Ä.png",
        "Ö.png",
        "x y.png",
        "x_y.png",
        f"{'가' * 60}.png",
    ]
    for seed, name in enumerate(names):
        save(tmp_path / name, seed)
    cases, findings = inspect_folder(tmp_path, SETTINGS)
    named = dict(zip(cases["image"], cases["case_id"], strict=True))
    assert named["환자 가.png"] == "환자_가" and named["Ö.png"] == "Ö" and not findings
    assert cases["case_id"].nunique() == len(names)


def test_an_image_with_colours_is_told(tmp_path):
    save(tmp_path / "grey.png")
    doppler = np.repeat(np.asarray(Image.open(tmp_path / "grey.png"))[..., None], 3, axis=-1)
    Image.fromarray(doppler // 2).save(tmp_path / "rgb.png")
    doppler[:8, :8] = [230, 40, 20]
    Image.fromarray(doppler).save(tmp_path / "doppler.png")
    _, findings = inspect_folder(tmp_path, SETTINGS)
    assert [f.case_id for f in findings if f.code == "N015"] == ["doppler.png"]


def test_every_bad_image_is_named_at_once(tmp_path):
    """Text called .png, cut off, empty, blank, no DICOM; a good one is none."""
    save(tmp_path / "good.png")
    save(tmp_path / "cut.png", 1)
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:200])
    (tmp_path / "text.png").write_text("not an image\n")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "scan.dcm").write_bytes(bytes(141))
    Image.new("L", (9, 9), 7).save(tmp_path / "blank.png")
    (tmp_path / "readme.txt").write_text("notes")
    cases, findings = inspect_folder(tmp_path, SETTINGS)
    lines = found(findings, "error")
    for name, word in {
        "cut.png": "cut off", "text.png": "text", "empty.jpg": "0 bytes", "scan.dcm": "DICOM",
        "blank.png": "every pixel is 7",
    }.items():  # fmt: skip
        (line,) = [line for line in lines if line.startswith(f"case {name}: ")]
        assert word in line and str(tmp_path) not in line
    assert len(lines) == 5 and len(cases) == 5
    assert not [f for f in findings if f.case_id == "readme.txt"]  # a table's ending


def test_a_table_gives_factors_in_the_hospitals_own_words(tmp_path):
    """Found by file name or identifier; an image without a row is read, and said so."""
    for seed, name in enumerate(["x/1.png", "x/2.png", "3.png"]):
        save(tmp_path / name, seed)
    (tmp_path / "patients.csv").write_text(
        "Bild;Nr;Alter;BRCA;breast_density\n1.png;P7;51;ja;ACR c\n2.png;P8;;?;d\n", "utf-8"
    )
    columns = {"image": "Bild", "patient_id": "Nr", "age_years": "Alter", "brca_mutation": "BRCA"}
    cases, findings = inspect_folder(tmp_path, SETTINGS.changed({"columns": columns}))
    cases = cases.set_index("image")
    assert cases.loc["x/1.png", "age_years"] == 51 and cases.loc["x/1.png", "patient_id"] == "P7"
    assert list(cases["brca_mutation"][["x/1.png", "x/2.png"]]) == ["yes", "unknown"]
    assert cases.loc["x/1.png", "breast_density"] == "heterogeneous"
    assert pd.isna(cases.loc["x/2.png", "age_years"])
    assert not found(findings, "error")
    assert "no row of the table names this image" in found(findings, "warning")[0]


def test_every_bad_row_is_named_at_once(tmp_path):
    """Together with bad images: a person should not have to run this twice."""
    for seed, name in enumerate(["a/1.png", "b/1.png", "2.png"]):
        save(tmp_path / name, seed)
    (tmp_path / "text.png").write_text("nothing")
    (tmp_path / "t.csv").write_text(
        "case_id,image,age_years,family_history,diameter_cm\n"
        "one,1.png,50,yes,0.5\ntwo,2.png,500,maybe,1.4\nthree,9.png,50,no,\nfour,../x.png,50,no,\n"
        ",,40,no,\n"
    )
    _, findings = inspect_folder(tmp_path, SETTINGS)
    text = "\n".join(found(findings, "error"))
    for part in (
        "may be any of: a/1.png, b/1.png", "age_years is 500", "'maybe'", "no image '9.png'",
        "'../x.png' lies outside", "row 5: the row names no image", "case text.png: ",
    ):  # fmt: skip
        assert part in text, part
    assert "diameter_cm is 1.4: the models have seen none but" in "\n".join(
        found(findings, "warning")
    )


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "no image in the folder"),
        (["1.png", "a.csv", "b.csv"], "several tables: a.csv, b.csv"),
        (["1.png", "a.csv"], "names no images"),
    ],
)
def test_a_folder_that_cannot_be_read_at_all(tmp_path, files, said):
    """No image, two tables, a table without names."""
    for name in files:
        if name.endswith(".png"):
            save(tmp_path / name)
        else:
            (tmp_path / name).write_text("age_years\n50\n")
    _, findings = inspect_folder(tmp_path, SETTINGS)
    assert said in "\n".join(found(findings, "error"))


def test_outlines_are_not_read_as_images(tmp_path):
    """7_mask.png beside 7.png, and a folder of masks."""
    save(tmp_path / "7.png")
    save(tmp_path / "7_mask.png", 1)
    save(tmp_path / "masks/8.png", 2)
    save(tmp_path / "Masken/9.png", 3)  # as the study reads it
    shutil.copy(tmp_path / "7.png", tmp_path / "again.png")
    cases, findings = inspect_folder(tmp_path, SETTINGS)
    assert list(cases["case_id"]) == ["7", "again"]
    text = "\n".join(found(findings, "warning"))
    assert "case 7_mask.png: was taken for a lesion's outline" in text and "masks/8.png" in text
    assert "Masken/9.png" in text
    assert "case again.png: has the same pixels as 7.png" in text


def test_new_patients_need_no_diagnosis_and_unknown_headings_are_told(tmp_path):
    """The study's own mapping asked for the diagnosis of patients who have none yet."""
    save(tmp_path / "1.png", 1)
    columns = {"case_id": "Bild", "label": "Befund", "patient_id": "Nr", "age_years": "Alter"}
    (tmp_path / "t.csv").write_text("Bild;Alter;Familienanamnese\n1;51;ja\n", "utf-8")
    cases, findings = inspect_folder(tmp_path, SETTINGS.changed({"columns": columns}))
    assert not found(findings, "error") and cases["age_years"][0] == 51
    (told,) = [finding for finding in findings if finding.code == "N014"]
    assert "'Familienanamnese'" in told.message


def test_no_folder_takes_the_place_of_another(tmp_path):
    """The next folder's predictions replaced the last one's, and did not say of which it was."""
    folders = [tmp_path / "a/new", tmp_path / "b/new", tmp_path / "Müller 1"]
    names = [place(folder) for folder in folders]
    assert len(set(names)) == 3 and names[0].startswith("new-") and place(folders[0]) == names[0]
    assert names[2].startswith("M_ller_1-")
    # Nor other images or models that of the same folder.
    again = [place(folders[0], *read) for read in (["a"], ["b"], ["a", {"weights": "1"}])]
    assert len({names[0], *again}) == 4 and place(folders[0], "a") == again[0]


@pytest.mark.parametrize("column", ["case_id", "image"])
def test_an_image_in_two_rows_is_one_error_with_a_remedy_for_new_images(tmp_path, column):
    for seed, name in enumerate("ab"):
        save(tmp_path / f"{name}.png", seed)
    rows = {column: ["a", "a", "b"], "age_years": [50, 61, 40]}
    pd.DataFrame(rows).to_csv(tmp_path / "t.csv", index=False)
    cases, findings = inspect_folder(tmp_path, SETTINGS)
    assert [finding.code for finding in findings if finding.severity == "error"] == ["N016"]
    (finding,) = (finding for finding in findings if finding.code == "N016")
    assert finding.message == "2 rows of t.csv name this image" and "Keep the row" in finding.remedy
    assert list(cases["image"]) == ["a.png", "b.png"]


def test_frames_of_a_file_are_no_image_in_two_rows(tmp_path):
    pages = [Image.fromarray(save(tmp_path / "a.tif", seed)) for seed in (1, 2)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    rows = {"case_id": ["x", "y"], "image": ["a.tif"] * 2, "frame": [0, 1]}
    pd.DataFrame(rows).to_csv(tmp_path / "t.csv", index=False)
    cases, findings = inspect_folder(tmp_path, SETTINGS)
    assert len(cases) == 2 and "N016" not in {finding.code for finding in findings}


def test_a_half_transparent_image_is_refused(tmp_path):
    grey = save(tmp_path / "a.png")
    Image.fromarray(np.dstack([grey, np.full_like(grey, 90)])).save(tmp_path / "a.png")
    _, findings = inspect_folder(tmp_path, SETTINGS)
    assert [finding.code for finding in findings] == ["I010"]


def test_rows_of_a_patient_that_contradict_are_told(tmp_path):
    for seed, name in enumerate("ab"):
        save(tmp_path / f"{name}.png", seed)
    rows = {"case_id": ["a", "b"], "patient_id": ["P", "P"], "brca_mutation": ["yes", "no"]}
    pd.DataFrame(rows).to_csv(tmp_path / "t.csv", index=False)
    _, findings = inspect_folder(tmp_path, SETTINGS)
    assert [finding.code for finding in findings] == ["T019"]
