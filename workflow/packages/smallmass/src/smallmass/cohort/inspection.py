"""What the image and the outline of one case say."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from smallmass.cohort import outline_fit, outline_shapes, pictures
from smallmass.cohort.findings import Finding
from smallmass.cohort.images import Facts, pixel_sha256, read_grey
from smallmass.cohort.images import facts as read_facts
from smallmass.cohort.outline_files import part_areas, read_drawn
from smallmass.cohort.outlines import longest_diameter_px
from smallmass.cohort.paths import leaves
from smallmass.cohort.problems import ImageProblem
from smallmass.cohort.references import is_annotation, path_of
from smallmass.cohort.thumbnails import thumbnail
from smallmass.counts import number_of

# Parts of an outline: from this share of the largest part on, a part is a lesion of its own, and
# below it a slip of the pen. All 1,875 outlines of BUS-BRA have a single part.
LESION_SHARE = 0.1


@dataclass
class Inspection:
    """What the files of one case say.

    Args:
        pixel_sha256: The identity of the image's pixels, empty if it could not be read.
        outline_sha256: The identity of the outline's pixels, empty if there is none.
        outline_px: The outline's area, px.
        thumbnail: The image as `near_duplicates.find` compares it, uint8; None if it could not be
            read or is blank.
        small: Image and outline as `outline_fit` compares them; None where one cannot be used.
        diameter_px: The outline's longest diameter in px, where ``pixel_cm`` or ``diameter_cm`` is
            known; else NaN.
        longest_side_px: The image's; NaN if it could not be read.
        findings: What is wrong with the files.
    """

    pixel_sha256: str = ""
    outline_sha256: str = ""
    outline_px: int = 0
    thumbnail: np.ndarray | None = None
    small: outline_fit.Small | None = None
    diameter_px: float = float("nan")
    longest_side_px: float = float("nan")
    findings: list[Finding] = field(default_factory=list)


def inspect(case: dict, root: Path, *, public: bool = False) -> Inspection:
    """Read a case's image and outline.

    Args:
        case: A row of the completed table.
        root: The folder that its paths are relative to.
        public: Whether it is of a public dataset, which only its authors could put right.
    """
    inspection = Inspection()
    grey = _read_image(case, root, inspection)
    facts = Facts()
    if grey is not None:
        facts = read_facts(root / case["image"])
        _look_at_image(case, grey, facts, inspection, public)
    outline = _read_outline(case, root, grey, inspection)
    if outline is not None:
        _look_at_outline(case, outline, grey, facts, inspection, public)
    return inspection


def _read_image(case: dict, root: Path, inspection: Inspection) -> np.ndarray | None:
    if not case["image"] or leaves(case["image"]):
        return None
    try:
        return read_grey(root / case["image"], _frame(case))
    except ImageProblem as problem:
        inspection.findings.append(_unreadable("I001", case, problem, root))
        return None


def _read_outline(
    case: dict, root: Path, grey: np.ndarray | None, inspection: Inspection
) -> np.ndarray | None:
    if not case["outline"]:
        inspection.findings.append(Finding.of("O002", case["case_id"], "no outline is named"))
        return None
    if leaves(case["outline"]):
        return None
    try:
        drawn = read_drawn(root, case["outline"], None if grey is None else grey.shape)
    except ImageProblem as problem:
        inspection.findings.append(_unreadable("O001", case, problem, root))
        return None
    if outline_shapes.is_framed(drawn):
        message = f"{case['outline']} has a line along the image's border"
        inspection.findings.append(Finding.of("O032", case["case_id"], message))
        return None
    outline, was_line = outline_shapes.filled(drawn)
    if was_line:
        message = (
            f"{case['outline']} encloses {outline.sum()} px with a line of {drawn.sum()} px, and "
            "is filled"
        )
        inspection.findings.append(Finding.of("O020", case["case_id"], message))
    return outline


def _look_at_image(
    case: dict, grey: np.ndarray, facts: Facts, inspection: Inspection, public: bool
) -> None:
    inspection.pixel_sha256 = pixel_sha256(grey)
    inspection.longest_side_px = float(max(grey.shape))
    for code, message in pictures.problems(grey, facts, _frame(case)):
        text = f"{path_of(case['image'])}: {message}"
        inspection.findings.append(Finding.of(code, case["case_id"], text, public=public))
    if grey.min() != grey.max():
        inspection.thumbnail = thumbnail(grey)


def _look_at_outline(
    case: dict,
    outline: np.ndarray,
    grey: np.ndarray | None,
    facts: Facts,
    inspection: Inspection,
    public: bool,
) -> None:
    def note(code: str, message: str) -> None:
        inspection.findings.append(Finding.of(code, case["case_id"], message, public=public))

    name = case["outline"]
    inspection.outline_sha256 = _mask_sha256(outline)
    inspection.outline_px = int(outline.sum())
    other_size = grey is not None and grey.shape != outline.shape
    if grey is not None and other_size:
        turned = ", turned as its EXIF mark says" if facts.orientation > 4 else ""
        note("O004", f"the outline is {_size(outline)} px, the image {_size(grey)} px{turned}")
    if not outline.any():
        note("O003", f"no pixel of {name} belongs to a lesion")
        return
    if not (_unknown(case["diameter_cm"]) and _unknown(case["pixel_cm"])):
        inspection.diameter_px = longest_diameter_px(outline)
    if other_size:
        return
    if outline[[0, 0, -1, -1], [0, -1, 0, -1]].all():
        note(
            "O005",
            f"{name} covers all four corners of the image and {outline.mean():.0%} of it",
        )
        return
    if _turned_apart(facts, outline):
        note(
            "O026",
            f"{path_of(case['image'])} is marked as to be turned (EXIF orientation "
            f"{facts.orientation}), and {name} does not tell whether it was drawn after turning",
        )
    if problem := outline_shapes.problem(outline):
        code, message = problem
        note(code, f"{name} {message}")
        if code in ("O021", "O023", "O024"):
            return
    if inspection.thumbnail is not None:
        inspection.small = outline_fit.small(inspection.thumbnail, outline)
    if is_annotation(name):
        return  # an annotation is one lesion, however many parts it was drawn in
    areas = part_areas(outline)
    large = [area for area in areas if area >= LESION_SHARE * areas[0]]
    if len(large) > 1:
        listed = ", ".join(map(str, large))
        note("O006", f"{name} has {len(large)} separate parts, of {listed} px, for one case")
    elif len(areas) > 1:
        specks = areas[1:]
        note(
            "O007",
            f"beside the lesion, {name} has {number_of(len(specks), 'speck')}, {sum(specks)} px",
        )


def _turned_apart(facts: Facts, outline: np.ndarray) -> bool:
    """Return whether an image is turned on reading, and its outline fits both ways.

    Orientations 5 to 8 exchange the sides: an outline of the size of the turned image was drawn on
    that, unless it is a square.
    """
    if facts.orientation == 1:
        return False
    return facts.orientation < 5 or outline.shape[0] == outline.shape[1]


def _mask_sha256(mask: np.ndarray) -> str:
    """Return the identity of a mask: SHA-256 of its height, width and packed bits."""
    digest = hashlib.sha256(f"{mask.shape[0]}x{mask.shape[1]}:".encode())
    digest.update(np.packbits(mask).data)
    return digest.hexdigest()


def _unreadable(code: str, case: dict, problem: ImageProblem, root: Path) -> Finding:
    """Return the finding of a file that cannot be read, named as the table names it."""
    message = str(problem).replace(f"{root}/", "")
    return Finding.of(problem.code or code, case["case_id"], message, remedy=problem.remedy)


def _frame(case: dict) -> int | None:
    """Return the place of a case's frame in its file; None for files of a single one."""
    frame = pd.to_numeric(case["frame"], errors="coerce")
    return None if pd.isna(frame) else int(frame)


def _unknown(value: object) -> bool:
    return pd.isna(value) or value == ""


def _size(array: np.ndarray) -> str:
    return f"{array.shape[1]} x {array.shape[0]}"
