"""A folder of new images, with or without a table of clinical factors: what is in it, and wrong."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pandas as pd

from smallmass.clinical.encoding import FACTORS
from smallmass.cohort import spreadsheet
from smallmass.cohort.dicom.listing import list_files
from smallmass.cohort.findings import ERROR, WARNING, Finding
from smallmass.cohort.images import ImageProblem, pixel_sha256, read_grey
from smallmass.cohort.own_table import read_own_table
from smallmass.cohort.parallel import map_images
from smallmass.cohort.sources.folder_files import ENDINGS, Files, mask_of, scan, stem
from smallmass.cohort.table import UNKNOWN, check, complete, typed
from smallmass.errors import UserError

COLUMNS = ("case_id", "patient_id", "image", "frame", "diameter_cm", *FACTORS, "pixel_sha256")
MASK_FOLDERS = ("masks", "outlines")
_NOT_FOR_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def inspect_folder(
    folder: Path, settings: dict, workers: int = 1
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the cases of a folder of new images, and what is wrong with it.

    Images are PNG, JPEG, TIFF or BMP, anywhere in the folder. A table (CSV or Excel, at most one)
    may name them in a column case_id or image and give their clinical factors, in the words, units
    and column names that the study's settings under ``cohort`` say. An image that no row names is
    a case without factors. Nothing is refused here: every problem is a finding.

    Args:
        folder: The folder.
        settings: The study's settings under ``cohort``: columns, units, words, sheet; and
            max_diameter_cm and inclusive.
        workers: How many images are read at once.

    Returns:
        tuple: cases in `COLUMNS`, by case_id, and findings.
    """
    files = scan(folder)
    masks = _masks(files)
    images = Files([path for path in files.paths if path not in masks], files.outside, files.closed)
    rows, findings = _table(folder, images, settings)
    named = set(rows["image"])
    rest = [path for path in images.paths if path not in named]
    if len(rows) and rest:
        findings += [
            Finding(
                WARNING,
                "no row in the table",
                path,
                "no row of the table names this image, so it has no clinical factors",
                "Add a row if factors are known",
            )
            for path in rest
        ]
    others = pd.DataFrame({"case_id": _identifiers(rest), "image": rest})
    cases = complete(pd.concat([rows, others], ignore_index=True))
    # The order in which a study reads its cases: batches are the same for the same cases.
    cases = cases.sort_values(["case_id", "image"], kind="stable", ignore_index=True)
    findings += _about_values(cases, settings)
    if not len(cases):
        findings.append(
            Finding(ERROR, "no image", "", f"no image in the folder ({', '.join(ENDINGS)})",
                    "Name the folder that holds the images")
        )  # fmt: skip
    findings += _about_files(folder, files, masks)
    hashes, wrong = _read(folder, cases, workers)
    cases["pixel_sha256"] = hashes
    findings += wrong + list(_twins(cases))
    return typed(cases)[list(COLUMNS)], findings


def _masks(files: Files) -> set[str]:
    """Return the images that are a lesion's outline by their folder or name (7_mask.png)."""
    stems = {stem(path) for path in files.paths}
    return {
        path
        for path in files.paths
        if mask_of(path) in stems or path.split("/")[0].casefold() in MASK_FOLDERS
    }


def _table(folder: Path, images: Files, settings: dict) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the table's rows with their image's path, and what is wrong with them."""
    nothing = pd.DataFrame({"case_id": [], "image": []}, dtype="str")
    paths = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in spreadsheet.ENDINGS
        and path.suffix.lower() != ".txt"
        and not path.name.startswith((".", "~$"))
    ]
    if not paths:
        return nothing, []
    if len(paths) > 1:
        names = ", ".join(path.name for path in paths)
        return nothing, [
            Finding(ERROR, "several tables", "", f"the folder has several tables: {names}",
                    "Leave one of them")
        ]  # fmt: skip
    try:
        own = read_own_table(paths[0], settings, needed=())
    except UserError as error:
        return nothing, [Finding(ERROR, "table", "", text, "") for text in error.problems]
    findings = [f for f in own.findings if not _about_other_columns(f)]
    given = own.cases
    if not {"case_id", "image"} & set(given):
        columns = ", ".join(map(repr, own.headers))
        return nothing, [
            *findings,
            Finding(
                ERROR,
                "table",
                "",
                f"{paths[0].name} names no images: it has neither a column case_id nor image. Its "
                f"columns are: {columns}",
                "Name one of them so, or map it: cohort.columns: {image: NAME}",
            ),
        ]
    empty = [""] * len(given)
    found = []
    for place, (case_id, image) in enumerate(
        zip(given.get("case_id", empty), given.get("image", empty), strict=True), 1
    ):
        path, problem = _image_of(case_id, image, place, images)
        found.append(path)
        findings += problem
    kept = [path is not None for path in found]
    rows = given.assign(image=found)[kept].reset_index(drop=True)
    if "case_id" not in rows:
        rows["case_id"] = ""
    blank = rows["case_id"] == ""
    rows.loc[blank, "case_id"] = _identifiers(list(rows.loc[blank, "image"]))
    return rows, findings


def _about_other_columns(finding: Finding) -> bool:
    """Return whether a finding is about words of a column that reading does not need."""
    return finding.check == "word without a meaning" and not any(
        f"has no agreed meaning for {name}" in finding.message for name in FACTORS
    )


def _image_of(
    case_id: str, image: str, place: int, images: Files
) -> tuple[str | None, list[Finding]]:
    """Return the image that a row names, or None and why there is none."""
    named = image or case_id
    where = case_id or f"row {place}"
    if not named:
        return None, [
            Finding(ERROR, "no name", where, "the row names no image", "Fill in its image")
        ]
    if images.leaves(named):
        return None, [
            Finding(ERROR, "path", where, f"the image {named!r} lies outside the folder",
                    "Put the file into the folder, and write its path from there")
        ]  # fmt: skip
    matches = images.find(named)
    if len(matches) == 1:
        return matches[0], []
    if matches:
        message = f"the image {named!r} may be any of: {', '.join(matches)}"
        remedy = "Write its path from the folder into the column image"
        return None, [Finding(ERROR, "unclear image", where, message, remedy)]
    message = f"no image {named!r} in the folder ({', '.join(ENDINGS)})"
    remedy = "Put it there, correct the name, or take the row out"
    return None, [Finding(ERROR, "missing image", where, message, remedy)]


def _identifiers(paths: list[str]) -> list[str]:
    """Return a name for each image that can name a file: its path without ending where it can."""
    short = [_safe(str(PurePosixPath(path).with_suffix(""))) for path in paths]
    counts = Counter(name.casefold() for name in short)
    return [
        name if counts[name.casefold()] == 1 else _safe(path)
        for name, path in zip(short, paths, strict=True)
    ]


def _safe(name: str) -> str:
    return _NOT_FOR_NAMES.sub("_", name).lstrip("._-") or "image"


def _about_values(cases: pd.DataFrame, settings: dict) -> Iterator[Finding]:
    """Find factors and identifiers that cannot be read, and lesions unlike those of the study."""
    # A new image has no label and needs no outline: the rest of the check is the cohort's.
    usual = cases.assign(label="benign", image="-", outline="", reference_standard=UNKNOWN)
    yield from check(usual.assign(published_split=""))
    limit = settings["max_diameter_cm"]
    sizes = pd.to_numeric(cases["diameter_cm"], errors="coerce")
    large = sizes > limit if settings["inclusive"] else sizes >= limit
    for case_id, size in zip(cases.loc[large, "case_id"], sizes[large], strict=True):
        yield Finding(
            WARNING,
            "another kind of lesion",
            case_id,
            f"diameter_cm is {size}: the models have seen none but lesions "
            f"{'of at most' if settings['inclusive'] else 'under'} {limit} cm",
            "Do not read its scores as those of such a lesion",
        )


def _about_files(folder: Path, files: Files, masks: set[str]) -> Iterator[Finding]:
    for path in sorted(masks):
        yield Finding(
            WARNING, "outline", path, "was taken for a lesion's outline by its name, and not read",
            "Rename it if it is an image",
        )  # fmt: skip
    for path in files.closed:
        yield Finding(
            ERROR, "closed folder", path, "the folder may not be listed",
            "Give yourself the right to read it",
        )  # fmt: skip
    for path in sorted(files.outside):
        yield Finding(
            ERROR, "link", path, "leads out of the folder", "Copy what it names into the folder"
        )
    known = set(files.paths)
    for name in list_files(folder, [folder / "__MACOSX"]):
        ending = PurePosixPath(name).suffix.lower()
        if name in known | files.outside or ending in (*spreadsheet.ENDINGS, ".ini"):
            continue
        if ending in (".dcm", ".dicom") or _is_dicom(folder / name):
            yield Finding(
                ERROR, "image", name, "is DICOM, which is not read here",
                "Import it (cohort.source: dicom), or export it as PNG without any text",
            )  # fmt: skip
        else:
            yield Finding(
                WARNING, "not read", name, f"is none of {', '.join(ENDINGS)}, and was not read", ""
            )


def _is_dicom(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False


def _read(folder: Path, cases: pd.DataFrame, workers: int) -> tuple[list[str], list[Finding]]:
    """Return the identity of every image's pixels, empty where it cannot be read, and why."""
    frames = pd.to_numeric(cases["frame"], errors="coerce")
    items = list(zip(cases["image"], frames, strict=True))

    def one(item: tuple[str, float]) -> tuple[str, Finding | None]:
        path, frame = item
        try:
            grey = read_grey(folder / path, None if pd.isna(frame) else int(frame))
        except ImageProblem as problem:
            message = str(problem).replace(f": {folder / path}", "")
            return "", Finding(ERROR, "image", path, message, "Export it again from the original")
        if grey.min() == grey.max():
            message = f"is blank: every pixel is {grey.min()}"
            return "", Finding(ERROR, "image", path, message, "Export it again from the original")
        return pixel_sha256(grey), None

    found = map_images(one, items, workers=workers)
    return [digest for digest, _ in found], [problem for _, problem in found if problem]


def _twins(cases: pd.DataFrame) -> Iterator[Finding]:
    known = cases[cases["pixel_sha256"] != ""].drop_duplicates(["image", "pixel_sha256"])
    for _, same in known.groupby("pixel_sha256", sort=False):
        first, *others = same["image"]
        for path in others:
            yield Finding(
                WARNING, "same picture", path, f"has the same pixels as {first}",
                "Nothing, if that is meant",
            )  # fmt: skip
