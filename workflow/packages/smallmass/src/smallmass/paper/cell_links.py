"""Where the cells of Tables 1 and 2 lead: to the row that they are printed from, and its method."""

import re
from collections.abc import Sequence

from diagnostic_accuracy.printing import GROUP, P_ROW, PrintedTable
from smallmass.paper.plain_table import plain_table
from smallmass.paper.table1 import CATEGORICAL, CONTINUOUS
from smallmass.words import Model

COMPARISONS = "comparisons-table"
METHOD = "table1-method"


def slug(*parts: str) -> str:
    """Return a name for a link: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", " ".join(parts).lower()).strip("-")


def anchors(tables: Sequence[PrintedTable]) -> list[dict[int, str]]:
    """Return the name of every row of the tables of performance, by its place.

    Args:
        tables: Of `report_tables.performance_tables`.
    """
    found: list[dict[int, str]] = []
    seen: set[str] = set()
    for table in tables:
        rows: dict[int, str] = {}
        model, title = "", table.title.partition(": ")[0]  # without how scores came about
        for place, row in enumerate(table.rows):
            if row.kind == GROUP:
                model = row.cells[0]
                continue
            name = slug(title, model, row.cells[0])
            if name not in seen:
                rows[place] = name
            seen.add(name)
        found.append(rows)
    return found


def table2_links(table: PrintedTable, known: Sequence[dict[int, str]]) -> dict[tuple, str]:
    """Return where each cell of Table 2 leads, by (row, column): performance, or the comparisons.

    Args:
        table: Table 2.
        known: Of `anchors`; a cell whose row is not there has no link.
    """
    there = {name for rows in known for name in rows.values()}
    metrics = [cell.text for cell in table.header[-1]]
    short = {model.printed: model.short for model in Model}
    links: dict[tuple, str] = {}
    title = ""
    for place, row in enumerate(table.rows):
        title = row.cells[0] or title
        for column in range(2, table.width):
            if row.kind == P_ROW:
                links[place, column] = COMPARISONS
                continue
            model = short.get(row.cells[1], row.cells[1])
            name = slug(title, model, metrics[column])
            if name in there:
                links[place, column] = name
    return links


def table1_method() -> tuple[PrintedTable, dict[int, str]]:
    """Return how every row of Table 1 is computed, and the names of the rows by place."""
    rows = [
        (title, f"cohort.csv, {name}", "mean ± standard deviation (n − 1) of the known values")
        for name, title in CONTINUOUS.items()
    ]
    rows += [
        (title, f"cohort.csv, {name}", "lesions of the level, and their share of the column’s n")
        for name, (title, _) in CATEGORICAL.items()
    ]
    table = plain_table("How each row of Table 1 is made", ["Row", "From", "Method"], rows, texts=3)
    return table, {place: f"{METHOD}-{slug(row[0])}" for place, row in enumerate(rows)}


def table1_links(table: PrintedTable) -> dict[tuple, str]:
    """Return where each cell of Table 1 leads, by (row, column): to the method of its row."""
    titles = {*CONTINUOUS.values(), *(title for title, _ in CATEGORICAL.values())}
    title = ""
    links: dict[tuple, str] = {}
    for place, row in enumerate(table.rows):
        title = row.cells[0] if row.cells[0] in titles else title
        if title:
            links |= {
                (place, column): f"{METHOD}-{slug(title)}" for column in range(1, table.width)
            }
    return links
