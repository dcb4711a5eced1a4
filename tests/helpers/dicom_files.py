"""DICOM files that tests write: ultrasound of any colour and compression, with planted names."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

ULTRASOUND, CINE = UID("1.2.840.10008.5.1.4.1.1.6.1"), UID("1.2.840.10008.5.1.4.1.1.3.1")

# What no written byte may hold.
PLANTED = {
    "PatientName": "Zwetschkenbaum^Ottilie",
    "PatientID": "PID-7741-Q",
    "PatientBirthDate": "19530417",
    "PatientAddress": "Quittengasse 9",
    "StudyDate": "20221103",
    "AccessionNumber": "ACC88231",
    "InstitutionName": "Klinikum Hohenfels",
    "ReferringPhysicianName": "Kowalczyk^Bogna",
    "OperatorsName": "Pfannenstiel",
    "StudyDescription": "Mamma Sono Zwetschkenbaum",
    "ImageComments": "Frau Zwetschkenbaum, 17.4.1953",
    "DeviceSerialNumber": "SN443322X",
    "StationName": "SONO-KELLER-3",
}


def region(y1, x1, y2, x2, delta=(0.005, 0.005), *, units=3, space=1, data=1) -> Dataset:
    """Return an item of SequenceOfUltrasoundRegions; the bounds are pixels of the region.

    Args:
        y1: Upper row.
        x1: Left column.
        y2: Lower row, still inside.
        x2: Right column, still inside.
        delta: Height and width of a pixel.
        units: PhysicalUnits of both directions; 3 is cm.
        space: RegionSpatialFormat; 1 is two-dimensional.
        data: RegionDataType; 1 is tissue.
    """
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = space, data, 0
    item.RegionLocationMinY0, item.RegionLocationMinX0 = y1, x1
    item.RegionLocationMaxY1, item.RegionLocationMaxX1 = y2, x2
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = units
    item.PhysicalDeltaY, item.PhysicalDeltaX = (float(value) for value in delta)
    return item


def dataset(pixels: np.ndarray, photometric: str = "MONOCHROME2", **tags) -> Dataset:
    """Return an ultrasound data set with uncompressed pixels and planted identifiers.

    Args:
        pixels: (height, width), (height, width, 3), or either with frames in front.
        photometric: The photometric interpretation; it says whether the last axis is colours.
        tags: More tags, or other values; None takes a tag out.
    """
    colours = 1 if photometric.startswith(("MONO", "PALETTE")) else 3
    shape = pixels.shape if colours == 1 else pixels.shape[:-1]
    ds = Dataset()
    ds.SOPClassUID = CINE if len(shape) == 3 else ULTRASOUND
    ds.SOPInstanceUID, ds.StudyInstanceUID = generate_uid(), generate_uid()
    ds.Modality, ds.Manufacturer, ds.ManufacturerModelName = "US", "Siemens", "S2000"
    ds.PatientAge = "052Y"
    for name, value in PLANTED.items():
        setattr(ds, name, value)
    block = ds.private_block(0x0011, "HOHENFELS", create=True)
    block.add_new(0x10, "LO", "privat Zwetschkenbaum")
    ds.add_new(0x60000010, "US", shape[-2])
    ds.add_new(0x60000011, "US", shape[-1])
    ds.add_new(0x60000022, "LO", "Overlay Zwetschkenbaum")
    ds.add_new(0x60000040, "CS", "G")
    ds.add_new(0x60000050, "SS", [1, 1])
    ds.add_new(0x60000100, "US", 1)
    ds.add_new(0x60000102, "US", 0)
    ds.add_new(0x60003000, "OW", b"\xff" * (-(-shape[-2] * shape[-1] // 16) * 2))
    ds.Rows, ds.Columns, ds.SamplesPerPixel = *shape[-2:], colours
    ds.PhotometricInterpretation = photometric
    ds.BitsAllocated = ds.BitsStored = 8 * pixels.dtype.itemsize
    ds.HighBit, ds.PixelRepresentation = ds.BitsStored - 1, int(pixels.dtype.kind == "i")
    if colours == 3:
        ds.PlanarConfiguration = 0
    if len(shape) == 3:
        ds.NumberOfFrames = shape[0]
    content = pixels.tobytes()
    ds.PixelData = content + b"\0" * (len(content) % 2)
    ds["PixelData"].VR = "OB" if ds.BitsAllocated == 8 else "OW"
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    for name, value in tags.items():
        if value is None:
            delattr(ds, name)
        else:
            setattr(ds, name, Sequence(value) if name == "SequenceOfUltrasoundRegions" else value)
    ds.file_meta.MediaStorageSOPInstanceUID = ds.get("SOPInstanceUID") or generate_uid()
    return ds


def encapsulated(ds: Dataset, frames: list[bytes], syntax: str, photometric: str) -> Dataset:
    """Return a data set with compressed frames in the place of its pixels."""
    ds.PixelData = encapsulate([frame + b"\0" * (len(frame) % 2) for frame in frames])
    ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
    ds.file_meta.TransferSyntaxUID = UID(syntax)
    ds.PhotometricInterpretation = photometric
    return ds


def write(path: Path, ds: Dataset) -> Path:
    """Write a data set as a DICOM file and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(path, enforce_file_format=True)
    return path
