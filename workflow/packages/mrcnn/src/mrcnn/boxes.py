"""Boxes in NumPy: the arithmetic that the data pipeline and the reading of results need.

A box is (y1, x1, y2, x2) in pixels, y2 and x2 just outside; "normalised" boxes lie in [0, 1].
"""

import numpy as np

from mrcnn.installation import check_files

check_files()  # here, too: the package's own __init__ may be another's


def areas(boxes: np.ndarray) -> np.ndarray:
    """Return the areas (px²) of ``boxes`` (n, 4) as (n,)."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def compute_overlaps(boxes1: np.ndarray, boxes2: np.ndarray) -> np.ndarray:
    """Return the intersection over union of each pair of boxes.

    Args:
        boxes1: (n, 4) boxes (y1, x1, y2, x2).
        boxes2: (m, 4) boxes of the same frame.

    Returns:
        (n, m) float array in [0, 1]; 0 where both boxes are empty.
    """
    top_left = np.maximum(boxes1[:, None, :2], boxes2[None, :, :2])
    bottom_right = np.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    intersection = np.clip(bottom_right - top_left, 0, None).prod(axis=2)
    union = areas(boxes1)[:, None] + areas(boxes2)[None, :] - intersection
    return intersection / np.where(union > 0, union, 1)


def compute_iou(
    box: np.ndarray, boxes: np.ndarray, box_area: float, boxes_area: np.ndarray
) -> np.ndarray:
    """Return the intersection over union (n,) of one ``box`` (4,) and ``boxes`` (n, 4).

    The areas are arguments of Matterport's callers; they must be those of the boxes.
    """
    top_left = np.maximum(box[:2], boxes[:, :2])
    sides = np.clip(np.minimum(box[2:], boxes[:, 2:]) - top_left, 0, None)
    intersection = sides[:, 0] * sides[:, 1]
    union = box_area + boxes_area - intersection
    return intersection / np.where(union > 0, union, 1)


def non_max_suppression(boxes: np.ndarray, scores: np.ndarray, threshold: float) -> np.ndarray:
    """Return the indices (int32) of the boxes that greedy suppression keeps, best score first.

    Args:
        boxes: (n, 4), any unit.
        scores: (n,); of equal scores the earlier counts as the better.
        threshold: Overlap (IoU) above which the lower-scored box is dropped.
    """
    boxes = np.asarray(boxes, float).reshape(-1, 4)
    waiting = np.argsort(-np.asarray(scores, float), kind="stable")
    overlaps = compute_overlaps(boxes, boxes)
    kept = []
    while len(waiting):
        kept.append(waiting[0])
        waiting = waiting[1:][overlaps[waiting[0], waiting[1:]] <= threshold]
    return np.array(kept, np.int32)


def box_refinement(box: np.ndarray, gt_box: np.ndarray) -> np.ndarray:
    """Return the deltas (dy, dx, log dh, log dw) that move ``box`` onto ``gt_box``.

    Ren et al. 2015 (Faster R-CNN), equation 2. Both are (n, 4); the result is (n, 4) float32.
    """
    box, gt_box = box.astype(np.float32), gt_box.astype(np.float32)
    size = box[:, 2:] - box[:, :2]
    gt_size = gt_box[:, 2:] - gt_box[:, :2]
    centre = box[:, :2] + 0.5 * size
    gt_centre = gt_box[:, :2] + 0.5 * gt_size
    return np.concatenate([(gt_centre - centre) / size, np.log(gt_size / size)], axis=1)


def apply_box_deltas(boxes: np.ndarray, deltas: np.ndarray) -> np.ndarray:
    """Move ``boxes`` (n, 4) by ``deltas`` (n, 4): the inverse of `box_refinement`."""
    boxes = boxes.astype(np.float32)
    size = boxes[:, 2:] - boxes[:, :2]
    centre = boxes[:, :2] + 0.5 * size + deltas[:, :2] * size
    size = size * np.exp(deltas[:, 2:])
    return np.concatenate([centre - 0.5 * size, centre + 0.5 * size], axis=1)


def norm_boxes(boxes: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return pixel boxes (n, 4) as normalised float32 boxes of an image of ``shape`` (h, w)."""
    height, width = shape
    scale = np.array([height - 1, width - 1, height - 1, width - 1])
    return ((boxes - np.array([0, 0, 1, 1])) / scale).astype(np.float32)


def denorm_boxes(boxes: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return normalised boxes (n, 4) as int32 pixel boxes of an image of ``shape`` (h, w)."""
    height, width = shape
    scale = np.array([height - 1, width - 1, height - 1, width - 1])
    return np.around(boxes * scale + np.array([0, 0, 1, 1])).astype(np.int32)


def extract_bboxes(mask: np.ndarray) -> np.ndarray:
    """Return the bounding boxes of masks (height, width, n) as (n, 4) int32; empty masks: 0."""
    boxes = np.zeros((mask.shape[-1], 4), np.int32)
    for i in range(mask.shape[-1]):
        rows = np.flatnonzero(mask[:, :, i].any(axis=1))
        columns = np.flatnonzero(mask[:, :, i].any(axis=0))
        if rows.size:
            boxes[i] = rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
    return boxes
