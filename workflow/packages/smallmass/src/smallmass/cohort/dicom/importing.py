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
from smallmass.cohort.dicom.matching import COLUMN, Pairs, match
from smallmass.cohort.dicom.outlines import drawn_in, find_outlines
from smallmass.cohort.dicom.pixels import silence
from smallmass.cohort.dicom.rendering import Rendered, Renderer
from smallmass.cohort.dicom.rows import Row, clean
from smallmass.cohort.findings import Finding, to_table
from smallmass.cohort.own_table import read_own_table
from smallmass.cohort.parallel import Progress, map_images
from smallmass.cohort.sources import folder_choice, folder_files
from smallmass.cohort.table_checks import spelling
from smallmass.counts import first_of, number_of
from smallmass.errors import UserError
from smallmass.files import write_csv, write_json
from smallmass.settings import CohortSettings

# What is to be known of any number of files, in one finding: the rule, and its message.
NOTES = {
    "D061": "where the tissue is, is not said, so that the whole frame is used",
    "D062": "the ultrasound region sticks out of the frame, which was shrunk or cut afterwards: "
    "the whole frame is used, and its scale is unknown",
    "D063": "several regions of tissue, such as two views, of which the one with the outline is "
    "used, without an outline the largest",
    "D064": "no calibrated region, so that the scale is that of the tag PixelSpacing",
    "D065": "how large a pixel is, is not said, so that sizes must come from the table",
    "D066": "pixels that are not square, so that the coarser direction was stretched",
    "D067": "several frames, of which the table names none, so that cohort.dicom.frames says which "
    "are used",
    "D068": "colours (Doppler, elastography or drawings), which become grey",
    "D069": "smaller than the rectangles of cohort.dicom.mask, which may miss the text",
    "D070": "of patients over 89 years, who are few, so that their age is written as 90",
    "D072": "an age in the tag PatientAge that is none (000Y, or no unit), and counts as unknown",
}
_SHOWN = 5
# What `rows.clean` says of the same cells, by their rows.
_BY_ROWS = ("T012",)


def import_folder(
    root: Path,
    settings: CohortSettings,
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
        UserError: If the table or the outlines that the settings name are not there.
    """
    table = folder_choice.watched(root, settings)[0]
    outlines = folder_choice.outline_source(root, settings)
    drawn = [root / outlines] if outlines else []
    make_folders(folder)
    in_full = f"Read the details in {private.problems}, which you alone can open"
    rows, findings, details = _read_table(table, settings, in_full)
    with silence():
        files, refused, ids = scan(
            root, pseudonyms, leave_out=others(root, table, *drawn), workers=workers
        )
        by = settings.dicom.match
        pairs, unmatched = match(files, rows, by, {f.case_id: f for f in refused}, ids)
        findings += [*refused, *(unmatched if rows else [])]
        try:
            pairs, unclear, more = find_outlines(
                pairs, list(ids), root, settings, outlines, in_full
            )
        except UserError as error:
            message = "the annotation file cannot be read"
            unclear = [Finding.of("D022", "", message, remedy=in_full)]
            pairs, more = [], error.problems
        findings += unclear
        details += more
        segmented = {finding.case_id for finding in refused if finding.code == "D012"}
        pairs, unclear = drawn_in(
            pairs, root, [n for n, file_id in ids.items() if file_id in segmented]
        )
        findings += unclear
        renderer = Renderer(root, folder, pseudonyms, settings.dicom)
        results = map_images(
            lambda pair: renderer.render(*pair), pairs, workers=workers, progress=progress
        )
    findings += [finding for result in results for finding in result.findings]
    findings += _one_patient(pairs, settings)
    findings += _spellings(pairs, settings)
    findings += notes_of([file.file_id for file, _ in pairs], results)
    if not ids:
        findings.append(
            Finding.of("D001", "", "cohort.root holds no file but the table and outlines")
        )
    write_keys(private, pairs, results, ids, details, findings)
    message = (
        f"files are named by hashes; {private.key} says which is which, and {private.problems} "
        "describes every problem with the names of files and words of the table"
    )
    findings.append(Finding.of("D071", "", message))
    write_import(folder, results, findings)
    return findings


def write_keys(
    private: Private,
    pairs: Pairs,
    results: list[Rendered],
    ids: dict[str, str],
    details: list[str],
    findings: list[Finding],
) -> None:
    """Write for the owner alone which hash is which file, and every problem with its file's name.

    Args:
        private: The two files.
        pairs: The files that were read, with their rows.
        results: What became of each of them.
        ids: Of every file in the folder its name and its hash.
        details: Problems in full, which the findings do not quote.
        findings: What was found.
    """
    names = {file_id: name for name, file_id in ids.items()}
    keys = [
        (file.file_id, file.name, case["case_id"])
        for (file, _), result in zip(pairs, results, strict=True)
        for case in result.cases
    ]
    used = {file_id for file_id, _, _ in keys}
    keys += [(file_id, name, "") for file_id, name in names.items() if file_id not in used]
    write_key(private.key, sorted(keys))
    lines = [*details]
    lines += [f"{names[f.case_id]}: {f.line()}" for f in findings if f.case_id in names]
    lines += [f.line() for f in findings if f.case_id not in names]
    write_private(private.problems, "\n".join([*lines, ""]).encode("utf-8", "surrogateescape"))


def write_import(folder: Path, results: list[Rendered], findings: list[Finding]) -> None:
    """Write the cohort's table, the findings, the contact sheet and, last, the summary."""
    cases = pd.DataFrame([case for result in results for case in result.cases])
    cases = cases.reindex(columns=[name for name in COLUMNS if name in cases or cases.empty])
    if not cases.empty:
        cases = cases.sort_values("case_id")
    write_csv(folder / TABLE, cases)
    write_csv(folder / FINDINGS, to_table(findings))
    images = {name: pixels for result in results for name, pixels in result.images.items()}
    pages = contact_sheet.draw_pages(folder, sorted(images), folder / PAGES)
    burned_in = [result.burned_in for result in results]
    summary = {
        "images": len(images),
        "pages": len(pages),
        "burned_in_annotation": {word: burned_in.count(word) for word in ("yes", "no", "unknown")},
        "sha256": contact_sheet.sign_off_hash(images),
    }
    write_json(folder / SUMMARY, summary)


def _read_table(
    table: Path, settings: CohortSettings, remedy: str
) -> tuple[list[Row], list[Finding], list[str]]:
    """Return the rows that can be read, what is wrong, and the same in words for the owner alone.

    Messages about a table quote its header and cells; without a header, these are patients.
    ``remedy`` says where the owner reads them.
    """
    needed: tuple[str, ...] = ("label", COLUMN[settings.dicom.match])
    if settings.dicom.patient == "table" and "patient_id" not in needed:
        needed += ("patient_id",)
    try:
        own = read_own_table(table, settings, needed)
    except UserError as error:
        problems = number_of(len(error.problems), "problem")
        message = f"the table cannot be used: {problems} with its columns"
        return [], [Finding.of("D021", "", message, remedy=remedy)], error.problems
    rows, findings = clean(own)
    told = {finding.code: finding for finding in own.findings if finding.code not in _BY_ROWS}
    findings += [
        replace(finding, message=f"table: {finding.check}", remedy=remedy)
        for finding in told.values()
    ]
    return rows, findings, [finding.line() for finding in own.findings]


def others(root: Path, *named: Path) -> list[Path]:
    """Return what is no DICOM file: what is named, and images of common formats."""
    return [*named, *(root / name for name in folder_files.scan(root).paths)]


def _one_patient(pairs: Pairs, settings: CohortSettings) -> list[Finding]:
    """Return an error where all files name one patient and the table several: a mask's number."""
    by_tag = {file.tag("PatientID") for file, _ in pairs}
    by_table = {row.patient_id for _, rows in pairs for row in rows} - {""}
    if settings.dicom.patient != "tag" or len(by_tag) != 1 or min(len(by_table), len(pairs)) < 2:
        return []
    message = (
        f"all {len(pairs)} files name one patient, and the table names {len(by_table)}: whoever "
        "took the names out of the files gave all of them one number"
    )
    return [Finding.of("D035", "", message)]


def _spellings(pairs: Pairs, settings: CohortSettings) -> list[Finding]:
    """Return a warning where patients' numbers differ in spelling alone; none is quoted."""
    by_tag = {file.tag("PatientID") for file, _ in pairs}
    by_table = {row.patient_id for _, rows in pairs for row in rows}
    numbers = (by_tag if settings.dicom.patient == "tag" else by_table) - {""}
    alike = len(numbers) - len({spelling(number) for number in numbers})
    if not alike:
        return []
    message = (
        f"of {number_of(len(numbers), 'patient')}, {alike} differ from another in the number's "
        "spelling alone (capitals, blanks, zeros), and count as different ones"
    )
    return [Finding.of("T018", "", message)]


def notes_of(file_ids: list[str], results: list[Rendered]) -> list[Finding]:
    """Return one warning for each thing that is to be known of any number of files."""
    findings = []
    for code, message in NOTES.items():
        ids = [
            file_id
            for file_id, result in zip(file_ids, results, strict=True)
            if code in result.notes
        ]
        if ids:
            text = f"{message}: {number_of(len(ids), 'file')} ({first_of(ids, _SHOWN)})"
            findings.append(Finding.of(code, "", text))
    return findings


def make_folders(folder: Path) -> None:
    """Make the folder of the import anew, closed to other users."""
    folder.mkdir(parents=True, exist_ok=True)
    os.chmod(folder, 0o700)
    for name in (IMAGES, OUTLINES, PAGES):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir()
    for name in (TABLE, FINDINGS, SUMMARY):
        (folder / name).unlink(missing_ok=True)
