"""The columns of cohort.csv, and what each may hold."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from smallmass.cohort.columns import COLUMNS
from smallmass.cohort.findings import Finding

LABELS = ("benign", "malignant")
SPLITS = ("training", "validation", "test")
UNKNOWN = "unknown"

TEXT = (
    "case_id",
    "cohort",
    "patient_id",
    "group_id",
    "image",
    "outline",
    "label",
    "device",
    "birads",
    "histology",
    "published_split",
    "pixel_sha256",
)
CATEGORIES = {
    "family_history": ("yes", "no", UNKNOWN),
    "brca_mutation": ("yes", "no", UNKNOWN),
    "breast_density": ("fatty", "scattered", "heterogeneous", "extreme", UNKNOWN),
    "reference_standard": ("biopsy", "surgery", "follow-up", UNKNOWN),
}
# A number outside its range is a typing error or another unit, never a patient.
NUMBERS = {
    "frame": (0, 100_000, "is the place of a frame in its file, from 0"),
    "diameter_cm": (0.05, 25.0, "is the lesion's longest diameter in centimetres"),
    "pixel_cm": (0.0001, 0.5, "is the width of a pixel in centimetres"),
    "age_years": (15, 110, "is the patient's age in years"),
}
_YEARS_OF_BIRTH = (1900, 2030)
REQUIRED = ("case_id", "image", "label")

# What every file system takes, in letters of any language: files are named by it.
_SAFE_ID = re.compile(r"[^\W_][\w .,;()\[\]{}+=@~'&-]*(?<! )\Z")
_LONGEST_ID = 150


def complete(cases: pd.DataFrame) -> pd.DataFrame:
    """Return a source's cases with every column of the cohort, in order.

    Unknown factors become the word "unknown", unknown text the empty string; numbers stay as they
    are for `check`. Columns that the study does not know keep their place behind the others, with
    the prefix ``x_``.
    """
    table = pd.DataFrame(index=cases.index)
    for name in COLUMNS:
        values = cases[name] if name in cases else pd.Series(np.nan, index=cases.index)
        if name in CATEGORIES:
            table[name] = _text(values).replace("", UNKNOWN)
        elif name in TEXT:
            table[name] = _text(values)
        else:
            table[name] = values
    for name in cases.columns.difference(COLUMNS, sort=False):
        table[name if name.startswith("x_") else f"x_{name}"] = cases[name]
    return table.reset_index(drop=True)


def typed(table: pd.DataFrame) -> pd.DataFrame:
    """Return a checked table with its numbers as numbers; what is not a number is unknown."""
    table = table.copy()
    for name in NUMBERS:
        table[name] = pd.to_numeric(table[name], errors="coerce")
    table["frame"] = table["frame"].astype("Int64")
    return table


def check(table: pd.DataFrame) -> list[Finding]:
    """Return what is wrong with the values of a completed table (see `complete`)."""
    return [
        *_check_ids(table),
        *_check_required(table),
        *_check_words(table),
        *_check_numbers(table),
        *_check_labels_of_outlines(table),
        *_check_labels_of_folders(table),
    ]


def _check_ids(table: pd.DataFrame) -> Iterator[Finding]:
    counts = table["case_id"].value_counts()
    for case_id in counts.index[(counts > 1) & (counts.index != "")]:
        yield Finding.of("T001", case_id, f"case_id stands in {counts[case_id]} rows")
    for case_id in table["case_id"]:
        if case_id and (not _SAFE_ID.match(case_id) or len(case_id.encode()) > _LONGEST_ID):
            yield Finding.of("T002", case_id, f"case_id {case_id!r} cannot name a file")


def _check_required(table: pd.DataFrame) -> Iterator[Finding]:
    for name in REQUIRED:
        empty = (table[name] == "").to_numpy()
        if empty.all() and len(table):
            yield Finding.of("T003", "", f"no case has a {name}", name=name)
            continue
        for row in np.flatnonzero(empty):
            case_id = table["case_id"].iloc[row]
            where = "" if case_id else f" in case {row + 1} of the table"
            yield Finding.of("T004", case_id, f"{name} is empty{where}", name=name)


def _check_words(table: pd.DataFrame) -> Iterator[Finding]:
    vocabulary = {"label": LABELS, "published_split": SPLITS, **CATEGORIES}
    for name, words in vocabulary.items():
        known = table[name].isin([*words, ""])
        for case_id, value in table.loc[~known, ["case_id", name]].itertuples(index=False):
            message = f"{name} is {value!r}"
            yield Finding.of("T006", case_id, message, name=name, words=", ".join(words))


def _check_numbers(table: pd.DataFrame) -> Iterator[Finding]:
    for name, (low, high, meaning) in NUMBERS.items():
        numbers = pd.to_numeric(table[name], errors="coerce")
        given = table[name].notna() & (_text(table[name]) != "")
        wrong = given & ~numbers.between(low, high)
        for case_id, value in table.loc[wrong, ["case_id", name]].itertuples(index=False):
            message = f"{name} is {_plain(value)}{_hint(name, value)}"
            yield Finding.of(
                "T007", case_id, message, name=name, meaning=meaning, low=low, high=high
            )


def _plain(value: object) -> str:
    """Return a value as a person would write it: 7 rather than 7.0, and text in quotes."""
    if isinstance(value, str) and pd.isna(pd.to_numeric(value, errors="coerce")):
        return repr(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _hint(name: str, value: object) -> str:
    """Return what a value looks like that is none of its column's."""
    number = pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0]
    if pd.isna(number):
        date = name == "age_years" and re.match(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}", str(value))
        return ", a date and no age" if date else ", which is no number"
    low, high, _ = NUMBERS[name]
    if name == "age_years":
        year = _YEARS_OF_BIRTH[0] <= number <= _YEARS_OF_BIRTH[1]
        months = 12 * low <= number <= 12 * high
        return ", a year of birth?" if year else ", which looks like months" if months else ""
    if not name.endswith("_cm"):
        return ""
    return ", which looks like mm" if high < number <= 10 * high else ""


def _check_labels_of_outlines(table: pd.DataFrame) -> Iterator[Finding]:
    """Find outlines that are said to be both benign and malignant."""
    same = ["cohort", "image", "frame", "outline"]
    shared = table[(table["outline"] != "") & table.duplicated(same, keep=False)]
    for (_, image, _, outline), rows in shared.groupby(same, sort=False, dropna=False):
        if rows["label"].nunique() > 1:
            labels = ", ".join(f"{row.case_id} {row.label}" for row in rows.itertuples())
            message = f"the outline {outline} of {image} has several labels: {labels}"
            yield Finding.of("T008", rows["case_id"].iloc[0], message)


def _check_labels_of_folders(table: pd.DataFrame) -> Iterator[Finding]:
    """Find images that lie in a folder with the name of the other label."""
    folders = table["image"].str.replace("\\", "/").str.lower().str.rsplit("/", n=1).str[0]
    folders = folders.where(table["image"].str.contains(r"[/\\]"), "")
    for label, other in (LABELS, LABELS[::-1]):
        within = {
            word: folders.str.contains(rf"(?:^|/){word}(?:/|$)", regex=True) for word in LABELS
        }
        wrong = (table["label"] == label) & within[other] & ~within[label]
        for case_id, image in table.loc[wrong, ["case_id", "image"]].itertuples(index=False):
            message = f"the table says {label}, but the image lies in a folder {other}: {image}"
            yield Finding.of("T010", case_id, message)


def _text(values: pd.Series) -> pd.Series:
    """Return a column as text without outer blanks; empty where unknown, 4 rather than 4.0."""
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    return values.astype("string").fillna("").str.strip().astype("str")
