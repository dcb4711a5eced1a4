"""Predictions as a table of scores without outlines: of a classifier, or of another study.

``image_model/scores.csv`` of a study that was trained on the same cohort can be taken as it is.
"""

from pathlib import Path

import pandas as pd

from smallmass.exchange.read import Predicted

SCORES = ("score", "image_score")


def read_scores(
    path: Path, shapes: dict[str, tuple[int, int]]
) -> tuple[dict[str, Predicted], list[str]]:
    """Return what a table predicts, by case, and what is wrong with it.

    Args:
        path: CSV with ``case_id`` and one of `SCORES`, in [0, 1]; several rows of a case (seeds)
            are averaged.
        shapes: By case; whose sizes do not matter here.
    """
    try:
        table = pd.read_csv(path, dtype={"case_id": str}, skipinitialspace=True)
    except (ValueError, OSError) as error:
        return {}, [f"{path} is no CSV that can be read ({error})"]
    if not isinstance(table.index, pd.RangeIndex):
        return {}, [f"{path} has rows of more cells than its first line names"]
    named = [name for name in SCORES if name in table]
    if "case_id" not in table or not named:
        there = ", ".join(map(str, table.columns))
        return {}, [f"{path} lacks case_id, or both of {' and '.join(SCORES)}; it has {there}"]
    if table.empty:
        return {}, [f"{path} has no row"]
    score = pd.to_numeric(table[named[0]], errors="coerce")
    problems = [
        f"{path}, row {row + 2}: {named[0]} is {_told(table[named[0]][row])}, no number from 0 to 1"
        for row in table.index[~score.between(0, 1)]
    ]
    problems += [
        f"{path}: there is no case {name!r} in the cohort"
        for name in table["case_id"].drop_duplicates()
        if name not in shapes
    ]
    means = score.groupby(table["case_id"]).mean()
    return {str(name): Predicted(float(mean), None) for name, mean in means.items()}, problems


def _told(value: object) -> str:
    """Return a cell as a message names it."""
    return "missing" if pd.isna(value) else str(value)
