"""Where the cells of Tables 1 and 2 lead: to the row that they are printed from, and its method."""

import re
from collections.abc import Sequence

from diagnostic_accuracy.printing import GROUP, P_ROW, PrintedTable
from diagnostic_accuracy.rounding import DASH
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


def comparison_anchors(table: PrintedTable) -> dict[int, str]:
    """Return the name of every row of `report_tables.comparisons_table`, by its place."""
    return {place: slug("comparison", *row.cells[:3]) for place, row in enumerate(table.rows)}


def table2_links(
    table: PrintedTable, known: Sequence[dict[int, str]], compared: PrintedTable
) -> dict[tuple, str]:
    """Return where each cell of Table 2 leads, by (row, column): performance, or the comparisons.

    Args:
        table: Table 2.
        known: Of `anchors`; a cell whose row is not there has no link.
        compared: The table of the comparisons. A P leads to all of it where several of its rows
            may be meant: those of small lesions, say, and those of all.
    """
    there = {name for rows in known for name in rows.values()}
    metrics = [cell.text for cell in table.header[-1]]
    short = {model.printed: model.short for model in Model}
    links: dict[tuple, str] = {}
    title = ""
    for place, row in enumerate(table.rows):
        title = row.cells[0] or title
        for column in range(2, table.width):
            if row.cells[column] == DASH:
                continue
            if row.kind == P_ROW:
                rows = _compared(compared, title, row.cells[1], metrics[column])
                links[place, column] = rows[0] if len(rows) == 1 else COMPARISONS
                continue
            model = short.get(row.cells[1], row.cells[1])
            name = slug(title, model, metrics[column])
            if name in there:
                links[place, column] = name
    return links


def _compared(compared: PrintedTable, title: str, models: str, metric: str) -> list[str]:
    """Return the names of the comparisons that a P of Table 2 may be of."""
    names = comparison_anchors(compared)
    return [
        names[place]
        for place, row in enumerate(compared.rows)
        for where, model, of in [row.cells[:3]]
        if title.lower().startswith(re.split(r"\W", where)[0])
        and f" {model} " in models
        and metric.lower().startswith(of)
    ]


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
                (place, column): f"{METHOD}-{slug(title)}"
                for column in range(1, table.width)
                if row.cells[column] != DASH
            }
    return links
