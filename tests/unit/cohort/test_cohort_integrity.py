"""What is refused, dropped or said of a cohort."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import small_cohort
from small_cohort import SETTINGS, build, edit
from smallmass.cohort.build import build_cohort, survey_cohort
from smallmass.cohort.findings import errors, from_table, grouped, to_table
from smallmass.cohort.integrity import check_cohort
from smallmass.cohort.table import COLUMNS, complete
from smallmass.errors import UserError
from smallmass.files import read_csv, write_csv


@pytest.fixture
def root(tmp_path):
    """A cohort of eight sound cases, in the layout of the phantoms."""
    return small_cohort.write(tmp_path)


def test_a_sound_cohort_has_every_column_and_no_finding(root):
    cases, findings = build(root)
    assert findings == []
    assert list(cases.columns) == [*COLUMNS, "x_scanner", "x_outline_sha256"]
    assert len(cases) == 8
    assert set(cases["brca_mutation"]) == {"unknown"}
    assert cases["pixel_sha256"].str.len().eq(64).all()
    assert cases["pixel_sha256"].nunique() == cases["group_id"].nunique() == 8


def test_cohort_comes_back_from_its_file(root, tmp_path):
    cases, _ = build(root)
    write_csv(tmp_path / "written.csv", cases)
    again = read_csv(tmp_path / "written.csv")
    pd.testing.assert_frame_equal(
        again[["case_id", "age_years", "label"]],
        cases[["case_id", "age_years", "label"]],
        check_dtype=False,
    )
    assert again["frame"].isna().all() and again["birads"].isna().all()


@pytest.mark.parametrize(
    ("column", "value", "check", "remedy"),
    [
        ("label", "Malign", "unknown label", "benign, malignant"),
        ("label", "", "missing label", "Fill in label"),
        ("image", "", "missing image", "Fill in image"),
        ("age_years", 7, "age_years out of range", "between 15 and 110"),
        ("age_years", 130, "age_years out of range", "between 15 and 110"),
        ("age_years", "forty", "age_years out of range", "in years"),
        ("diameter_cm", 0, "diameter_cm out of range", "in centimetres"),
        ("diameter_cm", -0.4, "diameter_cm out of range", "in centimetres"),
        ("family_history", "maybe", "unknown family_history", "yes, no, unknown"),
        ("breast_density", "dense", "unknown breast_density", "heterogeneous"),
        ("brca_mutation", "1", "unknown brca_mutation", "yes, no, unknown"),
        ("reference_standard", "guess", "unknown reference_standard", "follow-up"),
        ("published_split", "train", "unknown published_split", "training"),
    ],
)
def test_a_wrong_value_is_an_error_with_case_and_remedy(root, column, value, check, remedy):
    edit(root, "case3", column, value)
    _, findings = build(root)
    found = [finding for finding in errors(findings) if finding.check == check]
    assert [finding.case_id for finding in found] == ["case3"]
    assert remedy in found[0].remedy


def test_duplicate_and_unusable_case_ids(root):
    edit(root, "case2", "case_id", "case1")
    edit(root, "case4", "case_id", "../case4")
    _, findings = build(root)
    assert {(f.check, f.case_id) for f in errors(findings)} == {
        ("duplicate case_id", "case1"),
        ("case_id", "../case4"),
    }


def test_broken_files_are_all_found_at_once(root):
    whole = (root / "images/case0.png").read_bytes()
    (root / "images/case0.png").write_bytes(whole[: len(whole) // 2])
    (root / "images/case1.png").unlink()
    (root / "outlines/case2.png").unlink()
    Image.fromarray(np.zeros((30, 40), np.uint8)).save(root / "outlines/case3.png")
    Image.fromarray(np.eye(31, 40, dtype=np.uint8)).save(root / "outlines/case4.png")
    (root / "images/case5.png").write_text("not an image")
    edit(root, "case6", "label", "probably benign")
    _, findings = build(root)
    assert {(f.check, f.case_id) for f in errors(findings)} == {
        ("image", "case0"),
        ("image", "case1"),
        ("outline", "case2"),
        ("empty outline", "case3"),
        ("outline size", "case4"),
        ("image", "case5"),
        ("unknown label", "case6"),
    }
    text = grouped(findings)
    assert "  I001 image (3 cases)\n    case case0: is cut off" in text
    assert text.count("case case4: the outline is 40 x 31 px, the image 40 x 30 px") == 1


def test_a_case_without_an_outline_is_said_and_kept(root):
    edit(root, "case2", "outline", "")
    cases, findings = build(root)
    assert len(cases) == 8
    assert [(f.severity, f.check, f.case_id) for f in findings] == [
        ("warning", "no outline", "case2")
    ]


@pytest.mark.parametrize(("inclusive", "kept"), [(False, 6), (True, 7)])
def test_lesions_over_the_limit_are_dropped_and_listed(root, inclusive, kept):
    edit(root, "case1", "diameter_cm", 1.0)
    edit(root, "case2", "diameter_cm", 1.2)
    cases, findings = build(root, inclusive=inclusive)
    assert len(cases) == kept
    dropped = {f.case_id for f in findings if f.severity == "dropped"}
    assert dropped == {f"case{i}" for i in range(8)} - set(cases["case_id"])
    assert not errors(findings)


def test_size_comes_from_outline_and_pixel_size_where_it_is_not_given(root):
    table = read_csv(root / "cohort.csv").assign(diameter_cm=np.nan, pixel_cm=0.06)
    write_csv(root / "cohort.csv", table)
    cases, _ = build(root)
    # Outlines of 10 rows and 10 to 17 columns: the diagonal, at 0.06 cm a pixel.
    expected = {f"case{i}": np.hypot(10, 10 + i) * 0.06 for i in range(8)}
    expected = {case: size for case, size in expected.items() if size < 1.0}
    assert dict(zip(cases["case_id"], cases["diameter_cm"], strict=True)) == pytest.approx(expected)
    assert 0 < len(cases) < 8


def test_a_cohort_without_sizes_is_one_of_all_sizes(root):
    write_csv(root / "cohort.csv", read_csv(root / "cohort.csv").drop(columns="diameter_cm"))
    cases, findings = build(root)
    assert len(cases) == 8
    (finding,) = findings
    assert finding.severity == "warning" and "cohort of all sizes" in finding.message


def copy_image(root, source, target):
    # Other bytes, the same pixels.
    Image.open(root / f"images/{source}.png").save(root / f"images/{target}.png", compress_level=0)


def test_copies_of_one_patient_form_a_group(root):
    copy_image(root, "case0", "case2")
    edit(root, "case2", "patient_id", "p0")
    cases, findings = build(root)
    assert {(f.severity, f.check) for f in findings} == {("warning", "duplicate image")}
    groups = cases.set_index("case_id")["group_id"]
    assert groups["case0"] == groups["case2"] and groups.nunique() == 7


@pytest.mark.parametrize(
    ("target", "check", "dropped"),
    [
        ("case1", "duplicate with another label", {"case0", "case1"}),
        ("case2", "duplicate of another patient", {"case2"}),
    ],
)
def test_contradictory_copies_stop_a_cohort_and_leave_a_public_one(root, target, check, dropped):
    copy_image(root, "case0", target)
    _, findings = build(root)
    assert {f.check for f in errors(findings)} == {check}
    assert {f.case_id for f in errors(findings)} == {"case0", target}
    table = complete(read_csv(root / "cohort.csv").assign(cohort="busbra"))
    public = SETTINGS.changed({"sources": {"busbra": "published"}})
    cases, findings = check_cohort(table, {"busbra": root}, public)
    assert not errors(findings)
    assert set(table["case_id"]) - set(cases["case_id"]) == dropped


def test_two_lesions_in_one_image_are_no_duplicates(root):
    edit(root, "case1", "image", "images/case0.png")
    edit(root, "case1", "patient_id", "p0")
    cases, findings = build(root)
    assert findings == []
    assert cases.set_index("case_id")["group_id"]["case1"] == "case0"


def test_one_outline_cannot_be_benign_and_malignant(root):
    for column in ("image", "outline"):
        edit(root, "case1", column, f"{column}s/case0.png")
    _, findings = build(root)
    assert "contradicting labels" in {f.check for f in errors(findings)}


def test_findings_come_back_from_their_file(root, tmp_path):
    edit(root, "case1", "diameter_cm", 1.5)
    edit(root, "case2", "age_years", 3)
    _, findings = build(root)
    table = to_table(findings)
    assert list(table.columns) == ["case_id", "severity", "code", "check", "message", "remedy"]
    assert table["severity"].tolist() == ["error", "dropped"]
    assert table["code"].tolist() == ["T007", "L009"]
    write_csv(tmp_path / "integrity.csv", table)
    assert set(from_table(read_csv(tmp_path / "integrity.csv"))) == set(findings)


def test_a_missing_folder_says_what_is_expected_and_how_to_name_it(tmp_path):
    public = SETTINGS.changed({"sources": {"busbra": "published"}})
    with pytest.raises(UserError, match=r"datasets is not set.*BUS-BRA/bus_data.csv.*datasets="):
        build_cohort(public, None, None)
    with pytest.raises(UserError, match=r"no folder .*nowhere"):
        build_cohort(public, None, tmp_path / "nowhere")
    with pytest.raises(UserError, match=r"has no cohort.csv, no images"):
        build(tmp_path)
    for name in ("bus_data.csv", "5-fold-cv.csv", "Images", "Masks"):
        (tmp_path / name).mkdir()
    with pytest.raises(UserError, match="name the one above it"):
        build_cohort(public, None, tmp_path)


def test_what_stops_the_reading_is_a_finding_too(tmp_path):
    (tmp_path / "patients.csv").write_text("case_id;image\n1;1.png\n", encoding="utf-8")
    Image.new("L", (9, 9)).save(tmp_path / "1.png")
    survey = survey_cohort(SETTINGS.changed({"sources": {"folder": "published"}}), tmp_path, None)
    cases, findings = survey.cases, survey.findings
    assert survey.left_out.empty
    assert cases.empty and list(cases.columns) == list(COLUMNS)
    assert [(f.severity, f.check) for f in findings] == [("error", "reading the cohort")]
    assert "label" in findings[0].message and "patients.csv" in findings[0].message


def test_cases_that_were_read_and_do_not_stay_are_listed_with_their_files(root):
    table = pd.read_csv(root / "cohort.csv")
    table.loc[2, "diameter_cm"] = 1.4
    table.to_csv(root / "cohort.csv", index=False)
    survey = survey_cohort(SETTINGS, root, None)
    (gone,) = survey.left_out.to_dict("records")
    assert gone["case_id"] == table.loc[2, "case_id"] and gone["image"] == table.loc[2, "image"]
    assert len(survey.cases) == len(table) - 1


def test_without_reading_files_only_names_are_looked_at(root):
    (root / "images/case1.png").write_bytes(b"")
    (root / "outlines/case2.png").unlink()
    cases, findings = build(root, read_pixels=False)
    assert len(cases) == 8 and (cases["pixel_sha256"] == "").all()
    assert [(f.severity, f.check, f.case_id) for f in findings] == [
        ("warning", "files not read", ""),
        ("error", "outline", "case2"),
    ]


def test_frames_of_one_file_are_one_group(root):
    frames = [np.random.default_rng(i).integers(0, 256, (30, 40), dtype=np.uint8) for i in (1, 2)]
    first, second = map(Image.fromarray, frames)
    first.save(root / "images/clip.tif", save_all=True, append_images=[second])
    for frame in (0, 1):
        edit(root, f"case{2 * frame}", "image", "images/clip.tif")
        edit(root, f"case{2 * frame}", "frame", frame)
    cases, findings = build(root)
    assert findings == []
    groups = cases.set_index("case_id")["group_id"]
    assert groups["case0"] == groups["case2"] and groups.nunique() == 7
