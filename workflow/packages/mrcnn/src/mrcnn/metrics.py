"""How well detections and outlines agree with the truth (NumPy).

Boxes are (n, 4) of (y1, x1, y2, x2) px, masks (h, w, n) bool or 0 and 1. Signatures and returned
values are those of Matterport's ``mrcnn.utils``; what differs is said where it does.
`mrcnn.free_response` has the free-response ROC.

Where nothing can be divided: average precision and recall are 1 with neither truth nor detection
(nothing to find, nothing claimed); average precision is 0 with detections and no truth, or truth
and no detections; IoU and Dice of two empty masks are 1, while the *overlap matrix* gives an empty
mask the overlap 0 with everything, since it cannot match.
"""

from collections.abc import Sequence

import numpy as np

from mrcnn.boxes import compute_overlaps

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)  # of the COCO challenge


def trim_zeros(x: np.ndarray) -> np.ndarray:
    """Return the rows of ``x`` (n, m) that are not all zero: without padding."""
    return x[np.any(x != 0, axis=1)]


def compute_overlaps_masks(masks1: np.ndarray, masks2: np.ndarray) -> np.ndarray:
    """Return the intersection over union of each pair of masks.

    Args:
        masks1: (h, w, n); values above 0.5 are inside.
        masks2: (h, w, m).

    Returns:
        (n, m) float array in [0, 1]; 0 for an empty mask.
    """
    n, m = masks1.shape[-1], masks2.shape[-1]
    if not n or not m:
        return np.zeros((n, m))
    flat1 = (masks1 > 0.5).reshape(-1, n).astype(np.float32)
    flat2 = (masks2 > 0.5).reshape(-1, m).astype(np.float32)
    intersection = (flat1.T @ flat2).astype(np.float64)
    areas1, areas2 = flat1.sum(axis=0, dtype=np.float64), flat2.sum(axis=0, dtype=np.float64)
    union = areas1[:, None] + areas2[None, :] - intersection
    return intersection / np.where(union > 0, union, 1)


def compute_matches(
    gt_boxes,
    gt_class_ids,
    gt_masks,
    pred_boxes,
    pred_class_ids,
    pred_scores,
    pred_masks,
    iou_threshold=0.5,
    score_threshold=0.0,
):
    """Match detections with the truth: best score first, each lesion at most once.

    A detection takes, of the lesions of its class that are free and whose masks overlap its own
    by at least ``iou_threshold``, the one it overlaps most (Everingham et al. 2010, "The PASCAL
    VOC challenge", section 4.2, with masks).

    Args:
        gt_boxes: (m, 4); rows of zeros at the end are padding.
        gt_class_ids: (m,).
        gt_masks: (h, w, m).
        pred_boxes: (n, 4); rows of zeros at the end are padding.
        pred_class_ids: (n,).
        pred_scores: (n,).
        pred_masks: (h, w, n).
        iou_threshold: Overlap of masks that a match needs.
        score_threshold: Detections with a lower score match nothing. (Matterport's compares this
            number with the overlap.)

    Returns:
        tuple: gt_match (m,) indices of the matched detections or −1, pred_match (n,) indices of
        the matched lesions or −1, both float as Matterport's, and overlaps (n, m). Detections are
        sorted by falling score in all three, equal scores in the order given.
    """
    truth = trim_truth(gt_boxes, gt_class_ids, gt_masks)
    detections = sort_detections(pred_boxes, pred_class_ids, pred_scores, pred_masks)
    overlaps = compute_overlaps_masks(detections[3], truth[2])
    gt_match, pred_match = np.full(len(truth[0]), -1.0), np.full(len(detections[0]), -1.0)
    for i in range(len(pred_match)):
        if detections[2][i] < score_threshold:
            break
        possible = (gt_match < 0) & (truth[1] == detections[1][i]) & (overlaps[i] >= iou_threshold)
        if possible.any():
            j = int(np.argmax(np.where(possible, overlaps[i], -1)))
            gt_match[j], pred_match[i] = i, j
    return gt_match, pred_match, overlaps


def trim_truth(boxes, class_ids, masks) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return boxes, class ids and masks of the truth without padding at the end."""
    boxes = trim_zeros(np.asarray(boxes).reshape(-1, 4))
    return boxes, np.asarray(class_ids)[: len(boxes)], np.asarray(masks)[..., : len(boxes)]


def sort_detections(boxes, class_ids, scores, masks, order=None):
    """Return boxes, class ids, scores and masks without padding, by falling score."""
    boxes = trim_zeros(np.asarray(boxes).reshape(-1, 4))
    scores = np.asarray(scores)[: len(boxes)]
    order = np.argsort(-scores, kind="stable") if order is None else order(scores)
    return boxes[order], np.asarray(class_ids)[order], scores[order], np.asarray(masks)[..., order]


def compute_ap(
    gt_boxes,
    gt_class_ids,
    gt_masks,
    pred_boxes,
    pred_class_ids,
    pred_scores,
    pred_masks,
    iou_threshold=0.5,
):
    """Return the average precision of one image's detections, all classes in one list.

    The area under precision, made monotone, over recall (Everingham et al. 2015, "The PASCAL
    VOC challenge: a retrospective", section 2.2: every recall level, no 11-point grid).

    The arguments are those of `compute_matches`.

    Returns:
        tuple: average precision in [0, 1], precisions and recalls (n + 2,) with a start and an
        end added, overlaps (n, m) as of `compute_matches`.
    """
    gt_match, pred_match, overlaps = compute_matches(
        gt_boxes,
        gt_class_ids,
        gt_masks,
        pred_boxes,
        pred_class_ids,
        pred_scores,
        pred_masks,
        iou_threshold,
    )
    return *average_precision(pred_match > -1, len(gt_match)), overlaps


def average_precision(hits: np.ndarray, lesions: int) -> tuple[float, np.ndarray, np.ndarray]:
    """Return average precision, precisions and recalls of detections sorted by falling score.

    Args:
        hits: (n,) bool, the detection is a lesion's first.
        lesions: Number of lesions there are.
    """
    hits = np.asarray(hits, bool)
    if not lesions and not len(hits):
        return 1.0, np.array([1.0, 1.0]), np.array([0.0, 1.0])
    true_positives = np.cumsum(hits)
    precisions = np.concatenate([[0.0], true_positives / (np.arange(len(hits)) + 1), [0.0]])
    recalls = np.concatenate([[0.0], true_positives / max(1, lesions), [1.0]])
    precisions = np.maximum.accumulate(precisions[::-1])[::-1]
    return float(np.sum(np.diff(recalls) * precisions[1:])), precisions, recalls


def compute_ap_range(
    gt_box,
    gt_class_id,
    gt_mask,
    pred_box,
    pred_class_id,
    pred_score,
    pred_mask,
    iou_thresholds: Sequence[float] | np.ndarray | None = None,
    verbose=1,
) -> float:
    """Return the mean of `compute_ap` over overlaps, by default 0.50, 0.55 … 0.95."""
    thresholds = IOU_THRESHOLDS if iou_thresholds is None else np.asarray(iou_thresholds)
    truth = gt_box, gt_class_id, gt_mask
    detections = pred_box, pred_class_id, pred_score, pred_mask
    values = [compute_ap(*truth, *detections, iou_threshold=t)[0] for t in thresholds]
    mean = float(np.mean(values))
    if verbose:
        for threshold, value in zip(thresholds, values, strict=True):
            print(f"AP @{threshold:.2f}:\t {value:.3f}")
        print(f"AP @{thresholds[0]:.2f}-{thresholds[-1]:.2f}:\t {mean:.3f}")
    return mean


def compute_recall(pred_boxes, gt_boxes, iou: float) -> tuple[float, np.ndarray]:
    """Return the share of lesions that boxes find; a box stands for the lesion it overlaps most.

    Args:
        pred_boxes: (n, 4).
        gt_boxes: (m, 4).
        iou: Overlap of boxes that finding needs.

    Returns:
        tuple: the share (1 without lesions), and the indices (k,) of the boxes that find one.
    """
    pred_boxes, gt_boxes = np.reshape(pred_boxes, (-1, 4)), np.reshape(gt_boxes, (-1, 4))
    if not len(gt_boxes):
        return 1.0, np.zeros(0, int)
    overlaps = compute_overlaps(pred_boxes, gt_boxes)
    finding = np.flatnonzero(overlaps.max(axis=1) >= iou)
    return len(set(overlaps[finding].argmax(axis=1))) / len(gt_boxes), finding


def iou(mask1: np.ndarray, mask2: np.ndarray) -> float:
    """Return the intersection over union of two masks of one shape; 1 if both are empty."""
    mask1, mask2 = np.asarray(mask1, bool), np.asarray(mask2, bool)
    union = np.count_nonzero(mask1 | mask2)
    return np.count_nonzero(mask1 & mask2) / union if union else 1.0


def dice(mask1: np.ndarray, mask2: np.ndarray) -> float:
    """Return the Dice coefficient, 2 |A ∩ B| / (|A| + |B|), of two masks; 1 if both are empty."""
    mask1, mask2 = np.asarray(mask1, bool), np.asarray(mask2, bool)
    total = np.count_nonzero(mask1) + np.count_nonzero(mask2)
    return 2 * np.count_nonzero(mask1 & mask2) / total if total else 1.0
