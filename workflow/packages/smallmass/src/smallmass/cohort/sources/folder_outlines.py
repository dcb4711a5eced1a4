"""Which outline belongs to which row of a hospital's table."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from smallmass.cohort import vocabulary
from smallmass.cohort.annotated import AnnotatedImage, Annotations, Region
from smallmass.cohort.annotation_files import load
from smallmass.cohort.findings import Finding
from smallmass.cohort.problems import ImageProblem
from smallmass.cohort.references import join_reference, split_reference
from smallmass.cohort.sources.annotated_images import about_names, match_images, shortened
from smallmass.cohort.sources.folder_files import Files, begins_with, mask_of, plain_path, stem
from smallmass.cohort.table import LABELS
from smallmass.counts import number_of
from smallmass.errors import UserError

ALL = "all"


# What is drawn beside lesions, and is none.
_OTHER = re.compile(
    r"(?<![^\W_])(?:(?:acoustic[\s_]*)?shadow(?:s|ing)?|schatten|axilla|(?:lymph[\s_]*)?nodes?|lymphknoten"
    r"|call?ipers?|muscle|muskel|ribs?|rippen?|skin|haut|nipple|mamille|background|hintergrund"
    r"|normal|vessels?|gefäße?|ducts?|text)(?![^\W_])",
    re.I,
)


@dataclass
class Row:
    """What is known of a row of the table before its outline is looked for.

    Args:
        case_id: As in the table.
        image: The image's path below the root.
        label: The table's label, or empty.
        outline: What the table says of the outline, or empty.
        reference: The outline's reference, once it is found.
        label_drawn: The label that the annotation gives, or empty.
        lost: Whether the row cannot be used.
    """

    case_id: str
    image: str
    label: str = ""
    outline: str = ""
    reference: str = ""
    label_drawn: str = ""
    lost: bool = False


def from_masks(
    rows: list[Row], files: Files, masks: list[str], folder: str | None
) -> list[Finding]:
    """Give each row its mask file: the one that the table names, or that is named as the case.

    Args:
        rows: The table's rows, changed in place.
        files: All image files below the root.
        masks: Those that are masks.
        folder: The folder of the masks; None if they lie beside the images.
    """
    findings: list[Finding] = []
    used = {_named_mask(row, files, folder, findings) for row in rows if row.outline}
    names = {row.case_id.casefold() for row in rows} | {stem(row.image) for row in rows}
    by_name: dict[str, list[str]] = {}
    for mask in masks:
        exact = stem(mask)
        name = exact if folder is not None and exact in names else mask_of(mask) or exact
        if name not in names and folder is not None:
            name = begins_with(exact, names) or name
        by_name.setdefault(name, []).append(mask)
    for sharing in _by_image(rows):
        open_rows = [row for row in sharing if not row.outline and not row.lost]
        for row in open_rows:
            candidates = by_name.get(row.case_id.casefold(), [])
            candidates = candidates or (
                by_name.get(stem(row.image), []) if len(sharing) == 1 else []
            )
            candidates = _nearest(candidates, row.image)
            used.update(candidates)
            row.reference = candidates[0] if candidates else ""
            if len(candidates) > 1:
                message = (
                    f"one lesion is declared, but {row.image} has {len(candidates)} masks: "
                    f"{', '.join(candidates)}"
                )
                findings.append(Finding.of("O008", row.case_id, message))
        shared = by_name.get(stem(sharing[0].image), []) if len(sharing) > 1 else []
        unclear = [row for row in open_rows if not row.reference]
        if shared and unclear:
            used.update(shared)
            for row in unclear:
                message = (
                    f"{len(sharing)} rows share {row.image}, and nothing says which of its masks "
                    f"({', '.join(shared)}) is this one's"
                )
                findings.append(Finding.of("O010", row.case_id, message))
    strangers = [mask for mask in masks if mask not in used]
    known = {stem(path) for path in {*files.paths} - {*masks}}
    unknown = [mask for mask in strangers if not {stem(mask), mask_of(mask)} & known]
    unlisted = [mask for mask in strangers if {stem(mask), mask_of(mask)} & known]
    findings += about_names("O016", unlisted, "mask", "without a row of the table")
    return [*_unmatched("O030", unknown, rows, "mask"), *findings]


def opened(root: Path, name: str) -> Annotations:
    """Return what an annotation file holds.

    Raises:
        UserError: If it cannot be read.
    """
    try:
        return load(root / name)
    except ImageProblem as problem:
        raise UserError(f"cohort.outlines: the annotation file {problem}.") from None


def from_annotations(
    rows: list[Row], files: Files, root: Path, annotations: Annotations, name: str, words: dict
) -> list[Finding]:
    """Give each row its region, or regions, of an annotation file.

    Args:
        rows: The table's rows, changed in place.
        files: All image files below the root.
        root: The folder of everything.
        annotations: What the file, or the files, hold.
        name: The annotation file or its folder, relative to ``root``.
        words: The user's words for labels, from ``cohort.words.label``.
    """
    findings: list[Finding] = []
    meaning = vocabulary.meanings("label", words)
    short = {vocabulary.normal_form(str(word)) for word in words}

    def label(region: Region) -> set[str]:
        forms = {vocabulary.normal_form(word) for word in region.words}
        # A single letter among attributes may mean anything, unless the user says what.
        meanings = {meaning.get(form) for form in forms if len(form) > 1 or form in short}
        return {label for label in LABELS if label in meanings}

    image_of, wrong, unknown = match_images(
        annotations, files, root, {row.image for row in rows}, name
    )
    findings += wrong
    for sharing in _by_image(rows):
        open_rows = [row for row in sharing if not row.lost]
        drawn_on = image_of.get(sharing[0].image, AnnotatedImage("", ""))
        for row, regions in _shared_out(open_rows, drawn_on, files, label, findings):
            row.reference = _reference(drawn_on.source or name, annotations.kind, drawn_on, regions)
            if others := [
                word for region in regions for word in region.words if _OTHER.search(word)
            ]:
                message = f"its outline in {name} is called {others[0]!r}"
                findings.append(Finding.of("O037", row.case_id, message))
            drawn = set().union(*map(label, regions))
            if len(drawn) == 1:
                row.label_drawn = drawn.pop()
            elif drawn:
                message = f"its outline in {name} is called benign and malignant"
                findings.append(Finding.of("O015", row.case_id, message))
    return [*_unmatched("O029", unknown, rows, "outline", f" in {name}"), *findings]


def _unmatched(
    code: str, names: list[str], rows: list[Row], noun: str, where: str = ""
) -> list[Finding]:
    """Return that names fit no image: an error where rows wait for an outline, else a warning."""
    waiting = sum(not row.reference and not row.lost for row in rows)
    if not names or not waiting:
        return about_names("O017", names, noun, f"{where} without an image of that name".strip())
    unfit = number_of(
        len(names), f"{noun}{where} fits no image by name", f"{noun}s{where} fit no image by name"
    )
    message = (
        f"{unfit}, e.g. {shortened(names[:3])}; without an outline: {waiting} of "
        f"{number_of(len(rows), 'row')}"
    )
    return [Finding.of(code, "", message)]


def _shared_out(
    rows: list[Row],
    annotated: AnnotatedImage,
    files: Files,
    label: Callable[[Region], set[str]],
    findings: list[Finding],
) -> Iterator[tuple[Row, list[Region]]]:
    """Yield which regions of an image each of its rows has."""
    left = list(annotated.regions)
    waiting = []
    for row in rows:
        if not row.outline:
            waiting.append(row)
        elif _is_file(row.outline):
            _named_mask(row, files, None, findings)
        elif chosen := _chosen(row, left):
            left = [region for region in left if region not in chosen]
            yield row, chosen
        else:
            available = _keys(annotated.regions) if annotated.regions else "no outline in the file"
            message = (
                f"the table says outline {row.outline!r}, but {row.image} has {available} (each "
                "outline is one row's)"
            )
            findings.append(Finding.of("O013", row.case_id, message))
    for row in list(waiting):
        of_row = [region for region in left if region.case_id == row.case_id]
        if of_row:
            waiting.remove(row)
            left = [region for region in left if region not in of_row]
            yield row, of_row
    if waiting and left:
        yield from _for_waiting(waiting, left, label, findings)
    elif left and rows:
        names = [f"{region.name} of {rows[0].image}" for region in left]
        findings += about_names("O018", names, "outline", "without a row of the table")


def _for_waiting(
    waiting: list[Row],
    regions: list[Region],
    label: Callable[[Region], set[str]],
    findings: list[Finding],
) -> Iterator[tuple[Row, list[Region]]]:
    """Yield the region of each row that names none: the only one, or the one of the row's label."""
    image, keys = waiting[0].image, _keys(regions)
    if len(waiting) == 1:
        row = waiting[0]
        yield row, regions[:1]
        if len(regions) > 1:
            message = f"one lesion is declared, but {image} has {len(regions)} outlines: {keys}"
            findings.append(Finding.of("O009", row.case_id, message))
        return
    labels = [label(region) for region in regions]
    by_label = {
        next(iter(words)): [region]
        for words, region in zip(labels, regions, strict=True)
        if len(words) == 1
    }
    wanted = {row.label for row in waiting}
    if len(by_label) == len(regions) == len(waiting) and wanted == set(by_label):
        for row in waiting:
            yield row, by_label[row.label]
        return
    message = (
        f"{len(waiting)} rows share {image}, and nothing says which of its outlines ({keys}) is "
        "this one's"
    )
    findings += [Finding.of("O011", row.case_id, message) for row in waiting]


def _reference(name: str, kind: str, annotated: AnnotatedImage, regions: list[Region]) -> str:
    keys = ",".join(region.key for region in regions)
    if kind == "coco":
        return join_reference(name, annotation=keys)
    return join_reference(name, file=annotated.key, region=keys)


def _chosen(row: Row, regions: list[Region]) -> list[Region]:
    """Return the regions that a row names, empty if one of them is not there."""
    if row.outline.casefold() == ALL:
        return regions
    by_key = {region.key: region for region in regions}
    keys = [key.strip() for key in row.outline.split(",")]
    return [by_key[key] for key in keys] if all(key in by_key for key in keys) else []


def _named_mask(row: Row, files: Files, folder: str | None, findings: list[Finding]) -> str:
    """Take the file that the table names as the row's outline, and return its path."""
    path, selectors = split_reference(row.outline)
    if files.leaves(path):
        row.lost = True
        message = f"the outline {path!r} lies outside the folder"
        findings.append(Finding.of("F004", row.case_id, message))
        return ""
    matches = files.find(f"{folder}/{path}") if folder else []
    matches = matches or files.find(path)
    if len(matches) > 1:
        message = f"the outline {path!r} may be any of: {', '.join(matches)}"
        findings.append(Finding.of("O012", row.case_id, message))
    # A file that is not there is named by the check of all files.
    chosen = matches[0] if matches else plain_path(path) or path
    row.reference = join_reference(chosen, **selectors)
    return chosen


def _is_file(outline: str) -> bool:
    path = split_reference(outline)[0].casefold()
    return "." in path or "/" in path or "\\" in path


def _by_image(rows: list[Row]) -> Iterator[list[Row]]:
    sharing: dict[str, list[Row]] = {}
    for row in rows:
        sharing.setdefault(row.image, []).append(row)
    yield from sharing.values()


def _nearest(masks: list[str], image: str) -> list[str]:
    """Return, of masks of one name in several folders, those in a folder called as the image's."""
    if len(masks) < 2 or "/" not in image:
        return masks
    folder = image.split("/")[-2]
    return [mask for mask in masks if folder in mask.split("/")[:-1]] or masks


def _keys(regions: list[Region]) -> str:
    return ", ".join(region.key for region in regions) or "none"
