"""What each part of the comparison cost: core-minutes of its rules, from Snakemake's benchmarks."""

import math
import re
from collections.abc import Mapping
from pathlib import Path

from smallmass.provenance import times

SECONDS_A_MINUTE = 60


def core_minutes(benchmarks: str | Path, rules: Mapping[str, str]) -> dict[str, float]:
    """Return the core-minutes of each part; a part without a measured rule has none.

    Args:
        benchmarks: Folder of Snakemake's benchmark files.
        rules: By the name of a part a pattern of its rules' benchmark names, of the whole name.
    """
    spent: dict[str, float] = {}
    for row in times(Path(benchmarks)):
        seconds = row["cpu_seconds"]
        if seconds is None or not math.isfinite(seconds):
            continue
        for part, pattern in rules.items():
            if re.fullmatch(pattern, row["rule"]):
                spent[part] = spent.get(part, 0.0) + seconds / SECONDS_A_MINUTE
    return spent
