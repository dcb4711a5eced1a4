"""Outlines of DICOM frames: the same ways of naming them as for a folder of images."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from smallmass.cohort.dicom.matching import Pairs
from smallmass.cohort.findings import Finding
from smallmass.cohort.references import is_annotation
from smallmass.cohort.sources import folder_outlines
from smallmass.cohort.sources.folder_files import Files, scan
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
