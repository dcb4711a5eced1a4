"""Which pixels of a mask are the lesion, where it has more than black and white.

Soft edges and JPEG's ringing leave many levels, but large even areas of two alone. Where a mask
has even areas of three levels or more it is something else: a map of labels or instances, several
readers, a lesion and its rim. Which of them is the lesion only its author knows.
"""

import numpy as np

from smallmass.cohort.problems import ImageProblem
from smallmass.counts import first_of

# Levels that differ by less than this share of the brightest are one: JPEG's traces in even areas.
_SAME = 0.05
# Even areas of fewer pixels are a chance of soft edges; of a file of few levels every one counts.
_EVEN_PX, _FEW_LEVELS = 16, 16
_SHOWN = 8
# Soft edges are a few pixels wide: of a mask, fewer pixels lie between black and white than are
# white (in BUS-BRA none), and of a picture or a map of probabilities more.
_HALF, _EDGE, _SOFT_PX = 0.5, 0.1, 400


def lesion(levels: np.ndarray, where: str, level: str | None = None) -> np.ndarray:
    """Return the pixels of a mask that are brighter than half of its brightest.

    Args:
        levels: (height, width), as they are stored.
        where: The mask, for messages.
        level: The selector ``level``: the pixels of exactly this one instead.

    Returns:
        np.ndarray: bool (height, width).

    Raises:
        ImageProblem: If it has several populated levels beside black, no black, or no edges.
    """
    if level is not None:
        return _of_level(levels, float(level), where)
    values, counts = _counted(levels)
    brightest = values[-1]
    if values[0] < 0:
        raise ImageProblem(
            f"has levels below 0, from {values[0]:g} to {brightest:g}: {where}",
            code="O019",
        )
    if brightest <= 0:
        return np.zeros(levels.shape, dtype=bool)
    groups = _populated(levels, values)
    if len(groups) > 2 or (len(groups) == 2 and groups[0] > _SAME * brightest):
        raise ImageProblem(f"{_in_words(levels, groups)}: {where}", code="O019")
    share = values / float(brightest)
    between = int(counts[(share > _EDGE) & (share < 1 - _EDGE)].sum())
    bright = int(counts[share > _HALF].sum())
    if between > max(bright, _SOFT_PX):
        raise ImageProblem(
            f"has no edge between black and white: {between} px lie between, and {bright} px are "
            f"brighter than half: {where}",
            "It is a picture or a map of probabilities: save the lesion as 255 and all else as 0",
            code="O019",
        )
    return levels > _HALF * float(brightest)


def _of_level(levels: np.ndarray, level: float, where: str) -> np.ndarray:
    chosen = levels == level
    if not chosen.any():
        raise ImageProblem(f"has no pixel of level {level:g}: {where}", code="O019")
    return chosen


def _populated(levels: np.ndarray, values: np.ndarray) -> list[float]:
    """Return the levels with even areas, and the brightest; one of each group of near ones.

    Args:
        levels: (height, width).
        values: Those that occur, in order.
    """
    if len(values) > 2:
        needed = 1 if len(values) <= _FEW_LEVELS else _EVEN_PX
        found, counts = _counted(levels[_even(levels)])
        values = np.union1d(found[counts >= needed], values[-1:])
    apart = np.diff(values.astype(float)) > _SAME * float(values[-1])
    return [float(group[0]) for group in np.split(values, np.flatnonzero(apart) + 1)]


def _counted(levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the levels that occur, in order, and how often; of bytes without sorting them."""
    if levels.dtype != np.uint8:
        return np.unique(levels, return_counts=True)
    counts = np.bincount(levels.ravel(), minlength=256)
    found = np.flatnonzero(counts)
    return found.astype(np.uint8), counts[found]


def _even(levels: np.ndarray) -> np.ndarray:
    """Return the pixels that their four neighbours are equal to, bool (height, width)."""
    even = np.ones(levels.shape, dtype=bool)
    down, right = levels[1:] == levels[:-1], levels[:, 1:] == levels[:, :-1]
    even[1:] &= down
    even[:-1] &= down
    even[:, 1:] &= right
    even[:, :-1] &= right
    return even


def _in_words(levels: np.ndarray, groups: list[float]) -> str:
    """Return the populated levels and their areas."""
    bounds = [*groups[1:], np.inf]
    areas = [
        int(((levels >= low) & (levels < high)).sum())
        for low, high in zip(groups, bounds, strict=True)
    ]
    listed = (f"{level:g} ({area} px)" for level, area in zip(groups, areas, strict=True))
    return f"has {len(groups)} levels with areas of their own: {first_of(listed, _SHOWN)}"
