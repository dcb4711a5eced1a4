"""The import: a folder of DICOM files and a table become a cohort that names nobody.

What may say who a patient is stays in here and in two private files beside the salt: the key
(which hash is which file) and the problems with their files' names.
"""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd

from smallmass.cohort.columns import COLUMNS
from smallmass.cohort.dicom import (
    FINDINGS,
    IMAGES,
    OUTLINES,
    PAGES,
    SUMMARY,
    TABLE,
    contact_sheet,
)
from smallmass.cohort.dicom.headers import scan
from smallmass.cohort.dicom.identity import Private, Pseudonyms, write_key, write_private
from smallmass.cohort.dicom.matching import COLUMN, match
from smallmass.cohort.dicom.outlines import DETAILS, find_outlines
from smallmass.cohort.dicom.pixels import silence
from smallmass.cohort.dicom.rendering import Rendered, Renderer
from smallmass.cohort.dicom.rows import Row, clean
from smallmass.cohort.findings import ERROR, WARNING, Finding, to_table
from smallmass.cohort.own_table import read_own_table
from smallmass.cohort.parallel import Progress, map_images
from smallmass.cohort.sources import folder as folder_source
from smallmass.cohort.sources import folder_files
from smallmass.errors import UserError
from smallmass.files import write_csv, write_json

# What is to be known of many files, said once: the check, the message and the remedy.
NOTES = {
    "no region": (
        "no ultrasound region",
        "do not say where the tissue is, so that the whole frame is used",
        "Look for text around the tissue; cohort.dicom.mask makes it black",
    ),
    "misfit": (
        "ultrasound region misplaced",
        "have an ultrasound region that sticks out of the frame, which was shrunk or cut "
        "afterwards: the whole frame is used, and its scale is unknown",
        "Export the original frames, or give diameter_cm in the table",
    ),
    "several regions": (
        "several ultrasound regions",
        "show several regions of tissue, such as two views: the one with the outline is used, "
        "without an outline the largest",
        "Draw the outlines, so that the right view is taken",
    ),
    "PixelSpacing": (
        "scale from PixelSpacing",
        "have no calibrated region: the scale is that of the tag PixelSpacing",
        "Compare a lesion's size with the report",
    ),
    "no scale": (
        "no scale",
        "do not say how large a pixel is, so that sizes must come from the table",
        "Give diameter_cm or pixel_cm in the table",
    ),
    "stretched": (
        "pixels not square",
        "have pixels that are not square: the coarser direction was stretched",
        "Nothing: outlines were stretched alike",
    ),
    "frames": (
        "several frames",
        "hold several frames, and the table names none: cohort.dicom.frames says which are used",
        "Give the frame, counted from 0, in the column frame to choose another",
    ),
    "colour": (
        "colours in the image",
        "show colours (Doppler, elastography or drawings), which become grey",
        "Leave them out if they are no plain ultrasound",
    ),
    "mask": (
        "mask outside the frame",
        "are smaller than the rectangles of cohort.dicom.mask, which may miss the text",
        "Look at these images on the contact sheet",
    ),
    "old age": (
        "age over 89",
        "are of patients over 89 years, who are few: their age is written as 90",
        "Nothing",
    ),
}
_SHOWN = 5


def import_folder(
    root: Path,
    settings: dict,
    folder: Path,
    pseudonyms: Pseudonyms,
    private: Private,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Finding]:
    """Write a cohort of grey images, outlines and a table, none of which names a patient.

    Args:
        root: The folder of DICOM files, with the table and the outlines as for the source
            ``folder``; outlines are drawn on the whole frame.
        settings: The study's settings under ``cohort``.
        folder: Where ``images/``, ``outlines/``, ``contact_sheet/``, ``cohort.csv``,
            ``findings.csv`` and ``import.json`` are written; closed to other users.
        pseudonyms: Makes every identifier.
        private: Files for what nobody else may read.
        workers: How many files are read at once.
        progress: Told how far the reading of pixels is.

    Returns:
        list: What was found. Files with an error are left out of the cohort, and the study that
        reads it stops on them.

    Raises:
        UserError: If the table or the outlines that the settings name are not there, or a mask
            covers nothing.
    """
    _check_masks(settings["dicom"]["mask"])
    table = folder_source.watched(root, settings)[0]
    outlines = folder_source.outline_source(root, settings)
    _make_folders(folder)
    rows, findings, details = _read_table(table, settings)
    with silence():
        files, refused, ids = scan(
            root, pseudonyms, leave_out=_others(root, table, outlines), workers=workers
        )
        findings += refused
        by = settings["dicom"]["match"]
        pairs, unmatched = match(files, rows, by, {f.case_id: f for f in refused}, ids)
        findings += unmatched if rows else []
        try:
            pairs, unclear, in_full = find_outlines(pairs, list(ids), root, settings, outlines)
        except UserError as error:
            message = "the annotation file cannot be read"
            pairs, in_full = [], error.problems
            unclear = [Finding(ERROR, "annotation file", "", message, DETAILS)]
        findings += unclear
        details += in_full
        renderer = Renderer(root, folder, pseudonyms, settings["dicom"])
        results = map_images(
            lambda pair: renderer.render(*pair), pairs, workers=workers, progress=progress
        )
    for result in results:
        findings += result.findings
    findings += _notes([file.file_id for file, _ in pairs], results)
    if not ids:
        findings.append(
            Finding(
                ERROR,
                "no files",
                "",
                "cohort.root holds no file but the table and outlines",
                "Put the DICOM files into the folder, at any depth",
            )
        )
    names = {file_id: name for name, file_id in ids.items()}
    keys = [
        (file.file_id, file.name, case["case_id"])
        for (file, _), result in zip(pairs, results, strict=True)
        for case in result.cases
    ]
    cases = {key[0] for key in keys}
    keys += [(file_id, name, "") for file_id, name in names.items() if file_id not in cases]
    write_key(private.key, sorted(keys))
    details += [f"{names[f.case_id]}: {f.line()}" for f in findings if f.case_id in names]
    details += [f.line() for f in findings if f.case_id not in names]
    write_private(private.problems, "\n".join([*details, ""]).encode("utf-8", "surrogateescape"))
    where = f"{DETAILS} in {private.problems}, which you alone can open"
    findings = [replace(f, remedy=where) if f.remedy == DETAILS else f for f in findings]
    findings.append(
        Finding(
            WARNING,
            "private files",
            "",
            f"files are named by hashes; {private.key} says which is which, and "
            f"{private.problems} describes every problem with the names of files and words of "
            "the table",
            "Keep both and the salt beside them to yourself",
        )
    )
    _write(folder, results, findings)
    return findings


def _write(folder: Path, results: list[Rendered], findings: list[Finding]) -> None:
    """Write the cohort's table, the findings, the contact sheet and, last, the summary."""
    cases = pd.DataFrame([case for result in results for case in result.cases])
    cases = cases.reindex(columns=[name for name in COLUMNS if name in cases or cases.empty])
    if not cases.empty:
        cases = cases.sort_values("case_id")
    write_csv(folder / TABLE, cases)
    write_csv(folder / FINDINGS, to_table(findings))
    images = {name: pixels for result in results for name, pixels in result.images.items()}
    pages = contact_sheet.draw_pages(folder, sorted(images), folder / PAGES)
    said = [result.burned_in for result in results]
    summary = {
        "images": len(images),
        "pages": len(pages),
        "burned_in_annotation": {word: said.count(word) for word in ("yes", "no", "unknown")},
        "sha256": contact_sheet.sign_off_hash(images),
    }
    write_json(folder / SUMMARY, summary)


def _read_table(table: Path, settings: dict) -> tuple[list[Row], list[Finding], list[str]]:
    """Return the rows that can be read, what is wrong, and the same in words for the owner alone.

    What is said about a table quotes its header and cells; without a header, these are patients.
    """
    needed: tuple[str, ...] = ("label", COLUMN[settings["dicom"]["match"]])
    if settings["dicom"]["patient"] == "table" and "patient_id" not in needed:
        needed += ("patient_id",)
    try:
        own = read_own_table(table, settings, needed)
    except UserError as error:
        count = len(error.problems)
        message = f"the table cannot be used: {count} problem{'s' * (count > 1)} with its columns"
        return [], [Finding(ERROR, "table", "", message, DETAILS)], error.problems
    rows, findings = clean(own.cases, own.rows)
    return rows, findings, [finding.line() for finding in own.findings]


def _others(root: Path, table: Path, outlines: str | None) -> list[Path]:
    """Return what is no DICOM file: the table, the outlines, and images of common formats."""
    masks = [root / name for name in folder_files.scan(root).paths]
    return [table, *masks, *([root / outlines] if outlines else [])]


def _notes(file_ids: list[str], results: list[Rendered]) -> list[Finding]:
    """Return one warning for each thing that is to be known of any number of files."""
    findings = []
    for note, (check, message, remedy) in NOTES.items():
        ids = [
            file_id
            for file_id, result in zip(file_ids, results, strict=True)
            if note in result.notes
        ]
        if ids:
            more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
            text = f"{len(ids)} files {message} ({', '.join(ids[:_SHOWN])}{more})"
            findings.append(Finding(WARNING, check, "", text, remedy))
    return findings


def _check_masks(masks: list[list[int]]) -> None:
    problems = [
        f"cohort.dicom.mask: {mask} covers nothing. Write y1, x1, y2, x2: first the upper left "
        "corner, then the lower right one"
        for mask in masks
        if mask[0] >= mask[2] or mask[1] >= mask[3]
    ]
    if problems:
        raise UserError(problems)


def _make_folders(folder: Path) -> None:
    """Make the folder of the import anew, closed to other users."""
    folder.mkdir(parents=True, exist_ok=True)
    os.chmod(folder, 0o700)
    for name in (IMAGES, OUTLINES, PAGES):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir()
    for name in (TABLE, FINDINGS, SUMMARY):
        (folder / name).unlink(missing_ok=True)
