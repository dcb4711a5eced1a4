"""What of a hospital's own table may leave the import: known words, numbers, and checked text.

A cell that does not fit is named by its row and never quoted, since a column that was mapped by
mistake may hold names.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from smallmass.cohort.findings import Finding
from smallmass.cohort.own_table import OwnTable
from smallmass.cohort.table import CATEGORIES, LABELS, NUMBERS, SPLITS
from smallmass.cohort.vocabulary import NORMAL
from smallmass.counts import rows_of

WORDS = {"label": LABELS, "published_split": SPLITS, **CATEGORIES}
MEASURES = ("diameter_cm", "pixel_cm", "age_years")
FREE_TEXT = ("device", "histology")
# Ages over 89 are few enough to point at a person: U.S. law's safe harbor (45 CFR
# 164.514(b)(2)(i)(C)) puts them into one class of 90 or older.
OLDEST = 90

_BIRADS = re.compile(r"[0-6][A-Ca-c]?\Z")
# A day, or a number as long as that of a patient, an examination or a telephone.
_DATE_OR_NUMBER = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{5}")
_WORD = re.compile(r"[^\W_]+")
_SHOWN = 10


@dataclass(frozen=True)
class Row:
    """A row of the table: a lesion.

    Args:
        number: Its number in the file; the header is 1.
        values: The columns of cohort.csv that may pass, cleaned.
        case_id: As in the table, or empty.
        patient_id: As in the table, or empty.
        group_id: As in the table, or empty.
        image: What names the file, or empty.
        frame: The frame, from 0, or None.
        outline: The outline's reference, or empty.
        unknown: Columns that the row says are not known; the file's own tag is not asked then.
    """

    number: int
    values: dict[str, Any]
    case_id: str
    patient_id: str
    group_id: str
    image: str
    frame: int | None
    outline: str
    unknown: frozenset[str] = frozenset()


def clean(own: OwnTable, *, labelled: bool = True) -> tuple[list[Row], list[Finding]]:
    """Return the rows of a table with what may pass, and what could not.

    Args:
        own: The table, as `own_table.read_own_table` gives it.
        labelled: Whether each row must have a label; new patients have none.

    Returns:
        tuple: The rows, without those of normal breasts; and one finding for each column, which
        names its rows.
    """
    rows: list[Row] = []
    wrong: dict[str, list[int]] = {}
    normal = []
    for number, record, told in zip(
        own.rows,
        own.cases.to_dict("records"),
        own.told_unknown.to_dict("records"),
        strict=True,
    ):
        text = {name: _text(value) for name, value in record.items()}
        if text.get("label") == NORMAL:
            normal.append(number)
            continue
        values, unfit = _values(text, labelled)
        frame = text.get("frame", "")
        if frame and not re.fullmatch(r"\d{1,6}(\.0*)?", frame):
            unfit.append("frame")
            frame = ""
        for name in unfit:
            wrong.setdefault(name, []).append(number)
        names = ("case_id", "patient_id", "group_id", "image")
        case_id, patient_id, group_id, image = (text.get(name, "") for name in names)
        frame_number = int(float(frame)) if frame else None
        outline = text.get("outline", "")
        unknown = frozenset(name for name, said in told.items() if said)
        rows.append(
            Row(
                number, values, case_id, patient_id, group_id, image, frame_number, outline, unknown
            )
        )
    findings = [_unfit(name, wrong[name]) for name in sorted(wrong)]
    if normal:
        message = f"{rows_of(normal, _SHOWN)} of the table: a normal breast, without a lesion"
        findings.append(Finding.of("T011", "", message))
    return rows, findings


def words_of(*texts: str) -> set[str]:
    """Return the words of identifying texts that are long enough to be looked for, folded."""
    return {word.casefold() for text in texts for word in _WORD.findall(text) if len(word) > 2}


def identifies(text: str, sought: set[str]) -> bool:
    """Return whether a text holds a sought word, a date, or a number of five digits or more."""
    if _DATE_OR_NUMBER.search(text):
        return True
    words = [word.casefold() for word in _WORD.findall(text)]
    joined = {a + b for a, b in pairwise(words)}
    return not sought.isdisjoint(words) or not sought.isdisjoint(joined)


def pooled_age(age: float) -> float:
    """Return an age, or 90 where it is higher and still an age."""
    return float(OLDEST) if OLDEST < age <= NUMBERS["age_years"][1] else age


def _values(text: dict[str, str], labelled: bool) -> tuple[dict[str, object], list[str]]:
    """Return what may pass of a row, and the columns of which it may not."""
    values: dict[str, object] = {}
    unfit = []
    for name, allowed in WORDS.items():
        word = text.get(name, "")
        if word in allowed:
            values[name] = word
        elif word or (labelled and name == "label"):
            unfit.append(name)
    for name in MEASURES:
        if text.get(name):
            low, high, _ = NUMBERS[name]
            value = pd.to_numeric(text[name], errors="coerce")
            if pd.isna(value) or not low <= value <= high:
                unfit.append(name)
            else:
                values[name] = float(value)
    birads = re.sub(r"\A(?:bi-?rads|acr)[\s:_-]*", "", text.get("birads", ""), flags=re.I)
    if _BIRADS.match(birads):
        values["birads"] = birads
    elif birads:
        unfit.append("birads")
    for name in FREE_TEXT:
        if text.get(name):
            values[name] = " ".join(text[name].split())
    return values, unfit


def _unfit(name: str, numbers: list[int]) -> Finding:
    """Return the finding that a column is not understood in some rows."""
    if name in WORDS:
        words = ", ".join(WORDS[name])
        right = f"one of: {words} (cohort.words says what other words mean)"
    elif name == "birads":
        right = "a category from 0 to 6, with a, b or c behind 4"
    elif name == "frame":
        right = "a whole number, counted from 0"
    else:
        low, high, meaning = NUMBERS[name]
        right = f"between {low} and {high}: it {meaning}"
    if name != "label":
        right += "; write unknown where it is not known"
    message = (
        f"{rows_of(numbers, _SHOWN)} of the table: {name} is {'empty or ' * (name == 'label')}not "
        f"understood{', and left out' * (name == 'birads')}"
    )
    return Finding.of("D024" if name == "birads" else "D023", "", message, name=name, right=right)


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return ""
    return str(value).strip()
