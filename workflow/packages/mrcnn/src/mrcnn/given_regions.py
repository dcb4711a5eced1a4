"""Regions from outside the network, and what the heads should say of them (NumPy).

In training, regions are proposed and chosen within the network. These two functions do the same
outside it, for looking at targets, as Matterport's notebooks do.
"""

import numpy as np

from mrcnn.boxes import box_refinement, compute_overlaps
from mrcnn.images import expand_mask
from mrcnn.interpolation import resize_bilinear

NEAR = 0.9  # share of random regions that lie around lesions


def generate_random_rois(
    image_shape, count: int, gt_class_ids, gt_boxes: np.ndarray, rng=None
) -> np.ndarray:
    """Return random regions, most of them around lesions.

    Args:
        image_shape: (h, w, ...) of the image.
        count: How many regions.
        gt_class_ids: (m,); unused, as in Matterport's library.
        gt_boxes: (m, 4) px; around each lie as many regions, up to its own size away.
        rng: `numpy.random.Generator`; None: each call draws anew.

    Returns:
        (count, 4) int32 boxes px, none of them empty.
    """
    rng = np.random.default_rng() if rng is None else rng
    height, width = image_shape[:2]
    each = int(NEAR * count / len(gt_boxes)) if len(gt_boxes) else 0
    parts = []
    for y1, x1, y2, x2 in np.asarray(gt_boxes, int):
        rows = max(0, 2 * y1 - y2), min(height, 2 * y2 - y1)
        columns = max(0, 2 * x1 - x2), min(width, 2 * x2 - x1)
        parts.append(_random_boxes(rows, columns, each, rng))
    rest = count - each * len(parts)
    parts.append(_random_boxes((0, height), (0, width), rest, rng))
    return np.concatenate(parts).astype(np.int32)


def _random_boxes(rows, columns, count: int, rng) -> np.ndarray:
    """Return ``count`` boxes with at least one pixel between these rows and these columns."""
    sides = []
    for low, high in (rows, columns):
        first = rng.integers(low, high, count)
        # Any other place of the range: going on by 1 to n - 1, and from its end to its start.
        steps = rng.integers(1, max(2, high - low), count)
        second = low + (first - low + steps) % max(1, high - low)
        # A range of one pixel has no other place: the box is this pixel.
        second = np.where(second == first, first + 1, second)
        sides.append(np.sort(np.stack([first, second], axis=1), axis=1))
    (y, x) = sides
    return np.stack([y[:, 0], x[:, 0], y[:, 1], x[:, 1]], axis=1)


def build_detection_targets(rpn_rois, gt_class_ids, gt_boxes, gt_masks, config, rng=None):
    """Choose regions to train the heads on, and say what they should have found.

    Positive: overlap (IoU) above 0.5 with a lesion, at most ROI_POSITIVE_RATIO of the regions;
    the others are negative, repeated where there are too few.

    Args:
        rpn_rois: (n, 4) px.
        gt_class_ids: (m,); rows of class 0 are padding.
        gt_boxes: (m, 4) px.
        gt_masks: (h, w, m) bool, or mini-masks (USE_MINI_MASK).
        config: `mrcnn.config.Config`.
        rng: `numpy.random.Generator`; None: each call draws anew.

    Returns:
        tuple: rois (r, 4) px, class ids (r,) int32, deltas (r, classes, 4) float32, divided by
        BBOX_STD_DEV, and masks (r, *MASK_SHAPE, classes) float32, where r is
        TRAIN_ROIS_PER_IMAGE.

    Raises:
        ValueError: If there is no lesion, or neither a positive nor a negative region.
    """
    rng = np.random.default_rng() if rng is None else rng
    lesions = np.flatnonzero(np.asarray(gt_class_ids) > 0)
    if not len(lesions):
        raise ValueError("no lesion to build targets of")
    gt_class_ids, gt_boxes = np.asarray(gt_class_ids)[lesions], np.asarray(gt_boxes)[lesions]
    gt_masks = np.asarray(gt_masks)[:, :, lesions]
    overlaps = compute_overlaps(rpn_rois, gt_boxes)
    nearest, best = overlaps.argmax(axis=1), overlaps.max(axis=1)
    positive, negative = _choose(best, config, rng)
    chosen = np.concatenate([positive, negative])
    rois, nearest = np.asarray(rpn_rois)[chosen], nearest[chosen]

    count, classes = len(chosen), config.NUM_CLASSES
    class_ids = np.zeros(count, np.int32)
    deltas = np.zeros((count, classes, 4), np.float32)
    masks = np.zeros((count, *config.MASK_SHAPE, classes), np.float32)
    outlines = gt_masks
    if config.USE_MINI_MASK:
        outlines = expand_mask(gt_boxes, gt_masks, config.IMAGE_SHAPE[:2])
    for i, j in enumerate(nearest[: len(positive)]):
        class_id = class_ids[i] = gt_class_ids[j]
        refinement = box_refinement(rois[i : i + 1], gt_boxes[j : j + 1])[0]
        deltas[i, class_id] = refinement / config.BBOX_STD_DEV
        y1, x1, y2, x2 = rois[i].astype(int)
        crop = outlines[y1:y2, x1:x2, j].astype(bool)
        masks[i, :, :, class_id] = resize_bilinear(crop, *config.MASK_SHAPE)
    return rois, class_ids, deltas, masks


def _choose(best: np.ndarray, config, rng) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of positive and negative regions, TRAIN_ROIS_PER_IMAGE in all.

    ``best`` (n,) is each region's largest overlap with a lesion.
    """
    count = config.TRAIN_ROIS_PER_IMAGE
    positive, negative = np.flatnonzero(best > 0.5), np.flatnonzero(best < 0.5)
    most = int(count * config.ROI_POSITIVE_RATIO)
    if len(positive) > most:
        positive = rng.choice(positive, most, replace=False)
    left = count - len(positive)
    if not len(negative):
        raise ValueError("every region lies on a lesion: there is no negative one to train on")
    if len(negative) > left:
        return positive, rng.choice(negative, left, replace=False)
    repeated = rng.choice(negative, left - len(negative))
    return positive, np.concatenate([negative, repeated])
