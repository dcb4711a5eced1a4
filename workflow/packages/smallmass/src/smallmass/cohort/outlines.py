"""Outlines as arrays: the longest diameter, and overlap."""

import numpy as np


def longest_diameter_px(mask: np.ndarray) -> float:
    """Return the longest diameter of a lesion in pixels (the maximum Feret diameter).

    It is the largest distance between two corners of the lesion's pixels, so a lesion of one pixel
    measures √2 and a row of n pixels √(n² + 1). The farthest points of a set always lie at the
    ends of its rows, so only these are compared.

    Args:
        mask: bool (height, width); pixels are square.

    Returns:
        float: The diameter, 0 for an empty mask.
    """
    mask = np.asarray(mask, dtype=bool)
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size == 0:
        return 0.0
    left = mask[rows].argmax(axis=1)
    right = mask.shape[1] - mask[rows, ::-1].argmax(axis=1)
    # The corners of a row of pixels lie on two lines: the row's upper and lower edge.
    y = np.concatenate((rows, rows + 1))
    low = np.concatenate((left, left))
    high = np.concatenate((right, right))
    spread = np.maximum(high[:, None] - low[None, :], 0)
    squared = (y[:, None] - y[None, :]) ** 2 + spread**2
    return float(np.sqrt(squared.max()))


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Return the Dice coefficient 2|A∩B| / (|A| + |B|) of two masks; 1 when both are empty.

    Args:
        a: bool (height, width).
        b: bool, of the same shape.
    """
    a, b = np.asarray(a, dtype=bool), np.asarray(b, dtype=bool)
    if a.shape != b.shape:
        raise ValueError(f"masks of different sizes: {a.shape} and {b.shape}")
    total = int(a.sum()) + int(b.sum())
    return 1.0 if total == 0 else 2 * int((a & b).sum()) / total
