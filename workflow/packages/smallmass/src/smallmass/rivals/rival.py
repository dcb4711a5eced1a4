"""A rival: what something else than the study's models says of its test cases; parts as files."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from smallmass.combined.operating_point import OperatingPoint, image_operating_point
from smallmass.files import read_csv, read_json, write_csv, write_json
from smallmass.settings import OperatingPointSettings
from smallmass.words import Fit, Label, Split

COLUMNS = ["rival", "case_id", "score", "call"]


@dataclass(frozen=True)
class Rival:
    """What is compared with the study's models.

    Attributes:
        name: In files.
        printed: On pages.
        reads: What it reads and what it learnt from, a sentence.
        cases: case_id, score (higher for more likely malignant) and call (1, 0), of test cases;
            NaN where there is none.
        fit: How its scores of the test cases came about.
        record: What else is to be known of it, for its file.
    """

    name: str
    printed: str
    reads: str
    cases: pd.DataFrame
    fit: str = Fit.HELD_OUT
    record: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """A part of the comparison: its rivals, or why there are none.

    Attributes:
        name: In files.
        printed: On pages.
        rivals: In the order of the table.
        left_out: Rivals of it that this study's data cannot give, each with the reason.
    """

    name: str
    printed: str
    rivals: tuple[Rival, ...] = ()
    left_out: tuple[str, ...] = ()


def write_part(part: Part, *, scores: str | Path, record: str | Path) -> None:
    """Write a part: what it says of each case, and what its rivals are.

    Args:
        part: The part.
        scores: CSV file with `COLUMNS`.
        record: JSON file.
    """
    tables = [rival.cases.assign(rival=rival.name)[COLUMNS] for rival in part.rivals]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)
    write_csv(scores, table.round({"score": 6}).astype({"call": "Int64"}))
    rivals = [
        {
            "name": rival.name,
            "printed": rival.printed,
            "reads": rival.reads,
            "fit": rival.fit,
            "record": rival.record,
        }
        for rival in part.rivals
    ]
    write_json(
        record,
        {
            "name": part.name,
            "printed": part.printed,
            "rivals": rivals,
            "left_out": list(part.left_out),
        },
    )


def read_part(*, scores: str | Path, record: str | Path) -> Part:
    """Read what `write_part` wrote."""
    table, known = read_csv(scores), read_json(record)
    rivals = tuple(
        Rival(cases=table[table["rival"] == entry["name"]][COLUMNS[1:]], **entry)
        for entry in known["rivals"]
    )
    return Part(known["name"], known["printed"], rivals, tuple(known["left_out"]))


def called(
    score: np.ndarray, table: pd.DataFrame, settings: OperatingPointSettings
) -> tuple[np.ndarray, OperatingPoint]:
    """Return calls by the study's rule for cut-offs, float ``(rows,)``, NaN without; and the point.

    Args:
        score: float ``(rows,)``, NaN unknown.
        table: label, split and fit of each row.
        settings: The study's ``operating_point``: on which cases, and which of equal points.
    """
    malignant = table["label"] == Label.MALIGNANT
    point = image_operating_point(table.assign(image_score=score, malignant=malignant), settings)
    without = np.isnan(score) | np.isnan(point.threshold)
    return np.where(without, np.nan, score >= point.threshold), point


def of_test(
    table: pd.DataFrame, score: np.ndarray, call: np.ndarray | Sequence[float]
) -> pd.DataFrame:
    """Return `Rival.cases` of the test rows of a table.

    Args:
        table: case_id and split of each row.
        score: float ``(rows,)``.
        call: float ``(rows,)``.
    """
    tested = (table["split"] == Split.TEST).to_numpy()
    cases = pd.DataFrame({"case_id": table["case_id"], "score": score, "call": call})
    return cases[tested].reset_index(drop=True)
