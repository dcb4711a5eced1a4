"""A folder of new patients' DICOM files, through the same import as a study's own.

Each frame is cropped to its ultrasound region, covered where the settings say so and made grey.
Names, numbers, dates and paths stay behind: a case is named by a salted hash, and which file it is
stands in a private file beside the salt.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from smallmass.cohort import spreadsheet
from smallmass.cohort.dicom import SUMMARY
from smallmass.cohort.dicom.headers import DicomFile, scan
from smallmass.cohort.dicom.identity import Private, Pseudonyms
from smallmass.cohort.dicom.importing import (
    make_folders,
    notes_of,
    others,
    write_import,
    write_keys,
)
from smallmass.cohort.dicom.matching import Pairs, match
from smallmass.cohort.dicom.pixels import silence
from smallmass.cohort.dicom.rendering import Renderer
from smallmass.cohort.dicom.rows import Row, clean
from smallmass.cohort.findings import Finding
from smallmass.cohort.listing import list_files
from smallmass.cohort.parallel import map_images
from smallmass.cohort.sources.folder_files import ENDINGS
from smallmass.cohort.table import complete, typed
from smallmass.counts import number_of
from smallmass.files import read_json
from smallmass.prediction.factors import read_factors, table_path
from smallmass.prediction.folder import COLUMNS, about_values, read_pixels, twins
from smallmass.settings import CohortSettings

# Who a new patient is matters to nobody: no training and test are to be kept apart. Where a file
# has no scale, nothing is measured; and no outline is drawn that would need a region.
_OF_A_STUDY = ("D028", "D032", "D033", "D063", "D065")


def holds_dicom(folder: Path) -> bool:
    """Return whether a folder holds a DICOM file (Part 10), whatever it is called."""
    usual = (*ENDINGS, *spreadsheet.ENDINGS, ".json", ".pdf", ".ini", ".md")
    names = [name for name in list_files(folder) if not name.lower().endswith(usual)]
    return any(_is_dicom(folder / name) for name in names)


def inspect_dicom(
    root: Path,
    settings: CohortSettings,
    folder: Path,
    pseudonyms: Pseudonyms,
    private: Private,
    *,
    workers: int = 1,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the cases of a folder of DICOM files of new patients, and what is wrong with it.

    A table (at most one) may give clinical factors; it names files as ``cohort.dicom.match`` says.
    Images of other formats are not read.

    Args:
        root: The folder.
        settings: The study's settings under ``cohort``.
        folder: Where the images, the contact sheet and the summary are written; closed to others.
        pseudonyms: Makes every identifier.
        private: Files for what nobody else may read.
        workers: How many files are read at once.

    Returns:
        tuple: cases in `smallmass.prediction.folder.COLUMNS`, with images relative to ``folder``,
        by case_id; and findings, none of which names a patient or a file.
    """
    make_folders(folder)
    remedy = f"Read the details in {private.problems}, which you alone can open"
    path, wrong = table_path(root)
    rows, findings, details = _rows(path, settings, remedy)
    findings += [replace(finding, message="the folder has several tables") for finding in wrong]
    with silence():
        files, refused, ids = scan(
            root, pseudonyms, leave_out=others(root, *([path] if path else [])), workers=workers
        )
        by = settings.dicom.match
        named, unmatched = match(files, rows, by, {f.case_id: f for f in refused}, ids)
        pairs = _all_files(files, named)
        renderer = Renderer(root, folder, pseudonyms, settings.dicom, labelled=False)
        results = map_images(lambda pair: renderer.render(*pair), pairs, workers=workers)
    findings += [*refused, *unmatched]
    findings += [finding for result in results for finding in result.findings]
    findings += notes_of([file.file_id for file, _ in pairs], results)
    findings = [finding for finding in findings if finding.code not in _OF_A_STUDY]
    if rows:
        used = {file.file_id for file, _ in named}
        findings += [_without_row(file) for file in files if file.file_id not in used]
    if pictured := [name for name in list_files(root) if name.lower().endswith(ENDINGS)]:
        pictures = number_of(len(pictured), "image")
        message = f"not read beside DICOM files: {pictures} of other formats"
        findings.append(Finding.of("N012", "", message))
    if not any(result.cases for result in results):
        findings.append(Finding.of("N001", "", "no ultrasound image in the folder's DICOM files"))
    cases, wrong = _cases([case for result in results for case in result.cases], settings, folder)
    findings += wrong
    write_keys(private, pairs, results, ids, details, findings)
    message = (
        f"files are named by hashes; {private.key} says which is which, and {private.problems} "
        "describes every problem with the names of files and words of the table"
    )
    findings.append(Finding.of("D071", "", message))
    write_import(folder, results, findings)
    return cases, findings


def pictures_of(root: Path, imported: Path) -> Path:
    """Return the folder that the cases' images are relative to."""
    return imported if (imported / SUMMARY).is_file() else root


def unsigned(imported: Path, signed: str | None) -> str | None:
    """Return the hash of imported images that nobody has signed off yet, else None.

    Args:
        imported: The folder of the import; there is no summary in it where there was no DICOM.
        signed: The setting ``cohort.dicom.signed_off``.
    """
    if not (imported / SUMMARY).is_file():
        return None
    digest = read_json(imported / SUMMARY)["sha256"]
    return None if signed == digest else digest


def _is_dicom(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False


def _rows(
    path: Path | None, settings: CohortSettings, remedy: str
) -> tuple[list[Row], list[Finding], list[str]]:
    """Return the table's rows, what is wrong with it, and the same in words for the owner alone.

    What is said of a table may quote its cells, and so patients.
    """
    if path is None:
        return [], [], []
    own, found = read_factors(path, settings)
    public = [replace(f, case_id="", message=f"table: {f.check}", remedy=remedy) for f in found]
    details = [finding.line() for finding in found]
    if own is None:
        return [], public, details
    rows, findings = clean(own, labelled=False)
    return rows, [*public, *findings], details


def _all_files(files: list[DicomFile], named: Pairs) -> Pairs:
    """Return every file with its rows; a file that no row names has an empty one."""
    rows = {file.file_id: about for file, about in named}
    empty = Row(0, {}, "", "", "", "", None, "")
    return [(file, _without_outlines(rows.get(file.file_id, [empty]))) for file in files]


def _without_outlines(rows: list[Row]) -> list[Row]:
    return [replace(row, outline="") for row in rows]


def _without_row(file: DicomFile) -> Finding:
    message = "no row of the table names this file, so it has no clinical factors"
    return Finding.of("N006", file.file_id, message)


def _cases(
    cases: list[dict], settings: CohortSettings, folder: Path
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the cases with the identity of their pixels, and what is wrong with them."""
    table = complete(pd.DataFrame(cases, columns=None if cases else ["case_id", "image"]))
    table = table.sort_values("case_id", ignore_index=True)
    findings = list(about_values(table, settings))
    hashes, wrong = read_pixels(folder, table, 1)
    table["pixel_sha256"] = hashes
    return typed(table)[list(COLUMNS)], [*findings, *wrong, *twins(table)]
