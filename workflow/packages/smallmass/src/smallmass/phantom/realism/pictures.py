"""The pictures that are compared: phantoms and BUS-BRA, brought to one height."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from smallmass.cohort.images import read_grey, read_outline

HEIGHT = 256  # px; BUS-BRA's pictures are 280 to 480 px high, the phantoms 512
PHANTOMS, REAL = "phantoms", "BUS-BRA"


@dataclass(frozen=True)
class Picture:
    """A picture and its lesion, ``HEIGHT`` px high, of its own width.

    Args:
        source: ``PHANTOMS`` or ``REAL``.
        group: Pictures of one patient share it.
        device: The scanner's name.
        image: (HEIGHT, width) float64 grey levels 0 .. 255.
        outline: (HEIGHT, width) bool.
        scale: Its px a px of the file.
    """

    source: str
    group: str
    device: str
    image: np.ndarray
    outline: np.ndarray
    scale: float


def read_picture(image: Path, outline: Path, *, source: str, group: str, device: str) -> Picture:
    """Read a picture and its outline, and resize both to ``HEIGHT``, keeping their proportions.

    Both sources go through the same filter: the mean of the covered area, which Pillow's BOX is
    where pictures shrink.

    Raises:
        ImageProblem: A file that is missing or unreadable.
    """
    grey, inside = read_grey(image), read_outline(outline)
    scale = HEIGHT / grey.shape[0]
    size = (max(1, round(grey.shape[1] * scale)), HEIGHT)
    shrunk = Image.fromarray(grey).resize(size, Image.Resampling.BOX)
    covered = Image.fromarray(inside.astype(np.uint8) * 255).resize(size, Image.Resampling.BOX)
    return Picture(
        source,
        group,
        device,
        np.asarray(shrunk, np.float64),
        np.asarray(covered) >= 128,
        scale,
    )


def chosen(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return at most so many rows of a table, evenly spread over it."""
    if len(table) <= most:
        return table
    return table.iloc[np.arange(most) * len(table) // most]
