"""The report's section of rivals, where a run has made them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from smallmass.retrained import learning_figure
from smallmass.retrained.printed import folds_table, learning_table, scanners_table
from smallmass.rivals import forest, printed
from smallmass.rivals.comparison import STUDY
from smallmass.weak.printed import maps_table

TABLES_OF_PARTS = (
    "within_birads",
    "weak_maps",
    "folds",
    "scanners",
    "heterogeneity",
    "learning",
)
"""Results of single parts."""


@dataclass(frozen=True)
class RivalFiles:
    """What a run made of rivals, read.

    Attributes:
        table: ``rivals.csv``.
        records: The JSON file of each part.
        needed: ``rivals/patients_needed.csv``.
        forest: ``figures/rivals.svg``.
        of_parts: What a part alone has, as far as it was made, by the names in `TABLES_OF_PARTS`.
        learning_curve: ``figures/learning.svg``, where it was made.
    """

    table: pd.DataFrame
    records: Sequence[dict[str, Any]]
    needed: pd.DataFrame
    forest: Path
    of_parts: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    learning_curve: Path | None = None


def section(
    files: RivalFiles | None, embedded: Callable[[bytes], dict[str, str]]
) -> dict[str, Any] | None:
    """Return what the section shows; None where the run has made no rivals.

    Args:
        files: What the run made.
        embedded: From an SVG file's bytes to what the page shows of it.
    """
    if files is None:
        return None
    of_rivals = files.table[files.table["part"] != STUDY]
    known = of_rivals[["printed", "reads"]].drop_duplicates()
    return {
        "verdict": printed.verdict(files.table),
        "table": printed.rivals_table(files.table, [printed.COST, printed.SAME_CASES]),
        "calls": printed.calls_table(files.table),
        **_of_parts(files.of_parts),
        "needed": printed.needed_table(files.needed),
        "meanings": list(known.itertuples(index=False, name=None)),
        "left_out": [text for record in files.records for text in record["left_out"]],
        "picture": _picture(files.forest, forest.caption(files.table), embedded),
        "curve": None
        if files.learning_curve is None or files.of_parts["learning"].empty
        else _picture(
            files.learning_curve, learning_figure.caption(files.of_parts["learning"]), embedded
        ),
    }


def _picture(
    path: Path, legend: str, embedded: Callable[[bytes], dict[str, str]]
) -> dict[str, str]:
    return {"number": "", "legend": legend, "absent": "", **embedded(path.read_bytes())}


def _of_parts(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return the tables of single parts; None of a part that was not made or has nothing."""
    there = {name: table for name, table in tables.items() if not table.empty}

    def made(function: Callable[..., Any], *names: str, more: Sequence[Any] = ()) -> Any:
        return function(*map(there.get, names), *more) if there.keys() >= set(names) else None

    return {
        "within": made(printed.within_table, "within_birads"),
        "maps": made(maps_table, "weak_maps"),
        "folds": made(folds_table, "folds", more=[()]),
        "scanners": made(scanners_table, "scanners", "heterogeneity", more=[()]),
        "learning": made(learning_table, "learning", more=[()]),
    }
