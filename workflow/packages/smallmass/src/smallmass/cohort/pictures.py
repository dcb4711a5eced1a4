"""What is wrong with an image's grey levels, or with the file that it came out of.

In BUS-BRA and BrEaST (every fifth: 427 images) no image's brightest pixel is under 142 of 255, and
none has fewer than 125 levels.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from smallmass.cohort.images import Facts
from smallmass.counts import number_of

_DARK, _FEW_LEVELS = 64, 64
# In every fourth image of BUS-BRA (469) the brightest pixel is 144 or more; the largest mean of all
# 1,875 is 186, and with black and white exchanged half of them have more than 173.
_DIM, _BRIGHT = 128, 190
# Levels over 255 that began again at 0 leave such steps: of BUS-BRA and BrEaST (336 images) at most
# 0.5 % of neighbours differ so; the same four times as bright and cut to eight bits, 0.9 % or more.
_STEP, _TORN = 128, 0.0075
_BLACK = 8
# Of pictures smaller than this nothing is said of edges and neighbours.
_SMALL_PX = 100
# Of so many images more is said than of one.
_ENOUGH = 6
_MIDDLE = 128


def problems(grey: np.ndarray, facts: Facts, frame: int | None) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with an image, each as a rule's code and a message.

    Args:
        grey: uint8 (height, width).
        facts: What the file's header says.
        frame: The page or frame that was named, None where none was.
    """
    counts = np.bincount(grey.ravel(), minlength=256)
    found = np.flatnonzero(counts)
    levels, brightest = len(found), int(found[-1])
    mean = float(counts @ np.arange(256)) / grey.size
    if levels == 1:
        yield "I002", f"every pixel is {brightest}"
    elif brightest < _DARK:
        yield "I004", f"the brightest pixel is {brightest} of 255, and there are {levels} levels"
    elif brightest < _DIM:
        yield "I007", f"the brightest pixel is {brightest} of 255"
    elif mean > _BRIGHT:
        yield "I008", f"bright all over: {mean:.0f} of 255 on average"
    elif levels < _FEW_LEVELS and grey.size >= 10 * _FEW_LEVELS:
        yield "I005", f"there are {levels} grey levels in all"
    if levels > 1 and min(grey.shape) >= _SMALL_PX and _has_even_edge(grey):
        yield "I011", "a tenth of the image along one of its edges is of one level, and not black"
    if min(grey.shape) >= _SMALL_PX and (share := _torn(grey)) > _TORN:
        yield "I012", f"{share:.1%} of neighbouring pixels differ by more than half of all levels"
    if facts.pages > 1 and frame is None:
        yield "I006", f"the file has {facts.pages} pages, and the table names none"


def _has_even_edge(grey: np.ndarray) -> bool:
    """Return whether a picture ends in one level that is not black: cut off, or a page's margin."""
    tall, wide = (side // 10 for side in grey.shape)
    edges = (grey[:tall], grey[-tall:], grey[:, :wide], grey[:, -wide:])
    return any(edge[0, 0] > _BLACK and (edge == edge[0, 0]).all() for edge in edges)


def _torn(grey: np.ndarray) -> float:
    """Return the share of neighbours in a row that differ by more than half of all levels."""
    left, right = grey[:, :-1], grey[:, 1:]
    return float((np.maximum(left, right) - np.minimum(left, right) > _STEP).mean())


def inverted(thumbnails: Sequence[np.ndarray]) -> str:
    """Return why a cohort's images have black and white exchanged; empty if they have not.

    Args:
        thumbnails: Of `thumbnails.thumbnail`.
    """
    if len(thumbnails) < _ENOUGH:
        return ""
    bright = sum(map(much_bright, thumbnails))
    if 2 * bright < len(thumbnails):
        return ""
    return f"{bright} of {number_of(len(thumbnails), 'image')} have much bright and little dark"


def much_bright(image: np.ndarray) -> bool:
    """Return whether an image has much bright and little dark, which ultrasound seldom has.

    Of BUS-BRA's images (folds 2 to 5) 2.3 % have, and 93 % once black and white are exchanged; of
    BrEaST 0 and 96 %.

    Args:
        image: uint8, of `thumbnails.thumbnail`.
    """
    centred = image - image.mean()
    left_skewed = (centred**3).mean() < 0
    return bool(np.median(image) > _MIDDLE and left_skewed)
