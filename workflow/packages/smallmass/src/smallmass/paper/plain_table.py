"""A table of the report page: caption, headers of columns, numbers on the right."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from string import ascii_lowercase
from typing import Any

import pandas as pd

from diagnostic_accuracy.printing import GROUP, Heading, PrintedTable, Row
from diagnostic_accuracy.rounding import DASH
from smallmass.evaluation.cases import join_notes, split_notes


def plain_table(
    caption: str,
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    texts: int = 1,
    groups: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> PrintedTable:
    """Return a table without a number of its own.

    Args:
        caption: What the table shows.
        header: One text a column.
        rows: Cells; None becomes a dash.
        texts: How many columns, from the left, hold words and not numbers.
        groups: One text a row; where it changes, it stands as a heading across the table.
        notes: Lines below the table.
    """
    lines = []
    pairs = zip(groups or [""] * len(rows), rows, strict=True)
    for group, members in groupby(pairs, key=lambda pair: pair[0]):
        if groups:
            lines.append(Row((group, *[""] * (len(header) - 1)), GROUP))
        lines += [Row(tuple(map(_cell, row))) for _, row in members]
    headings = (tuple(Heading(str(name)) for name in header),)
    return PrintedTable("", caption, headings, tuple(lines), tuple(notes), texts)


def lettered(notes: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return notes in which what several rows say is a letter, and the lines that explain these.

    Args:
        notes: One text a row, of parts between semicolons.
    """
    parts = [split_notes(note) for note in notes]
    rows = Counter(part for row in parts for part in dict.fromkeys(row))
    shared = [part for part, count in rows.items() if count > 1]
    if len(shared) > len(ascii_lowercase):
        return list(notes), []
    letters = dict(zip(shared, ascii_lowercase, strict=False))
    cells = []
    for row in parts:
        marks = ", ".join(sorted(letters[part] for part in row if part in letters))
        alone = [part for part in row if part not in letters]
        cells.append(join_notes(marks, *alone))
    return cells, [f"{letter}: {part}." for part, letter in letters.items()]


def numbered(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return a number for each text, the same for the same one, and the lines that explain these.

    Args:
        texts: One a row.
    """
    different = list(dict.fromkeys(texts))
    lines = [f"{place}: {text}." for place, text in enumerate(different, start=1)]
    return [str(different.index(text) + 1) for text in texts], lines


def _cell(value: Any) -> str:
    return DASH if value is None or value is pd.NA else str(value)
