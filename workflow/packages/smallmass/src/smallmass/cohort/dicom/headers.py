"""Which DICOM files a folder holds, and the few of their tags that are ever read.

The parser itself is told what to read: a tag that is not in `READ` never comes into memory.
Of those, `PASSED` alone may reach the cohort's table as they are; identifiers are turned into
salted hashes, and everything else says how the pixels are to be read. The basic profile of
PS3.15 Annex E removes or replaces identifiers, dates, UIDs and free text tag by tag; an
allow-list removes what that table does not know either, private tags among it. Of the tags that
pass, the profile removes the age (its option to retain patient characteristics keeps it), and
does not list manufacturer and model.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from smallmass.cohort.dicom.identity import Pseudonyms
from smallmass.cohort.findings import Finding
from smallmass.cohort.listing import list_files
from smallmass.cohort.parallel import Progress, map_images
from smallmass.cohort.segmentations import MODALITY
from smallmass.files import sha256

PASSED = ("Manufacturer", "ManufacturerModelName", "PatientAge")
HASHED = ("PatientID", "SOPInstanceUID")
# Read to be searched for in what is written, and to be forgotten.
SOUGHT = ("PatientName", "PatientBirthDate", "AccessionNumber", "OtherPatientIDs")
TECHNICAL = (
    "SOPClassUID",
    "Modality",
    "BurnedInAnnotation",
    "SequenceOfUltrasoundRegions",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "PixelSpacing",
    "PixelAspectRatio",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "WindowCenter",
    "WindowWidth",
    "VOILUTFunction",
    "VOILUTSequence",
    "RescaleSlope",
    "RescaleIntercept",
    "ModalityLUTSequence",
    "RedPaletteColorLookupTableDescriptor",
    "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor",
    "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData",
    "BluePaletteColorLookupTableData",
    "SegmentedRedPaletteColorLookupTableData",
    "SegmentedGreenPaletteColorLookupTableData",
    "SegmentedBluePaletteColorLookupTableData",
)
READ = (*PASSED, *HASHED, *SOUGHT, *TECHNICAL)

VOLUME = "1.2.840.10008.5.1.4.1.1.6.2"  # Enhanced US Volume Storage, not an image but a volume
DIRECTORY = "1.2.840.10008.1.3.10"  # Media Storage Directory Storage: a DICOMDIR
# What a viewer on a CD or a file manager leaves behind is listed and not read; a file that is
# named like a DICOM file and is none has been damaged.
_DICOM_NAMES = ("", ".dcm", ".dicom", ".dic", ".ima")


@dataclass
class DicomFile:
    """A DICOM file that holds ultrasound, with its identifiers. It stays inside the import.

    Args:
        file_id: The hash that stands for it wherever the user reads of it.
        path: The file.
        name: Its path below the folder, with forward slashes.
        header: The tags of `READ`.
        uid: SOPInstanceUID, or the file's hash where it has none.
        copies: Names of files with the same bytes.
    """

    file_id: str
    path: Path
    name: str
    header: Dataset
    uid: str
    copies: list[str] = field(default_factory=list)

    def tag(self, keyword: str) -> str:
        """Return a tag's value as text without outer blanks; empty where it is missing."""
        value = self.header.get(keyword)
        return "" if value is None else str(value).strip()


def scan(
    root: Path,
    pseudonyms: Pseudonyms,
    *,
    leave_out: Iterable[Path] = (),
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[list[DicomFile], list[Finding], dict[str, str]]:
    """Read the headers of all files of a folder, at any depth.

    Args:
        root: The folder.
        pseudonyms: Makes the files' identifiers.
        leave_out: Files and folders in it that are something else, such as the table.
        workers: How many files are read at once.
        progress: Told how far it is.

    Returns:
        tuple: The ultrasound files in order of their names; what is wrong with others; and of
        every file its name and its hash.
    """
    names = list_files(root, leave_out)
    results = map_images(
        lambda name: _read(root, name, pseudonyms), names, workers=workers, progress=progress
    )
    ids = {name: pseudonyms.of("file", name) for name in names}
    files = [result for result in results if isinstance(result, DicomFile)]
    findings = [result for result in results if isinstance(result, Finding)]
    files, twins = _without_copies(files)
    return files, [*findings, *twins], ids


def age_years(text: str) -> int | None:
    """Return full years out of PatientAge (VR AS: 045Y, 018M, 003W, 010D), or None.

    What anonymisers write in its place, 000Y and 999Y, is no age.
    """
    parts = re.fullmatch(r"(\d{3})([DWMY])", text.strip().upper())
    if not parts or parts[1] in ("000", "999"):
        return None
    per_year = {"Y": 1, "M": 12, "W": 52, "D": 365}
    return int(parts[1]) // per_year[parts[2]]


def device(header: Dataset) -> str:
    """Return manufacturer and model as one name, of plain characters."""
    words = [str(header.get(name) or "") for name in ("Manufacturer", "ManufacturerModelName")]
    return " ".join(re.sub(r"[^\w .+/()-]", " ", " ".join(words)).split())


def _read(root: Path, name: str, pseudonyms: Pseudonyms) -> DicomFile | Finding | None:
    """Return a file that holds ultrasound, or what is wrong with it; None for a directory file."""
    path, file_id = root / name, pseudonyms.of("file", name)

    try:
        header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(READ))
        header.file_meta.get("TransferSyntaxUID")  # reads what pydicom had put off
        for keyword in READ:
            header.get(keyword)
    except InvalidDicomError:
        named = Path(name).suffix.lower() in _DICOM_NAMES or Path(name).suffix[1:].isdigit()
        if not named:
            return Finding.of("D003", file_id, "the file is no DICOM file")
        message = "the file is named like a DICOM file and is none, or its beginning is damaged"
        return Finding.of("D002", file_id, message)
    except OSError:
        return Finding.of("D004", file_id, "the file cannot be opened")
    except Exception:  # pydicom raises anything on damaged files, with values in the message
        return Finding.of("D005", file_id, "the file's header is damaged or cut off")
    return _ultrasound(header, path, name, file_id)


def _ultrasound(header: Dataset, path: Path, name: str, file_id: str) -> DicomFile | Finding | None:
    """Return a file with ultrasound, or that it holds something else."""
    meta = header.file_meta.get("MediaStorageSOPClassUID")
    if DIRECTORY in (meta, header.get("SOPClassUID")):
        return None
    modality = str(header.get("Modality") or "").strip().upper()
    if not modality:
        message = "the file does not say of which modality it is: its header is damaged or cut off"
        return Finding.of("D006", file_id, message)
    if modality == MODALITY:
        message = "the file is a segmentation: its outlines are those of the images that it names"
        return Finding.of("D012", file_id, message)
    if modality != "US":
        known = modality if re.fullmatch(r"[A-Z]{2,5}", modality) else "unknown"
        message = f"the file is no ultrasound image: its modality is {known}"
        return Finding.of("D008", file_id, message)
    if VOLUME in (meta, header.get("SOPClassUID")):
        message = "the file is a three-dimensional volume, not an image"
        return Finding.of("D009", file_id, message)
    if header.get("Rows") is None and header.get("PhotometricInterpretation") is None:
        message = "the file holds no image, or is cut off before it"
        return Finding.of("D007", file_id, message)
    uid = str(header.get("SOPInstanceUID") or file_id).strip()
    return DicomFile(file_id, path, name, header, uid)


def _without_copies(files: Sequence[DicomFile]) -> tuple[list[DicomFile], list[Finding]]:
    """Return each SOPInstanceUID once: copies are dropped, contradictions stop the study."""
    groups: dict[str, list[DicomFile]] = {}
    for file in files:
        groups.setdefault(file.uid, []).append(file)
    kept, findings = [], []
    for members in groups.values():
        first, others = members[0], members[1:]
        kept.append(first)
        same = not others or len({sha256(file.path) for file in members}) == 1
        for file in others:
            first.copies.append(file.name)
            if same:
                code, message = "D010", f"the file is a copy of file {first.file_id}"
            else:
                code = "D011"
                message = f"the file has the SOPInstanceUID of {first.file_id}, and other bytes"
            findings.append(Finding.of(code, file.file_id, message))
    return kept, findings
