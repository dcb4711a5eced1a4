"""What a drawn outline looks like: filled, a line around the lesion, a slip of the pen.

In BUS-BRA and BrEaST (every fifth: 426 outlines) no lesion is thinner than 0.2 of its length, none
has holes of more than 0.1 % of its area, and they take 0.6 % to 47 % of their image.
"""

import numpy as np
from scipy import ndimage

# From this share of the filled area on, what a line encloses is the lesion.
_RING = 0.3
# Below it, a hole is a slip of the pen.
_SPECK = 0.02
_THINNEST = 0.1
_FEWEST_PX = 9
_SMALLEST, _LARGE, _LARGEST = 0.001, 0.6, 0.9
# No lesion of so many pixels fills a rectangle, or has another's outline pixel by pixel.
CERTAIN_PX = 1500


def filled(mask: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return a mask with closed lines filled, and whether it was drawn as a line.

    Args:
        mask: bool (height, width).
    """
    box = box_of(mask)
    if box is None:
        return mask, False
    inner = mask[box]
    full = ndimage.binary_fill_holes(inner)
    if full.sum() - inner.sum() < _RING * full.sum():
        return mask, False
    whole = np.zeros_like(mask)
    whole[box] = full
    return whole, True


def is_framed(mask: np.ndarray) -> bool:
    """Return whether a mask has a line along the image's border, beside what else it shows.

    Args:
        mask: bool (height, width).
    """
    edges = (mask[0], mask[-1], mask[:, 0], mask[:, -1])
    return all(edge.all() for edge in edges) and mask.mean() < _LARGE / 2


def problem(mask: np.ndarray) -> tuple[str, str] | None:
    """Return what makes a mask no lesion's area, as a rule's code and a message; None if nothing.

    Args:
        mask: bool (height, width), filled, with at least one pixel.
    """
    area, share = int(mask.sum()), float(mask.mean())
    if share > _LARGEST:
        return "O024", f"covers {share:.0%} of the image"
    if area < _FEWEST_PX:  # a phantom of 64 px has one of 9
        return "O023", f"is {area} px small"
    box = box_of(mask)
    assert box is not None
    inner = np.pad(mask[box], 1)
    length = float(np.hypot(*(side - 2 for side in inner.shape)))
    thickness = _thickness(inner, _THINNEST * length)
    if thickness < _THINNEST * length:
        return "O021", f"is a line of about {thickness:.0f} px, {length:.0f} px long, and no area"
    holes = int(ndimage.binary_fill_holes(inner).sum()) - area
    if holes > _SPECK * (area + holes):
        return "O021", f"has a hole of {holes} px, {holes / (area + holes):.0%} of what it encloses"
    if area >= CERTAIN_PX and mask[box].all():
        return "O031", f"is a rectangle of {mask[box].shape[1]} x {mask[box].shape[0]} px"
    if share > _LARGE:
        return "O025", f"covers {share:.0%} of the image"
    if share < _SMALLEST:
        return "O022", f"is {area} px small, {share:.2%} of the image"
    return None


def _thickness(mask: np.ndarray, enough: float) -> float:
    """Return twice the largest distance to the background, px; ``enough`` where it is as much.

    A square of such a side that lies within the mask says so without all distances.
    """
    side = int(np.ceil(enough))
    if side < min(mask.shape):
        total = np.pad(mask.astype(np.int32).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
        squares = (
            total[side:, side:]
            - total[:-side, side:]
            - total[side:, :-side]
            + total[:-side, :-side]
        )
        if squares.max() == side * side:
            return enough
    return 2 * float(ndimage.distance_transform_edt(mask).max())


def box_of(mask: np.ndarray) -> tuple[slice, slice] | None:
    """Return the rows and columns around a mask's pixels, None where there are none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
