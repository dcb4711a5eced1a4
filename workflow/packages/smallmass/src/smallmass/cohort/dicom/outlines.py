"""Outlines of DICOM frames: the same ways of naming them as for a folder of images."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from smallmass.cohort.dicom.matching import Pairs
from smallmass.cohort.dicom.rows import Row
from smallmass.cohort.findings import Finding
from smallmass.cohort.problems import ImageProblem
from smallmass.cohort.references import is_annotation, join_reference
from smallmass.cohort.segmentations import Plane, planes_of
from smallmass.cohort.sources import folder_outlines
from smallmass.cohort.sources.folder_files import SEGMENTATIONS, Files, scan
from smallmass.counts import number_of
from smallmass.settings import CohortSettings


def find_outlines(
    pairs: Pairs,
    names: Sequence[str],
    root: Path,
    settings: CohortSettings,
    source: str | None,
    remedy: str,
) -> tuple[Pairs, list[Finding], list[str]]:
    """Return the pairs with the reference of each row's outline.

    Args:
        pairs: Files with their rows.
        names: All files that are no image and no table, by their path below ``root``.
        root: The folder of everything.
        settings: The study's settings under ``cohort``.
        source: The folder of masks or the annotation file; None: masks lie beside the files.
        remedy: Where the owner finds the same in full.

    Returns:
        tuple: The pairs; findings that quote neither file nor table; and the same in full, for
        the owner alone.

    Raises:
        UserError: If the annotation file cannot be read.
    """
    images = scan(root)
    if source is not None and (root / source).is_dir():
        more = scan(root, source, (*SEGMENTATIONS, ".zip")).paths
        images = Files([*{*images.paths, *more}], images.outside, images.closed)
    drawn = source is not None and is_annotation(source)
    masks = [
        path
        for path in images.paths
        if not drawn and (source is None or path.startswith(f"{source}/"))
    ]
    files = Files([*{*images.paths, *names}], images.outside, images.closed)
    asked = [
        folder_outlines.Row(
            row.case_id or f"row {row.number}",
            file.name,
            str(row.values.get("label", "")),
            row.outline,
        )
        for file, rows in pairs
        for row in rows
    ]
    if source is not None and drawn:
        words = settings.words.get("label", {})
        annotations = folder_outlines.opened(root, source)
        findings = folder_outlines.from_annotations(asked, files, root, annotations, source, words)
    else:
        findings = folder_outlines.from_masks(asked, files, masks, source)
    answers = iter(asked)
    numbers: dict[str, int] = {}

    def subject(finding: Finding) -> str:
        return f"row {numbers[finding.case_id]} of the table" if finding.case_id else "outlines"

    result: Pairs = []
    for file, rows in pairs:
        with_outline = []
        for row in rows:
            answer = next(answers)
            numbers[answer.case_id] = row.number
            if answer.label_drawn and answer.label_drawn != answer.label:
                message = f"the table says {answer.label}, its outline {answer.label_drawn}"
                findings.append(Finding.of("T009", answer.case_id, message))
            with_outline.append(replace(row, outline=answer.reference))
        result.append((file, with_outline))
    public = [
        replace(finding, case_id="", message=f"{subject(finding)}: {finding.check}", remedy=remedy)
        for finding in findings
    ]
    return result, public, [finding.line() for finding in findings]


def drawn_in(pairs: Pairs, root: Path, names: Sequence[str]) -> tuple[Pairs, list[Finding]]:
    """Return the pairs with the outlines of segmentations that name their file.

    A row that has an outline keeps it. Of a cine loop the segmentation says which frame it was
    drawn on, where the row does not.

    Args:
        pairs: Files with their rows.
        root: The folder of everything.
        names: The segmentations, by their path below ``root``.
    """
    of_image: dict[str, list[tuple[str, Plane]]] = {}
    for name in names:
        try:
            planes = planes_of(root / name)
        except ImageProblem:
            continue  # a damaged one is told of as such
        for plane in planes:
            of_image.setdefault(plane.uid, []).append((name, plane))
    findings: list[Finding] = []
    result: Pairs = []
    for file, rows in pairs:
        drawn = of_image.get(file.uid, [])
        waiting = [row for row in rows if not row.outline]
        frames = {plane.frame for _, plane in drawn}
        fits = [pair for pair in drawn if len(waiting) == 1 and _of_frame(pair[1], waiting[0])]
        several = {(name, plane.segment) for name, plane in fits or drawn}
        if drawn and waiting and (len(several) > 1 or len(waiting) > 1):
            rows_in_all = number_of(len(waiting), "row")
            message = f"drawn on the file: {number_of(len(several), 'segment')}, for {rows_in_all}"
            findings.append(Finding.of("D050", file.file_id, message))
        elif fits:
            row, (name, plane) = waiting[0], fits[0]
            frame = plane.frame if row.frame is None and len(frames) == 1 else row.frame
            chosen = {} if frame is None else {"frame": frame}
            reference = join_reference(name, uid=file.uid, **chosen)
            found = replace(row, outline=reference, frame=frame)
            rows = [found if one is row else one for one in rows]
        result.append((file, rows))
    return result, findings


def _of_frame(plane: Plane, row: Row) -> bool:
    return row.frame is None or plane.frame is None or plane.frame == row.frame
