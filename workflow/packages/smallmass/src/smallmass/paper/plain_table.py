"""A table of the report page: caption, headers of columns and rows, numbers on the right."""

import html
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from string import ascii_lowercase
from typing import Any

import pandas as pd

from smallmass.paper.rounding import DASH

LONG = 32  # letters of a cell that may be broken into lines
# Columns of words wherever they stand: class of their cells.
WORDS = {"Note": "long", "Rule": "long", "Method": "method", "Test": "method", "Verdict": "method"}


def plain_table(
    caption: str,
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    texts: int = 1,
    groups: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> str:
    """Return a ``<table>`` with a caption, column headers and row headers.

    Args:
        caption: What the table shows.
        header: One text a column.
        rows: Cells; None becomes a dash.
        texts: How many columns, from the left, hold words and not numbers.
        groups: One text a row; where it changes, it stands as a heading across the table.
        notes: Lines below the table.
    """
    lines = [f'<table class="plain"><caption>{html.escape(caption)}</caption><thead><tr>']
    for i, name in enumerate(header):
        lines.append(f'<th scope="col"{_words(name, i < texts)}>{html.escape(str(name))}</th>')
    lines.append("</tr></thead>")
    pairs = zip(groups or [""] * len(rows), rows, strict=True)
    for group, members in groupby(pairs, key=lambda pair: pair[0]):
        lines.append("<tbody>")
        if groups:
            lines.append(
                f'<tr class="group"><th scope="rowgroup" colspan="{len(header)}">'
                f"{html.escape(group)}</th></tr>"
            )
        lines += [_row(row, header, texts) for _, row in members]
        lines.append("</tbody>")
    lines.append("</table>")
    if notes:
        below = "".join(f"<p>{html.escape(note)}</p>" for note in notes)
        lines.append(f'<div class="notes">{below}</div>')
    return "\n".join(lines)


def lettered(notes: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return notes in which what several rows say is a letter, and the lines that explain these.

    Args:
        notes: One text a row, of parts between semicolons.
    """
    parts = [[part for part in note.split("; ") if part] for note in notes]
    rows = Counter(part for row in parts for part in dict.fromkeys(row))
    shared = [part for part, count in rows.items() if count > 1]
    if len(shared) > len(ascii_lowercase):
        return list(notes), []
    letters = dict(zip(shared, ascii_lowercase, strict=False))
    cells = []
    for row in parts:
        marks = ", ".join(sorted(letters[part] for part in row if part in letters))
        alone = [part for part in row if part not in letters]
        cells.append("; ".join([*([marks] if marks else []), *alone]))
    return cells, [f"{letter}: {part}." for part, letter in letters.items()]


def _row(row: Sequence[Any], header: Sequence[str], texts: int) -> str:
    cells = [DASH if cell is None or cell is pd.NA else str(cell) for cell in row]
    body = "".join(
        f"<td{_words(header[i], i < texts, cell)}>{html.escape(cell)}</td>"
        for i, cell in enumerate(cells[1:], 1)
    )
    long = ' class="long"' if len(cells[0]) > LONG else ""
    return f'<tr><th scope="row"{long}>{html.escape(cells[0])}</th>{body}</tr>'


def _words(name: str, text: bool, cell: str | None = None) -> str:
    """Return the class of a cell, or of a header: words stand on the left, long ones may break."""
    kinds = ["words"] if text or name in WORDS else []
    if cell is not None and (name in WORDS or len(cell) > LONG):
        kinds.append(WORDS.get(name, "long"))
    return f' class="{" ".join(kinds)}"' if kinds else ""
