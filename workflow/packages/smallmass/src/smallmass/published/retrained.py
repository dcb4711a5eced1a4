"""Models that were trained anew, published: what each read of each lesion, as files a part.

They lie in the folder of a study's rivals (`published.rivals`), as ``{part}_cases.csv``; how many
cases the models learnt from stands in its ``study.json``. Tables and the learning curve are made of
nothing else.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from smallmass.files import read_csv, read_json, write_csv
from smallmass.published.cases import RECORD, TERMS
from smallmass.retrained import curve, drop
from smallmass.retrained.trainings import read_trainings

PARTS = (drop.NAME, curve.NAME)
"""Of which each case's reading is published; `folds` is a file of its own (`published.cases`)."""


class Known(NamedTuple):
    """What is known of a published part.

    Attributes:
        cases: Its ``cases.csv``.
        trained_on: By training how many cases it learnt from.
        left_out: What is left out, and why.
        notes: What must be said beneath every table.
        confidence: Of the intervals, in (0, 1).
    """

    cases: pd.DataFrame
    trained_on: dict[str, int]
    left_out: list[str]
    notes: list[str]
    confidence: float


def cases_file(folder: str | Path, part: str) -> Path:
    """Return where a part's cases are."""
    return Path(folder) / f"{part}_cases.csv"


def made_anew(results: Path) -> dict[str, pd.DataFrame]:
    """Return the cases of each of `PARTS` that a study has made.

    Args:
        results: The study's results.
    """
    files = {part: results / f"rivals/{part}/cases.csv" for part in PARTS}
    return {part: read_csv(path) for part, path in files.items() if path.exists()}


def publish_cases(
    folder: Path, results: Path, made: Mapping[str, pd.DataFrame]
) -> dict[str, dict[str, Any]]:
    """Write the cases of each part, and remove those of an earlier call that are no more.

    Args:
        folder: Where to.
        results: The study's results.
        made: Of `made_anew`; whose lesions may be passed on is asked elsewhere.

    Returns:
        dict: What the study's record says of them: by part ``trained_on``, by training how many
        cases it learnt from, and ``left_out``.
    """
    for part in set(PARTS) - set(made):
        cases_file(folder, part).unlink(missing_ok=True)
    records = {}
    for part, cases in made.items():
        trainings, left_out = read_trainings(results / f"rivals/{part}/trainings.json")
        learnt = {training["name"]: training["training"] for training in trainings}
        records[part] = {"trained_on": learnt, "left_out": left_out}
        write_csv(cases_file(folder, part), cases)
    return records


def read_part_cases(folder: Path, part: str) -> Known:
    """Read what `publish_cases` wrote.

    Args:
        folder: Of a study's rivals.
        part: One of `PARTS`.
    """
    record = read_json(folder / RECORD)
    cases = read_csv(cases_file(folder, part))
    return Known(
        cases=cases,
        **record["trained_anew"][part],
        notes=[*record["notes"], *(TERMS[name] for name in cases["cohort"].unique())],
        confidence=record["settings"]["evaluation"]["confidence"],
    )
