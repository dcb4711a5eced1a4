"""Reading an image and its mirror image, and making one list of regions of both.

What only one of the two readings sees is half as sure. Left and right alone are exchanged: behind
a lesion lie its shadow or enhancement, so that above and below differ.
"""

import numpy as np

from mrcnn.boxes import compute_overlaps

SAME_REGION = 0.5
"""Least overlap (IoU) of two boxes, one of each reading, that are taken for one region."""

Regions = dict[str, np.ndarray]
"""Of `mrcnn.molding.unmold` with probabilities: rois (n, 4) px, masks (h, w, n) bool, ..."""


def mirror_inputs(molded: np.ndarray, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs of the network mirrored from left to right.

    Args:
        molded: (n, h, w, c) images.
        windows: (n, 4) px, the part of each that is not padding.
    """
    return molded[:, :, ::-1], _mirror_boxes(windows, molded.shape[2])


def mirror_regions(regions: Regions) -> Regions:
    """Return the regions of a mirrored image as they lie in the image itself."""
    width = regions["masks"].shape[1]
    return regions | {
        "rois": _mirror_boxes(regions["rois"], width),
        "masks": regions["masks"][:, ::-1],
    }


def join_readings(first: Regions, second: Regions) -> Regions:
    """Return one list of regions of two readings of an image, the surest region first.

    Each region of the first reading is joined with the region of the second that overlaps it most,
    if that is at least `SAME_REGION` and not taken: probabilities are averaged, box and outline are
    those of the reading that was surer of it. A region that one reading alone has keeps half of its
    foreground probabilities.

    Args:
        first: Regions of the image.
        second: Regions of its mirror image, of `mirror_regions`.

    Returns:
        dict: rois, masks and probabilities (n, classes).
    """
    overlaps = compute_overlaps(first["rois"].astype(float), second["rois"].astype(float))
    free = set(range(len(second["rois"])))
    joined = []
    for i in np.argsort(-_foreground(first), kind="stable"):
        j = _nearest(overlaps[i], free, second)
        if j is None:
            joined.append(_alone(first, i))
            continue
        free.remove(j)
        surer = (first, i) if _foreground(first)[i] >= _foreground(second)[j] else (second, j)
        mean = (first["probabilities"][i] + second["probabilities"][j]) / 2
        joined.append((*_place(*surer), mean))
    joined += [_alone(second, j) for j in sorted(free)]
    return _listed(joined, first["masks"].shape[:2], first["probabilities"].shape[1])


def _nearest(overlaps: np.ndarray, free: set[int], regions: Regions) -> int | None:
    """Return which free region overlaps enough and most; of equal ones the surest."""
    near = [j for j in sorted(free) if overlaps[j] >= SAME_REGION]
    sure = _foreground(regions)
    return max(near, key=lambda j: (overlaps[j], sure[j]), default=None)


def _foreground(regions: Regions) -> np.ndarray:
    """Return how sure a reading is that each region is a lesion, (n,)."""
    return 1 - regions["probabilities"][:, 0]


def _place(regions: Regions, i: int) -> tuple[np.ndarray, np.ndarray]:
    """Return box and outline of a region."""
    return regions["rois"][i], regions["masks"][:, :, i]


def _alone(regions: Regions, i: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a region that the other reading takes for background."""
    background = np.eye(1, regions["probabilities"].shape[1])[0]
    return (*_place(regions, i), (regions["probabilities"][i] + background) / 2)


def _listed(joined: list[tuple], shape: tuple[int, int], classes: int) -> Regions:
    """Return (box, outline, probabilities) of each region as arrays, the surest first."""
    if not joined:
        return {
            "rois": np.zeros((0, 4), np.int32),
            "masks": np.zeros((*shape, 0), bool),
            "probabilities": np.zeros((0, classes)),
        }
    rois, masks, probabilities = (np.stack(parts) for parts in zip(*joined, strict=True))
    order = np.argsort(probabilities[:, 0], kind="stable")
    return {
        "rois": rois[order],
        "masks": np.moveaxis(masks[order], 0, -1),
        "probabilities": probabilities[order],
    }


def _mirror_boxes(boxes: np.ndarray, width: int) -> np.ndarray:
    """Return boxes (n, 4) of an image ``width`` px wide in its mirror image."""
    y1, x1, y2, x2 = boxes.T
    return np.stack([y1, width - x2, y2, width - x1], axis=1)
