"""A hospital's folder of DICOM files, for the tests of its import."""

import csv
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pydicom
from PIL import Image

from dicom_files import PLANTED, dataset, region, write
from smallmass.cohort.dicom.identity import Pseudonyms, load_salt, private_files
from smallmass.cohort.dicom.importing import import_folder
from smallmass.cohort.findings import DROPPED, ERROR, WARNING, from_table
from smallmass.files import read_csv
from study_settings import cohort_settings

REPOSITORY = Path(__file__).resolve().parents[2]
TISSUE = (20, 30, 100, 130)  # y1, x1, y2, x2 of the region on the screen
BOUNDS = region(20, 30, 99, 129)
SETTINGS = cohort_settings({"sources": {"dicom": "dealt"}})


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
        return SETTINGS.changed((own or {}) | {f"dicom.{key}": dicom[key] for key in dicom})

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


def checks(findings, severity=ERROR):
    return [f.check for f in findings if f.severity == severity]


def secrets_of(root: Path) -> set[str]:
    """Return every word that no output may hold: planted values, UIDs, names of files."""
    words = {word for value in PLANTED.values() for word in re.split(r"[\^, ]", str(value))}
    words |= {"17.4.1953", "Zwetschkenbaum", "HOHENFELS", "1.2.826.0.1.7741", "verschollen"}
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
