"""Where a map points, and what it outlines.

The pointing game asks whether a map's highest point lies inside the outline (Zhang et al. 2018, Int
J Comput Vis 126:1084, here without their tolerance); Dice asks how well what lies above a share of
its highest value covers the outline.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from smallmass.cohort.outlines import dice

SHARES = tuple(np.arange(1, 20) / 20)
"""Of a map's highest value: the cut-offs of which validation cases choose one."""


def enlarge(seen: np.ndarray, size: int) -> np.ndarray:
    """Return a map (h, w) float32 as (size, size), interpolated."""
    return np.asarray(Image.fromarray(seen).resize((size, size), Image.Resampling.BILINEAR))


def points_inside(seen: np.ndarray, outline: np.ndarray) -> bool:
    """Say whether the highest point of a map, of equal ones the first, lies inside an outline.

    Args:
        seen: float (h, w).
        outline: bool (h, w).
    """
    return bool(outline.reshape(-1)[int(seen.argmax())])


def region(seen: np.ndarray, share: float) -> np.ndarray:
    """Return where a map (h, w) has at least a share of its highest value, bool (h, w)."""
    return (seen >= share * seen.max()) & (seen > 0)


def choose_share(maps: Sequence[np.ndarray], outlines: Sequence[np.ndarray]) -> float:
    """Return the share at which the mean Dice is best; of equal ones the lowest.

    Args:
        maps: float (h, w) each, of validation cases.
        outlines: bool (h, w) each.
    """
    means = [
        np.mean(
            [dice(region(seen, s), outline) for seen, outline in zip(maps, outlines, strict=True)]
        )
        for s in SHARES
    ]
    return float(SHARES[int(np.argmax(means))])
