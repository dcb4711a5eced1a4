"""What is wrong with an image's grey levels, or with the file that it came out of.

In BUS-BRA and BrEaST (every fifth: 427 images) no image's brightest pixel is under 142 of 255, and
none has fewer than 125 levels.
"""

from collections.abc import Iterator

import numpy as np

from smallmass.cohort.images import Facts

_DARK, _FEW_LEVELS = 64, 64
# In every fourth image of BUS-BRA (469) the brightest pixel is 144 or more; the largest mean of all
# 1,875 is 186, and with black and white exchanged half of them have more than 173.
_DIM, _BRIGHT = 128, 190


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
