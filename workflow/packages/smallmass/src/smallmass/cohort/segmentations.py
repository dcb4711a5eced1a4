"""DICOM Segmentation (PS3.3 A.51) as outlines: which pixels of which frame belong to a segment."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from smallmass.cohort.problems import ImageProblem

MODALITY = "SEG"
SELECTORS = {"segment": "[1-9][0-9]*", "uid": "[0-9.]+", "frame": "[0-9]+"}


@dataclass(frozen=True)
class Plane:
    """A frame of a segmentation.

    Args:
        position: Which frame of the file, from 0.
        segment: The number of its segment, from 1.
        uid: SOPInstanceUID of the image that it was drawn on, or empty.
        frame: Which frame of that image, from 0; None where it is not said.
    """

    position: int
    segment: int
    uid: str
    frame: int | None


def is_segmentation(name: str) -> bool:
    """Return whether an outline's file is named like DICOM: as an outline it is a segmentation."""
    return name.lower().endswith((".dcm", ".dicom", ".seg"))


def segmentation_mask(path: Path, selectors: dict[str, str]) -> np.ndarray:
    """Return the pixels of a segment, bool (Rows, Columns) of the image that it was drawn on.

    Args:
        path: The DICOM file.
        selectors: ``segment`` (its number, where there are several), ``uid`` and ``frame`` (of the
            image that it was drawn on; a frame is counted from 0).

    Raises:
        ImageProblem: If it cannot be read, is no segmentation, or several segments or frames could
            be meant.
    """
    header, planes = _opened(path)
    for name, wanted in selectors.items():
        planes = [p for p in planes if not _known(p, name) or str(getattr(p, name)) == wanted]
    levels = _levels(header, path)
    planes = [plane for plane in planes if levels[plane.position].any()]
    segments = sorted({plane.segment for plane in planes})
    if len(segments) > 1:
        named = ", ".join(f"{number} ({_label(header, number)})" for number in segments)
        raise ImageProblem(
            f"holds the segments {named}, and none is named: {path}",
            "Name it in the column outline, as in seg.dcm#segment=1",
        )
    if not planes:
        raise ImageProblem(f"holds no segment of this image: {path}")
    if len({(plane.uid, plane.frame) for plane in planes}) > 1 or len(planes) > 1:
        raise ImageProblem(
            f"was drawn on {len(planes)} frames, and none is named: {path}",
            "Name the image's frame, counted from 0, in the column frame",
        )
    return levels[planes[0].position]


def planes_of(path: Path) -> list[Plane]:
    """Return the frames of a segmentation with what they were drawn on.

    Raises:
        ImageProblem: If it cannot be read.
    """
    return _opened(path)[1]


def _known(plane: Plane, name: str) -> bool:
    """Return whether the file says this of a frame: what it does not say excludes nothing."""
    return getattr(plane, name) not in ("", None)


def _opened(path: Path) -> tuple[Any, list[Plane]]:
    import pydicom

    if not path.is_file():
        raise ImageProblem(f"no such file: {path}")
    try:
        header = pydicom.dcmread(path)
        if header.Modality != MODALITY:
            raise ImageProblem(f"is no segmentation, but holds images: {path}")
        return header, list(_planes(header))
    except ImageProblem:
        raise
    except Exception as error:  # pydicom raises anything on damaged files
        raise ImageProblem(
            f"is no DICOM segmentation, or damaged ({type(error).__name__}): {path}"
        ) from None


def _planes(header: Any) -> Iterator[Plane]:
    shared = (header.get("SharedFunctionalGroupsSequence") or [None])[0]
    for position, groups in enumerate(header.PerFrameFunctionalGroupsSequence):
        segment = _item(groups, shared, "SegmentIdentificationSequence")
        derived = _item(groups, shared, "DerivationImageSequence")
        source = (derived.get("SourceImageSequence") or [None])[0] if derived else None
        numbers = source.get("ReferencedFrameNumber") if source else None
        first = numbers[0] if isinstance(numbers, (list, tuple)) else numbers
        yield Plane(
            position,
            int(segment.ReferencedSegmentNumber),
            str(source.get("ReferencedSOPInstanceUID") or "") if source else "",
            None if first is None else int(first) - 1,
        )


def _item(groups: Any, shared: Any, name: str) -> Any:
    """Return the first item of a sequence of a frame, or of the one that all frames share."""
    for place in (groups, shared):
        if place is not None and place.get(name):
            return place.get(name)[0]
    return None


def _levels(header: Any, path: Path) -> np.ndarray:
    """Return bool (frames, Rows, Columns): of fractions, what is more than half."""
    try:
        pixels = header.pixel_array
    except Exception:
        raise ImageProblem(f"is cut off or damaged: {path}") from None
    pixels = pixels if pixels.ndim == 3 else pixels[None]
    most = int(header.get("MaximumFractionalValue") or 1)
    fractional = header.get("SegmentationType") == "FRACTIONAL"
    return pixels > most / 2 if fractional else pixels > 0


def _label(header: Any, number: int) -> str:
    labels = {
        int(item.SegmentNumber): str(item.get("SegmentLabel") or "")
        for item in header.get("SegmentSequence") or []
    }
    return labels.get(number) or "without a name"
