"""A case on the page of what was understood: its image with its outline, and what is known."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from smallmass.cohort.images import read_grey
from smallmass.cohort.outline_files import read_outline
from smallmass.cohort.paths import leaves
from smallmass.cohort.problems import ImageProblem
from smallmass.cohort.table import UNKNOWN
from smallmass.sheet import data_url

THUMBNAIL_PX = 200
_OUTLINE = (255, 214, 10)
_FACTS = (
    "age_years",
    "family_history",
    "brca_mutation",
    "breast_density",
    "device",
    "birads",
    "histology",
    "published_split",
)


@dataclass(frozen=True)
class Card:
    """A case as the page shows it.

    Args:
        case_id: The case.
        label: Its label.
        lines: What else is known of it.
        found: Codes and messages of what is wrong with it.
        picture: The image with its outline as a data URL, or empty.
        width: Of the picture, px.
        height: Of the picture, px.
    """

    case_id: str
    label: str
    lines: list[str]
    found: list[str]
    picture: str
    width: int
    height: int


def card(case: Mapping[str, Any], root: Path | None, found: Collection[str]) -> Card:
    """Return a case's card.

    Args:
        case: A row of candidates.csv or left_out.csv.
        root: The folder that its paths are relative to; None: without a picture.
        found: What is wrong with it.
    """
    patient, size = case.get("patient_id"), case.get("diameter_cm")
    lines = [] if pd.isna(patient) else [f"patient {patient}"]
    lines += [] if pd.isna(size) else [f"{size:.2g} cm"]
    lines += [
        f"{name}: {plain(case[name])}"
        for name in _FACTS
        if name in case and pd.notna(case[name]) and case[name] != UNKNOWN
    ]
    url, shape = "", (0, 0)
    if root is not None:
        try:
            url, words, shape = _data_url(case, root)
            lines.insert(0, words)
        except ImageProblem as problem:
            lines.insert(0, f"no picture: {problem}".replace(f"{root}/", ""))
    label = case["label"] if pd.notna(case["label"]) else "no label"
    return Card(case["case_id"], label, lines, list(found), url, *shape)


def picture(grey: np.ndarray, outline: np.ndarray | None) -> Image.Image:
    """Return a small image in colours with the border of its outline.

    Args:
        grey: uint8 (height, width).
        outline: bool (height, width), or None.
    """
    scale = THUMBNAIL_PX / max(grey.shape)
    size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    small = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BILINEAR).convert("RGB"))
    small = small.copy()
    if outline is not None and outline.shape == grey.shape:
        filled = Image.fromarray(outline).resize(size, Image.Resampling.NEAREST)
        small[_border(np.asarray(filled))] = _OUTLINE
    return Image.fromarray(small)


def plain(value: object) -> str:
    """Return a value of a table as a person would write it: 7 rather than 7.0."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _border(mask: np.ndarray) -> np.ndarray:
    """Return the pixels around a mask, bool (height, width)."""
    wide = np.pad(mask, 1)
    around = wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]
    return around & ~mask


def _data_url(case: Mapping[str, Any], root: Path) -> tuple[str, str, tuple[int, int]]:
    """Return the picture of a case as a data URL, its size in words, and that of the picture."""
    if pd.isna(case["image"]) or leaves(case["image"]):
        raise ImageProblem("its row names no image in the folder")
    frame = None if pd.isna(case["frame"]) else int(case["frame"])
    grey = read_grey(root / case["image"], frame)
    size = f"{grey.shape[1]} x {grey.shape[0]} px"
    outline = None
    if pd.notna(case["outline"]) and not leaves(case["outline"]):
        try:
            outline = read_outline(root, case["outline"], grey.shape)
        except ImageProblem:
            size += ", no outline that can be read"
        else:
            size += f", outline {outline.mean():.1%} of it"
    else:
        size += ", no outline"
    small = picture(grey, outline)
    return data_url(small), size, small.size
