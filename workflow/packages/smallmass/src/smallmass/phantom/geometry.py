"""Closed contours in sixteenths of a pixel, and what lies within them.

A pixel (row, column) is the square whose centre is at (16 * row + 8, 16 * column + 8).
"""

import math
from dataclasses import dataclass

import numpy as np

FINE = 16  # contour units a pixel


@dataclass(frozen=True)
class Frame:
    """A square picture of a square piece of tissue: turns micrometres into pixels.

    Args:
        pixels: Side in px.
        depth_um: Side in micrometres.
    """

    pixels: int
    depth_um: int

    def fine(self, micrometres):
        """Return a length in sixteenths of a pixel (int or array)."""
        return micrometres * FINE * self.pixels // self.depth_um

    def sigma(self, micrometres: int) -> int:
        """Return a filter's standard deviation in 1/64 px, the unit of ``tables.taps``."""
        return micrometres * 64 * self.pixels // self.depth_um

    def rows_um(self) -> np.ndarray:
        """Return the depth of each row's centre, (pixels, 1) int32 micrometres."""
        return self.columns_um()[:, None]

    def columns_um(self) -> np.ndarray:
        """Return the lateral position of each column's centre, (pixels,) int32 micrometres."""
        centres = (2 * np.arange(self.pixels) + 1) * self.depth_um // (2 * self.pixels)
        return centres.astype(np.int32)


def longest(contour: np.ndarray) -> int:
    """Return the longest distance between two points of a contour, floored.

    Args:
        contour: (n, 2) int64 points (y, x).
    """
    y, x = contour.T
    apart = (y[:, None] - y) ** 2 + (x[:, None] - x) ** 2
    return math.isqrt(int(apart.max()))


def resized(contour: np.ndarray, diameter: int) -> np.ndarray:
    """Return a contour about the origin scaled to a longest distance of ``diameter``."""
    return contour * diameter // longest(contour)


def fill(contour: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return the pixels whose centres lie within a closed contour (even-odd rule).

    A centre exactly on the contour counts as within on a left or upper edge and as outside on a
    right or lower one, so that contours that share an edge never share a pixel.

    Args:
        contour: (n, 2) int64 points (y, x) in sixteenths of a pixel; the last joins the first.
        height: Rows.
        width: Columns.

    Returns:
        (height, width) bool.
    """
    y0, x0 = contour[:, 0], contour[:, 1]
    y1, x1 = np.roll(y0, -1), np.roll(x0, -1)
    upwards = y1 < y0
    y0, y1, x0, x1 = (
        np.where(upwards, y1, y0),
        np.where(upwards, y0, y1),
        np.where(upwards, x1, x0),
        np.where(upwards, x0, x1),
    )
    # Rows whose centre 16 r + 8 lies in [y0, y1): a vertex counts for one of its edges alone.
    first = np.clip(-((8 - y0) // FINE), 0, height)
    last = np.clip(-((8 - y1) // FINE), 0, height)
    counts = np.maximum(last - first, 0)
    edge = np.repeat(np.arange(len(contour)), counts)
    row = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first[edge]
    rise = (y1 - y0)[edge]
    # The first column whose centre is not left of where the edge crosses the row.
    cross = x0[edge] * rise + (x1 - x0)[edge] * (FINE * row + 8 - y0[edge])
    column = np.clip(-((8 * rise - cross) // (FINE * rise)), 0, width)
    toggles = np.zeros((height, width + 1), np.int64)
    np.add.at(toggles, (row, column), 1)
    return (np.cumsum(toggles, axis=1)[:, :width] & 1).astype(bool)
