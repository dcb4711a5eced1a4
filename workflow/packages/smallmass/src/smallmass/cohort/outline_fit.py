"""Whether a cohort's outlines lie on what they outline, and its images are the right way round.

Most masses are darker than the tissue around them. So of each image the contrast of its outline,
ring less inside, is held against that of the same outline mirrored, turned, moved, larger, smaller
or of another image. Of a single image that says little; of a cohort, where many outlines would
fit better in the same other place, they were not drawn on these pixels.

Measured on 1,499 images of BUS-BRA (its folds 2 to 5): no other place fits better in more than
0.8 % of the images, and in 3.2 % of the 252 of BrEaST. What is found stands in docs/checking.md.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from smallmass.cohort.findings import Finding
from smallmass.cohort.pictures import much_bright
from smallmass.cohort.thumbnails import THUMBNAIL_PX, thumbnail
from smallmass.counts import number_of

# So much greater is a contrast that fits better, in standard deviations of the image's levels.
_BETTER = 0.25
# From this share of the images on, and this number, it is no chance.
_SHARE, _LEAST = 0.25, 6
_MOSTLY = 0.75
# An outline's surroundings reach so many times as far from its centre.
_AROUND = 1.5
# At most so many cases, evenly taken, tell a cohort's: the rest would only take time.
_MOST = 200
# Where a square's pixels are, from 0 to 1.
_X = ((np.arange(THUMBNAIL_PX) + 0.5) / THUMBNAIL_PX)[None, None, :]
_Y = _X.transpose(0, 2, 1)
# Takes outlines, bool (n, side, side), and width to height, (n, 1, 1), to outlines elsewhere.
Elsewhere = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Small:
    """A case's image and outline as small squares, whatever the image's aspect ratio.

    Args:
        grey: uint8 (THUMBNAIL_PX, THUMBNAIL_PX).
        outline: bool, of the same shape.
        width_to_height: Of the image.
    """

    grey: np.ndarray
    outline: np.ndarray
    width_to_height: float


def small(grey_thumbnail: np.ndarray, outline: np.ndarray) -> Small:
    """Return a case for `check_fit`.

    Args:
        grey_thumbnail: Of `thumbnails.thumbnail`.
        outline: bool (height, width), of the image's size.
    """
    square = thumbnail(outline.astype(np.uint8) * 255) > 127
    return Small(grey_thumbnail, square, outline.shape[1] / outline.shape[0])


def check_fit(cases: Sequence[tuple[str, Small]]) -> Iterator[Finding]:
    """Yield the images with black and white exchanged, and the outlines that fit elsewhere.

    Args:
        cases: The case_id of each, and what it looks like; one case an image.
    """
    right = []
    for case_id, case in cases:
        if much_bright(case.grey) and _is_brighter(case):
            message = "the lesion is brighter than what is around it, and most of the image bright"
            yield Finding.of("I009", case_id, message)
        else:
            right.append((case_id, case))
    # Once black and white are right, outlines can be looked at.
    if len(right) >= max(_LEAST, _MOSTLY * len(cases)):
        apart = -(-len(right) // _MOST)
        yield from _elsewhere(right[::apart])


def _is_brighter(case: Small) -> bool:
    return bool(contrast(case.grey[None].astype(np.float32), case.outline[None])[0] < -_BETTER)


def _elsewhere(cases: Sequence[tuple[str, Small]]) -> Iterator[Finding]:
    """Yield the outlines that fit better in one other place, if these are too many for chance."""
    grey = np.stack([case.grey for _, case in cases]).astype(np.float32)
    outlines = np.stack([case.outline for _, case in cases])
    aspect = np.array([case.width_to_height for _, case in cases])[:, None, None]
    own = contrast(grey, outlines)
    better = {
        words: contrast(grey, moved(outlines, aspect)) > own + _BETTER
        for words, moved in ELSEWHERE.items()
    }
    words = max(better, key=lambda words: better[words].sum())
    number = int(better[words].sum())
    if number < max(_LEAST, _SHARE * len(cases)):
        return
    many = number_of(len(cases), "image")
    message = f"the outline would fit better {words}, as in {number} of {many}"
    for place in np.flatnonzero(better[words]):
        yield Finding.of("O036", cases[int(place)][0], message)


def contrast(grey: np.ndarray, outlines: np.ndarray) -> np.ndarray:
    """Return how much darker than its surroundings the inside of each outline is.

    Args:
        grey: float32 (n, side, side).
        outlines: bool (n, side, side).

    Returns:
        np.ndarray: (n,), in standard deviations of the image's levels; NaN where an outline has no
        inside or no surroundings in the image.
    """
    around = _scaled(outlines, _AROUND) & ~outlines
    spread = np.maximum(grey.std(axis=(1, 2)), 1)
    return (_mean(grey, around) - _mean(grey, outlines)) / spread


def _mean(grey: np.ndarray, where: np.ndarray) -> np.ndarray:
    count = where.sum(axis=(1, 2))
    total = np.where(where, grey, 0).sum(axis=(1, 2))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _sampled(outlines: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return outlines as they are at other places; outside of an image there is none.

    Args:
        outlines: bool (n, side, side).
        x: From 0 to 1 within an image, of every pixel, as far as it differs between them.
        y: As x.
    """
    column, row = (
        np.floor(place * THUMBNAIL_PX).astype(int) for place in np.broadcast_arrays(x, y)
    )
    inside = (np.minimum(row, column) >= 0) & (np.maximum(row, column) < THUMBNAIL_PX)
    row, column = (np.clip(place, 0, THUMBNAIL_PX - 1) for place in (row, column))
    return outlines[np.arange(len(outlines))[:, None, None], row, column] & inside


def _scaled(outlines: np.ndarray, times: float) -> np.ndarray:
    """Return outlines larger or smaller around their own centre."""
    area = np.maximum(outlines.sum(axis=(1, 2), keepdims=True), 1)
    x, y = ((outlines * axis).sum(axis=(1, 2), keepdims=True) / area for axis in (_X, _Y))
    return _sampled(outlines, x + (_X - x) / times, y + (_Y - y) / times)


def _mirrored(*axes: int) -> Elsewhere:
    return lambda outlines, aspect: np.flip(outlines, axes)


def _turned(quarters: int) -> Elsewhere:
    return lambda outlines, aspect: np.rot90(outlines, quarters, (1, 2))


def _of_coordinates(times: float) -> Elsewhere:
    """Return what enlarges coordinates, which are counted from the upper left corner."""
    return lambda outlines, aspect: _sampled(outlines, _X / times, _Y / times)


def _moved(right: float, down: float) -> Elsewhere:
    return lambda outlines, aspect: _sampled(outlines, _X - right, _Y - down)


def _sized(times: float) -> Elsewhere:
    return lambda outlines, aspect: _scaled(outlines, times)


def _of_another(further: int) -> Elsewhere:
    return lambda outlines, aspect: np.roll(outlines, further, axis=0)


def _exchanged(outlines: np.ndarray, aspect: np.ndarray) -> np.ndarray:
    """Return outlines with x and y exchanged, in px of the image."""
    return _sampled(outlines, _Y / aspect, _X * aspect)


_EIGHTH = 1 / 8
# In words that follow "the outline would fit better".
ELSEWHERE: dict[str, Elsewhere] = {
    "mirrored left to right": _mirrored(2),
    "mirrored top to bottom": _mirrored(1),
    "turned by 180°": _mirrored(1, 2),
    "with x and y exchanged": _exchanged,
    "turned by 90° to the left": _turned(1),
    "turned by 90° to the right": _turned(-1),
    "with coordinates three times as large": _of_coordinates(3),
    "with coordinates twice as large": _of_coordinates(2),
    "with coordinates one and a half times as large": _of_coordinates(1.5),
    "with coordinates half as large": _of_coordinates(0.5),
    "if it were half as wide and high": _sized(0.5),
    "if it were twice as wide and high": _sized(2),
    "further right": _moved(_EIGHTH, 0),
    "further left": _moved(-_EIGHTH, 0),
    "further down": _moved(0, _EIGHTH),
    "further up": _moved(0, -_EIGHTH),
    "if it were that of the image before": _of_another(1),
    "if it were that of the next image": _of_another(-1),
}
