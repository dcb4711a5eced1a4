"""Which image of a folder an annotation file means, whatever its tool made of the name.

Tools write folders, drives and URLs before a name, escape it, or put a hash into it. A name is
taken as it stands where an image is called so, else by its last part without what the tool added,
where that leaves one image.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from smallmass.cohort.annotated import AnnotatedImage, Annotations
from smallmass.cohort.findings import Finding
from smallmass.cohort.images import stored_shape
from smallmass.cohort.problems import ImageProblem
from smallmass.cohort.sources.folder_files import Files, stem, without_ending
from smallmass.counts import first_of, number_of

SHOWN = 20
# What numbers of corners cannot be px: in so many images of so many px no outline lies within.
_FRACTION, _PER_CENT = 1.5, 100.0
_ENOUGH, _ENOUGH_PX = 5, 250
# Label Studio writes eight digits of a hash before a name; Roboflow the old ending and a hash.
_LABEL_STUDIO = re.compile(r"\A[0-9a-f]{8}[-_](?=.)", re.I)
_ROBOFLOW = re.compile(
    r"\A(?P<base>.+)[_.-](?P<ending>png|jpe?g|bmp|tiff?|webp)\.rf\.[0-9a-z]{8,}\.\w+\Z", re.I
)


def match_images(
    annotations: Annotations, files: Files, root: Path, listed: Collection[str], name: str
) -> tuple[dict[str, AnnotatedImage], list[Finding], list[str]]:
    """Return the annotated image of each image that the table names.

    Args:
        annotations: What the file holds.
        files: The image files below the root.
        root: The folder of everything.
        listed: The images that the table names, by their paths.
        name: The annotation file, for messages.

    Returns:
        tuple: By path what is drawn on it; what is wrong; and names that fit no image at all.
    """
    homes: dict[str, list[AnnotatedImage]] = {}
    findings: list[Finding] = []
    unlisted: list[str] = []
    unknown: list[str] = []
    for annotated in annotations.images:
        matches = _of_size(_find(annotated, files), annotated, root)
        matches = [path for path in matches if path in listed] or matches
        if len(matches) > 1:
            message = (
                f"{name} has outlines of {annotated.file!r}, and several images are called "
                f"so: {', '.join(matches)}"
            )
            findings.append(Finding.of("O014", "", message))
        elif matches and (beside := _beside(annotated, files)) not in (None, matches[0]):
            message = (
                f"{annotated.source} is called as {beside}, and says that it is of {matches[0]}"
            )
            remedy = "Write the image's name into the file, or call the file as its image"
            findings.append(Finding.of("O014", "", message, remedy=remedy))
        elif matches and matches[0] in listed:
            homes.setdefault(matches[0], []).append(annotated)
        elif annotated.regions:
            (unlisted if matches else unknown).append(annotated.file)
    findings += about_names(
        "O017", unlisted, "image", f"with outlines in {name} and without a row of the table"
    )
    image_of = {}
    for path, entries in homes.items():
        image_of[path], wrong = _one_entry(path, entries, annotations.kind, name)
        findings += wrong
    findings += _changed(image_of, root, name)
    findings += _not_px(image_of, root, name)
    return image_of, findings, unknown


def about_names(code: str, names: list[str], noun: str, what: str) -> list[Finding]:
    """Return one finding about any number of names, none where there are none.

    Args:
        code: The rule.
        names: What it is about.
        noun: What they are, in the singular.
        what: What is to be known of them.
    """
    text = f"{number_of(len(names), noun)} {what}: {shortened(names)}"
    return [Finding.of(code, "", text)] if names else []


def shortened(names: list[str]) -> str:
    """Return names as text, the first few of many."""
    return first_of(names, SHOWN)


def spellings(name: str, original: str = "") -> list[str]:
    """Return what an image may be called whose annotation has this name, the likeliest first.

    Args:
        name: As in the annotation file.
        original: Its name before the tool changed it, where the file tells.
    """
    path = name.strip()
    if "://" in path or path.startswith("/data/"):
        parts = urlsplit(path)
        path = parse_qs(parts.query).get("d", [parts.path])[0]
    tail = unquote(path.replace("\\", "/")).rpartition("/")[2]
    roboflow = _ROBOFLOW.match(tail)
    changed = f"{roboflow['base']}.{roboflow['ending']}" if roboflow else tail
    given = [name, original, path, unquote(path), tail, changed, _LABEL_STUDIO.sub("", changed)]
    return list(dict.fromkeys(spelling for spelling in given if spelling))


def _find(annotated: AnnotatedImage, files: Files) -> list[str]:
    names = spellings(annotated.file, annotated.original)
    for name in names:
        if matches := files.find(name):
            return matches
    if beside := _beside(annotated, files):
        return [beside]  # the image was renamed, and its file with it
    # Another ending is another file, unless its size tells that it is the same picture.
    sized = any(region.size is not None for region in annotated.regions)
    return files.find(stem(names[-1])) if sized else []


def _one_entry(
    path: str, entries: list[AnnotatedImage], kind: str, name: str
) -> tuple[AnnotatedImage, list[Finding]]:
    """Return the entry of an image; of several, all their outlines where they can be told apart."""
    drawn = [entry for entry in entries if entry.regions]
    if len(drawn) < 2:
        return (drawn or entries)[0], []
    names = {entry.file for entry in drawn}
    if kind == "coco" and len(names) == 1:  # merged tasks: identifiers are the file's own
        first = drawn[0]
        regions = [region for entry in drawn for region in entry.regions]
        return AnnotatedImage(first.key, first.file, first.file_bytes, regions), []
    listed = ", ".join(repr(entry.source or entry.key) for entry in drawn)
    message = f"outlines of {path} stand under {len(drawn)} entries of {name}: {listed}"
    return AnnotatedImage("", ""), [Finding.of("O027", "", message)]


def _beside(annotated: AnnotatedImage, files: Files) -> str | None:
    """Return the image beside a file of annotations that is called as it (LabelMe), or None."""
    matches = files.find(without_ending(annotated.source)) if annotated.source else []
    return matches[0] if len(matches) == 1 else None


def _not_px(image_of: dict[str, AnnotatedImage], root: Path, name: str) -> list[Finding]:
    """Return an error where no corner of all outlines can be in px: fractions, or per cent."""
    largest = {
        path: max(corners)
        for path, annotated in image_of.items()
        if (corners := list(_corners(annotated)))
    }
    most = max(largest.values(), default=np.inf)
    if most <= _FRACTION:
        message = f"no corner of the outlines in {name} is beyond {most:g}: fractions of the image?"
        return [Finding.of("O034", "", message)]
    if most > _PER_CENT or len(largest) < _ENOUGH:
        return []
    try:
        sides = [min(stored_shape(root / path)) for path in largest]
    except ImageProblem:
        return []
    if min(sides) < _ENOUGH_PX:
        return []
    message = (
        f"no corner of the outlines in {name} is beyond {most:g}, in images of {min(sides)} px and "
        "more: per cent of the image?"
    )
    return [Finding.of("O034", "", message)]


def _corners(annotated: AnnotatedImage) -> Iterator[float]:
    for region in annotated.regions:
        if region.kind == "polygon":
            with suppress(TypeError, ValueError):
                yield from (float(number) for polygon in region.geometry for number in polygon)


def _changed(image_of: dict[str, AnnotatedImage], root: Path, name: str) -> list[Finding]:
    """Return one finding on the images that have other bytes than when they were drawn on."""
    changed = [
        path
        for path, annotated in image_of.items()
        if annotated.regions
        and annotated.file_bytes is not None
        and (root / path).stat().st_size != annotated.file_bytes
    ]
    return about_names("O028", changed, "image", f"with another size in bytes than {name} says")


def _of_size(paths: list[str], annotated: AnnotatedImage, root: Path) -> list[str]:
    """Return, of images of one name, those with the file size that the annotation tells."""
    if len(paths) < 2 or annotated.file_bytes is None:
        return paths
    same = [path for path in paths if (root / path).stat().st_size == annotated.file_bytes]
    return same or paths
