"""A workbook's sheet as rows of text."""

import io
import re
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import openpyxl

from smallmass.cohort import other_tables
from smallmass.cohort.open_document import SheetFacts, sheet_facts
from smallmass.cohort.other_tables import Merged, text
from smallmass.cohort.spreadsheet import OLE, ZIP, folded, header_place
from smallmass.counts import number_of, rows_of
from smallmass.errors import UserError

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_NO_RESULT = re.compile(rb"<f[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")
_HIDDEN = re.compile(rb'<(?:\w+:)?row (?=[^>]*\bhidden="(?:1|true)")[^>]*?\br="([0-9]+)"')
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
    part = parts[sheets[0]]
    facts = SheetFacts(
        merged=[
            (top, bottom, left, right)
            for left, top, right, bottom in (
                openpyxl.utils.range_boundaries(match[1].decode())
                for match in _MERGED.finditer(part)
            )
            if bottom > top
        ],
        hidden=[int(match[1]) for match in _HIDDEN.finditer(part)],
        no_result=len(_NO_RESULT.findall(part)),
    )
    return rows, sheets, about_sheet(path, sheets[0], rows, facts)


def other_workbook_rows(
    path: Path, sheet: str | None, known: Collection[str]
) -> tuple[list[list[str]], tuple[str, ...], list[tuple[str, str]]]:
    """Return what `workbook_rows` does, of Excel's old format or of OpenDocument.

    The old format does not tell apart a formula without a result and an empty cell.
    """
    pages, merged = other_tables.book_sheets(path)
    rows, sheets = one_sheet(path, pages, sheet, known)
    chosen = sheets[0]
    facts = SheetFacts(merged=merged[chosen])
    if path.suffix.lower() == ".ods":
        facts = sheet_facts(path, chosen)
    return rows, sheets, about_sheet(path, chosen, rows, facts)


def about_sheet(
    path: Path, sheet: str, rows: list[list[str]], facts: SheetFacts
) -> list[tuple[str, str]]:
    """Give merged cells' values to all of their rows, in place, and return what is to be known.

    Raises:
        UserError: If the sheet holds formulas without results.
    """
    if facts.no_result:
        raise UserError(
            f"{path}: the results of formulas are not stored in "
            f"{number_of(facts.no_result, 'cell')} of the sheet {sheet!r}. Open the workbook in "
            "Excel or LibreOffice, and save it."
        )
    notes = []
    if names := _fill_merged(rows, facts.merged):
        message = f"{path.name}: cells merged over several rows count for each of them: {names}"
        notes.append(("T022", message))
    hidden = [row for row in facts.hidden if row <= len(rows) and any(rows[row - 1])]
    if hidden:
        message = f"{path.name}: hidden or filtered out, and read all the same: "
        notes.append(("T032", message + rows_of(hidden, _SHOWN)))
    return notes


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


def _fill_merged(rows: list[list[str]], merged: list[Merged]) -> str:
    """Give the value of cells that are merged downwards to all of their rows; return their names.

    Args:
        rows: The sheet's, changed in place.
        merged: Of the sheet.
    """
    names = []
    for top, bottom, left, right in merged:
        if left != right or bottom > len(rows):
            continue
        column = left - 1
        value = rows[top - 1][column] if column < len(rows[top - 1]) else ""
        if not value:
            continue
        letter = openpyxl.utils.get_column_letter(left)
        names.append(f"{letter}{top}:{letter}{bottom}")
        for row in rows[top:bottom]:
            row += [""] * (left - len(row))
            row[column] = value
    more = " ..." if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _page_rows(page: Any) -> list[list[str]]:
    page.reset_dimensions()  # some programs write a wrong size into the file
    return [[text(value) for value in row] for row in page.iter_rows(values_only=True)]
