"""What is wrong with an image's grey levels, or with the file that it came out of.

In BUS-BRA and BrEaST (every fifth: 427 images) no image's brightest pixel is under 142 of 255, and
none has fewer than 125 levels.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from smallmass.cohort.images import Facts

_DARK, _FEW_LEVELS = 64, 64
# In every fourth image of BUS-BRA (469) the brightest pixel is 144 or more; the largest mean of all
# 1,875 is 186, and with black and white exchanged half of them have more than 173.
_DIM, _BRIGHT = 128, 190
# Of so many images more is said than of one.
_ENOUGH = 6


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
    if facts.pages > 1 and frame is None:
        yield "I006", f"the file has {facts.pages} pages, and the table names none"


def inverted(thumbnails: Sequence[np.ndarray]) -> str:
    """Return why a cohort's images have black and white exchanged; empty if they have not.

    An ultrasound image has much dark and little bright: 2.3 % of 1,499 images of BUS-BRA, 4.4 % of
    BrEaST's 252 and 0.6 % of 521 phantoms have a skewness under 0.

    Args:
        thumbnails: Of `thumbnails.thumbnail`.
    """
    if len(thumbnails) < _ENOUGH:
        return ""
    bright = sum(skewness(image[None].astype(np.float32))[0] < 0 for image in thumbnails)
    if 2 * bright < len(thumbnails):
        return ""
    return f"{bright} of {len(thumbnails)} images have much bright and little dark"


def skewness(grey: np.ndarray) -> np.ndarray:
    """Return the skewness of each image's levels, (n,): of ultrasound images above 0.

    Args:
        grey: float32 (n, side, side).
    """
    centred = grey - grey.mean(axis=(1, 2), keepdims=True)
    spread = np.maximum(centred.std(axis=(1, 2)), 1)
    return (centred**3).mean(axis=(1, 2)) / spread**3
