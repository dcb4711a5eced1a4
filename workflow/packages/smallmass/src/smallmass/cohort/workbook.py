"""An Excel workbook's sheet as rows of text."""

import io
import re
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import openpyxl

from smallmass.cohort.other_tables import text
from smallmass.cohort.spreadsheet import OLE, ZIP, folded, header_place
from smallmass.counts import number_of
from smallmass.errors import UserError

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_NO_RESULT = re.compile(rb"<f[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")
_SHOWN = 10


def workbook_rows(
    path: Path, content: bytes, sheet: str | None, known: Collection[str]
) -> tuple[list[list[str]], tuple[str, ...], list[tuple[str, str]]]:
    """Return a sheet's rows, the names of the sheets that hold anything, and what is to be known.

    Cells that are merged over several rows give their value to each of them.

    Args:
        path: The workbook, for messages.
        content: Its bytes.
        sheet: The sheet; None is the first with most of the known names.
        known: Names of columns that may occur.

    Raises:
        UserError: If it is no workbook, has no such sheet, or holds formulas without results.
    """
    if content.startswith(OLE):
        raise UserError(
            f"{path}: the workbook is protected by a password, or in Excel's old format. Save it "
            f"as an ordinary .xlsx."
        )
    if not content.startswith(ZIP):
        raise UserError(
            f"{path}: this is no Excel workbook, whatever its name says. If it is a text table, "
            f"rename it to .csv; else save it again from Excel."
        )
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        pages = {page.title: _page_rows(page) for page in book.worksheets}
        parts = {page.title: _part(content, page) for page in book.worksheets}
    except Exception as error:  # what openpyxl raises for a damaged workbook is not documented
        raise UserError(
            f"{path}: the workbook is damaged ({type(error).__name__}). Save it again from Excel."
        ) from None
    rows, sheets = one_sheet(path, pages, sheet, known)
    chosen, notes = sheets[0], []
    if count := len(_NO_RESULT.findall(parts[chosen])):
        raise UserError(
            f"{path}: the results of formulas are not stored in {number_of(count, 'cell')} of the "
            f"sheet {chosen!r}. Open the workbook in Excel or LibreOffice, and save it."
        )
    if names := _fill_merged(rows, parts[chosen]):
        message = f"{path.name}: cells merged over several rows count for each of them: {names}"
        notes.append(("T022", message))
    return rows, sheets, notes


def one_sheet(
    path: Path, pages: dict[str, list[list[str]]], sheet: str | None, known: Collection[str]
) -> tuple[list[list[str]], tuple[str, ...]]:
    """Return the rows of the sheet that is meant, and the filled sheets' names, this one first."""
    filled = [title for title, rows in pages.items() if any(map(any, rows))]
    if sheet is not None and sheet not in pages:
        raise UserError(
            f"{path}: cohort.sheet is {sheet!r}, but the workbook has the sheets "
            f"{', '.join(map(repr, pages))}."
        )
    if not filled and sheet is None:
        raise UserError(f"{path}: the table is empty.")
    chosen = sheet if sheet is not None else _likeliest(filled, pages, known)
    return pages[chosen], (chosen, *(title for title in filled if title != chosen))


def _likeliest(filled: list[str], pages: dict[str, list[list[str]]], known: Collection[str]) -> str:
    """Return the sheet whose header has most of the known names; a legend may stand before it."""

    def names(title: str) -> int:
        rows = [row for row in pages[title] if any(row)]
        header = {folded(cell) for cell in rows[header_place(rows, known)]}
        return len(header & {folded(name) for name in known})

    return max(filled, key=names)


def _part(content: bytes, page: Any) -> bytes:
    """Return the XML of a sheet, which alone tells formulas and merged cells."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        name = str(getattr(page, "_worksheet_path", "")).lstrip("/")
        return archive.read(name) if name in archive.namelist() else b""


def _fill_merged(rows: list[list[str]], part: bytes) -> str:
    """Give the value of cells that are merged downwards to all of their rows; return their names.

    Args:
        rows: The sheet's, changed in place.
        part: The sheet's XML.
    """
    names = []
    for match in _MERGED.finditer(part):
        left, top, right, bottom = openpyxl.utils.range_boundaries(match[1].decode())
        if bottom == top or left != right or bottom > len(rows):
            continue
        column = left - 1
        value = rows[top - 1][column] if column < len(rows[top - 1]) else ""
        if not value:
            continue
        names.append(match[1].decode())
        for row in rows[top:bottom]:
            row += [""] * (left - len(row))
            row[column] = value
    more = " ..." if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _page_rows(page: Any) -> list[list[str]]:
    page.reset_dimensions()  # some programs write a wrong size into the file
    return [[text(value) for value in row] for row in page.iter_rows(values_only=True)]
