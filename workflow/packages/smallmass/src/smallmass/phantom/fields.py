"""Smooth random maps, and the lines in them: what tissue is textured with."""

from functools import lru_cache

import numpy as np

from smallmass.phantom.geometry import FINE, Frame
from smallmass.phantom.random import Draws

NODE = 32  # sub-steps between two nodes of a lattice


WHOLE = slice(None)


def field(
    draws: Draws,
    frame: Frame,
    step_y: int,
    step_x: int,
    rows: slice = WHOLE,
    columns: slice = WHOLE,
) -> np.ndarray:
    """Return a smooth random map: cubic B-splines over a lattice of normal integers.

    Args:
        draws: The case's random numbers.
        frame: The picture.
        step_y: Distance of the lattice's rows, micrometres.
        step_x: Distance of its columns, micrometres.
        rows: The rows that are needed; the map is the same whatever is asked for.
        columns: The columns that are needed.

    Returns:
        (rows, columns) int32, mean 0, standard deviation about ``SD``.
    """
    down, across = _spline(frame, step_y), _spline(frame, step_x)
    lattice = draws.normal(down.shape[1] * across.shape[1]).reshape(down.shape[1], -1)
    # Products and sums of integers under 2**53 are exact in float64, in any order. The weights
    # of a B-spline have a mean square sum of 0.479 of their squared sum on either axis, so that
    # 2**34 brings the standard deviation back to 1.08 SD.
    summed = (down[rows] @ lattice.astype(np.float64)) @ across[columns].T
    summed *= 2.0**-34
    return np.floor(summed, out=summed).astype(np.int32)


def profile(draws: Draws, frame: Frame, step: int) -> np.ndarray:
    """Return a smooth random line, (pixels,) int32, standard deviation about ``SD``."""
    across = _spline(frame, step)
    summed = across @ draws.normal(across.shape[1]).astype(np.float64)
    return np.floor(summed * 2.0**-17).astype(np.int32)


def ridges(smooth: np.ndarray, thickness: int) -> np.ndarray:
    """Return how level the zero lines of a smooth map run: 256 level, 0 upright or no line.

    Args:
        smooth: (height, width) int32.
        thickness: Thickness of the lines, sixteenths of a pixel.

    Returns:
        (height, width) int32.
    """
    rise, run = np.zeros_like(smooth), np.zeros_like(smooth)
    rise[1:-1] = np.abs(smooth[2:] - smooth[:-2])
    run[:, 1:-1] = np.abs(smooth[:, 2:] - smooth[:, :-2])
    slope = np.maximum(rise, run) + (np.minimum(rise, run) >> 1)
    at = np.nonzero((np.abs(smooth) * (4 * FINE) < thickness * slope).ravel())[0]
    level = np.zeros_like(smooth)
    level.ravel()[at] = rise.ravel()[at] * 256 // slope.ravel()[at]
    return level


@lru_cache(maxsize=256)
def _spline(frame: Frame, step: int) -> np.ndarray:
    """Return the weights of lattice nodes for every pixel, (pixels, nodes) float64 integers.

    The four weights of a pixel are those of the uniform cubic B-spline and add up to 6 NODE**3.
    """
    position = frame.columns_um().astype(np.int64) * NODE // step
    node, f = position // NODE, position % NODE
    weights = np.zeros((frame.pixels, int(node[-1]) + 4))
    for k, value in enumerate(
        (
            (NODE - f) ** 3,
            3 * f**3 - 6 * NODE * f**2 + 4 * NODE**3,
            -3 * f**3 + 3 * NODE * f**2 + 3 * NODE**2 * f + NODE**3,
            f**3,
        )
    ):
        weights[np.arange(frame.pixels), node + k] = value
    weights.setflags(write=False)
    return weights
