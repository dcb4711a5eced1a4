"""New patients' DICOM files: the same frames as in a study, factors by the table, nobody named."""

import re

import numpy as np
import pandas as pd
import pytest

from dicom_files import PLANTED
from dicom_hospital import TISSUE, Hospital, screen
from smallmass.cohort.dicom.identity import Pseudonyms, load_salt, private_files
from smallmass.cohort.images import pixel_sha256, read_grey
from smallmass.files import read_csv, read_json
from smallmass.prediction.dicom import holds_dicom, inspect_dicom, pictures_of, unsigned
from smallmass.prediction.folder import COLUMNS
from smallmass.prediction.places import place


class NewPatients(Hospital):
    """A folder of DICOM files of new patients, and what `predict` makes of it."""

    def look(self, own=None, **dicom):
        """Return the cases and findings."""
        if self.rows:
            pd.DataFrame(self.rows).drop(columns="label").to_csv(
                self.root / "list.csv", index=False
            )
        salt = Pseudonyms(load_salt(self.salt_file, [self.root]))
        private = private_files(self.salt_file, "own.new")
        return inspect_dicom(self.root, self.settings(own, **dicom), self.out, salt, private)


@pytest.fixture
def new(tmp_path):
    """An empty folder of new patients."""
    return NewPatients(tmp_path)


def stops(findings) -> list[str]:
    """Return the codes of errors."""
    return sorted(finding.code for finding in findings if finding.severity == "error")


def test_a_new_frame_is_what_a_study_would_have_made_of_it(new):
    """The pixels of the crop, by which a model that learnt from crops reads; no table is needed."""
    new.add("a.dcm", seed=1, row=False, PatientAge="052Y")
    new.add("sub/b", seed=2, row=False)
    cases, findings = new.look()
    assert stops(findings) == [] and list(cases.columns) == list(COLUMNS) and len(cases) == 2
    y1, x1, y2, x2 = TISSUE
    expected = {pixel_sha256(screen(seed)[y1:y2, x1:x2]) for seed in (1, 2)}
    assert set(cases["pixel_sha256"]) == expected
    root = pictures_of(new.root, new.out)
    assert {pixel_sha256(read_grey(root / name)) for name in cases["image"]} == expected
    assert set(cases["age_years"].dropna()) == {52}
    new.rows = [{"image": name, "label": "benign"} for name in ("a.dcm", "sub/b")]
    of_study, _ = new.run()
    assert set(of_study["image"]) == set(cases["image"])
    assert set(of_study["case_id"]) == set(cases["case_id"])


def test_the_table_gives_factors_and_its_word_wins_over_the_tag(new):
    """By the file's path; a file without a row is a case without factors, and it is said."""
    new.add("a.dcm", row={"age_years": 61, "brca_mutation": "yes"}, PatientAge="052Y")
    new.add("b.dcm", seed=2, row=False, PatientAge="000Y")
    cases, findings = new.look()
    known = cases.dropna(subset=["age_years"])
    assert list(known["age_years"]) == [61] and list(known["brca_mutation"]) == ["yes"]
    assert [f.code for f in findings if f.code.startswith("N")] == ["N006"]
    assert stops(findings) == []


def test_neither_a_patient_nor_a_scale_is_needed(new):
    """One PatientID for all, or none: nothing is dealt out to training and test."""
    for name, number in (("a.dcm", "X"), ("b.dcm", "X"), ("c.dcm", "")):
        new.add(name, seed=ord(name[0]), row=False, PatientID=number)
    cases, findings = new.look()
    assert len(cases) == 3 and stops(findings) == []
    assert not {"D032", "D033", "D035", "D065"} & {finding.code for finding in findings}


def test_nothing_of_a_patient_leaves(new):
    """Neither tags, nor names of files, nor cells of the table, nor that of the folder."""
    new.add("Mustermann_Erika.dcm", row={"age_years": 50, "Klinik": "St. Anna"}, **PLANTED)
    new.add("b.dcm", seed=3, row={"age_years": "Mustermann"})
    cases, findings = new.look()
    text = cases.to_csv() + "".join(finding.line() for finding in findings)
    text += "".join(path.read_text() for path in new.out.glob("*.csv"))
    text += (new.out / "import.json").read_text()
    planted = [*map(str, PLANTED.values()), "Mustermann", "Erika", "Klinik", "Anna", "b.dcm"]
    assert not [word for word in planted if len(word) > 2 and word in text]
    assert stops(findings)  # the age that is a name
    details = private_files(new.salt_file, "own.new").problems.read_text()
    assert (
        "Klinik" in details and "b.dcm" in private_files(new.salt_file, "own.new").key.read_text()
    )
    assert place("/x/Mustermann", named=False).startswith("dicom-")
    assert new.out.stat().st_mode & 0o077 == 0


def test_what_a_study_refuses_is_refused(new):
    """Text in the pixels without region or mask; a mask over it; a damaged file; a cine loop."""
    tags = {"BurnedInAnnotation": "YES", "SequenceOfUltrasoundRegions": []}
    new.add("a.dcm", row=False, **tags)
    (new.root / "cut.dcm").write_bytes((new.root / "a.dcm").read_bytes()[:300])
    cases, findings = new.look()
    assert {"D045", "N001"} <= set(stops(findings)) and cases.empty and len(stops(findings)) == 3
    (new.root / "cut.dcm").unlink()
    cases, findings = new.look(mask=[[0, 0, 20, 150]])
    assert stops(findings) == [] and len(cases) == 1
    image = read_grey(new.out / cases["image"][0])
    assert (image[:20] == 0).all() and image[20:].any()
    new.add("loop.dcm", pixels=np.stack([screen(n) for n in range(3)]), row=False)
    assert stops(new.look(frames="table", mask=[[0, 0, 20, 150]])[1]) == ["D043"]
    assert len(new.look(frames="all", mask=[[0, 0, 20, 150]])[0]) == 4


def test_pictures_wait_for_the_sign_off(new, tmp_path):
    """Of exactly these images; a folder without DICOM needs none."""
    new.add(row=False)
    new.look()
    digest = unsigned(new.out, None)
    assert re.fullmatch(r"[0-9a-f]{64}", digest)
    assert digest == read_json(new.out / "import.json")["sha256"]
    assert unsigned(new.out, "0" * 64) == digest and unsigned(new.out, digest) is None
    assert unsigned(tmp_path, None) is None and pictures_of(new.root, tmp_path) == new.root
    assert (new.out / "contact_sheet/page_001.png").exists()
    assert len(read_csv(new.out / "cohort.csv")) == 1


def test_dicom_is_known_by_its_bytes(new, tmp_path):
    """With or without an ending; beside it pictures are not read, and that is said."""
    new.add("IM0001", row=False)
    assert holds_dicom(new.root) and not holds_dicom(tmp_path / "home")
    (tmp_path / "home").mkdir()
    (tmp_path / "home/x.dcm").write_bytes(b"no DICOM")
    assert not holds_dicom(tmp_path / "home")
    new.outline("preview.png")
    told = [finding for finding in new.look()[1] if finding.code == "N012"]
    assert "1 image of other formats" in told[0].message and "preview" not in told[0].message
