"""What a folder of DICOM files holds, for the wizard: how the table names files and patients."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pydicom

from smallmass.cohort.dicom.pixels import silence
from smallmass.cohort.listing import list_files
from smallmass.cohort.sources.folder_files import Files
from smallmass.counts import number_of

_TAGS = ["Modality", "PatientID", "SOPInstanceUID", "NumberOfFrames", "BurnedInAnnotation"]
_MODALITY = "US"
# The ways of `cohort.dicom.match`, the most exact first.
WAYS = ("file", "SOPInstanceUID", "PatientID")


@dataclass(frozen=True)
class Header:
    """What of a DICOM file the wizard asks for; none of it is written into the settings.

    Args:
        name: Its path below the folder, with ``/``.
        patient: PatientID.
        uid: SOPInstanceUID.
        frames: How many pictures it has.
        text: Whether it says that text is burned into the picture.
    """

    name: str
    patient: str
    uid: str
    frames: int
    text: bool


def headers(root: Path) -> list[Header]:
    """Return the ultrasound files of a folder; other files are passed over."""
    with silence():
        return list(_headers(root))


def _headers(root: Path) -> Iterator[Header]:
    for name in list_files(root):
        try:
            with open(root / name, "rb") as file:
                if file.read(132)[128:] != b"DICM":
                    continue
            tags = pydicom.dcmread(root / name, stop_before_pixels=True, specific_tags=_TAGS)
            if str(tags.get("Modality") or "").strip().upper() != _MODALITY:
                continue
            yield Header(
                name,
                str(tags.get("PatientID") or "").strip(),
                str(tags.get("SOPInstanceUID") or "").strip(),
                int(tags.get("NumberOfFrames") or 1),
                str(tags.get("BurnedInAnnotation") or "").strip().upper() == "YES",
            )
        except Exception:  # pydicom raises anything on damaged files; `check` names them
            continue


def shares(values: pd.Series, files: list[Header]) -> dict[str, float]:
    """Return, for each way of ``cohort.dicom.match``, the share of a column's cells that name one.

    Args:
        values: A column of the table, text.
        files: From `headers`.
    """
    given = values[values != ""]
    if given.empty:
        return {}
    paths = Files([file.name for file in files])
    names = given.str.replace("\\", "/")
    return {
        "file": float(names.map(lambda name: _names_one(name, paths)).mean()),
        "SOPInstanceUID": float(given.isin({file.uid for file in files}).mean()),
        "PatientID": float(given.isin({file.patient for file in files} - {""}).mean()),
    }


def most_named(values: pd.Series, files: list[Header]) -> float:
    """Return the largest of a column's `shares`."""
    return max(shares(values, files).values(), default=0.0)


def _names_one(name: str, paths: Files) -> bool:
    return len(paths.find(name) or paths.find(name.rpartition("/")[2])) == 1


def patient_rule(patients: pd.Series | None, files: list[Header]) -> tuple[str, bool, str] | None:
    """Return ``cohort.dicom.patient``, whether that is sure, and why; None where the tag will do.

    Args:
        patients: The table's column of patients, or None.
        files: From `headers`.
    """
    tags = {file.patient for file in files}
    if patients is None or patients.nunique() < 2:
        return None
    if "" in tags or len(tags) == 1:
        what = "some files name no patient" if "" in tags else "all files name one patient"
        return "table", True, what
    if set(patients) <= tags:
        return None
    return "table", False, "the table numbers patients otherwise than the files; or: tag"


def questions(files: list[Header]) -> Iterator[tuple[str, str, str]]:
    """Yield the settings below ``cohort.dicom`` that must be asked: key, value and why."""
    several = sum(file.frames > 1 for file in files)
    if several:
        count = number_of(several, "file")
        yield "frames", "first", f"of {count} with several frames; or: middle, all, table"
    marked = sum(file.text for file in files)
    if marked:
        count = number_of(marked, "file")
        yield (
            "mask",
            "[[y1, x1, y2, x2]]",
            f"where text stands, by the tags of {count}",
        )
