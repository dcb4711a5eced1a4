"""What a folder holds: which column is which, what is sure of it, and what must be asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from smallmass.cohort import outline_shapes, vocabulary
from smallmass.cohort.columns import LENGTHS, WORDED
from smallmass.cohort.dicom.matching import COLUMN
from smallmass.cohort.images import read_outline
from smallmass.cohort.own_table import stated_units
from smallmass.cohort.problems import ImageProblem
from smallmass.cohort.sources.folder_choice import MASK_FOLDERS, MAYBE_MASKS
from smallmass.cohort.sources.folder_files import Files, mask_of, scan, stem
from smallmass.cohort.spreadsheet import ENDINGS, Cells, read_cells
from smallmass.counts import number_of
from smallmass.errors import UserError
from smallmass.wizard import dicom
from smallmass.wizard.names import NAMES, meant

_ENOUGH = 0.9
_MASKS_LOOKED_AT = 5
_MOST_WORDS = 8
_AGES = (15, 105)


@dataclass(frozen=True)
class Guess:
    """What a key of the settings may be.

    Args:
        value: Its value.
        sure: Whether it can hardly be anything else; if not, it is asked.
        why: What it was guessed from, or what is asked, as a comment.
    """

    value: str
    sure: bool
    why: str = ""


@dataclass
class Found:
    """What was found in a folder.

    Args:
        table: The table.
        sheet: Its sheet, where there are several.
        outlines: The folder of masks or the annotation file.
        columns: The table's column of each column of cohort.csv.
        units: The unit of each length.
        words: What words mean, by column: None where that must be asked.
        remarks: What else a person should know.
        below: What a second row of the table's header says of a column, such as its unit.
        source: The source of cases, where it is not a folder of pictures.
        dicom: Settings of a folder of DICOM files.
        needed: The columns that must be there.
    """

    table: Guess | None = None
    sheet: Guess | None = None
    outlines: Guess | None = None
    columns: dict[str, Guess] = field(default_factory=dict)
    units: dict[str, Guess] = field(default_factory=dict)
    words: dict[str, dict[str, str | None]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    below: dict[str, str] = field(default_factory=dict)
    source: Guess | None = None
    dicom: dict[str, Guess] = field(default_factory=dict)
    needed: tuple[str, ...] = ("case_id", "label", "patient_id")


def look(root: Path) -> Found:
    """Look at a folder; nothing in it is changed.

    Raises:
        UserError: If it holds neither images nor DICOM files, or no table.
    """
    files, found, headers = scan(root), Found(), dicom.headers(root)
    if headers:
        names = Files([*files.paths, *(header.name for header in headers)])
        cells = _table(root, lambda values: dicom.most_named(values, headers), found)
        found.outlines, masks = _outlines(root, names)
        _dicom(cells, headers, len(set(files.paths) - masks), found)
        _columns(cells, None, found)
        _patients(cells, headers, found)
    else:
        if not files.paths:
            raise UserError(f"{root} holds neither an image that is read nor ultrasound in DICOM.")
        cells = _table(root, lambda values: _named(values, files), found)
        found.outlines, masks = _outlines(root, files)
        _columns(cells, Files([path for path in files.paths if path not in masks]), found)
    for name in LENGTHS:
        if name in found.columns:
            found.units[name] = _unit(found.columns[name].value, cells, found.below)
    for name in WORDED:
        if name in found.columns:
            found.words[name] = _unknown_words(name, cells[found.columns[name].value])
    return found


def _dicom(cells: pd.DataFrame, headers: list[dicom.Header], pictures: int, found: Found) -> None:
    """Say that the folder is of DICOM files, and how the table names them."""
    why = f"{number_of(len(headers), 'DICOM file')} of ultrasound"
    if pictures:
        why += f", and {number_of(pictures, 'picture')} that would not be read"
    found.source = Guess("dicom", not pictures, why)
    shares = {header: dicom.shares(cells[header], headers) for header in cells}
    best: tuple[float, str, str] = (0.0, "file", "")
    for way in dicom.WAYS:
        for header, of_ways in shares.items():
            if of_ways.get(way, 0.0) > best[0]:
                best = of_ways[way], way, header
    share, way, header = best
    found.needed = ("label", COLUMN[way])
    if share:
        why = f"names {share:.0%} of its rows' files"
        found.dicom["match"] = Guess(way, share >= _ENOUGH, why)
        found.columns[COLUMN[way]] = Guess(header, share >= _ENOUGH, why)
    for key, value, reason in dicom.questions(headers):
        found.dicom[key] = Guess(value, False, reason)
    found.remarks.append("check draws pages to look at and to sign off: see docs/dicom.md")


def _patients(cells: pd.DataFrame, headers: list[dicom.Header], found: Found) -> None:
    guess = found.columns.get("patient_id")
    rule = dicom.patient_rule(cells[guess.value] if guess else None, headers)
    if rule is not None:
        found.dicom["patient"] = Guess(*rule)


def _table(root: Path, naming: Callable[[pd.Series], float], found: Found) -> pd.DataFrame:
    """Return the cells of the table whose columns name most images."""
    known = {word for words in NAMES.values() for word in words} | set(NAMES)
    best: tuple[float, Path, Cells] | None = None
    problems = []
    paths = [
        path
        for path in sorted(root.iterdir())
        if path.suffix.lower() in ENDINGS and not path.name.startswith((".", "~$"))
    ]
    for path in paths:
        try:
            read = read_cells(path, known=known)
        except UserError as error:
            problems += error.problems
            continue
        share = max((naming(read.cells[name]) for name in read.cells), default=0.0)
        if best is None or share > best[0]:
            best = share, path, read
    if best is None:
        raise UserError(problems or f"{root} holds no table (CSV or Excel) beside the images.")
    share, path, read = best
    found.below = read.units
    found.table = Guess(path.name, share >= _ENOUGH, f"names {share:.0%} of its rows' images")
    if len(read.sheets) > 1:
        found.sheet = Guess(read.sheets[0], False, f"it also has {', '.join(read.sheets[1:])}")
    return read.cells


def _named(values: pd.Series, files: Files) -> float:
    """Return the share of a column's cells that name one image."""
    given = values[values != ""].head(200)
    if len(given) < len(values.head(200)):
        return 0.0
    return float(given.map(lambda value: bool(files.find(value))).mean()) if len(given) else 0.0


def _columns(cells: pd.DataFrame, files: Files | None, found: Found) -> None:
    """Guess which column is which; ``files`` are the images, None where these are DICOM."""
    candidates: dict[str, list[str]] = {}
    for header in cells:
        name = meant(header)
        if name:
            candidates.setdefault(name, []).append(header)
    shares = {header: _named(cells[header], files) if files else 0.0 for header in cells}
    likely = [header for header in cells if shares[header] >= _ENOUGH]
    unique = [header for header in likely if cells[header].is_unique]
    if len(unique) == 1 or (unique and len(likely) == 1):
        found.columns["case_id"] = Guess(unique[0], True, "names the images")
    elif likely:
        named = [header for header in likely if meant(header) == "case_id"]
        sure = len(named) == 1 and cells[named[0]].is_unique
        found.columns["case_id"] = Guess((named or likely)[0], sure, f"or: {', '.join(likely)}")
    for name, headers in candidates.items():
        headers = [header for header in headers if not _taken(header, found)]
        if name in ("case_id", *found.columns) or not headers:
            continue
        right = [header for header in headers if _fits(name, cells[header])]
        chosen = (right or headers)[0]
        sure = len(headers) == 1 and bool(right)
        why = "" if sure else f"or: {', '.join(headers)}" if len(headers) > 1 else "unlike its name"
        found.columns[name] = Guess(chosen, sure, why)
    unused = [header for header in cells if not _taken(header, found)]
    if unused:
        found.remarks.append(f"columns that are not read: {', '.join(unused)}")


def _taken(header: str, found: Found) -> bool:
    return any(guess.value == header for guess in found.columns.values())


def _fits(name: str, values: pd.Series) -> bool:
    """Return whether a column's cells are what its name says."""
    given = values[~values.map(vocabulary.normal_form).isin(vocabulary.UNKNOWN_WORDS)]
    if given.empty:
        return False
    numbers = pd.to_numeric(given.str.replace(",", "."), errors="coerce")
    if name == "age_years":
        return bool(numbers.between(*_AGES).mean() >= _ENOUGH)
    if name in LENGTHS:
        return bool((numbers > 0).mean() >= _ENOUGH)
    if name in WORDED:
        return given.nunique() <= _MOST_WORDS
    return True


def _unit(header: str, cells: pd.DataFrame, below: dict[str, str]) -> Guess:
    """Return the unit of a column: as its heading says, else a question."""
    stated = stated_units(header) | stated_units(below.get(header, ""))
    if len(stated) == 1:
        return Guess(stated.pop(), True, "as the heading says")
    numbers = pd.to_numeric(cells[header].str.replace(",", "."), errors="coerce").dropna()
    middle = float(numbers.median()) if len(numbers) else 0.0
    unit = "mm" if middle > 3 else "cm"
    return Guess(unit, False, f"half of the numbers are over {middle:g}: mm or cm?")


def _unknown_words(name: str, values: pd.Series) -> dict[str, str | None]:
    """Return the words of a column that mean nothing yet; the others need no line."""
    known = vocabulary.meanings(name)
    words = list(values.value_counts().index)[:_MOST_WORDS]
    return {word: None for word in words if vocabulary.meaning_of(name, word, known) is None}


def _outlines(root: Path, files: Files) -> tuple[Guess | None, set[str]]:
    """Return where the outlines are, and which files are masks."""
    for folder in sorted({path.rpartition("/")[0] for path in files.paths} - {""}):
        last = folder.rpartition("/")[2].casefold()
        inside = [path for path in files.paths if path.startswith(f"{folder}/")]
        outside = {stem(path) for path in {*files.paths} - {*inside}}
        fitting = [path for path in inside if {stem(path), mask_of(path)} & outside]
        if last not in (*MASK_FOLDERS, *MAYBE_MASKS) or len(fitting) < _ENOUGH * len(inside):
            continue
        sure = all(_is_mask(root / path) for path in inside[:_MASKS_LOOKED_AT])
        why = f"{len(fitting)} of its {len(inside)} pictures are called as images"
        return Guess(folder, sure, why), set(inside)
    stems = {stem(path) for path in files.paths}
    beside = {path for path in files.paths if mask_of(path) in stems}
    if beside:
        return None, beside  # found by their names
    drawn = [path for path in sorted(root.glob("*.json")) if path.is_file()]
    if len(drawn) == 1:
        return Guess(drawn[0].name, True, "the only file of annotations"), set()
    if drawn:
        return Guess(drawn[0].name, False, f"or: {', '.join(p.name for p in drawn)}"), set()
    return None, set()


def _is_mask(path: Path) -> bool:
    try:
        mask, _ = outline_shapes.filled(read_outline(path))
    except ImageProblem:
        return False
    return bool(mask.any())
