"""The import of a hospital's DICOM files: what never leaks, and what a person must look at."""

import logging
import os
import runpy
import stat
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pydicom
import pytest
from pydantic import ValidationError

from dicom_hospital import REPOSITORY, Hospital, checks, leaks, screen, secrets_of
from smallmass.cohort.build import build_cohort
from smallmass.cohort.dicom.contact_sheet import sign_off_hash
from smallmass.cohort.dicom.headers import READ, scan
from smallmass.cohort.dicom.identity import Pseudonyms, load_salt, private_files, withheld
from smallmass.cohort.dicom.pixels import silence
from smallmass.cohort.findings import ERROR, WARNING
from smallmass.cohort.images import pixel_sha256, read_grey
from smallmass.errors import UserError
from smallmass.files import read_json


@pytest.fixture
def hospital(tmp_path):
    return Hospital(tmp_path)


def plant(hospital):
    """Fill the folder with identifiers, in every place where hospitals have them."""
    names = ["Zwetschkenbaum_Ottilie/IM1.dcm", "PID-7741-Q.dcm", "damaged Zwetschkenbaum.dcm"]
    row = {"case_id": "ACC88231", "patient_id": "PID-7741-Q", "Name": "Zwetschkenbaum"}
    row |= {"histology": "fibroadenoma (Fr. Zwetschkenbaum)", "Note": "geb. 17.4.1953"}
    hospital.add(names[0], row=row, BurnedInAnnotation="NO")
    hospital.add(names[1], seed=1, BurnedInAnnotation="YES", row=row | {"case_id": "x"})
    (hospital.root / names[2]).write_bytes(b"Zwetschkenbaum Ottilie PID-7741-Q")
    hospital.add("ok.dcm", seed=2, Modality="MR", row=row | {"birads": "Zwetschkenbaum"})
    hospital.add("no region.dcm", seed=3, SequenceOfUltrasoundRegions=[], row=row)
    hospital.add("worse.dcm", seed=4, label="Zwetschkenbaum", row=row)
    hospital.add("Manufacturer.dcm", seed=5, Manufacturer="Zwetschkenbaum", row=row)
    path = hospital.add("cut Zwetschkenbaum.dcm", seed=6, row=row | {"age_years": "17.4.1953"})
    path.write_bytes(path.read_bytes()[:-9000])
    path = hospital.add("header.dcm", seed=7, row=row | {"outline": "masks/Ottilie.png"})
    path.write_bytes(path.read_bytes()[:700])
    hospital.add("Ottilie.dcm", seed=8, row=row | {"outline": "../Ottilie.png", "frame": "Bogna"})
    hospital.add("Bogna.dcm", seed=9, row={"outline": "masks/Bogna.png"} | row)
    with silence():
        hospital.add("age.dcm", seed=10, row=row, PatientAge="Zwetschkenbaum")
        hospital.add("uid.dcm", seed=11, row=row, SOPInstanceUID="Zwetschkenbaum Ottilie")
    hospital.add("copy.dcm", row=False, SOPInstanceUID="1.2.826.0.1.7741")
    hospital.add("copy2.dcm", row=False, seed=5, SOPInstanceUID="1.2.826.0.1.7741")
    hospital.rows.append({"image": "verschollen Zwetschkenbaum.dcm", "label": "benign"} | row)
    hospital.outline("masks/IM1.png")
    hospital.outline("masks/Bogna.png", shape=(30, 40))
    (hospital.root / "DICOMDIR").write_bytes(b"Zwetschkenbaum")
    (hospital.root / "Zwetschkenbaum.txt").write_text("Zwetschkenbaum", encoding="utf-8")


def run_script(hospital, settings, log: Path):
    """Run the rule's script as Snakemake does, and return its exit code."""
    out = hospital.out
    snakemake = SimpleNamespace(
        rule="import_dicom",
        log=[str(log)],
        threads=2,
        input=SimpleNamespace(),
        output=SimpleNamespace(table=str(out / "cohort.csv"), pages=str(out / "contact_sheet")),
        params=SimpleNamespace(
            root=str(hospital.root), study="own", settings={"cohort": settings.plain()}
        ),
    )
    scripts = REPOSITORY / "workflow/scripts"
    sys.path.insert(0, str(scripts))
    try:
        runpy.run_path(str(scripts / "import_dicom.py"), {"snakemake": snakemake})
    except SystemExit as stopped:
        return stopped.code
    finally:
        sys.path.remove(str(scripts))
        logging.getLogger("smallmass.import_dicom").handlers.clear()
    return 0


@pytest.mark.parametrize("match", ["file", "PatientID"])
@pytest.mark.parametrize("patient", ["tag", "table"])
def test_no_identifier_stands_in_any_byte_that_is_written(hospital, capfd, caplog, match, patient):
    plant(hospital)
    hospital.table()
    salt_file = str(hospital.salt_file)
    settings = hospital.settings(match=match, patient=patient, salt_file=salt_file)
    log = hospital.out.parent / "logs" / "import_dicom.log"
    with silence():
        secrets = secrets_of(hospital.root)
    assert len(secrets) > 30
    caplog.clear()
    assert run_script(hospital, settings, log) == 0
    assert leaks([hospital.root], secrets) and log.stat().st_size
    _, findings = build_cohort(settings, hospital.out, None)
    (hospital.out.parent / "said.txt").write_text(
        "\n".join(finding.line() for finding in findings)
        + "".join(capfd.readouterr())
        + caplog.text,
        encoding="utf-8",
    )
    assert leaks([hospital.out.parent], secrets) == []
    salt = hospital.salt_file.read_bytes()
    for path in hospital.out.parent.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert salt not in content and salt.hex().encode() not in content


def test_the_parser_reads_no_tag_that_is_not_on_the_list(hospital):
    hospital.add()
    (file,), _, _ = scan(hospital.root, Pseudonyms(bytes(32)))
    read = {element.keyword for element in file.header}
    assert {"PatientID", "PatientAge", "Rows"} <= read <= {*READ, "SpecificCharacterSet"}


def test_the_parser_does_not_speak(hospital, recwarn, caplog):
    """Its warnings quote values; outside of the silence they are heard, so this test can fail."""
    with silence():
        path = hospital.add(SOPInstanceUID="Zwetschkenbaum Ottilie")

    def read():
        ds = pydicom.dcmread(path)
        logging.getLogger("pydicom").warning("Zwetschkenbaum")
        warnings.warn("Zwetschkenbaum", stacklevel=1)
        return ds.SOPInstanceUID

    with silence():
        read()
    assert not recwarn.list and not caplog.records
    hospital.run()
    assert not recwarn.list and not caplog.records
    read()
    assert recwarn.list and caplog.records


def test_the_pages_hold_pixels_alone(hospital):
    """A PNG's further chunks may hold anything: there are none."""
    hospital.add()
    hospital.outline()
    hospital.run()
    images = list(hospital.out.rglob("*.png"))
    assert len(images) == 3
    for path in images:
        content, place, kinds = path.read_bytes(), 8, set()
        while place < len(content):
            length = int.from_bytes(content[place : place + 4], "big")
            kinds.add(content[place + 4 : place + 8])
            place += 12 + length
        assert kinds == {b"IHDR", b"IDAT", b"IEND"}


def test_a_table_without_a_header_is_not_quoted(hospital):
    """Its first patient stands where the names of columns should."""
    hospital.add()
    text = "Zwetschkenbaum,Ottilie,benign\nPfannenstiel,Bogna,malignant\n"
    (hospital.root / "list.csv").write_text(text, encoding="utf-8")
    hospital.rows.clear()
    _, findings = hospital.run()
    assert checks(findings) == ["table"]
    assert "Ottilie" not in "".join(f.line() for f in findings)
    assert "'Ottilie'" in hospital.private.problems.read_text(encoding="utf-8")


def test_an_unexpected_error_is_told_to_the_owner_alone(hospital, monkeypatch, capfd):
    hospital.add()
    hospital.table()

    def stumble(*_, **__):
        raise KeyError("Zwetschkenbaum^Ottilie")

    monkeypatch.setattr("smallmass.cohort.dicom.importing.scan", stumble)
    log = hospital.out.parent / "import_dicom.log"
    settings = hospital.settings(salt_file=str(hospital.salt_file))
    assert run_script(hospital, settings, log) == 1
    said = log.read_text(encoding="utf-8") + "".join(capfd.readouterr())
    assert "unexpected KeyError" in said and "Ottilie" not in said
    assert "Ottilie" in hospital.private.problems.read_text(encoding="utf-8")


def test_errors_for_the_user_pass_through(tmp_path):
    with pytest.raises(UserError, match="as it is"), withheld(tmp_path / "private"):
        raise UserError("as it is")


def test_old_patients_are_pooled_and_free_text_is_searched(hospital):
    hospital.add(PatientAge="093Y", row={"histology": "cyst, 3.11.2022"})
    hospital.add("b.dcm", seed=1, row={"age_years": 91, "histology": "ACC88231"})
    hospital.add("c.dcm", seed=2, PatientAge="018M", row={"histology": "zwetschken baum"})
    hospital.add("d.dcm", seed=3, PatientAge=None, row={"histology": "invasive carcinoma, grade 2"})
    cases, findings = hospital.run()
    assert sorted(cases["age_years"].dropna()) == [1, 90, 90]
    assert checks(findings) == ["histology may name the patient"] * 3
    assert cases["histology"].dropna().tolist() == ["invasive carcinoma, grade 2"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_private_files_are_closed_to_others(hospital):
    hospital.add()
    hospital.run()
    for path in (hospital.salt_file, hospital.private.key, hospital.private.problems):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(hospital.salt_file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(hospital.out.stat().st_mode) == 0o700
    hospital.salt_file.chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        load_salt(hospital.salt_file, [])


def test_results_do_not_show_the_users_own_home(hospital, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "maria"))
    hospital.salt_file = Path("~/.smallmass/salt")
    hospital.private = private_files(hospital.salt_file, "own")
    hospital.add()
    _, findings = hospital.run()
    assert len(list((tmp_path / "maria/.smallmass").iterdir())) == 3
    (told,) = [finding for finding in findings if finding.check == "private files"]
    assert "~/.smallmass/salt.own.key.csv" in told.message
    assert not any("maria" in finding.line() for finding in findings)


def test_a_salt_is_kept_out_of_results_and_data(tmp_path):
    for folder in (tmp_path / "results", tmp_path / "pacs"):
        with pytest.raises(UserError, match="name a private folder"):
            load_salt(folder / "deep" / "salt", [tmp_path / "results", tmp_path / "pacs"])
    assert not list(tmp_path.rglob("*"))
    short = tmp_path / "short"
    short.write_bytes(b"1234")
    short.chmod(0o600)
    with pytest.raises(UserError, match="fewer than 16 bytes"):
        load_salt(short, [])


def test_pseudonyms_tell_kinds_and_parts_apart():
    """HMAC-SHA256 as Python's own library computes it, of the lengths and parts."""
    import hmac

    salt = bytes(range(32))
    names = Pseudonyms(salt)
    expected = hmac.digest(salt, b"7:patient3:4711", "sha256").hex()[:16]
    assert names.of("patient", "471") != "p" + expected
    assert (
        names.of("patient", 4711)
        == "p" + hmac.digest(salt, b"7:patient4:4711", "sha256").hex()[:16]
    )
    assert (
        len({names.of("case", "ab", "c"), names.of("case", "a", "bc"), names.of("case", "abc")})
        == 3
    )
    assert names.of("case", "a")[1:] != names.of("image", "a")[1:]


def test_nothing_goes_on_before_a_person_has_looked(hospital):
    hospital.add()
    hospital.add("b.dcm", seed=1, label="malignant", BurnedInAnnotation="NO")
    hospital.outline()
    hospital.run()
    _, findings = build_cohort(hospital.settings(), hospital.out, None)
    wrong = [f for f in findings if f.severity == ERROR]
    assert [f.check for f in wrong] == ["sign-off"]
    signed = read_json(hospital.out / "import.json")["sha256"]
    assert f"cohort: {{dicom: {{signed_off: {signed}}}}}" in wrong[0].remedy
    assert "under the study own" in wrong[0].remedy
    cases, findings = build_cohort(hospital.settings(signed_off=signed), hospital.out, None)
    assert not checks(findings) and len(cases) == 2
    # Another picture, though of the same file, must be looked at again.
    hospital.run(mask=[[20, 30, 25, 130]])
    _, findings = build_cohort(hospital.settings(signed_off=signed), hospital.out, None)
    assert checks(findings) == ["sign-off"]
    assert any("not those that were signed off" in f.message for f in findings)


def test_what_is_signed_is_the_written_pixels_and_the_sheet_shows_every_image(hospital):
    for number in range(14):
        hospital.add(f"{number}.dcm", seed=number)
    cases, _ = hospital.run()
    images = {name: pixel_sha256(read_grey(hospital.out / name)) for name in cases["image"]}
    assert read_json(hospital.out / "import.json")["sha256"] == sign_off_hash(images)
    pages = sorted((hospital.out / "contact_sheet").iterdir())
    assert [page.name for page in pages] == ["page_001.png", "page_002.png"]
    shown = np.concatenate([read_grey(page) for page in pages])
    for name in images:
        part = read_grey(hospital.out / name)
        rows, columns = np.nonzero(shown[:-80, :-100] == part[0, 0])
        assert any(
            np.array_equal(shown[y : y + 80, x : x + 100], part)
            for y, x in zip(rows, columns, strict=True)
        )


def test_burned_in_text_is_refused_unless_a_crop_or_a_mask_takes_it_away(hospital):
    hospital.add(BurnedInAnnotation="YES")
    hospital.add("b.dcm", seed=1, BurnedInAnnotation="YES", SequenceOfUltrasoundRegions=[])
    cases, findings = hospital.run()
    assert len(cases) == 1 and checks(findings) == ["burned-in annotation"]
    assert len(list((hospital.out / "images").iterdir())) == 1
    cases, findings = hospital.run(mask=[[0, 0, 20, 150]])
    assert len(cases) == 2 and not checks(findings)
    uncropped = [read_grey(hospital.out / name) for name in cases["image"]]
    whole = next(levels for levels in uncropped if levels.shape == (120, 150))
    assert not whole[:20].any() and (whole[20:] == screen(1)[20:]).all()
    cases, findings = hospital.run(mask=[[500, 500, 600, 600]])
    assert checks(findings) == ["burned-in annotation"]
    assert "mask outside the frame" in checks(findings, WARNING)


def test_a_mask_that_covers_nothing_is_refused_before_anything_is_read(hospital):
    hospital.add()
    with pytest.raises(ValidationError, match="covers nothing") as caught:
        hospital.run(mask=[[20, 0, 10, 150], [0, 5, 10, 5], [0, 0, 10, 10]])
    assert caught.value.error_count() == 2 and not hospital.out.exists()
