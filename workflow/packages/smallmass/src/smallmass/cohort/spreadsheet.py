"""A CSV or Excel table as text: any separator, encoding and cell type that hospitals use.

Nothing is known here of what the columns mean.
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import charset_normalizer
import pandas as pd

from smallmass.cohort import other_tables
from smallmass.counts import rows_of
from smallmass.errors import UserError

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", *other_tables.ENDINGS)
SEPARATORS = (",", ";", "\t", "|")
_WORKBOOKS = (".xlsx", ".xlsm")
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SHOWN = 10
# A title and further remarks may stand above the header.
_HEADER_WITHIN = 20
_REMARK = re.compile(
    r"\A\W*n\s*[=:]|\A[*†‡]|\A\W*(?:total|sum|summe|gesamt|mean|mittelwert|median|anzahl|quelle"
    r"|source|legende?|stand|notes?|anmerkung|bemerkung|created|erstellt|export(?:ed|iert)?)\b",
    re.I,
)
# What stands in a second row of a header: units, or what may be written below.
_UNIT = re.compile(
    r"[\[(].{1,30}[\])]|mm|cm|m|px|pixels?|years?|yrs?|y|jahre?|j|a|ans?|años?|anni|세|岁|歳"
    r"|kg|kg/m[2²^]+|ml|cm[3³]|%|-|–|y(?:es)?\s*/\s*no?|j(?:a)?\s*/\s*n(?:ein)?|0\s*/\s*1|a\s*[-–]\s*d"
    r"|1\s*[-–]\s*4|i\s*[-–]\s*iv",
    re.I,
)
# What nobody sees in a cell: marks of width and direction that web pages and Excel leave behind.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))
_EASTERN = ("cp949", "cp932", "shift_jis", "euc_jp", "gb18030", "big5", "cp1251", "koi8_r")
_CODE_PAGES = ("cp1252", *_EASTERN, "cp1250", "cp1253", "cp1254", "mac_roman", "latin-1")


@dataclass(frozen=True)
class Cells:
    """A table as text.

    Args:
        cells: A column of text for every column of the file, named as in its header; an empty cell
            is the empty string. Rows without any text are left out.
        rows: The number of each row in the file, as a spreadsheet counts them: the header is 1.
        sheets: The names of the workbook's sheets that hold anything, the one that was read first;
            empty for CSV.
        notes: What was found beside the table, each as a rule's code and a message.
        units: What a second row of the header says below a column's name, such as "mm".
    """

    cells: pd.DataFrame
    rows: list[int]
    sheets: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    units: dict[str, str] = field(default_factory=dict)


def read_cells(path: str | Path, *, sheet: str | None = None, known: Collection[str] = ()) -> Cells:
    """Read a table.

    CSV is read with commas, semicolons or tabs, in UTF-8, UTF-16 with its mark, or a code page (see
    `decoded`). A title above the header and remarks under the table are left out, and noted.
    Of a workbook the stored values are read: whole numbers without a decimal point, dates as
    ``YYYY-MM-DD``, a formula as its last result.

    Args:
        path: A file whose name ends as one of `ENDINGS`.
        sheet: The workbook's sheet; ``None`` is the first with most of the known names.
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
    notes: list[tuple[str, str]] = []
    if path.suffix.lower() in _WORKBOOKS:
        from smallmass.cohort.workbook import workbook_rows

        rows, sheets, notes = workbook_rows(path, content, sheet, known)
    elif path.suffix.lower() in other_tables.BOOKS:
        from smallmass.cohort.workbook import other_workbook_rows

        rows, sheets, notes = other_workbook_rows(path, sheet, known)
    elif path.suffix.lower() in other_tables.SPSS:
        rows = other_tables.spss_rows(path)
    else:
        text, encoding = decoded(path, content, known)
        rows = list(_text_rows(path, text, known))
        if encoding:
            notes.append(("T026", f"{path.name} is no UTF-8, and was read as {encoding}"))
    return _table(path, rows, sheets, known, notes)


def _table(
    path: Path,
    rows: Iterable[list[str]],
    sheets: tuple[str, ...],
    known: Collection[str],
    notes: list[tuple[str, str]],
) -> Cells:
    """Return rows as a table; refuse what has no single meaning."""
    seen = ([cell.translate(_INVISIBLE).strip() for cell in row] for row in rows)
    numbered = [(number, row) for number, row in enumerate(seen, 1) if any(row)]
    if not numbered:
        raise UserError(f"{path}: the table is empty.")
    top = header_place([row for _, row in numbered], known)
    if top:
        above = " / ".join(" ".join(filter(None, row)) for _, row in numbered[:top])
        message = (
            f"{path.name}: the header is row {numbered[top][0]}; what stands above it is not read: "
            f"{above[:80]!r}"
        )
        notes.append(("T024", message))
    header = _names(numbered[top][1])
    below = numbered[top + 1 :]
    units = _units_below(header, below)
    if units:
        words = ", ".join(f"{name}: {unit}" for name, unit in units.items())
        message = f"{path.name}: row {below[0][0]} is taken for units, not for a case: {words}"
        notes.append(("T028", message))
        below = below[1:]
    again = [number for number, row in below if row[: len(header)] == numbered[top][1]]
    if again:
        listed = rows_of(again, _SHOWN)
        notes.append(("T030", f"{path.name}: the header stands again in {listed}, and is no case"))
        below = [(number, row) for number, row in below if row[: len(header)] != numbered[top][1]]
    body, footer = _without_footer(below, len(header))
    if footer:
        message = f"{path.name}: the last rows are taken for a footer: {' / '.join(footer)[:80]!r}"
        notes.append(("T025", message))
    problems = [
        f"{path}: the column name {name!r} stands {count} times in the header. Give every column "
        f"a name of its own."
        for name, count in Counter(header).items()
        if count > 1
    ]
    if long := [number for number, row in body if any(row[len(header) :])]:
        problems.append(_too_long(path, long, len(header), of_text=not sheets))
    if not body:
        problems.append(f"{path}: the table has a header and no row.")
    if problems:
        raise UserError(problems)
    width = len(header)
    padded = [row[:width] + [""] * (width - len(row)) for _, row in body]
    cells = pd.DataFrame(padded, columns=header, dtype="str")
    nameless = [name for name in _nameless(numbered[top][1]) if (cells[name] == "").all()]
    numbers = [number for number, _ in body]
    return Cells(cells.drop(columns=nameless), numbers, sheets, tuple(notes), units)


def _units_below(header: list[str], below: list[tuple[int, list[str]]]) -> dict[str, str]:
    """Return what the row below the header says of each column, where it holds units alone.

    A row of numbers or of a case's words is none, nor is the only row.
    """
    if len(below) < 2:
        return {}
    given = {name: cell for name, cell in zip(header, below[0][1], strict=False) if cell}
    telling = [cell for cell in given.values() if re.search(r"[^\W\d_]|%", cell)]
    fits = telling and all(_UNIT.fullmatch(cell) for cell in given.values())
    # A single letter is a unit beside others, and a word of a case alone.
    return given if fits and any(len(cell) > 1 for cell in telling) else {}


def header_place(rows: list[list[str]], known: Collection[str]) -> int:
    """Return which of the first rows is the header: the first with most of the known names.

    A title, or a row that groups columns, may stand above it.
    """
    senses = [_known_names(row, known) for row in rows[:_HEADER_WITHIN]]
    return senses.index(max(senses)) if senses else 0


def _known_names(row: list[str], known: Collection[str]) -> int:
    names = {folded(name) for name in known}
    return len({folded(cell) for cell in row} & names)


def folded(name: str) -> str:
    """Return a name without regard to capitals, outer blanks and how its accents are written."""
    return unicodedata.normalize("NFC", name).strip().casefold()


def _without_footer(
    body: list[tuple[int, list[str]]], width: int
) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """Return a table's rows without the remarks under them, and these remarks."""
    end = len(body)
    while width > 2 and end > 1:
        filled = [cell for cell in body[end - 1][1] if cell]
        if len(filled) > 2 or not _REMARK.search(" ".join(filled)):
            break
        end -= 1
    return body[:end], [" ".join(filter(None, row)) for _, row in body[end:]]


def _too_long(path: Path, rows: list[int], width: int, *, of_text: bool) -> str:
    """Return the message that rows have more cells than the header has columns."""
    remedy = (
        "A comma inside a cell needs quotation marks around the cell; a table with decimal commas "
        "is best saved with semicolons."
        if of_text
        else "Let the header be the first row that holds names of columns, and name each of them; "
        "name another sheet with cohort.sheet if this is the wrong one."
    )
    listed = rows_of(rows, _SHOWN)
    return f"{path}: more cells than the header has columns ({width}) in {listed}. {remedy}"


def _names(header: list[str]) -> list[str]:
    """Return the header's names; a column without one is called by its place."""
    header = list(header)
    while header and not header[-1]:
        header.pop()
    return [name or f"column {number}" for number, name in enumerate(header, 1)]


def _nameless(header: list[str]) -> list[str]:
    return [name for name, given in zip(_names(header), header, strict=False) if not given]


def _text_rows(path: Path, text: str, known: Collection[str]) -> Iterator[list[str]]:
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


def decoded(path: Path, content: bytes, known: Collection[str] = ()) -> tuple[str, str]:
    """Return a file's text, and its encoding where that had to be found out.

    Text that is no UTF-8 is of the code page in which the known names stand in it, where one of
    them has other letters than ASCII; else of the likeliest one.
    """
    if content.startswith((ZIP, OLE)):
        raise UserError(
            f"{path}: this is an Excel workbook with the ending {path.suffix}. Rename it to .xlsx, "
            f"or save it as CSV."
        )
    unicode = _unicode(content)
    try:
        text = content.decode(unicode)
        if "\0" not in text:
            return text, ""
    except UnicodeDecodeError:
        if b"\0" not in content:
            encoding = _code_page(content, known)
            return content.decode(encoding, "replace"), encoding if encoding != "cp1252" else ""
    raise UserError(f"{path}: this is no text file. Save the table as CSV or as .xlsx.")


def _unicode(content: bytes) -> str:
    """Return which form of Unicode bytes would have; of UTF-16 without a mark every second is 0."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = content[:1000]
    for name, ours, zeros in (("utf-16-le", start[::2], start[1::2]),
                              ("utf-16-be", start[1::2], start[::2])):  # fmt: skip
        if zeros and 0 not in ours and zeros.count(0) > len(zeros) // 2:
            return name
    return "utf-8-sig"


def _code_page(content: bytes, known: Collection[str]) -> str:
    """Return the code page of bytes that are no Unicode."""
    telling = {folded(name) for name in known if not name.isascii()}
    readable = {}
    for encoding in _CODE_PAGES:
        try:
            readable[encoding] = folded(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    hits = {encoding: sum(name in text for name in telling) for encoding, text in readable.items()}
    if hits and max(hits.values()) > 0:
        return max(hits, key=lambda encoding: hits[encoding])
    best = charset_normalizer.from_bytes(content, cp_isolation=list(readable)).best()
    if best is not None and best.encoding in _EASTERN:
        return best.encoding
    return "cp1252" if "cp1252" in readable else "latin-1"


def _separator(text: str, known: Collection[str]) -> str:
    """Return the separator that makes most sense of the header."""

    def sense(separator: str) -> tuple[int, int]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            filled = ([cell.strip() for cell in row] for row in reader if any(map(str.strip, row)))
            rows = list(islice(filled, _HEADER_WITHIN))
        except csv.Error:
            return 0, 0
        if not rows:
            return 0, 0
        header = rows[header_place(rows, known)]
        return _known_names(header, known), len(header)

    return max(SEPARATORS, key=sense)
