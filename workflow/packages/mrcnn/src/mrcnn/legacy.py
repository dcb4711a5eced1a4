"""Matterport's own matching and average precision, with its defect, to compare old numbers.

``mrcnn`` 0.2 asks whether the place of the detection that a lesion was matched with is *above* 0.
The best-scored detection's place is 0, so that the lesion it found stays free and can be found
once more: one lesion with two detections has average precision 2. Do not report these numbers;
`mrcnn.metrics` has the right ones.
"""

import numpy as np

from mrcnn.metrics import (
    average_precision,
    compute_overlaps_masks,
    sort_detections,
    trim_truth,
)


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
    """Match as Matterport's ``mrcnn`` 0.2 does; see `mrcnn.metrics.compute_matches`.

    ``score_threshold`` is a second threshold of the overlap, as it is there, and of equal scores
    the later comes first.
    """
    truth = trim_truth(gt_boxes, gt_class_ids, gt_masks)
    detections = sort_detections(
        pred_boxes, pred_class_ids, pred_scores, pred_masks, lambda scores: scores.argsort()[::-1]
    )
    overlaps = compute_overlaps_masks(detections[3], truth[2])
    gt_match, pred_match = np.full(len(truth[0]), -1.0), np.full(len(detections[0]), -1.0)
    least = max(iou_threshold, score_threshold)
    for i in range(len(pred_match)):
        # The defect: a lesion that detection 0 matched has 0 here, which is not above 0.
        free = ~(gt_match > 0)
        possible = free & (truth[1] == detections[1][i]) & (overlaps[i] >= least)
        if possible.any():
            best_first = np.argsort(overlaps[i])[::-1]
            j = next(int(j) for j in best_first if possible[j])
            gt_match[j], pred_match[i] = i, j
    return gt_match, pred_match, overlaps


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
    """Return average precision by the legacy matching; it can exceed 1.

    Without detections or without lesions, where ``mrcnn`` 0.2 may fail or give NaN, the values
    are those of `mrcnn.metrics.compute_ap`.
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
