"""The pictures of the case browser: small images of validation and test cases, with outlines.

A picture is a grey JPEG; outlines are paths of SVG in its pixels, so that the page can show and
hide them. Pictures of a hospital's own patients are made only where the settings say so.
"""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from smallmass.cohort.roles import HOSPITALS, SOURCES
from smallmass.files import write_bytes, write_json
from smallmass.options import Pictures
from smallmass.paper.figure3 import Seen, look_up
from smallmass.words import Fit, Split, cohort_name

SIDE = 256
"""The longer side of a picture at most, px."""
QUALITY = 62
LIST = "cases.json"
SHOWN = (Split.VALIDATION, Split.TEST)
_OWN = frozenset(SOURCES[name].cohort for name in HOSPITALS)


def hidden(cohorts: set[str], pictures: str) -> str:
    """Return why a study's pictures are not on its page; an empty text if they are.

    Args:
        cohorts: The names in the column ``cohort``.
        pictures: The setting ``page.pictures``.
    """
    if pictures == Pictures.NONE:
        return "No picture of a case is on this page: the setting page.pictures is none."
    own = sorted(cohorts & _OWN)
    if pictures == Pictures.PUBLIC and own:
        return (
            f"No picture of a case is on this page, as it is of {cohort_name(own[0])}, whose "
            "images may say who they are of. Where they may be passed on, the setting "
            "page.pictures: all shows them."
        )
    return ""


def write_pictures(
    folder: Path,
    *,
    predictions: pd.DataFrame,
    cohort: pd.DataFrame,
    detections: pd.DataFrame,
    scores: pd.DataFrame,
    pictures: str,
) -> int:
    """Write a JPEG a case and `LIST`, which has every case's file, size and outlines.

    Args:
        folder: Where to; it must be there.
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``, the files' paths from the working folder on.
        detections: ``detections.csv`` of the first seed, trained on all training cases.
        scores: ``image_model/scores.csv``.
        pictures: The setting ``page.pictures``.

    Returns:
        int: How many there are.
    """
    why = hidden(set(cohort["cohort"]), pictures)
    cases: dict[str, Any] = {}
    if not why:
        first = scores[scores["seed"] == min(scores["seed"].unique(), key=int)]
        first = first[first["fit"] != Fit.OUT_OF_FOLD]
        chosen = predictions.loc[predictions["split"].isin(SHOWN), "case_id"].drop_duplicates()
        for place, case_id in enumerate(chosen):
            seen = look_up(case_id, cohort=cohort, root=Path(), detections=detections, scores=first)
            name = f"{place:05d}.jpg"  # a case's own name may be none of a file
            cases[str(case_id)] = {"file": name, **write_picture(folder / name, seen)}
    write_json(folder / LIST, {"why": why, "cases": cases})
    return len(cases)


def write_picture(path: Path, seen: Seen) -> dict[str, Any]:
    """Write a picture; return its size and the outlines in its pixels.

    Args:
        path: A JPEG file.
        seen: What is drawn.
    """
    from PIL import Image

    height, width = seen.image.shape
    scale = min(1.0, SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    picture = Image.fromarray(seen.image).resize(size, Image.Resampling.LANCZOS)
    with io.BytesIO() as buffer:
        picture.save(buffer, format="JPEG", quality=QUALITY, optimize=True)
        write_bytes(path, buffer.getvalue())
    return {
        "width": size[0],
        "height": size[1],
        "reader": outline(seen.reader, scale),
        "predicted": outline(seen.predicted, scale),
    }


def outline(mask: np.ndarray | None, scale: float) -> str:
    """Return a mask's border as the path of an SVG; an empty text without one.

    Args:
        mask: (height, width) bool, px of the image, or None.
        scale: Pixels of the picture per pixel of the image.
    """
    if mask is None or not mask.any():
        return ""
    from contourpy import contour_generator

    padded = np.pad(mask, 1).astype(float)  # a lesion at the edge has a closed border, too
    parts = []
    for line in contour_generator(z=padded).lines(0.5):
        points = np.round((np.asarray(line) - 0.5) * scale, 0 if scale < 0.8 else 1)
        points = _corners(points[np.append(True, (np.diff(points, axis=0) != 0).any(axis=1))])
        if len(points) > 2:
            parts.append("M" + "L".join(f"{x:g},{y:g}" for x, y in points) + "Z")
    return "".join(parts)


def _corners(points: np.ndarray) -> np.ndarray:
    """Return a line without the points that lie straight between their neighbours, (points, 2)."""
    if len(points) < 3:
        return points
    before, after = np.diff(points[:-1], axis=0), np.diff(points[1:], axis=0)
    turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    return points[np.concatenate([[True], np.abs(turn) > 1e-9, [True]])]


def read_pictures(folder: Path) -> dict[str, Any]:
    """Return what `write_pictures` wrote into a folder's `LIST`."""
    return json.loads((folder / LIST).read_text(encoding="utf-8"))
