"""What the image and the outline of one case say."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from smallmass.cohort.findings import ERROR, WARNING, Finding
from smallmass.cohort.images import ImageProblem, pixel_sha256, read_grey
from smallmass.cohort.near_duplicates import thumbnail
from smallmass.cohort.outline_files import part_areas, read_outline, split_reference
from smallmass.cohort.outlines import longest_diameter_px
from smallmass.cohort.paths import leaves

LOOK_AT_FILE = "Restore the file from the original, or take the case out of the table"
# Parts of an outline: from this share of the largest part on, a part is a lesion of its own, and
# below it a slip of the pen. All 1,875 outlines of BUS-BRA have a single part.
LESION_SHARE = 0.1


@dataclass
class Inspection:
    """What the files of one case say.

    Args:
        pixel_sha256: The identity of the image's pixels, empty if it could not be read.
        outline_sha256: The identity of the outline's pixels, empty if there is none.
        thumbnail: The image as `near_duplicates.find` compares it, uint8; None if it could not be
            read or is blank.
        diameter_px: The outline's longest diameter in px, where ``pixel_cm`` or ``diameter_cm`` is
            known; else NaN.
        longest_side_px: The image's; NaN if it could not be read.
        findings: What is wrong with the files.
    """

    pixel_sha256: str = ""
    outline_sha256: str = ""
    thumbnail: np.ndarray | None = None
    diameter_px: float = float("nan")
    longest_side_px: float = float("nan")
    findings: list[Finding] = field(default_factory=list)


def inspect(case: dict, root: Path, beyond_repair: str = ERROR) -> Inspection:
    """Read a case's image and outline.

    Args:
        case: A row of the completed table.
        root: The folder that its paths are relative to.
        beyond_repair: The severity of what only the authors of a dataset could put right.
    """
    found = Inspection()
    grey = _read_image(case, root, found)
    if grey is not None:
        _look_at_image(case, grey, found, beyond_repair)
    outline = _read_outline(case, root, grey, found)
    if outline is not None:
        _look_at_outline(case, outline, grey, found, beyond_repair)
    return found


def _read_image(case: dict, root: Path, found: Inspection) -> np.ndarray | None:
    if not case["image"] or leaves(case["image"]):
        return None
    try:
        return read_grey(root / case["image"], _frame(case))
    except ImageProblem as problem:
        _note(found, case, ERROR, "image", _told(problem, root), problem.remedy or LOOK_AT_FILE)
        return None


def _read_outline(
    case: dict, root: Path, grey: np.ndarray | None, found: Inspection
) -> np.ndarray | None:
    if not case["outline"]:
        _note(
            found,
            case,
            WARNING,
            "no outline",
            "no outline is named",
            "Draw one: without it the case cannot be trained on or count for Dice",
        )
        return None
    if leaves(case["outline"]):
        return None
    try:
        return read_outline(root, case["outline"], None if grey is None else grey.shape)
    except ImageProblem as problem:
        _note(found, case, ERROR, "outline", _told(problem, root), problem.remedy or LOOK_AT_FILE)
        return None


def _look_at_image(case: dict, grey: np.ndarray, found: Inspection, beyond_repair: str) -> None:
    found.pixel_sha256 = pixel_sha256(grey)
    found.longest_side_px = float(max(grey.shape))
    if grey.min() == grey.max():
        message = f"every pixel of {case['image']} is {grey.min()}"
        _note(found, case, beyond_repair, "blank image", message, LOOK_AT_FILE)
    else:
        found.thumbnail = thumbnail(grey)


def _look_at_outline(
    case: dict, outline: np.ndarray, grey: np.ndarray | None, found: Inspection, beyond_repair: str
) -> None:
    name = case["outline"]
    found.outline_sha256 = _mask_sha256(outline)
    if not outline.any():
        message = f"no pixel of {name} belongs to a lesion"
        remedy = "Draw the outline, or leave the column empty"
        _note(found, case, beyond_repair, "empty outline", message, remedy)
        return
    if not (_unknown(case["diameter_cm"]) and _unknown(case["pixel_cm"])):
        found.diameter_px = longest_diameter_px(outline)
    if grey is not None and grey.shape != outline.shape:
        message = f"the outline is {_size(outline)} px, the image {_size(grey)} px"
        remedy = "Export the outline at the image's own size"
        _note(found, case, beyond_repair, "outline size", message, remedy)
    if outline[[0, 0, -1, -1], [0, -1, 0, -1]].all():
        message = f"{name} covers all four corners of the image and {outline.mean():.0%} of it"
        remedy = "Exchange black and white, so that the lesion is the bright part"
        _note(found, case, beyond_repair, "inverted outline", message, remedy)
        return
    if split_reference(name)[0].lower().endswith(".json"):
        return  # an annotation is one lesion, however many parts it was drawn in
    parts = part_areas(outline)
    large = [area for area in parts if area >= LESION_SHARE * parts[0]]
    if len(large) > 1:
        areas = ", ".join(map(str, large))
        message = f"{name} has {len(large)} separate parts, of {areas} px, for one case"
        remedy = "Give every lesion a case and an outline of its own, or join the parts"
        _note(found, case, beyond_repair, "several lesions", message, remedy)
    elif len(parts) > 1:
        message = f"beside the lesion, {name} has {len(parts) - 1} specks, {sum(parts[1:])} px"
        _note(found, case, WARNING, "specks in outline", message, "Delete them in the outline")


def _mask_sha256(mask: np.ndarray) -> str:
    """Return the identity of a mask: SHA-256 of its height, width and packed bits."""
    digest = hashlib.sha256(f"{mask.shape[0]}x{mask.shape[1]}:".encode())
    digest.update(np.packbits(mask).data)
    return digest.hexdigest()


def _note(
    found: Inspection, case: dict, severity: str, check: str, message: str, remedy: str
) -> None:
    found.findings.append(Finding(severity, check, case["case_id"], message, remedy))


def _told(problem: ImageProblem, root: Path) -> str:
    """Return a problem with the file named as the table names it."""
    return str(problem).replace(f"{root}/", "")


def _frame(case: dict) -> int | None:
    """Return the place of a case's frame in its file; None for files of a single one."""
    frame = pd.to_numeric(case["frame"], errors="coerce")
    return None if pd.isna(frame) else int(frame)


def _unknown(value: object) -> bool:
    return pd.isna(value) or value == ""


def _size(array: np.ndarray) -> str:
    return f"{array.shape[1]} x {array.shape[0]}"
