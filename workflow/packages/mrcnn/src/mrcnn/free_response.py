"""Free-response ROC: lesions found against false marks an image (NumPy).

Bunch, Hamilton, Sanderson & Simmons 1978, "A free-response approach to the measurement and
characterization of radiographic-observer performance"; terms as in Chakraborty & Berbaum 2004,
"Observer studies involving detection and localization": a mark with a score is a lesion
localisation if it lies on a lesion, or else a non-lesion localisation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mrcnn.boxes import compute_overlaps
from mrcnn.metrics import compute_overlaps_masks

CRITERIA = ("box", "mask", "centre")


@dataclass(frozen=True)
class FreeResponse:
    """A free-response ROC curve.

    Attributes:
        thresholds: (k,) falling scores; the first, infinity, is the point without marks.
        sensitivity: (k,) share of all lesions found by marks of at least that score.
        false_positives: (k,) mean number of false marks an image.
        lesions: Number of lesions.
        images: Number of images.
    """

    thresholds: np.ndarray
    sensitivity: np.ndarray
    false_positives: np.ndarray
    lesions: int
    images: int

    def sensitivity_at(self, false_positives: float) -> float:
        """Return the best sensitivity with at most so many false marks an image."""
        return float(self.sensitivity[self.false_positives <= false_positives].max())


def assign_marks(
    criterion: str,
    pred_boxes: np.ndarray,
    gt_boxes: np.ndarray,
    pred_masks: np.ndarray | None = None,
    gt_masks: np.ndarray | None = None,
    iou_threshold: float = 0.5,
) -> np.ndarray:
    """Say which lesion each mark of an image lies on.

    Args:
        criterion: "box": the boxes' intersection over union is at least ``iou_threshold``;
            "mask": the masks' is; "centre": the centre of the mark's box lies within the lesion's
            mask. Of several lesions the one with most overlap counts, with "centre" the one whose
            box's centre is nearest.
        pred_boxes: (n, 4).
        gt_boxes: (m, 4).
        pred_masks: (h, w, n), for "mask".
        gt_masks: (h, w, m), for "mask" and "centre".
        iou_threshold: For "box" and "mask".

    Returns:
        (n,) int, index of the lesion, or −1 for none.

    Raises:
        ValueError: If the criterion is unknown or its masks are missing.
    """
    if criterion not in CRITERIA:
        raise ValueError(f"unknown criterion {criterion!r}; known: {', '.join(CRITERIA)}")
    needed = {"box": (), "mask": (gt_masks, pred_masks), "centre": (gt_masks,)}[criterion]
    if any(masks is None for masks in needed):
        raise ValueError(f"criterion {criterion!r} needs masks")
    pred_boxes, gt_boxes = np.reshape(pred_boxes, (-1, 4)), np.reshape(gt_boxes, (-1, 4))
    if not len(pred_boxes) or not len(gt_boxes):
        return np.full(len(pred_boxes), -1)
    if criterion == "centre":
        closeness, hit = _centres(pred_boxes, gt_boxes, np.asarray(gt_masks, bool))
    else:
        if criterion == "box":
            closeness = compute_overlaps(pred_boxes, gt_boxes)
        else:
            closeness = compute_overlaps_masks(np.asarray(pred_masks), np.asarray(gt_masks))
        hit = closeness >= iou_threshold
    best = np.where(hit, closeness, -np.inf).argmax(axis=1)
    return np.where(hit.any(axis=1), best, -1)


def _centres(pred_boxes, gt_boxes, gt_masks) -> tuple[np.ndarray, np.ndarray]:
    """Return the negative distances (n, m) of centres, and whether a mask holds the centre."""
    # A box's centre is a point between pixels; the pixel that holds it is its floor.
    centres = (pred_boxes[:, :2] + pred_boxes[:, 2:]) / 2
    others = (gt_boxes[:, :2] + gt_boxes[:, 2:]) / 2
    distances = np.linalg.norm(centres[:, None] - others[None], axis=-1)
    height, width = gt_masks.shape[:2]
    y, x = np.floor(centres).astype(int).T
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    on_mask = gt_masks[y.clip(0, height - 1), x.clip(0, width - 1)]
    return -distances, on_mask & inside[:, None]


def free_response(
    assigned: Sequence[np.ndarray],
    scores: Sequence[np.ndarray],
    lesions: Sequence[int],
    repeats: str = "ignore",
) -> FreeResponse:
    """Return the free-response ROC curve of a set of images.

    A lesion is found at the score of its best mark.

    Args:
        assigned: One array (n,) an image, as of `assign_marks`.
        scores: One array (n,) an image.
        lesions: Number of lesions of each image, 0 included.
        repeats: Further marks on a lesion: "ignore" (Chakraborty & Berbaum 2004), or count them
            as "false" marks.

    Raises:
        ValueError: If there is no image or no lesion (sensitivity has no meaning), lengths
            differ, scores are not finite, or ``repeats`` is unknown.
    """
    if repeats not in ("ignore", "false"):
        raise ValueError(f"repeats must be 'ignore' or 'false', not {repeats!r}")
    if not len(lesions) or not sum(lesions):
        raise ValueError("a free-response ROC needs at least one image and one lesion")
    true_scores, false_scores = [], []
    for indices, values, count in zip(assigned, scores, lesions, strict=True):
        indices, values = np.asarray(indices, int), np.asarray(values, float)
        if indices.shape != values.shape or not np.isfinite(values).all():
            raise ValueError("each mark needs one finite score")
        if (indices >= count).any():
            raise ValueError(f"a mark lies on lesion {indices.max()} of {count}")
        best = np.full(len(values), False)
        for lesion in np.unique(indices[indices >= 0]):
            of_lesion = np.flatnonzero(indices == lesion)
            best[of_lesion[values[of_lesion].argmax()]] = True
        true_scores.append(values[best])
        false = ~best if repeats == "false" else indices < 0
        false_scores.append(values[false])
    return _curve(
        np.concatenate(true_scores), np.concatenate(false_scores), int(sum(lesions)), len(lesions)
    )


def _curve(true_scores, false_scores, lesions: int, images: int) -> FreeResponse:
    """Count scores at and above each threshold."""
    levels = np.unique(np.concatenate([true_scores, false_scores]))[::-1]
    thresholds = np.concatenate([[np.inf], levels])
    true_count, false_count = (
        len(values) - np.searchsorted(np.sort(values), thresholds, side="left")
        for values in (true_scores, false_scores)
    )
    return FreeResponse(thresholds, true_count / lesions, false_count / images, lesions, images)
