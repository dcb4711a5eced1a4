"""Pictures of the cases that were left out, and of images that are there more than once."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from smallmass.cohort.findings import DROPPED
from smallmass.cohort.images import read_grey
from smallmass.cohort.outline_files import read_outline
from smallmass.cohort.problems import ImageProblem
from smallmass.files import write_json
from smallmass.paper.case_pictures import hidden, write_picture
from smallmass.paper.figure3 import Seen

LIST = "found.json"
LEFT_OUT = "Left out of the study"
COPIES = "There more than once, and kept together in one part of the split"
_OF_COPIES = "C"
"""What the codes of findings about copies begin with."""
SHOWN = 24
"""So many cases of each kind have a picture on the page; the list has all."""


@dataclass(frozen=True)
class Found:
    """Cases of one kind, as the page shows them.

    Attributes:
        title: Of the kind.
        number: How many cases there are.
        cards: The first of them: case_id, check, message, and picture with source, width, height
            and outline, or None.
    """

    title: str
    number: int
    cards: list[dict[str, Any]]


def of_kinds(integrity: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the findings of each kind, a row a case.

    Args:
        integrity: ``integrity.csv``.
    """
    known = integrity[integrity["case_id"].notna()]
    dropped = known["severity"] == DROPPED
    copies = known["code"].str.startswith(_OF_COPIES) & ~dropped
    return {
        title: known[chosen].drop_duplicates("case_id")
        for title, chosen in ((LEFT_OUT, dropped), (COPIES, copies))
    }


def write_found(
    folder: Path,
    *,
    integrity: pd.DataFrame,
    cohort: pd.DataFrame,
    left_out: pd.DataFrame,
    pictures: str,
) -> int:
    """Write a JPEG a case and `LIST`, which has every case's file, size and outline.

    Args:
        folder: Where to; it must be there.
        integrity: ``integrity.csv``.
        cohort: ``cohort.csv``, the files' paths from the working folder on.
        left_out: ``left_out.csv``, likewise.
        pictures: The setting ``page.pictures``.

    Returns:
        int: How many there are.
    """
    cases = pd.concat([cohort, left_out]).drop_duplicates("case_id").set_index("case_id")
    if hidden(set(cases["cohort"]), pictures):
        cases = cases.iloc[:0]
    written: dict[str, Any] = {}
    for rows in of_kinds(integrity).values():
        for case_id in rows["case_id"].head(SHOWN):
            if case_id in cases.index and (seen := _seen(cases.loc[case_id])):
                name = f"found{len(written):03d}.jpg"  # a case's own name may be none of a file
                written[case_id] = {"file": name, **write_picture(folder / name, seen)}
    write_json(folder / LIST, written)
    return len(written)


def found(integrity: pd.DataFrame, folder: Path) -> list[Found]:
    """Return what the page shows of each kind that has a case.

    Args:
        integrity: ``integrity.csv``.
        folder: Of `write_found`.
    """
    pictures = json.loads((folder / LIST).read_text(encoding="utf-8"))
    return [
        Found(title, len(rows), [_card(row, pictures, folder)
                                 for row in rows.head(SHOWN).to_dict("records")])
        for title, rows in of_kinds(integrity).items()
        if len(rows)
    ]  # fmt: skip


def _seen(case: pd.Series) -> Seen | None:
    """Return a case's image and outline as far as they can be read; None without an image."""
    try:
        frame = None if pd.isna(case.get("frame")) else int(case["frame"])
        image = read_grey(case["image"], frame)
    except (ImageProblem, ValueError):
        return None
    outline = None
    if isinstance(case["outline"], str):
        try:
            outline = read_outline(Path(), case["outline"], image.shape)
        except ImageProblem:
            outline = None
    return Seen(image, outline, None, None)


def _card(row: Mapping[str, Any], pictures: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    picture = pictures.get(row["case_id"])
    if picture:
        data = base64.b64encode((folder / picture["file"]).read_bytes()).decode("ascii")
        picture = {**picture, "source": f"data:image/jpeg;base64,{data}"}
    return {"case_id": row["case_id"], "check": row["check"], "message": row["message"],
            "picture": picture}  # fmt: skip
