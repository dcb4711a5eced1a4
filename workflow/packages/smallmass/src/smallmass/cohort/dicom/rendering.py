"""From a DICOM file and the rows that name it to images, outlines and cases without a name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from smallmass.cohort.dicom.headers import DicomFile, age_years, device
from smallmass.cohort.dicom.identity import Pseudonyms
from smallmass.cohort.dicom.pixels import Frame, PixelProblem, frames_of, read_frame
from smallmass.cohort.dicom.regions import (
    Box,
    Crop,
    Region,
    aspect,
    frame_spacing_cm,
    make_crop,
    tissue_regions,
)
from smallmass.cohort.dicom.rows import FREE_TEXT, OLDEST, Row, identifies, pooled_age, words_of
from smallmass.cohort.findings import Finding
from smallmass.cohort.images import pixel_sha256, write_grey
from smallmass.cohort.outline_files import read_outline
from smallmass.cohort.paths import leaves
from smallmass.cohort.problems import ImageProblem
from smallmass.cohort.references import split_reference
from smallmass.settings import DicomSettings

COHORT = "own"
# An outline may lose this share to the crop: a drawn line is a few pixels wide.
LOST_OUTLINE = 0.02


@dataclass
class Rendered:
    """What became of a file.

    Args:
        cases: Rows of the cohort's table.
        images: Of every image that was written its name and the SHA-256 of its pixels.
        notes: What is to be known, each a key of `importing.NOTES`.
        findings: What is wrong.
        burned_in: What the file says of text in its pixels: yes, no or unknown.
    """

    cases: list[dict] = field(default_factory=list)
    images: dict[str, str] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    burned_in: str = "unknown"


@dataclass(frozen=True)
class Renderer:
    """Turns files into images and cases.

    Args:
        root: The folder that outlines are relative to.
        folder: Where ``images/`` and ``outlines/`` are.
        pseudonyms: Makes every identifier.
        settings: The settings ``cohort.dicom``.
        labelled: Whether a case needs a label; new patients have none.
    """

    root: Path
    folder: Path
    pseudonyms: Pseudonyms
    settings: DicomSettings
    labelled: bool = True

    def render(self, file: DicomFile, rows: Sequence[Row]) -> Rendered:
        """Write the images and outlines of a file, and return its cases."""
        out = Rendered()
        out.burned_in = {"YES": "yes", "NO": "no"}.get(
            file.tag("BurnedInAnnotation").upper(), "unknown"
        )
        patient = self._patient(file, rows, out)
        read: dict[int, Frame] = {}
        for position, row in enumerate(rows):
            for frame in self._frames(file, row, out):
                try:
                    if frame not in read:
                        read[frame] = read_frame(file.path, file.header, frame)
                except PixelProblem as problem:
                    self._note(out, file, "D041", f"the file cannot be read: {problem}")
                    continue
                if read[frame].coloured:
                    out.notes.add("D068")  # colours
                self._case(
                    file,
                    row,
                    position=position,
                    frame=frame,
                    levels=read[frame].levels,
                    patient=patient,
                    out=out,
                )
        return out

    def _case(
        self,
        file: DicomFile,
        row: Row,
        *,
        position: int,
        frame: int,
        levels: np.ndarray,
        patient: str,
        out: Rendered,
    ) -> None:
        """Add the case of one row and frame, and write its image and outline.

        Args:
            file: The file.
            row: The row.
            position: Of the row among those of the file, from 0.
            frame: Of the file, from 0.
            levels: The frame's grey levels, uint8 (height, width).
            patient: The patient's pseudonym.
            out: What becomes of the file; changed in place.
        """
        outline = self._outline(file, row, out)
        if row.outline and outline is None:
            return
        crop = self._crop(file, row, outline, out)
        if crop is None:
            return
        values = {name: value for name, value in row.values.items() if name != "pixel_cm"}
        case_id = self.pseudonyms.of("case", file.uid, frame, row.case_id or f"row {position}")
        image_id = self.pseudonyms.of("image", file.uid, frame, *crop.box)
        values |= {
            "case_id": case_id,
            "cohort": COHORT,
            "patient_id": patient,
            "group_id": self._group(row),
            "image": f"images/{image_id}.png",
            "pixel_cm": crop.pixel_cm,
        }
        values |= self._passed(file, row, values, out)
        fits = outline is None or self._outline_fits(file, outline, crop, out)
        if not fits or (
            self.labelled and "label" not in values
        ):  # of the label the check of the rows has told
            return
        if outline is not None:
            values["outline"] = f"outlines/{case_id}.png"
            cut = crop.of_outline(outline).astype(np.uint8)
            write_grey(self.folder / values["outline"], cut * 255)
        if values["image"] not in out.images:
            image = crop.of_image(levels)
            write_grey(self.folder / values["image"], image)
            out.images[values["image"]] = pixel_sha256(image)
        out.cases.append(values)

    def _frames(self, file: DicomFile, row: Row, out: Rendered) -> list[int]:
        """Return the frames that a row is about."""
        count, rule = frames_of(file.header), self.settings.frames
        if row.frame is not None and row.frame >= count:
            message = (
                f"row {row.number} of the table names frame {row.frame}, and the file has {count}, "
                f"0 to {count - 1}"
            )
            self._note(out, file, "D043", message)
            return []
        if row.frame is not None:
            return [row.frame]
        if count == 1:
            return [0]
        # An outline belongs to one frame: which one, no rule for all files can know.
        if rule == "table" or row.outline:
            self._note(
                out,
                file,
                "D044" if row.outline else "D043",
                f"row {row.number} of the table names no frame, and the file has {count}",
            )
            return []
        out.notes.add("D067")  # several frames
        return {"first": [0], "middle": [count // 2], "all": list(range(count))}[rule]

    def _crop(
        self, file: DicomFile, row: Row, outline: np.ndarray | None, out: Rendered
    ) -> Crop | None:
        """Return the crop to the tissue, or None if the frame must not be used."""
        header = file.header
        whole: Box = (0, 0, int(header.Rows), int(header.Columns))
        regions, misfit = tissue_regions(header)
        region = _choose(regions, outline)
        masks: list[Box] = [(y1, x1, y2, x2) for y1, x1, y2, x2 in self.settings.mask]
        if region is None:
            out.notes.add("D062" if misfit else "D061")  # a misplaced region, or none
        elif len(regions) > 1:
            out.notes.add("D063")  # several regions
        box = region.box if region else whole
        if any(mask[2] > whole[2] or mask[3] > whole[3] for mask in masks):
            out.notes.add("D069")  # mask outside
        if out.burned_in == "yes" and box == whole and not any(_meet(m, box) for m in masks):
            self._note(
                out,
                file,
                "D045",
                "the file says that its pixels show text about the patient, and neither an "
                "ultrasound region nor a mask takes it away",
            )
            return None
        pixel = region.pixel_cm if region else None
        if pixel is None and not misfit and (spacing := frame_spacing_cm(header)):
            pixel = spacing
            out.notes.add("D064")  # scale of PixelSpacing
        if pixel is None and row.values.get("pixel_cm"):
            pixel = (row.values["pixel_cm"],) * 2
        if pixel is None:
            out.notes.add("D065")  # no scale
        try:
            crop = make_crop(box, pixel, aspect(header), masks)
        except ValueError as error:
            self._note(out, file, "D042", f"{error}: that is no image of tissue")
            return None
        if crop.shape != (box[2] - box[0], box[3] - box[1]):
            out.notes.add("D066")  # stretched
        return crop

    def _outline(self, file: DicomFile, row: Row, out: Rendered) -> np.ndarray | None:
        """Return a row's outline in the coordinates of the whole frame, or None."""
        if not row.outline:
            return None
        shape = int(file.header.Rows), int(file.header.Columns)
        path = self.root / split_reference(row.outline)[0]
        where = f"the outline in row {row.number} of the table"
        if leaves(split_reference(row.outline)[0]):
            problem = f"{where} lies outside cohort.root"
        elif not path.is_file():
            problem = f"{where} is not there"
        else:
            try:
                outline = read_outline(self.root, row.outline, shape)
            except ImageProblem:
                problem = f"{where} cannot be read, or does not fit the frame"
            else:
                if outline.shape == shape and outline.any():
                    return outline
                problem = f"{where} is empty"
                if outline.shape != shape:
                    problem = (
                        f"{where} is {outline.shape[1]} x {outline.shape[0]} px, the frame is "
                        f"{shape[1]} x {shape[0]} px"
                    )
        self._note(out, file, "D046", problem)
        return None

    def _outline_fits(
        self, file: DicomFile, outline: np.ndarray, crop: Crop, out: Rendered
    ) -> bool:
        """Return whether the crop leaves the lesion; say where it cuts a part of it off."""
        y1, x1, y2, x2 = crop.box
        left = outline[y1:y2, x1:x2]
        lost = 1 - left.sum() / outline.sum()
        if not crop.of_outline(outline).any():
            message = "the outline lies outside the ultrasound region of the frame"
            self._note(out, file, "D047", message)
            return False
        if lost > LOST_OUTLINE:
            message = f"{lost:.0%} of the outline lie outside the ultrasound region of the frame"
            self._note(out, file, "D048", message)
        hidden = sum(int(outline[max(a, 0) : c, max(b, 0) : d].sum()) for a, b, c, d in crop.masks)
        if hidden:
            self._note(out, file, "D049", "cohort.dicom.mask covers a part of the lesion")
        return not hidden

    def _patient(self, file: DicomFile, rows: Sequence[Row], out: Rendered) -> str:
        """Return the patient's pseudonym; empty, with a finding, where nobody is named."""
        if self.settings.patient == "tag":
            name = file.tag("PatientID")
            code = "D033"
        else:
            name = next((row.patient_id for row in rows if row.patient_id), "")
            code = "D032"
        if len({row.patient_id for row in rows if row.patient_id}) > 1:
            self._note(out, file, "D031", "the table gives the file to several patients")
        if name:
            return self.pseudonyms.of("patient", name)
        self._note(out, file, code, "the file names no patient")
        return ""

    def _group(self, row: Row) -> str:
        # Where the file's own PatientID is used, the table's joins what has two numbers.
        joins = row.group_id or (row.patient_id if self.settings.patient == "tag" else "")
        return self.pseudonyms.of("group", joins) if joins else ""

    def _passed(self, file: DicomFile, row: Row, values: dict, out: Rendered) -> dict:
        """Return what passes of the file's tags, and the table's free text after a search."""
        tags = ("PatientName", "PatientID", "PatientBirthDate", "AccessionNumber")
        sought = words_of(*(file.tag(name) for name in (*tags, "OtherPatientIDs")))
        sought |= words_of(row.patient_id, row.case_id, row.group_id)
        maker = "" if "device" in row.unknown else device(file.header)
        passed: dict[str, object] = {"device": values.get("device") or maker}
        age = values.get("age_years")
        if age is None and "age_years" not in row.unknown:
            age = age_years(file.tag("PatientAge"))
            if age is None and file.tag("PatientAge"):
                out.notes.add("D072")  # no age
        if age is not None:
            passed["age_years"] = pooled_age(age)
            if age > OLDEST:
                out.notes.add("D070")  # old age
        passed["histology"] = values.get("histology", "")
        for name in FREE_TEXT:
            if passed[name] and identifies(str(passed[name]), sought):
                message = (
                    f"{name} (row {row.number} of the table, or the file) holds a word of the "
                    "patient's name or number, a date, or a long number"
                )
                self._note(out, file, "D034", message, name=name)
                passed[name] = ""
        return passed

    def _note(
        self, out: Rendered, file: DicomFile, code: str, message: str, **details: Any
    ) -> None:
        finding = Finding.of(code, file.file_id, message, **details)
        if finding not in out.findings:
            out.findings.append(finding)


def _choose(regions: Sequence[Region], outline: np.ndarray | None) -> Region | None:
    """Return the region that holds most of the lesion; without an outline, the largest."""
    if not regions or outline is None:
        return regions[0] if regions else None

    def inside(region: Region) -> int:
        y1, x1, y2, x2 = region.box
        return int(outline[y1:y2, x1:x2].sum())

    return max(regions, key=inside)


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
