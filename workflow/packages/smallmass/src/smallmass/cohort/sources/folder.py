"""A hospital's own patients: a folder of images, a table, and outlines.

The table is CSV or Excel; its columns, units and words are mapped in ``config.yaml`` (own_table).
Images are of any format in `folder_files.ENDINGS`, anywhere in the folder. Outlines are mask files,
or polygons and run lengths in a file of COCO or VIA, or in LabelMe's files of an image each.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from smallmass.cohort import spreadsheet, vocabulary
from smallmass.cohort.annotated import Annotations
from smallmass.cohort.annotation_files import joined
from smallmass.cohort.findings import Finding
from smallmass.cohort.grey_levels import selector
from smallmass.cohort.own_table import OwnTable, missing_column, read_own_table
from smallmass.cohort.problems import ImageProblem
from smallmass.cohort.references import is_annotation, join_reference
from smallmass.cohort.sources import folder_outlines
from smallmass.cohort.sources.annotated_images import about_names, shortened
from smallmass.cohort.sources.folder_choice import (
    MASK_FOLDERS,
    MAYBE_MASKS,
    is_damaged,
    is_labelme_file,
    outline_source,
    watched,
)
from smallmass.cohort.sources.folder_files import (
    SEGMENTATIONS,
    Files,
    is_image,
    mask_of,
    scan,
    stem,
)
from smallmass.cohort.sources.folder_outlines import Row
from smallmass.cohort.sources.reading import Reading, Source
from smallmass.cohort.table import LABELS, UNKNOWN, check, complete
from smallmass.cohort.table_checks import about_patients
from smallmass.counts import number_of
from smallmass.errors import UserError
from smallmass.settings import CohortSettings

COHORT = "own"
# What is read elsewhere, or is nobody's data; and what may well hold outlines.
_READ = (
    *(ending for ending in spreadsheet.ENDINGS if ending != ".txt"),
    *(".json", ".ini", ".db", ".yaml", ".yml", ".md"),
)
_DRAWN = (".xml", ".geojson", ".mat", ".npy", ".npz", ".h5", ".svg", ".qpdata", ".seg", ".stl")
FACTORS = ("age_years", "family_history", "brca_mutation", "breast_density")


def read(root: Path, settings: CohortSettings) -> Reading:
    """Read the folder ``root``; one case a row of its table.

    Args:
        root: The folder of everything; no path leaves it.
        settings: The study's settings under ``cohort``: table, sheet, columns, units, words,
            outlines.

    Returns:
        Reading: The cases with ``image`` and ``outline`` found. Rows that cannot be used, because
        their image or a path is wrong, are left out, each with an error among the findings.

    Raises:
        UserError: If the table or the annotation file cannot be read, or the mapping does not fit.
    """
    table, outlines = watched(root, settings)[0], outline_source(root, settings)
    words = settings.words.get("label", {})
    files = scan(root)
    if outlines is not None and (root / outlines).is_dir():
        drawn = {*scan(root, outlines, (*SEGMENTATIONS, ".zip")).paths}
        others = [path for path in files.others if path not in drawn]
        files = Files([*{*files.paths, *drawn}], files.outside, files.closed, others)
    annotations = _annotations(root, outlines, files)
    labelled = annotations is not None or any(
        _folder_label(f"{name}/", words) for name in _folders(files)
    )
    own = read_own_table(table, settings, needed=("case_id",) if labelled else ("case_id", "label"))
    images, masks = _images_and_masks(files, outlines, own.cases)
    findings = [*own.findings, *_about_folder(files), *_about_table(own)]

    rows, wrong = _rows(own.cases, own.rows, images, words)
    findings += wrong
    present = [row for row in rows if not row.lost]
    if annotations is not None:
        findings += folder_outlines.from_annotations(
            present, files, root, annotations, outlines or "the files beside the images", words
        )
    else:
        findings += folder_outlines.from_masks(present, files, masks, outlines)

    labels, wrong = _labels(rows, words)
    findings += wrong
    if "label" not in own.cases and not any(labels):
        raise UserError(
            f"{missing_column(table, 'label', own.headers)} Or sort the images into folders called "
            f"{' and '.join(LABELS)}."
        )
    findings += _unlisted(rows, images)
    findings += _unread(files, rows, table.name)
    cases = own.cases.assign(
        cohort=COHORT,
        image=[_image(row, settings) for row in rows],
        outline=[row.reference for row in rows],
        label=labels,
    )
    findings += about_patients(cases)
    lost = np.array([row.lost for row in rows], dtype=bool)
    # The rest of a row that has lost its image is checked all the same: every problem at once.
    named = cases[lost & (cases["case_id"] != "")]
    findings += [
        finding
        for finding in check(complete(named.assign(image="-", outline="")))
        if finding.code != "T003" and (finding.code != "T004" or "label" in own.cases)
    ]
    normal = cases["label"] == vocabulary.NORMAL
    findings += [
        Finding.of("T011", case_id, "the table says that the breast is normal: there is no lesion")
        for case_id in cases.loc[normal & ~lost, "case_id"]
    ]
    return Reading(cases[~lost & ~normal].reset_index(drop=True), findings=findings)


def _annotations(root: Path, outlines: str | None, files: Files) -> Annotations | None:
    """Return what the annotation file holds, or the files of an image each; None for masks.

    Raises:
        UserError: If one cannot be read.
    """
    try:
        if outlines is not None and is_annotation(outlines):
            return folder_outlines.opened(root, outlines)
        if outlines is not None and any(_within(path, outlines) for path in files.paths):
            return None
        names = _one_each(root, outlines)
        return joined(root, names) if names else None
    except ImageProblem as problem:
        raise UserError(f"cohort.outlines: the annotation file {problem}.") from None


def _one_each(root: Path, outlines: str | None) -> list[str]:
    """Return the files that hold an image's outlines each (LabelMe's), relative to the root."""
    paths = sorted((root / (outlines or ".")).rglob("*.json"))
    drawn = [path for path in paths if is_labelme_file(path)]
    damaged = [path for path in paths if is_damaged(path)] if drawn else []
    if damaged:
        raise ImageProblem(f"is cut off or damaged; save it again: {damaged[0]}")
    return [path.relative_to(root).as_posix() for path in drawn]


def _images_and_masks(
    files: Files, outlines: str | None, cases: pd.DataFrame
) -> tuple[Files, list[str]]:
    """Return the files that are images, and the masks that outlines are taken from."""
    apart = {
        path
        for path in files.paths
        if _within(path, outlines)
        or path.split("/")[0].casefold() in MASK_FOLDERS
        or not is_image(path)
    }
    if outlines is None:
        given = [name for column in ("case_id", "image") for name in cases.get(column, ())]
        named = {stem(name) for name in given} | {name.casefold() for name in given}
        stems = {stem(path) for path in files.paths}
        apart |= {
            path for path in files.paths if mask_of(path) in stems and stem(path) not in named
        }
        masks = sorted(apart)
    else:
        masks = [path for path in files.paths if path in apart and _within(path, outlines)]
    images = [path for path in files.paths if path not in apart]
    return Files(images, files.outside, files.closed), masks


def _within(path: str, folder: str | None) -> bool:
    return folder is not None and path.startswith(f"{folder}/")


def _rows(
    cases: pd.DataFrame, numbers: list[int], images: Files, words: dict
) -> tuple[list[Row], list[Finding]]:
    """Return the table's rows with their image found, and what is wrong with them.

    Args:
        cases: From `read_own_table`.
        numbers: The number of each row in the file.
        images: The files that are images.
        words: The user's words for labels, from ``cohort.words.label``.
    """
    rows, findings = [], []
    blank = [""] * len(cases)
    columns = [cases.get(name, blank) for name in ("image", "label", "outline")]
    for number, case_id, image, label, outline in zip(
        numbers, cases["case_id"], *columns, strict=True
    ):
        named = image or case_id
        row = Row(case_id, named, label, outline)
        rows.append(row)
        if not case_id:
            row.lost = True
            message = f"row {number} of the table has no case_id (the header is row 1)"
            findings.append(Finding.of("T005", "", message))
            continue
        if images.leaves(named):
            row.lost = True
            message = f"the image {named!r} lies outside the folder"
            findings.append(Finding.of("F004", case_id, message))
            continue
        matches = images.find(named)
        if len(matches) > 1 and label in LABELS:
            of_label = [path for path in matches if _folder_label(path, words) == label]
            matches = of_label if len(of_label) == 1 else matches
        if len(matches) == 1:
            row.image = matches[0]
            continue
        row.lost = True
        findings.append(_no_single_image(case_id, named, matches, given=bool(image)))
    return rows, findings


def _no_single_image(case_id: str, named: str, matches: list[str], *, given: bool) -> Finding:
    """Return the error that a row has no image, or more than one."""
    if matches:
        message = f"the image {named!r} may be any of: {', '.join(matches)}"
        folders = [path.rpartition("/")[0] for path in matches]
        masks = [name for name in folders if name.rpartition("/")[2].casefold() in MAYBE_MASKS]
        if masks and len(matches) == len(masks) + 1:
            remedy = f"If {masks[0]}/ holds the masks, say so: cohort.outlines: {masks[0]}"
            return Finding.of("F010", case_id, message, remedy=remedy)
        return Finding.of("F010", case_id, message)
    message = f"no image {named!r} in the folder"
    return Finding.of("F008" if given else "F009", case_id, message)


def _folder_label(path: str, words: dict) -> str:
    """Return the label of the folder that an image lies in, or empty."""
    meaning = vocabulary.meanings("label", words)
    stated = {
        meaning.get(vocabulary.normal_form(part)) for part in path.split("/")[:-1] if part[1:]
    }
    labels = [label for label in (*LABELS, vocabulary.NORMAL) if label in stated]
    return labels[0] if len(labels) == 1 else ""


def _labels(rows: list[Row], words: dict) -> tuple[list[str], list[Finding]]:
    """Return each row's label, of table, folder and annotation, and where these contradict."""
    labels, findings = [], []
    of_folder = {
        folder: _folder_label(f"{folder}/", words)
        for folder in {row.image.rpartition("/")[0] for row in rows}
    }
    for row in rows:
        stated = {
            "the table": row.label,
            "the image's folder": "" if row.lost else of_folder[row.image.rpartition("/")[0]],
            "its outline": row.label_drawn,
        }
        given = {origin: label for origin, label in stated.items() if label not in ("", UNKNOWN)}
        labels.append(next(iter(given.values()), ""))
        known = {origin: label for origin, label in given.items() if label in LABELS}
        if any(part.casefold() in LABELS for part in row.image.split("/")[:-1]):
            known.pop("the image's folder", None)  # `table.check` compares folders of these names
        if len(set(known.values())) > 1:
            message = ", ".join(f"{origin} says {label}" for origin, label in known.items())
            findings.append(Finding.of("T009", row.case_id, message))
    return labels, findings


def _folders(files: Files) -> set[str]:
    """Return the folders that hold image files, relative to the root."""
    return {path.rpartition("/")[0] for path in files.paths}


def _about_folder(files: Files) -> Iterator[Finding]:
    for folder in files.closed:
        yield Finding.of("F002", "", f"the folder {folder!r} may not be listed")


def _about_table(own: OwnTable) -> Iterator[Finding]:
    """Yield what the whole table lacks, and what of it is not read."""
    cases, others = own.cases, [repr(name) for name in own.unused]
    if "patient_id" not in cases:
        yield Finding.of(
            "T015",
            "",
            "the table has no column for patient_id, so every image counts as a patient of its own",
        )
    elif unnamed := int((cases["patient_id"] == "").sum()):
        yield Finding.of(
            "T016",
            "",
            f"patient_id is empty in {unnamed} of {number_of(len(cases), 'row')}, so every such "
            "image counts as a patient of its own",
        )
    lacking = [name for name in FACTORS if name not in cases]
    if lacking:
        yield Finding.of(
            "T017",
            "",
            f"the table has no column for {', '.join(lacking)}: unknown for every case"
            + (f". Of its columns, these are not used: {shortened(others)}" if others else ""),
        )
    elif others:
        message = f"these columns of the table are not used: {shortened(others)}"
        yield Finding.of("T027", "", message)


def _image(row: Row, settings: CohortSettings) -> str:
    """Return the reference to a row's image, empty where it has none."""
    return join_reference(row.image, **selector(settings.grey_range)) if row.image else ""


def _unlisted(rows: list[Row], images: Files) -> Iterator[Finding]:
    used = {row.image for row in rows}
    names = [path for path in images.paths if path not in used]
    if names:
        yield from about_names("F011", names, "image", "without a row of the table")


def _unread(files: Files, rows: list[Row], table: str) -> Iterator[Finding]:
    """Yield the files of kinds that are not read: an error where they may be the outlines."""
    others = [path for path in files.others if path != table and not path.lower().endswith(_READ)]
    waiting = {stem(row.image) for row in rows if not row.reference and not row.lost}
    drawn = [path for path in others if stem(path) in waiting or path.lower().endswith(_DRAWN)]
    if drawn and waiting:
        message = (
            f"{number_of(len(drawn), 'file')} that may hold outlines cannot be read: "
            f"{shortened(drawn[:3])}; without an outline: {len(waiting)} of "
            f"{number_of(len(rows), 'row')}"
        )
        yield Finding.of("O035", "", message)
        told = {*drawn}
        others = [path for path in others if path not in told]
    dicom = any(path.lower().endswith(SEGMENTATIONS) for path in others)
    remedy = "DICOM is read by a source of its own: cohort.sources: {dicom: dealt}" if dicom else ""
    for finding in about_names("F014", others, "file", "of a kind that is not read"):
        yield replace(finding, remedy=remedy) if remedy else finding


SOURCE = Source(
    name="folder",
    title="a folder of images with a table",
    expected=(),
    public=False,
    read=read,
    tables=watched,
)
