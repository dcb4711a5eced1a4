"""What the columns of a table became: of a hospital's own, and what those of a public set hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from smallmass.cohort.columns import COLUMNS, WORDED
from smallmass.cohort.own_table import OwnTable, read_own_table
from smallmass.cohort.spreadsheet import read_cells
from smallmass.cohort.table import NUMBERS, UNKNOWN
from smallmass.errors import UserError
from smallmass.settings import CohortSettings

_WORDS_SHOWN = 12
# What the study itself adds, and what the pictures show.
_NOT_TOLD = {"case_id", "cohort", "group_id", "image", "frame", "outline", "pixel_sha256"}
_COUNTED = {*WORDED, "device", "birads", "histology"}


@dataclass(frozen=True)
class Column:
    """What a column of the table became.

    Args:
        name: The column of cohort.csv.
        header: The table's column; empty where a set has its own form.
        became: What its words or numbers mean, each in a line.
        unknown: In how many rows it is unknown.
        rows: How many rows there are.
    """

    name: str
    header: str
    became: list[str]
    unknown: int
    rows: int


def of_own_table(table: Path | None, settings: CohortSettings) -> list[Column]:
    """Return what each column of a hospital's table became; none where it cannot be read.

    Args:
        table: The table, or None where there is none.
        settings: The study's settings under ``cohort``.
    """
    if table is None:
        return []
    try:
        own = read_own_table(table, settings, ())
        known = {*settings.columns.values(), *own.cases}
        cells = read_cells(table, sheet=settings.sheet, known=known).cells
    except UserError:
        return []
    return [
        _became(name, own, cells[header]) for name, header in own.homes.items() if header in cells
    ]


def of_set(cases: pd.DataFrame) -> list[Column]:
    """Return what each column of a set's cases holds, of those in which anything is known.

    Args:
        cases: The set's rows of candidates.csv.
    """
    columns = []
    for name in COLUMNS:
        values = cases[name]
        unknown = _unknown(values)
        if name in _NOT_TOLD or unknown.all():
            continue
        held = values[~unknown]
        if name in _COUNTED:
            counts = held.value_counts()
            if name == "birads":
                counts = counts.sort_index()  # grades have an order
            lines = [f"{word} ({n:,})" for word, n in counts.items()]
        else:
            lines = _summary(name, held)
        columns.append(Column(name, "", _first(lines), int(unknown.sum()), len(values)))
    return columns


def _became(name: str, own: OwnTable, written: pd.Series) -> Column:
    """Return what one column of a hospital's table became."""
    values = own.cases[name]
    unknown = _unknown(values)
    if name in WORDED:
        pairs = pd.DataFrame({"written": written, "meaning": values.where(~unknown, UNKNOWN)})
        counts = pairs.value_counts(sort=True)
        lines = [f"{word or '(empty)'} → {meaning} ({n})" for (word, meaning), n in counts.items()]
    else:
        lines = _summary(name, values[~unknown])
    return Column(name, own.homes[name], _first(lines), int(unknown.sum()), len(values))


def _unknown(values: pd.Series) -> pd.Series:
    return values.isna() | values.astype(str).isin(["", UNKNOWN, "nan"])


def _summary(name: str, known: pd.Series) -> list[str]:
    """Return the range of numbers, or how many different texts there are."""
    if name not in NUMBERS:
        return [f"{known.nunique():,} different, such as {_some(known)}"]
    numbers = pd.to_numeric(known, errors="coerce").dropna()
    if numbers.empty:
        return []
    low, middle, high = numbers.quantile([0, 0.5, 1])
    return [f"from {low:g} to {high:g}, half of them up to {middle:g}"]


def _first(lines: list[str]) -> list[str]:
    more = len(lines) - _WORDS_SHOWN
    return [*lines[:_WORDS_SHOWN], f"and {more} more"] if more > 0 else lines


def _some(values: Sequence[object] | pd.Series) -> str:
    return ", ".join(str(value) for value in list(dict.fromkeys(values))[:3])
