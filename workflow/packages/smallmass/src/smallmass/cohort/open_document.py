"""What an OpenDocument sheet says beside its cells' values: merged and hidden rows, formulas.

In the form of OpenDocument 1.3, part 3, section 9: rows and cells that are equal stand once, with
their number.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
# A sheet is filled up with equal rows and cells to its last one.
_MOST = 10_000


@dataclass
class SheetFacts:
    """What a sheet says beside its values.

    Args:
        merged: Of cells over several rows: first row, last row, first and last column, from 1.
        hidden: Rows that nobody sees, from 1.
        no_result: How many formulas have no stored result.
    """

    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    no_result: int = 0


def sheet_facts(path: Path, sheet: str) -> SheetFacts:
    """Return what a sheet says beside its values.

    Args:
        path: A readable file of OpenDocument.
        sheet: Its name.
    """
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("content.xml"))
    facts = SheetFacts()
    for table in root.iter(f"{_TABLE}table"):
        if table.get(f"{_TABLE}name") == sheet:
            for number, row in _numbered(table.iter(f"{_TABLE}table-row"), "rows"):
                _look_at_row(number, row, facts)
    return facts


def _look_at_row(number: int, row: ElementTree.Element, facts: SheetFacts) -> None:
    cells = [cell for cell in row if cell.tag in _CELLS]
    if row.get(f"{_TABLE}visibility", "visible") != "visible" and any(map(len, cells)):
        facts.hidden.append(number)
    for column, cell in _numbered(iter(cells), "columns"):
        below = int(cell.get(f"{_TABLE}number-rows-spanned", 1)) - 1
        right = int(cell.get(f"{_TABLE}number-columns-spanned", 1)) - 1
        if below:
            facts.merged.append((number, number + below, column, column + right))
        has_value = cell.get(f"{_OFFICE}value-type") is not None or len(cell)
        facts.no_result += cell.get(f"{_TABLE}formula") is not None and not has_value


def _numbered(
    elements: Iterator[ElementTree.Element], kind: str
) -> Iterator[tuple[int, ElementTree.Element]]:
    """Yield rows or cells with their number, from 1; of those that fill up a sheet the first."""
    number = 1
    for element in elements:
        times = int(element.get(f"{_TABLE}number-{kind}-repeated", 1))
        for again in range(times if len(element) and times < _MOST else 1):
            yield number + again, element
        number += times
