"""A folder of new images, with or without a table of clinical factors: what is in it, and wrong."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pandas as pd

from smallmass.clinical.encoding import FACTORS
from smallmass.cohort import pictures, spreadsheet
from smallmass.cohort.findings import Finding
from smallmass.cohort.grey_levels import selector
from smallmass.cohort.images import facts, is_coloured, pixel_sha256, read_colour, read_grey
from smallmass.cohort.listing import list_files
from smallmass.cohort.parallel import map_images
from smallmass.cohort.problems import ImageProblem
from smallmass.cohort.references import join_reference, path_of
from smallmass.cohort.sources.folder_choice import MASK_FOLDERS
from smallmass.cohort.sources.folder_files import ENDINGS, Files, is_image, mask_of, scan, stem
from smallmass.cohort.table import UNKNOWN, check, complete, typed
from smallmass.cohort.table_checks import about_patients
from smallmass.counts import number_of
from smallmass.prediction.factors import read_factors, table_path
from smallmass.settings import CohortSettings

COLUMNS = ("case_id", "patient_id", "image", "frame", "diameter_cm", *FACTORS, "pixel_sha256")
_NOT_FOR_NAMES = re.compile(r"[^\w.-]+")
# A contradiction between a patient's rows, and one age for all.
_OF_PATIENTS = ("T019", "T034")
_LONGEST_NAME = 120  # bytes


def inspect_folder(
    folder: Path, settings: CohortSettings, workers: int = 1
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
            Finding.of(
                "N006", path, "no row of the table names this image, so it has no clinical factors"
            )
            for path in rest
        ]
    others = pd.DataFrame({"case_id": _identifiers(rest), "image": rest})
    cases = complete(pd.concat([rows, others], ignore_index=True))
    # The order in which a study reads its cases: batches are the same for the same cases.
    cases = cases.sort_values(["case_id", "image"], kind="stable", ignore_index=True)
    findings += about_values(cases, settings)
    if not len(cases):
        message = f"no image in the folder ({', '.join(ENDINGS)})"
        findings.append(Finding.of("N001", "", message))
    findings += _about_files(folder, files, masks)
    levels = selector(settings.grey_range)
    cases["image"] = [join_reference(path, **levels) for path in cases["image"]]
    hashes, wrong = read_pixels(folder, cases, workers)
    cases["pixel_sha256"] = hashes
    findings += wrong + list(twins(cases))
    return typed(cases)[list(COLUMNS)], findings


def _masks(files: Files) -> set[str]:
    """Return the images that are a lesion's outline by their folder or name (7_mask.png)."""
    stems = {stem(path) for path in files.paths}
    return {
        path
        for path in files.paths
        if mask_of(path) in stems
        or not is_image(path)
        or path.split("/")[0].casefold() in MASK_FOLDERS
    }


def _table(
    folder: Path, images: Files, settings: CohortSettings
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the table's rows with their image's path, and what is wrong with them."""
    nothing = pd.DataFrame({"case_id": [], "image": []}, dtype="str")
    table, findings = table_path(folder)
    if table is None:
        return nothing, findings
    own, findings = read_factors(table, settings)
    if own is None:
        return nothing, findings
    given = own.cases
    if not {"case_id", "image"} & set(given):
        columns = ", ".join(map(repr, own.headers))
        message = (
            f"{table.name} names no images: it has neither a column case_id nor image. Its "
            f"columns are: {columns}"
        )
        return nothing, [*findings, Finding.of("N004", "", message)]
    empty = [""] * len(given)
    images_of_rows = []
    for number, (case_id, image) in enumerate(
        zip(given.get("case_id", empty), given.get("image", empty), strict=True), 1
    ):
        path, problem = _image_of(case_id, image, number, images)
        images_of_rows.append(path)
        findings += problem
    kept = [path is not None for path in images_of_rows]
    rows = given.assign(image=images_of_rows)[kept].reset_index(drop=True)
    if "case_id" not in rows:
        rows["case_id"] = ""
    blank = rows["case_id"] == ""
    rows.loc[blank, "case_id"] = _identifiers(list(rows.loc[blank, "image"]))
    again = rows.duplicated([name for name in ("image", "frame") if name in rows])
    named = rows.loc[again, "image"].value_counts(sort=False)
    for image, further in named.items():
        message = f"{number_of(further + 1, 'row')} of {table.name} name this image"
        findings.append(Finding.of("N016", str(image), message))
    rows = rows[~again].reset_index(drop=True)
    findings += [found for found in about_patients(rows) if found.code in _OF_PATIENTS]
    return rows, findings


def _image_of(
    case_id: str, image: str, number: int, images: Files
) -> tuple[str | None, list[Finding]]:
    """Return the image that a row names, or None and why there is none."""
    named = image or case_id
    where = case_id or f"row {number}"
    if not named:
        return None, [Finding.of("N005", where, "the row names no image")]
    if images.leaves(named):
        return None, [Finding.of("F004", where, f"the image {named!r} lies outside the folder")]
    matches = images.find(named)
    if len(matches) == 1:
        return matches[0], []
    if matches:
        message = f"the image {named!r} may be any of: {', '.join(matches)}"
        return None, [Finding.of("F010", where, message)]
    message = f"no image {named!r} in the folder ({', '.join(ENDINGS)})"
    return None, [Finding.of("F008", where, message)]


def _identifiers(paths: list[str]) -> list[str]:
    """Return a name for each image that can name a file: its path without ending where it can.

    Letters of every script stay. Images whose names would be the same, or too long for a file,
    have eight digits of a hash of their path behind it.
    """
    names = [_safe(str(PurePosixPath(path).with_suffix(""))) for path in paths]
    for spelled in ([_safe(path) for path in paths], [_hashed(path) for path in paths]):
        counts = Counter(name.casefold() for name in names)
        names = [
            name if counts[name.casefold()] == 1 and _fits(name) else other
            for name, other in zip(names, spelled, strict=True)
        ]
    return names


def _safe(name: str) -> str:
    composed = unicodedata.normalize("NFC", name)
    return _NOT_FOR_NAMES.sub("_", composed).lstrip("._-") or "image"


def _hashed(path: str) -> str:
    digest = hashlib.sha256(path.encode(errors="surrogateescape")).hexdigest()[:8]
    start = _safe(path).encode()[: _LONGEST_NAME - 9].decode(errors="ignore")
    return f"{start}_{digest}"


def _fits(name: str) -> bool:
    return len(name.encode()) <= _LONGEST_NAME


def about_values(cases: pd.DataFrame, settings: CohortSettings) -> Iterator[Finding]:
    """Find factors and identifiers that cannot be read, and lesions unlike those of the study."""
    # A new image has no label and needs no outline: the rest of the check is the cohort's.
    usual = cases.assign(label="benign", image="-", outline="", reference_standard=UNKNOWN)
    yield from check(usual.assign(published_split=""))
    limit = settings.max_diameter_cm
    sizes = pd.to_numeric(cases["diameter_cm"], errors="coerce")
    large = sizes > limit if settings.inclusive else sizes >= limit
    for case_id, size in zip(cases.loc[large, "case_id"], sizes[large], strict=True):
        yield Finding.of(
            "N007",
            case_id,
            f"diameter_cm is {size}: the models have seen none but lesions "
            f"{'of at most' if settings.inclusive else 'under'} {limit} cm",
        )


def _about_files(folder: Path, files: Files, masks: set[str]) -> Iterator[Finding]:
    for path in sorted(masks):
        message = "was taken for a lesion's outline by its name, and not read"
        yield Finding.of("N008", path, message)
    for path in files.closed:
        yield Finding.of("F002", path, "the folder may not be listed")
    for path in sorted(files.outside):
        yield Finding.of("N009", path, "leads out of the folder")
    known = set(files.paths)
    for name in list_files(folder, [folder / "__MACOSX"]):
        ending = PurePosixPath(name).suffix.lower()
        if name in known | files.outside or ending in (*spreadsheet.ENDINGS, ".ini"):
            continue
        if ending in (".dcm", ".dicom"):
            yield Finding.of("N010", name, "is called like DICOM, and is none or damaged")
        else:
            yield Finding.of("N012", name, f"is none of {', '.join(ENDINGS)}, and was not read")


def read_pixels(folder: Path, cases: pd.DataFrame, workers: int) -> tuple[list[str], list[Finding]]:
    """Return the identity of every image's pixels, empty where it cannot be read, and why."""
    frames = pd.to_numeric(cases["frame"], errors="coerce")
    items = list(zip(cases["image"], frames, strict=True))

    def one(item: tuple[str, float]) -> tuple[str, list[Finding]]:
        reference, number = item
        path, frame = path_of(reference), None if pd.isna(number) else int(number)
        try:
            grey = read_grey(folder / reference, frame)
        except ImageProblem as problem:
            message = str(problem).replace(f": {folder / path}", "")
            code = problem.code or "N011"
            return "", [Finding.of(code, path, message, remedy=problem.remedy)]
        wrong = list(pictures.problems(grey, facts(folder / path), frame))
        if is_coloured(read_colour(folder / path, frame)):
            wrong.append(("N015", "has colours (Doppler, elastography or drawings): read as grey"))
        return pixel_sha256(grey), [Finding.of(code, path, message) for code, message in wrong]

    results = map_images(one, items, workers=workers)
    return [digest for digest, _ in results], [found for _, wrong in results for found in wrong]


def twins(cases: pd.DataFrame) -> Iterator[Finding]:
    """Find images with the same pixels."""
    known = cases[cases["pixel_sha256"] != ""].drop_duplicates(["image", "pixel_sha256"])
    for _, same in known.groupby("pixel_sha256", sort=False):
        first, *others = same["image"]
        for path in others:
            yield Finding.of("N013", path, f"has the same pixels as {first}")
