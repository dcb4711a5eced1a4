"""A CSV or Excel table as text: any separator, encoding and cell type that hospitals use.

Nothing is known here of what the columns mean.
"""

import csv
import datetime
import io
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from smallmass.errors import UserError

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")
SEPARATORS = (",", ";", "\t")
_WORKBOOKS = (".xlsx", ".xlsm")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SHOWN = 10


@dataclass(frozen=True)
class Cells:
    """A table as text.

    Args:
        cells: A column of text for every column of the file, named as in its header; an empty cell
            is the empty string. Rows without any text are left out.
        rows: The number of each row in the file, as a spreadsheet counts them: the header is 1.
        sheets: The names of the workbook's sheets that hold anything, the one that was read first;
            empty for CSV.
    """

    cells: pd.DataFrame
    rows: list[int]
    sheets: tuple[str, ...] = ()


def read_cells(path: str | Path, *, sheet: str | None = None, known: Collection[str] = ()) -> Cells:
    """Read a table.

    CSV is read with commas, semicolons or tabs, in UTF-8, UTF-16 with its mark, or Latin-1 (as
    Windows extends it).
    Of a workbook the stored values are read: whole numbers without a decimal point, dates as
    ``YYYY-MM-DD``, a formula as its last result.

    Args:
        path: A file whose name ends as one of `ENDINGS`.
        sheet: The workbook's sheet; ``None`` is the first that holds anything.
        known: Column names that may occur, in any spelling of upper and lower case: the separator
            is the one that finds most of them.

    Raises:
        UserError: If the file cannot be read, is empty, has two columns of one name, or rows with
            more cells than columns.
    """
    path = Path(path)
    if path.suffix.lower() not in ENDINGS:
        raise UserError(f"{path}: the table must be a CSV file or an Excel workbook (.xlsx).")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from None
    sheets: tuple[str, ...] = ()
    if path.suffix.lower() in _WORKBOOKS:
        rows, sheets = _workbook_rows(path, content, sheet)
    else:
        rows = list(_text_rows(path, content, known))
    return _table(path, rows, sheets)


def _table(path: Path, rows: Iterable[list[str]], sheets: tuple[str, ...]) -> Cells:
    """Return rows, the header first, as a table; refuse what has no single meaning."""
    numbered = [(number, row) for number, row in enumerate(rows, 1) if any(row)]
    if not numbered:
        raise UserError(f"{path}: the table is empty.")
    header = _names(numbered[0][1])
    body = numbered[1:]
    problems = [
        f"{path}: the column name {name!r} stands {count} times in the header. Give every column "
        f"a name of its own."
        for name, count in Counter(header).items()
        if count > 1
    ]
    long = [number for number, row in body if any(row[len(header) :])]
    if long:
        more = f" and {len(long) - _SHOWN} more" if len(long) > _SHOWN else ""
        problems.append(
            f"{path}: rows {', '.join(map(str, long[:_SHOWN]))}{more} have more cells than the "
            f"header has columns ({len(header)}). A comma inside a cell needs quotation marks "
            f"around the cell; a table with decimal commas is best saved with semicolons."
        )
    if not body:
        problems.append(f"{path}: the table has a header and no row.")
    if problems:
        raise UserError(problems)
    width = len(header)
    padded = [row[:width] + [""] * (width - len(row)) for _, row in body]
    cells = pd.DataFrame(padded, columns=header, dtype="str")
    nameless = [name for name in _nameless(numbered[0][1]) if (cells[name] == "").all()]
    return Cells(cells.drop(columns=nameless), [number for number, _ in body], sheets)


def _names(header: list[str]) -> list[str]:
    """Return the header's names; a column without one is called by its place."""
    header = list(header)
    while header and not header[-1]:
        header.pop()
    return [name or f"column {number}" for number, name in enumerate(header, 1)]


def _nameless(header: list[str]) -> list[str]:
    return [name for name, given in zip(_names(header), header, strict=False) if not given]


def _text_rows(path: Path, content: bytes, known: Collection[str]) -> Iterator[list[str]]:
    if content.startswith((_ZIP, _OLE)):
        raise UserError(
            f"{path}: this is an Excel workbook with the ending {path.suffix}. Rename it to .xlsx, "
            f"or save it as CSV."
        )
    text = _decoded(path, content)
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        text, separator = "\n" + rest, first.strip()[4]  # Excel's own word for the separator
    else:
        separator = _separator(text, known)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for row in reader:
            yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise UserError(f"{path}: line {reader.line_num} cannot be read ({error}).") from None


def _decoded(path: Path, content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]  # what Excel calls Unicode text
    else:
        encodings = ["utf-8-sig", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
        break
    raise UserError(f"{path}: this is no text file. Save the table as CSV or as .xlsx.")


def _separator(text: str, known: Collection[str]) -> str:
    """Return the separator that makes most sense of the header."""
    names = {name.strip().casefold() for name in known}

    def sense(separator: str) -> tuple[int, int]:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            header = next((row for row in rows if any(cell.strip() for cell in row)), [])
        except csv.Error:
            return 0, 0
        return sum(cell.strip().casefold() in names for cell in header), len(header)

    return max(SEPARATORS, key=sense)


def _workbook_rows(
    path: Path, content: bytes, sheet: str | None
) -> tuple[list[list[str]], tuple[str, ...]]:
    if content.startswith(_OLE):
        raise UserError(
            f"{path}: the workbook is protected by a password, or in Excel's old format. Save it "
            f"as an ordinary .xlsx."
        )
    if not content.startswith(_ZIP):
        raise UserError(
            f"{path}: this is no Excel workbook, whatever its name says. If it is a text table, "
            f"rename it to .csv; else save it again from Excel."
        )
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        pages = {page.title: _page_rows(page) for page in book.worksheets}
    except Exception as error:  # what openpyxl raises for a damaged workbook is not documented
        raise UserError(
            f"{path}: the workbook is damaged ({type(error).__name__}). Save it again from Excel."
        ) from None
    filled = [title for title, rows in pages.items() if any(map(any, rows))]
    if sheet is not None and sheet not in pages:
        raise UserError(
            f"{path}: cohort.sheet is {sheet!r}, but the workbook has the sheets "
            f"{', '.join(map(repr, pages))}."
        )
    if not filled and sheet is None:
        raise UserError(f"{path}: the table is empty.")
    chosen = sheet if sheet is not None else filled[0]
    return pages[chosen], (chosen, *(title for title in filled if title != chosen))


def _page_rows(page: Any) -> list[list[str]]:
    page.reset_dimensions()  # some programs write a wrong size into the file
    return [[_cell_text(value) for value in row] for row in page.iter_rows(values_only=True)]


def _cell_text(value: object) -> str:
    """Return a workbook's cell as text, as a person reads it in the sheet."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value).strip()
