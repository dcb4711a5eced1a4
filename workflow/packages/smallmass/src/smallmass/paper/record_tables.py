"""The page's tables of records: checklists, the audit's findings, times and costs."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from diagnostic_accuracy.printing import PrintedTable
from diagnostic_accuracy.rounding import half_up
from smallmass.paper.checklists import CHECKLISTS
from smallmass.paper.plain_table import plain_table

AUTHORS = "For the authors."
"""What an item says of which a run knows nothing."""
PART = "or the authors"
SECONDS_A_MINUTE, SECONDS_AN_HOUR = 60, 3600
MIB_A_GIB = 1024


def checklist_table(table: pd.DataFrame, name: str) -> PrintedTable:
    """Return a checklist; its notes stand on the page around it.

    Args:
        table: Its CSV file.
        name: One of `CHECKLISTS`.
    """
    items = _items(table)
    header = list(items.columns)
    rows = items.astype(object).where(items.notna(), None).to_numpy()
    title = f"{CHECKLISTS[name].name}, filled in from this run"
    return plain_table(title, header, rows, texts=len(header))


def counts_table(tables: Mapping[str, pd.DataFrame]) -> PrintedTable:
    """Return how many items of each checklist the run fills in, and how many it cannot.

    Args:
        tables: CSV files by the names of `CHECKLISTS`.
    """
    rows = []
    for name, table in tables.items():
        answers = _items(table)["In this run"].fillna("").astype(str)
        left = answers.str.strip().eq(AUTHORS)
        part = ~left & answers.str.contains(PART)
        filled = len(answers) - left.sum() - part.sum()
        rows.append([CHECKLISTS[name].name, *map(str, (len(answers), filled, part.sum(),
                                                       left.sum()))])  # fmt: skip
    header = ["Checklist", "Items", "Filled in", "In part", "Left to the authors"]
    return plain_table("Items that this run fills in", header, rows)


def audit_table(findings: pd.DataFrame) -> PrintedTable:
    """Return what the audit found in the paper's printed numbers, the weightiest first.

    Args:
        findings: ``findings.csv`` of the audit.
    """
    wrong = findings[findings["verdict"] != "consistent"]
    rows = [
        (line["title"], line["verdict"], line["shown"], None if pd.isna(line["likely"]) else
         line["likely"])
        for line in wrong.to_dict("records")
    ]  # fmt: skip
    header = ["Finding", "Verdict", "What is shown", "What is likely"]
    return plain_table("What does not fit together in the paper’s printed numbers", header, rows,
                       texts=len(header))  # fmt: skip


def times_table(times: list[dict[str, Any]]) -> PrintedTable:
    """Return the wall time, CPU time and peak memory of every rule, and of all together."""
    rows = [
        (
            row["rule"],
            _duration(row["seconds"]),
            _duration(row["cpu_seconds"]),
            None if row["max_rss_mib"] is None else f"{half_up(row['max_rss_mib'], 0)} MiB",
        )
        for row in times
    ]
    return plain_table("Times of the rules", ["Rule", "Wall", "CPU", "Peak memory"], rows)


def costs(times: list[dict[str, Any]]) -> str:
    """Return what a run costs in all, in words: hours of wall and processor, memory of the largest.

    Args:
        times: ``times`` of ``run.json``.
    """
    if not times:
        return "No time of a rule was recorded."
    wall = sum(row["seconds"] or 0 for row in times)
    cpu = sum(row["cpu_seconds"] or 0 for row in times)
    memory = max((row["max_rss_mib"] or 0 for row in times), default=0)
    longest = max(times, key=lambda row: row["seconds"] or 0)
    return (
        f"One after another the rules take {_duration(wall)}, of which {longest['rule']} takes "
        f"{_duration(longest['seconds'])}; {half_up(cpu / SECONDS_AN_HOUR, 2)} hours of processor "
        f"time in all, {half_up(memory / MIB_A_GIB, 1)} GiB of memory in the largest rule. What "
        "that costs is those hours times the price of one."
    )


def _items(table: pd.DataFrame) -> pd.DataFrame:
    return table[~table["Item"].astype(str).str.startswith("Note: ")]


def _duration(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    if seconds < SECONDS_A_MINUTE:
        return f"{half_up(seconds, 1)} s"
    minutes, rest = divmod(round(seconds), SECONDS_A_MINUTE)
    return f"{minutes} min {rest:02d} s"
