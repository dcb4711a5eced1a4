"""The report's section of rivals, where a run has made them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from smallmass.retrained.printed import folds_table
from smallmass.rivals import forest, printed
from smallmass.rivals.comparison import STUDY
from smallmass.weak.printed import maps_table


@dataclass(frozen=True)
class RivalFiles:
    """What a run made of rivals, read.

    Attributes:
        table: ``rivals.csv``.
        records: The JSON file of each part.
        needed: ``rivals/patients_needed.csv``.
        forest: ``figures/rivals.svg``.
        of_parts: What a part alone has, as far as it was made: ``within_birads``, ``folds``,
            ``weak_maps``.
    """

    table: pd.DataFrame
    records: Sequence[dict[str, Any]]
    needed: pd.DataFrame
    forest: Path
    of_parts: Mapping[str, pd.DataFrame] = field(default_factory=dict)


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
        "picture": {
            "number": "",
            "legend": forest.caption(files.table),
            "absent": "",
            **embedded(files.forest.read_bytes()),
        },
    }


def _of_parts(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return the tables of single parts; None of a part that was not made or has nothing."""
    within, folds = tables.get("within_birads"), tables.get("folds")
    maps = tables.get("weak_maps")
    return {
        "within": None if within is None else printed.within_table(within),
        "maps": None if maps is None else maps_table(maps),
        "folds": None if folds is None or folds.empty else folds_table(folds, []),
    }
