"""Tables of further programs, read by packages that are installed on demand.

``uv sync --extra formats`` installs them: python-calamine (MIT) for Excel's old format and for
OpenDocument, pyreadstat (Apache 2.0) for SPSS.
"""

import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from smallmass.errors import UserError

BOOKS, SPSS = (".xls", ".ods"), (".sav",)
ENDINGS = (*BOOKS, *SPSS)
Merged = tuple[int, int, int, int]
"""Cells that are merged: first and last row, first and last column, from 1."""


def book_sheets(path: Path) -> tuple[dict[str, list[list[str]]], dict[str, list[Merged]]]:
    """Return the sheets of a workbook by name, each as rows of text, and what is merged downwards.

    Raises:
        UserError: If the package that reads it is not installed, or the file is damaged.
    """
    calamine = _package("python_calamine", path)
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
        rows = {
            name: [[text(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
            for name, sheet in sheets.items()
        }
    except Exception as error:  # what the package raises for damaged files is not documented
        raise UserError(
            f"{path}: the workbook is damaged or protected ({type(error).__name__}). Save it as "
            ".xlsx."
        ) from None
    merged = {
        name: [
            (top + 1, bottom + 1, left + 1, right + 1)
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
            if bottom > top
        ]
        for name, sheet in sheets.items()
    }
    return rows, merged


def spss_rows(path: Path) -> list[list[str]]:
    """Return the rows of an SPSS file, its header first; codes by their labels.

    Raises:
        UserError: If the package that reads it is not installed, or the file is damaged.
    """
    package = _package("pyreadstat", path)
    try:
        frame, _ = package.read_sav(str(path), apply_value_formats=True)
    except Exception as error:  # as above
        raise UserError(
            f"{path}: the file is damaged ({type(error).__name__}). Save it as CSV from SPSS."
        ) from None
    rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return [list(frame.columns), *([text(value) for value in row] for row in rows)]


def text(value: Any) -> str:
    """Return a cell as text, as a person reads it in the sheet."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value).strip()


def _package(name: str, path: Path) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise UserError(
            f"{path}: reading {path.suffix} needs {name}: uv sync --extra formats. Or save the "
            "table as .xlsx or CSV."
        ) from None
