"""The import of a hospital's DICOM files: what comes out, and what is refused."""

import json
import os
import re
import sys

import numpy as np
import pytest

from dicom_files import region
from dicom_hospital import SETTINGS, TISSUE, Hospital, checks, screen
from smallmass.cohort.build import build_cohort
from smallmass.cohort.findings import DROPPED, ERROR, WARNING
from smallmass.cohort.images import pixel_sha256, read_grey
from smallmass.cohort.sources import folder_problems
from smallmass.errors import UserError


@pytest.fixture
def hospital(tmp_path):
    return Hospital(tmp_path)


def test_a_case_is_cut_out_measured_and_named_by_hashes(hospital):
    hospital.add(row={"histology": "fibroadenoma", "birads": "BI-RADS 4a"})
    hospital.outline()
    cases, findings = hospital.run()
    assert not checks(findings)
    case = cases.iloc[0]
    y1, x1, y2, x2 = TISSUE
    assert np.array_equal(read_grey(hospital.out / case["image"]), screen()[y1:y2, x1:x2])
    outline = read_grey(hospital.out / case["outline"]) > 0
    assert outline[20:40, 20:60].all() and outline.sum() == 20 * 40
    assert case["pixel_cm"] == 0.005 and case["age_years"] == 52
    assert (case["device"], case["histology"], case["birads"]) == (
        "Siemens S2000",
        "fibroadenoma",
        "4a",
    )
    for name, letter in (("case_id", "c"), ("patient_id", "p")):
        assert re.fullmatch(letter + "[0-9a-f]{16}", case[name])
    assert re.fullmatch("images/i[0-9a-f]{16}.png", case["image"])


def test_the_same_salt_gives_the_same_bytes_and_another_salt_other_names(hospital):
    hospital.add()
    hospital.add("b.dcm", seed=1, SOPInstanceUID="1.2.3.4")
    hospital.outline()
    first, _ = hospital.run()
    before = {p.name: p.read_bytes() for p in hospital.out.rglob("*") if p.is_file()}
    hospital.run()
    assert before == {p.name: p.read_bytes() for p in hospital.out.rglob("*") if p.is_file()}
    (hospital.root / "b.dcm").rename(hospital.root / "moved.dcm")
    hospital.rows[1]["image"] = "moved.dcm"
    assert hospital.run()[0].equals(first)
    hospital.salt_file.unlink()
    other, _ = hospital.run()
    assert not set(other["case_id"]) & set(first["case_id"])
    assert not set(other["patient_id"]) & set(first["patient_id"])


def test_every_problem_of_files_is_found_at_once(hospital):
    hospital.add()
    for name, size in (("head.dcm", 700), ("cut.dcm", -3000), ("empty.dcm", 0)):
        path = hospital.add(name, seed=size + 5000)
        path.write_bytes(path.read_bytes()[:size])
    (hospital.root / "1.2.840.99").write_text("no DICOM at all", encoding="utf-8")
    (hospital.root / "readme.txt").write_text("hello", encoding="utf-8")
    (hospital.root / ".hidden").write_text("hello", encoding="utf-8")
    hospital.add("mr.dcm", row=False, seed=5, Modality="MR")
    hospital.add("nopixels.dcm", seed=6, PixelData=None)
    hospital.add("unlisted.dcm", row=False, seed=7)
    hospital.add("nobody.dcm", seed=8, PatientID="")
    hospital.rows.append({"image": "gone.dcm", "label": "benign"})
    hospital.rows.append({"image": "readme.txt", "label": "benign"})
    _, findings = hospital.run()
    of = {
        name: hospital.file_id(name) for name in ("cut.dcm", "mr.dcm", "readme.txt", "1.2.840.99")
    }
    said = {(f.severity, f.check, f.case_id) for f in findings if f.case_id}
    assert (ERROR, "pixels", of["cut.dcm"]) in said
    assert (ERROR, "not DICOM", of["1.2.840.99"]) in said
    assert (DROPPED, "not DICOM", of["readme.txt"]) in said
    assert (DROPPED, "row of a refused file", of["readme.txt"]) in said
    assert (DROPPED, "other modality", of["mr.dcm"]) in said
    assert (DROPPED, "not in the table", hospital.file_id("unlisted.dcm")) in said
    assert (ERROR, "pixels", hospital.file_id("nopixels.dcm")) in said
    assert (ERROR, "no patient", hospital.file_id("nobody.dcm")) in said
    for name in ("head.dcm", "empty.dcm"):
        assert any(f.severity == ERROR and f.case_id == hospital.file_id(name) for f in findings)
    gone = next(f for f in findings if f.check == "row without a file")
    assert "row 8 of the table" in gone.message
    assert not any(".hidden" in line for line in hospital.private.key.read_text().splitlines())
    assert "cut.dcm: " in hospital.private.problems.read_text(encoding="utf-8")


@pytest.mark.parametrize("step", [97, 131])
def test_a_file_that_is_cut_anywhere_stops_nothing_else(hospital, step):
    """Every length: an error, or, where only padding is lost, the same picture."""
    path = hospital.add(row={"patient_id": "7"})
    content = path.read_bytes()
    expected, _ = hospital.run()
    for size in [*range(0, 2600, step), len(content) - 1, len(content)]:
        path.write_bytes(content[:size])
        cases, findings = hospital.run()
        if len(cases):
            assert cases["image"].tolist() == expected["image"].tolist() and size == len(content)
        else:
            assert checks(findings), size


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text")
def test_a_file_name_in_another_encoding(hospital):
    hospital.add()
    name = os.fsdecode(b"M\xfcller.dcm")
    hospital.add(name, seed=1, row=False)
    cases, findings = hospital.run()
    assert len(cases) == 1
    assert (DROPPED, hospital.file_id(name)) in {(f.severity, f.case_id) for f in findings}


def test_copies_of_a_file_are_read_once_and_contradictions_refused(hospital):
    path = hospital.add(SOPInstanceUID="1.2.3")
    (hospital.root / "again.dcm").write_bytes(path.read_bytes())
    hospital.rows[0]["image"] = "again.dcm"
    cases, findings = hospital.run()
    assert len(cases) == 1 and checks(findings, DROPPED) == ["duplicate SOPInstanceUID"]
    hospital.add("other.dcm", seed=3, row=False, SOPInstanceUID="1.2.3")
    _, findings = hospital.run()
    assert set(checks(findings)) == {"duplicate SOPInstanceUID"}


def test_cells_that_are_not_understood_are_named_by_their_rows(hospital):
    for number, cells in enumerate(
        [
            {"label": "maybe"},
            {"age_years": 7, "diameter_cm": 0.8},
            {"age_years": "old", "diameter_cm": 80},
            {"label": "", "birads": "high"},
            {"label": "normal"},
            {"frame": "two"},
        ]
    ):
        hospital.add(f"{number}.dcm", seed=number, row=cells)
    _, findings = hospital.run()
    said = {f.check: f.message for f in findings if f.check.endswith("in the table")}
    assert said == {
        "label in the table": "rows 2, 5 of the table: label is empty or not understood",
        "age_years in the table": "rows 3, 4 of the table: age_years is not understood",
        "diameter_cm in the table": "row 4 of the table: diameter_cm is not understood",
        "birads in the table": "row 5 of the table: birads is not understood, and left out",
        "frame in the table": "row 7 of the table: frame is not understood",
        "not in the table": said["not in the table"],
    }
    assert any(f.check == "normal" and f.severity == DROPPED for f in findings)


def test_what_the_table_says_wins_over_the_tags_and_unknown_is_said_too(hospital):
    """A word for unknown is an answer; an empty cell is none, and the tag counts."""
    for number, age in enumerate([61, "unknown", "n/a", 999, ""]):
        row = {"age_years": age, "device": "" if number else "unbekannt"}
        hospital.add(
            f"{number}.dcm", seed=number, row=row, PatientAge="052Y", PatientID=f"P{number}X"
        )
    cases, findings = hospital.run({"words": {"age_years": {999: "unknown"}}})
    assert not checks(findings)
    ages = cases["age_years"].tolist()
    assert sorted(age for age in ages if age == age) == [52, 61] and len(ages) == 5
    assert cases["device"].notna().sum() == 4
    for row in hospital.rows:  # without the column the tag is all that is known
        del row["age_years"]
    assert hospital.run()[0]["age_years"].tolist() == [52] * 5


@pytest.mark.parametrize(
    ("box", "shape", "check"),
    [
        ((0, 0, 15, 150), (120, 150), "outline"),  # outside the region
        ((0, 0, 0, 0), (120, 150), "outline"),  # empty
        ((0, 0, 9, 9), (60, 75), "outline"),  # another size
        ((40, 20, 60, 40), (120, 150), "outline cut"),
    ],
)
def test_outlines_that_do_not_fit(hospital, box, shape, check):
    hospital.add()
    hospital.outline(box=box, shape=shape)
    cases, findings = hospital.run()
    severity = WARNING if check == "outline cut" else ERROR
    assert check in checks(findings, severity) and len(cases) == (severity == WARNING)


def test_a_mask_over_the_lesion_is_refused(hospital):
    hospital.add()
    hospital.outline()
    cases, findings = hospital.run(mask=[[0, 0, 45, 150]])
    assert checks(findings) == ["outline under the mask"] and cases.empty


@pytest.mark.parametrize(("rule", "expected"), [("first", [0]), ("middle", [2]), ("all", range(5))])
def test_frames_of_a_cine_loop(hospital, rule, expected):
    frames = np.stack([screen(seed) for seed in range(5)])
    hospital.add(pixels=frames)
    cases, findings = hospital.run(frames=rule)
    y1, x1, y2, x2 = TISSUE
    shown = {pixel_sha256(read_grey(hospital.out / name)) for name in cases["image"]}
    assert shown == {pixel_sha256(frames[n, y1:y2, x1:x2]) for n in expected}
    assert "several frames" in checks(findings, WARNING)
    assert cases["patient_id"].nunique() == 1


def test_the_table_chooses_frames_and_none_is_guessed(hospital):
    frames = np.stack([screen(seed) for seed in range(5)])
    hospital.add(pixels=frames, row={"frame": 3})
    hospital.add("b.dcm", pixels=frames[::-1], row={"frame": ""})
    hospital.add("c.dcm", pixels=frames[1:], row={"frame": 4})
    cases, findings = hospital.run(frames="table")
    assert sorted(checks(findings)) == ["frame", "frame"]
    assert "names frame 4, and the file has 4, 0 to 3" in "".join(
        f.message for f in findings if f.check == "frame"
    )
    expected = frames[3][20:100, 30:130]
    assert np.array_equal(read_grey(hospital.out / cases["image"][0]), expected)


def test_of_two_views_the_one_with_the_lesion_is_taken(hospital):
    views = [region(0, 0, 119, 79), region(0, 80, 119, 149)]
    hospital.add(SequenceOfUltrasoundRegions=views)
    cases, findings = hospital.run()
    assert read_grey(hospital.out / cases["image"][0]).shape == (120, 80)
    hospital.outline(box=(10, 90, 30, 110))
    cases, findings = hospital.run()
    assert read_grey(hospital.out / cases["image"][0]).shape == (120, 70)
    assert "several ultrasound regions" in checks(findings, WARNING)


def test_scale_out_of_other_places_is_told(hospital):
    hospital.add(SequenceOfUltrasoundRegions=[], PixelSpacing=[0.08, 0.08])
    hospital.add("b.dcm", seed=1, SequenceOfUltrasoundRegions=[region(0, 0, 300, 300)])
    hospital.add(
        "c.dcm", seed=2, SequenceOfUltrasoundRegions=[region(20, 30, 99, 129, (0.01, 0.005))]
    )
    cases, findings = hospital.run()
    assert sorted(cases["pixel_cm"].dropna()) == pytest.approx([0.005, 0.008])
    assert {
        "scale from PixelSpacing",
        "ultrasound region misplaced",
        "no scale",
        "pixels not square",
    } <= set(checks(findings, WARNING))
    stretched = [read_grey(hospital.out / name).shape for name in cases["image"]]
    assert sorted(stretched) == [(120, 150), (120, 150), (160, 100)]


def test_a_table_by_the_patients_number(hospital):
    hospital.add(row=False, PatientID="0017")
    hospital.add("b.dcm", row=False, seed=1, PatientID="0017")
    hospital.add("c.dcm", row=False, seed=2, PatientID="0018")
    hospital.rows = [
        {"patient_id": "0017", "label": "benign"},
        {"patient_id": "0018", "label": "malignant"},
        {"patient_id": "19", "label": "malignant"},
    ]
    cases, findings = hospital.run(match="PatientID")
    assert cases["label"].value_counts().to_dict() == {"benign": 2, "malignant": 1}
    assert cases["patient_id"].nunique() == 2
    assert checks(findings) == ["row without a file"]
    hospital.rows.append({"patient_id": "0018", "label": "benign", "outline": "masks/c.png"})
    hospital.rows[0]["outline"] = "masks/a.png"
    _, findings = hospital.run(match="PatientID")
    assert {"several rows of a patient", "outline of several files"} <= set(checks(findings))


def test_a_table_by_the_files_number_and_patients_of_the_table(hospital):
    hospital.add(row={"patient_id": "A"}, SOPInstanceUID="1.2.3", PatientID="ANON")
    hospital.add("b.dcm", seed=1, row={"patient_id": "B"}, SOPInstanceUID="1.2.4", PatientID="ANON")
    for row, uid in zip(hospital.rows, ("1.2.3", "1.2.4"), strict=True):
        row["image"] = uid
    cases, findings = hospital.run(match="SOPInstanceUID", patient="table")
    assert not checks(findings) and cases["patient_id"].nunique() == 2
    cases, _ = hospital.run(match="SOPInstanceUID")
    assert cases["patient_id"].nunique() == 1 and cases["group_id"].nunique() == 2


def test_two_lesions_of_an_image_share_it(hospital):
    hospital.add(row={"case_id": "left", "outline": "masks/1.png"})
    hospital.rows.append(hospital.rows[0] | {"case_id": "right", "outline": "masks/2.png"})
    hospital.outline("masks/1.png")
    hospital.outline("masks/2.png", box=(70, 50, 90, 90))
    cases, findings = hospital.run()
    assert not checks(findings)
    assert cases["image"].nunique() == 1 and cases["case_id"].nunique() == 2


def test_outlines_out_of_an_annotation_file(hospital):
    """VIA, drawn on the whole frame: a rectangle from (50, 40) to (90, 60)."""
    hospital.add("sub/a.dcm", row={"case_id": "1"})
    shape = {"name": "polygon", "all_points_x": [50, 90, 90, 50], "all_points_y": [40, 40, 60, 60]}
    via = {"a.dcm123": {"filename": "a.dcm", "size": 123, "regions": [{"shape_attributes": shape}]}}
    (hospital.root / "via.json").write_text(json.dumps(via), encoding="utf-8")
    cases, findings = hospital.run()
    assert not checks(findings)
    outline = read_grey(hospital.out / cases["outline"][0]) > 0
    assert outline[20:40, 20:60].all() and outline.sum() == 20 * 40


def test_nothing_is_read_before_the_import(hospital):
    hospital.add()
    hospital.table()
    assert folder_problems("dicom", hospital.root, None, hospital.settings()) == []
    assert "cohort.table" in folder_problems("dicom", hospital.out.parents[2], None, SETTINGS)[0]
    assert "DICOM files" in folder_problems("dicom", None, None, SETTINGS)[0]
    hospital.out.mkdir(parents=True)
    with pytest.raises(UserError, match="snakemake check"):
        build_cohort(hospital.settings(), hospital.out, None)


def test_an_empty_folder(hospital):
    hospital.rows = [{"image": "a.dcm", "label": "benign"}]
    cases, findings = hospital.run()
    assert cases.empty and {"no files", "row without a file"} <= set(checks(findings))
    _, findings = build_cohort(hospital.settings(), hospital.out, None)
    assert "empty cohort" in checks(findings)


@pytest.mark.parametrize("written", ["IM{:04d}", "im{:04d}.dcm", "D:\\export\\IM{:04d}.DCM"])
def test_a_file_is_found_by_its_name_where_that_is_unique(hospital, written):
    for number in range(3):
        hospital.add(f"sub/IM{number:04d}.dcm", seed=number, row={"image": written.format(number)})
        hospital.outline(f"masks/IM{number:04d}.png")
    cases, findings = hospital.run()
    assert not checks(findings) and len(cases) == 3 and cases["outline"].notna().all()
    hospital.add("other/IM0001.dcm", seed=9, row=False)
    _, findings = hospital.run()
    (wrong,) = [finding for finding in findings if finding.severity == ERROR]
    assert wrong.code == "D025" and "row 3 of the table is about one of 2 files" in wrong.message


@pytest.mark.parametrize("patient", ["tag", "table"])
def test_patients_in_several_spellings_are_told_without_their_numbers(hospital, patient):
    for number, name in enumerate(["P-0771", "p0771", "P 0771.", "P0772"]):
        row = {"patient_id": name if patient == "table" else ""}
        tag = {"PatientID": name if patient == "tag" else f"N{number}"}
        hospital.add(f"{number}.dcm", seed=number, row=row, **tag)
    _, findings = hospital.run(patient=patient)
    (told,) = [finding for finding in findings if finding.code == "T018"]
    assert "of 4 patients, 2 differ" in told.message and "077" not in told.message


def test_a_code_for_unknown_in_the_table_is_an_error_and_not_quoted(hospital):
    """99 is no woman over 89, unless the user says so."""
    for number, age in enumerate([99, 61, 50, 45]):
        hospital.add(f"{number}.dcm", seed=number, row={"age_years": age}, PatientID=f"P{number}X")
    _, findings = hospital.run()
    (wrong,) = [finding for finding in findings if finding.severity == ERROR]
    assert wrong.code == "T021" and "99" not in wrong.line()
    assert "is 99 in 1 of 4 rows" in hospital.private.problems.read_text()
    assert not checks(hospital.run({"words": {"age_years": {99: "unknown"}}})[1])


def test_an_age_that_is_none_and_a_frame_counted_from_one_are_told(hospital):
    for number, age in enumerate(["000Y", "052", "052Y"]):
        tags = {"PatientAge": age, "PatientID": f"P{number}X"}
        hospital.add(f"{number}.dcm", seed=number, **tags)
    hospital.add("loop.dcm", pixels=np.stack([screen(n) for n in range(3)]), row={"frame": 3})
    cases, findings = hospital.run()
    assert cases["age_years"].dropna().tolist() == [52]
    told = {finding.code: finding.message for finding in findings}
    assert ": 2 files (" in told["D072"]
    assert "row 5 of the table names frame 3, and the file has 3, 0 to 2" in told["D043"]
