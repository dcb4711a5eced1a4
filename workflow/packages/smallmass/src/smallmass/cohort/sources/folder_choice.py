"""Which files of a hospital's folder are the table, and which hold the outlines."""

import json
from pathlib import Path

from smallmass.cohort import spreadsheet
from smallmass.cohort.foreign_annotations import is_labelme, is_via_csv
from smallmass.cohort.references import is_annotation
from smallmass.cohort.sources.folder_files import plain_path
from smallmass.errors import UserError
from smallmass.settings import CohortSettings

MASK_FOLDERS = ("masks", "outlines", "masken")
# So a folder of masks may be called, too, and a folder of something else.
MAYBE_MASKS = (
    "mask",
    "label",
    "labels",
    "gt",
    "ground_truth",
    "groundtruth",
    "annotations",
    "seg",
)


def watched(root: Path, settings: CohortSettings) -> list[Path]:
    """Return the files whose change means a new cohort: the table, and the annotation file.

    Raises:
        UserError: If one of them is not there, or several could be the table. Lists every problem.
    """
    problems, files = [], []
    try:
        files.append(_table_path(root, settings))
    except UserError as error:
        problems += error.problems
    try:
        outlines = outline_source(root, settings)
        files += [root / outlines] if outlines is not None and is_annotation(outlines) else []
    except UserError as error:
        problems += error.problems
    if problems:
        raise UserError(problems)
    return files


def outline_source(root: Path, settings: CohortSettings) -> str | None:
    """Return the folder of masks or the annotation file, relative to ``root``.

    ``None`` means that masks lie beside the images. Without ``cohort.outlines`` it is a folder
    called masks or outlines, or else the only JSON file of the folder.

    Raises:
        UserError: If it is not there, leaves the folder, or cannot be told.
    """
    named = settings.outlines
    if named is not None:
        path = plain_path(named)
        if path is None:
            raise UserError(
                f"cohort.outlines: {named} lies outside the folder {root}. Put it into the folder."
            )
        if not (root / path).exists():
            raise UserError(
                f"cohort.outlines: {root} has no {named}. Name a folder of masks, or a JSON file "
                f"of COCO or VIA, in it."
            )
        if (root / path).is_file() and not is_annotation(path):
            raise UserError(
                f"cohort.outlines: {named} is neither a folder of masks nor a file of annotations "
                f"(JSON, or VIA's CSV)."
            )
        return None if path == "." else path
    for entry in sorted(root.iterdir()):
        if entry.name.casefold() in MASK_FOLDERS and entry.is_dir():
            return entry.name
    jsons = sorted(path.name for path in root.glob("*.json") if path.is_file())
    if len(jsons) > 1 and all(is_labelme_file(root / name) for name in jsons):
        return None
    if len(jsons) > 1:
        raise UserError(
            f"{root} has several JSON files: {', '.join(jsons)}. Say which one holds the outlines "
            f"with cohort.outlines."
        )
    if jsons:
        return None if is_labelme_file(root / jsons[0]) else jsons[0]
    tables = [path.name for path in sorted(root.glob("*.csv")) if _is_via_csv(path)]
    return tables[0] if len(tables) == 1 else None


def _table_path(root: Path, settings: CohortSettings) -> Path:
    named = settings.table
    here = sorted(
        path.name
        for path in root.iterdir()
        if path.suffix.lower() in spreadsheet.ENDINGS
        and path.suffix.lower() != ".txt"
        and not path.name.startswith((".", "~$"))
        and path.name != settings.outlines
        and not (path.suffix.lower() == ".csv" and _is_via_csv(path))
    )
    tables = f"The tables in it are: {', '.join(here)}." if here else "There is no table in it."
    if named is None:
        if len(here) == 1:
            return root / here[0]
        raise UserError(
            f"cohort.table: {root} must have one table, CSV or Excel, or cohort.table must say "
            f"which one it is. {tables}"
        )
    path = plain_path(named)
    if path is None:
        raise UserError(
            f"cohort.table: {named} lies outside the folder {root}. Put it into the folder."
        )
    if not (root / path).is_file():
        raise UserError(f"cohort.table: {root} has no {named}. {tables}")
    return root / path


def is_labelme_file(path: Path) -> bool:
    """Return whether a JSON file is LabelMe's."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return '"shapes"' in text and is_labelme(json.loads(text))
    except (OSError, ValueError):
        return False


def is_damaged(path: Path) -> bool:
    """Return whether a file that is called JSON is none."""
    try:
        json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return True
    return False


def _is_via_csv(path: Path) -> bool:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return is_via_csv(file.readline())
    except OSError:
        return False
