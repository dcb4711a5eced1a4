"""The import of a hospital's DICOM files: what comes out, what is refused, what never leaks."""

import csv
import json
import logging
import os
import re
import runpy
import stat
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pydicom
import pytest
from dicom_files import PLANTED, dataset, region, write
from PIL import Image

from smallmass.cohort.build import build_cohort
from smallmass.cohort.dicom.contact_sheet import sign_off_hash
from smallmass.cohort.dicom.headers import READ, scan
from smallmass.cohort.dicom.identity import Pseudonyms, load_salt, private_files, withheld
from smallmass.cohort.dicom.importing import import_folder
from smallmass.cohort.dicom.pixels import silence
from smallmass.cohort.findings import DROPPED, ERROR, WARNING, from_table
from smallmass.cohort.images import pixel_sha256, read_grey
from smallmass.cohort.sources import folder_problems
from smallmass.errors import UserError
from smallmass.files import read_csv, read_json

REPOSITORY = Path(__file__).resolve().parents[2]
TISSUE = (20, 30, 100, 130)  # y1, x1, y2, x2 of the region on the screen
BOUNDS = region(20, 30, 99, 129)
DICOM = {
    "match": "file",
    "patient": "tag",
    "frames": "first",
    "mask": [],
    "salt_file": "",
    "signed_off": None,
}
OWN = {name: None for name in ("table", "sheet", "outlines")} | {
    name: {} for name in ("columns", "units", "words")
}
SETTINGS = OWN | {
    "source": "dicom",
    "max_diameter_cm": 1.0,
    "inclusive": False,
    "read_pixels": True,
}


def screen(seed=0):
    """A machine's screen: bright lettering around a rectangle of speckle."""
    levels = np.full((120, 150), 255, dtype=np.uint8)
    y1, x1, y2, x2 = TISSUE
    levels[y1:y2, x1:x2] = np.random.default_rng(seed).integers(1, 200, (y2 - y1, x2 - x1))
    return levels


class Hospital:
    """A folder of DICOM files with a table, and what an import makes of it."""

    def __init__(self, folder: Path):
        self.root, self.out = folder / "pacs", folder / "results" / "own" / "import"
        self.root.mkdir()
        self.salt_file = folder / "home" / "salt"
        self.private = private_files(self.salt_file, "own")
        self.rows: list[dict] = []

    def add(self, name="a.dcm", pixels=None, label="benign", seed=0, row=None, **tags) -> Path:
        """Add a file with its row; ``row`` holds further cells, or False for no row."""
        pixels = screen(seed) if pixels is None else pixels
        tags = {"SequenceOfUltrasoundRegions": [BOUNDS]} | tags
        if row is not False:
            self.rows.append({"image": name, "label": label} | (row or {}))
        return write(self.root / name, dataset(pixels, **tags))

    def outline(self, name="masks/a.png", box=(40, 50, 60, 90), shape=(120, 150)):
        """Draw a rectangle as an outline on the whole frame."""
        levels = np.zeros(shape, dtype=np.uint8)
        levels[box[0] : box[2], box[1] : box[3]] = 255
        (self.root / name).parent.mkdir(exist_ok=True)
        Image.fromarray(levels).save(self.root / name)

    def settings(self, own=None, **dicom):
        return SETTINGS | (own or {}) | {"dicom": DICOM | dicom}

    def table(self):
        pd.DataFrame(self.rows or [{"image": "", "label": ""}]).to_csv(
            self.root / "list.csv", index=False
        )

    def run(self, own=None, **dicom):
        """Import, and return the cases and findings."""
        if self.rows:
            self.table()
        salt = load_salt(self.salt_file, [self.root])
        findings = import_folder(
            self.root, self.settings(own, **dicom), self.out, Pseudonyms(salt), self.private
        )
        assert from_table(read_csv(self.out / "findings.csv")) == sorted(
            findings, key=lambda f: (ERROR, DROPPED, WARNING).index(f.severity)
        )
        return read_csv(self.out / "cohort.csv"), findings

    def file_id(self, name):
        """Return the hash that the key gives for a file."""
        with open(self.private.key, encoding="utf-8", errors="surrogateescape") as file:
            return next(row["file_id"] for row in csv.DictReader(file) if row["path"] == name)


@pytest.fixture
def hospital(tmp_path):
    return Hospital(tmp_path)


def checks(findings, severity=ERROR):
    return [f.check for f in findings if f.severity == severity]


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


# ---------------------------------------------------------------- nothing leaks


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
    hospital.rows.append({"image": "gone Zwetschkenbaum.dcm", "label": "benign"} | row)
    hospital.outline("masks/IM1.png")
    hospital.outline("masks/Bogna.png", shape=(30, 40))
    (hospital.root / "DICOMDIR").write_bytes(b"Zwetschkenbaum")
    (hospital.root / "Zwetschkenbaum.txt").write_text("Zwetschkenbaum", encoding="utf-8")


def secrets_of(root: Path) -> set[str]:
    """Return every word that no output may hold: planted values, UIDs, names of files."""
    words = {word for value in PLANTED.values() for word in re.split(r"[\^, ]", str(value))}
    words |= {"17.4.1953", "Zwetschkenbaum", "HOHENFELS", "1.2.826.0.1.7741", "gone"}
    for path in root.rglob("*"):
        if path.is_file() and path.suffix == ".dcm":
            words.add(path.stem if len(path.stem) > 6 else path.name)
            try:
                ds = pydicom.dcmread(path, stop_before_pixels=True)
                words |= {str(ds.SOPInstanceUID), str(ds.StudyInstanceUID)}
            except Exception:
                continue
    return {word for word in words if len(word) > 3 and word not in ("Frau", "Mamma", "Sono")}


def leaks(folders, secrets) -> list[tuple[str, str]]:
    """Return which secrets stand in which files, in any encoding, or in their names."""
    found = []
    for folder in folders:
        for path in [folder, *folder.rglob("*")]:
            content = path.read_bytes().lower() if path.is_file() else b""
            for secret in secrets:
                codes = {
                    secret.lower().encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")
                }
                named = path != folder and secret.lower() in path.name.lower()
                if named or any(code in content for code in codes):
                    found.append((secret, str(path)))
    return found


def run_script(hospital, settings, log: Path):
    """Run the rule's script as Snakemake does, and return its exit code."""
    out = hospital.out
    snakemake = SimpleNamespace(
        rule="import_dicom",
        log=[str(log)],
        threads=2,
        input=SimpleNamespace(),
        output=SimpleNamespace(table=str(out / "cohort.csv"), pages=str(out / "contact_sheet")),
        params=SimpleNamespace(root=str(hospital.root), study="own", settings=settings),
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


# ---------------------------------------------------------------- private files


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


# ---------------------------------------------------------------- sign-off


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


# ---------------------------------------------------------------- text in the pixels


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
    with pytest.raises(UserError) as caught:
        hospital.run(mask=[[20, 0, 10, 150], [0, 5, 10, 5], [0, 0, 10, 10]])
    assert len(caught.value.problems) == 2 and not hospital.out.exists()


# ---------------------------------------------------------------- what is refused


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


# ---------------------------------------------------------------- frames, views, patients


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
    assert sorted(checks(findings)) == ["frame", "pixels"]
    assert "no frame 4: it has 4, counted from 0" in next(
        f.message for f in findings if f.check == "pixels"
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
