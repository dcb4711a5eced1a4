"""Sixteen plain features of an outlined lesion: eight of its shape, eight of its grey levels.

What descriptors of breast ultrasound have been for decades: width and depth, roundness and a rough
border (Stavros et al. 1995, Radiology 196:123), what lies behind, and Haralick's texture (Haralick,
Shanmugam & Dinstein 1973, IEEE Trans Syst Man Cybern 3:610). None has a unit, so that scanners of
other pixel sizes can be read.
"""

from collections.abc import Callable

import numpy as np
from scipy import ndimage
from scipy.spatial import ConvexHull

LEVELS = 16
"""Grey levels of the co-occurrences."""
OFFSETS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Neighbours (rows, columns) that co-occur: right, below, and both diagonals."""
RING = 0.15
"""Width of the tissue around a lesion, as a share of the root of its area; 3 px at least."""
_CROSS = ndimage.generate_binary_structure(2, 1)
# What a border pixel adds to the perimeter, by the neighbours that are border pixels, too: 2 for
# one beside it, 10 for a diagonal one (Benkrid & Crookes 2000).
_NEIGHBOURS = np.array([[10, 2, 10], [2, 1, 2], [10, 2, 10]])
_LENGTHS = np.zeros(50)
_LENGTHS[[5, 7, 15, 17, 25, 27]] = 1
_LENGTHS[[21, 33]] = np.sqrt(2)
_LENGTHS[[13, 23]] = (1 + np.sqrt(2)) / 2


def outline_features(grey: np.ndarray, mask: np.ndarray) -> dict[str, float] | None:
    """Return the features of `FEATURES`; None of an empty outline.

    Args:
        grey: uint8 ``(h, w)``, the image.
        mask: bool ``(h, w)``, the lesion.

    Raises:
        ValueError: If both have other sizes.
    """
    if grey.shape != mask.shape:
        raise ValueError(f"the outline is {mask.shape}, the image {grey.shape}: height, width")
    if not mask.any():
        return None
    return _shape(mask) | _texture(grey.astype(float), mask)


def perimeter(mask: np.ndarray) -> float:
    """Return the length (px) of the line through the border pixels' centres.

    Args:
        mask: bool ``(h, w)``.

    Benkrid & Crookes 2000 (Design and FPGA implementation of a perimeter estimator).
    """
    border = _border(np.pad(mask, 1))
    code = ndimage.convolve(border.astype(int), _NEIGHBOURS, mode="constant")
    return float(_LENGTHS[code[border]].sum())


def hull_area(mask: np.ndarray) -> float:
    """Return the area (px) of the convex hull of the pixels' corners.

    Args:
        mask: bool ``(h, w)``, not empty.
    """
    y, x = np.nonzero(mask)
    corners = [np.column_stack([y + dy, x + dx]) for dy in (0, 1) for dx in (0, 1)]
    return float(ConvexHull(np.unique(np.concatenate(corners), axis=0)).volume)


def cooccurrence(levels: np.ndarray, mask: np.ndarray, offset: tuple[int, int]) -> np.ndarray:
    """Return how often levels are neighbours, each pair counted both ways, int ``(n, n)``.

    Args:
        levels: int ``(h, w)`` from 0 on.
        mask: bool ``(h, w)``; a pair counts where both are in it.
        offset: Rows (0 or more) and columns to the neighbour.
    """
    dy, dx = offset
    height, width = levels.shape
    here = slice(0, height - dy), slice(max(0, -dx), width - max(0, dx))
    there = slice(dy, height), slice(max(0, dx), width - max(0, -dx))
    both = mask[here] & mask[there]
    n = max(LEVELS, int(levels.max()) + 1)
    counts = np.bincount(levels[here][both] * n + levels[there][both], minlength=n * n)
    counts = counts.reshape(n, n)
    return counts + counts.T


def _shape(mask: np.ndarray) -> dict[str, float]:
    y, x = np.nonzero(mask)
    area, box = len(y), (np.ptp(y) + 1, np.ptp(x) + 1)
    lesion = mask[y.min() : y.max() + 1, x.min() : x.max() + 1]
    # A pixel is a square: its own second moment is 1/12.
    spread = np.cov(np.stack([y, x]), bias=True).reshape(2, 2) + np.eye(2) / 12
    variance, axes = np.linalg.eigh(spread)
    border = np.argwhere(_border(np.pad(lesion, 1))) - 1
    radius = np.hypot(*(border - [y.mean() - y.min(), x.mean() - x.min()]).T)
    length = perimeter(lesion)
    return {
        "size": float(np.sqrt(area / mask.size)),
        "depth_to_width": float(box[0] / box[1]),
        "axis_ratio": float(np.sqrt(variance[0] / variance[1])),
        "tilt": float(abs(axes[0, 1])),
        "roundness": float(min(4 * np.pi * area / length**2, 1.5)) if length else 1.0,
        "solidity": area / hull_area(lesion),
        "filling": float(area / (box[0] * box[1])),
        "roughness": float(radius.std() / radius.mean()) if radius.mean() else 0.0,
    }


def _texture(grey: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    width = max(3.0, RING * np.sqrt(mask.sum()))
    y, x = np.nonzero(mask)
    part = tuple(
        slice(max(0, int(at.min() - width - 2)), int(at.max() + width + 3)) for at in (y, x)
    )
    near, lesion = grey[part], mask[part]
    ring = ~lesion & (ndimage.distance_transform_edt(~lesion) <= width)
    inside, outside = near[lesion], near[ring] if ring.any() else near[lesion]
    noise = float(np.sqrt((inside.var() + outside.var()) / 2)) or 1.0
    slope = ndimage.gaussian_gradient_magnitude(near, 1.0)[_border(lesion)]
    levels = (near // (256 / LEVELS)).astype(int)
    pairs = np.sum([cooccurrence(levels, lesion, offset) for offset in OFFSETS], axis=0)
    return {
        "darkness": float(outside.mean() - inside.mean()) / noise,
        "spread": float(inside.std() / (inside.mean() + 1)),
        "border_slope": float(slope.mean()) / noise if len(slope) else 0.0,
        "behind": _behind(grey, y, x) / noise,
        **{name: function(pairs) for name, function in HARALICK.items()},
    }


def _behind(grey: np.ndarray, y: np.ndarray, x: np.ndarray) -> float:
    """Return how much brighter the tissue behind the lesion is than beside that; 0 without any.

    Args:
        grey: ``(h, w)``; the probe is above.
        y: Rows of the lesion's pixels.
        x: Columns of these.
    """
    depth = slice(y.max() + 1, y.max() + 1 + max(3, np.ptp(y) // 2))
    left, right, side = x.min(), x.max() + 1, max(3, np.ptp(x) // 2)
    behind = grey[depth, left:right]
    beside = np.concatenate(
        [grey[depth, max(0, left - side) : left].ravel(), grey[depth, right : right + side].ravel()]
    )
    return float(behind.mean() - beside.mean()) if behind.size and beside.size else 0.0


def _border(mask: np.ndarray) -> np.ndarray:
    """Return the mask's pixels that touch another by a side, bool ``(h, w)``."""
    return mask & ~ndimage.binary_erosion(mask, _CROSS, border_value=1)


def _distances(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares of pairs, and the squared differences of their levels."""
    level = np.arange(len(pairs))
    return pairs / max(pairs.sum(), 1), (level[:, None] - level) ** 2


def _contrast(pairs: np.ndarray) -> float:
    share, squared = _distances(pairs)
    return float((share * squared).sum())


def _homogeneity(pairs: np.ndarray) -> float:
    share, squared = _distances(pairs)
    return float((share / (1 + squared)).sum())


def _energy(pairs: np.ndarray) -> float:
    return float((_distances(pairs)[0] ** 2).sum())


def _correlation(pairs: np.ndarray) -> float:
    """Return the correlation of a pair's levels; 1 where all are the same."""
    share, level = _distances(pairs)[0], np.arange(len(pairs))
    of_one = share.sum(axis=0)
    centred = level - (level * of_one).sum()
    variance = (of_one * centred**2).sum()
    if not variance > 0:
        return 1.0
    return float((share * np.outer(centred, centred)).sum() / variance)


HARALICK: dict[str, Callable[[np.ndarray], float]] = {
    "cooccurrence_contrast": _contrast,
    "cooccurrence_correlation": _correlation,
    "cooccurrence_energy": _energy,
    "cooccurrence_homogeneity": _homogeneity,
}
"""Of the counts of `cooccurrence`, summed over `OFFSETS`."""
SHAPE = ("size", "depth_to_width", "axis_ratio", "tilt", "roundness", "solidity", "filling",
         "roughness")  # fmt: skip
TEXTURE = ("darkness", "spread", "border_slope", "behind", *HARALICK)
FEATURES = (*SHAPE, *TEXTURE)
