"""The report's section of rivals, where a run has made them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from smallmass.rivals import forest, printed
from smallmass.rivals.comparison import STUDY


@dataclass(frozen=True)
class RivalFiles:
    """What a run made of rivals, read.

    Attributes:
        table: ``rivals.csv``.
        records: The JSON file of each part.
        within: ``rivals/within_birads.csv``.
        needed: ``rivals/patients_needed.csv``.
        forest: ``figures/rivals.svg``.
    """

    table: pd.DataFrame
    records: Sequence[dict[str, Any]]
    within: pd.DataFrame
    needed: pd.DataFrame
    forest: Path


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
        "within": printed.within_table(files.within),
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
