"""What the network is trained towards, and its losses, against the definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discs import Small
from mrcnn.anchors import build_anchors
from mrcnn.boxes import apply_box_deltas, compute_overlaps
from mrcnn.targets import build_rpn_targets


class Several(Small):
    RPN_TRAIN_ANCHORS_PER_IMAGE = 32
    TRAIN_ROIS_PER_IMAGE = 12
    MAX_GT_INSTANCES = 3
    MINI_MASK_SHAPE = (28, 28)


CONFIG = Several()
ANCHORS = build_anchors(CONFIG)


@given(st.integers(0, 10**6), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_rpn_targets_keep_their_definition(seed, lesions):
    rng = np.random.default_rng(seed)
    low = rng.integers(0, 40, (lesions, 2))
    boxes = np.concatenate([low, low + rng.integers(2, 24, (lesions, 2))], axis=1)
    match, deltas = build_rpn_targets(ANCHORS, np.ones(lesions, int), boxes, CONFIG, rng)
    overlap = compute_overlaps(ANCHORS, boxes)
    positives = np.flatnonzero(match == 1)
    assert 1 <= len(positives) <= CONFIG.RPN_TRAIN_ANCHORS_PER_IMAGE // 2
    assert (match != 0).sum() == CONFIG.RPN_TRAIN_ANCHORS_PER_IMAGE
    assert (overlap[match == -1].max(axis=1) < 0.3).all()
    best = overlap.max(axis=0)
    assert all(overlap[p].max() >= 0.7 or (overlap[p] == best).any() for p in positives)
    # The deltas lead each positive anchor to the lesion that it overlaps most.
    moved = apply_box_deltas(ANCHORS[positives], deltas[: len(positives)] * CONFIG.RPN_BBOX_STD_DEV)
    assert np.allclose(moved, boxes[overlap[positives].argmax(axis=1)], atol=1e-3)
    assert not deltas[len(positives) :].any()


@pytest.mark.parametrize("ties, positives", [("all", 36), ("first", 1)])
def test_anchors_that_share_a_lesions_best_overlap(ties, positives):
    """A lesion of 4 px inside six by six anchors of 8 px a shape: all overlap it alike."""
    config = type("Ties", (Several,), {"RPN_TIES": ties, "RPN_ANCHOR_RATIOS": (1,)})()
    config.RPN_TRAIN_ANCHORS_PER_IMAGE = 200
    y, x = (n.ravel() for n in np.mgrid[20:26, 20:26])
    anchors = np.stack([y, x, y + 9, x + 9], axis=1).astype(float)
    boxes = np.array([[25, 25, 29, 29]])
    overlap = compute_overlaps(anchors, boxes)
    assert (overlap == overlap.max()).sum() == 36
    rng = np.random.default_rng(0)
    match, _ = build_rpn_targets(anchors, np.array([1]), boxes, config, rng)
    assert (match == 1).sum() == positives


def test_image_without_lesion_has_negatives_alone():
    none = np.zeros((0, 4))
    match, deltas = build_rpn_targets(
        ANCHORS, np.zeros(0, int), none, CONFIG, np.random.default_rng(0)
    )
    assert set(match) == {0, -1} and not deltas.any()
    assert (match == -1).sum() == CONFIG.RPN_TRAIN_ANCHORS_PER_IMAGE


def detection_targets(proposals, class_ids, gt_boxes, masks):
    from keras import ops

    from mrcnn.targets import DetectionTargetLayer

    layer = DetectionTargetLayer.of(CONFIG, seed=1)
    inputs = (proposals, class_ids, gt_boxes, masks)
    return [ops.convert_to_numpy(x) for x in layer(*(ops.convert_to_tensor(x) for x in inputs))]


def one_lesion_inputs(with_lesion=True):
    """Two images, the second empty: a lesion, three proposals on it, thirty off it, padding."""
    rng = np.random.default_rng(3)
    lesion = np.array([0.3, 0.3, 0.6, 0.7])
    near = lesion + rng.uniform(-0.03, 0.03, (3, 4))
    far_low = rng.uniform(0.7, 0.8, (30, 2))
    far = np.concatenate([far_low, far_low + 0.15], axis=1)
    proposals = np.zeros((2, 40, 4), np.float32)
    proposals[:, :33] = np.concatenate([near, far])
    boxes, ids = np.zeros((2, 3, 4), np.float32), np.zeros((2, 3), np.int32)
    masks = np.zeros((2, 3, 28, 28), np.float32)
    if with_lesion:
        boxes[0, 1], ids[0, 1], masks[0, 1] = lesion, 2, 1
    return proposals, ids, boxes, masks


def test_sampled_regions_keep_their_ratio_and_find_their_lesion():
    proposals, ids, boxes, masks = one_lesion_inputs()
    rois, class_ids, deltas, target_masks = detection_targets(proposals, ids, boxes, masks)
    assert class_ids[0, :3].tolist() == [2, 2, 2] and not class_ids[0, 3:].any()
    negatives = int(3 / CONFIG.ROI_POSITIVE_RATIO) - 3
    used = (rois[0] != 0).any(axis=1)
    assert used.sum() == 3 + negatives
    overlap = compute_overlaps(rois[0], boxes[0, 1:2])[:, 0]
    assert (overlap[:3] >= 0.5).all() and (overlap[3:] < 0.5).all()
    moved = apply_box_deltas(rois[0, :3], deltas[0, :3] * CONFIG.BBOX_STD_DEV)
    assert np.allclose(moved, boxes[0, 1], atol=1e-5)
    # A mask that fills its lesion's box is 1 inside the box and 0 outside.
    assert set(np.unique(target_masks[0, :3])) <= {0.0, 1.0}
    assert target_masks[0, :3].mean() > 0.7 and not target_masks[0, 3:].any()
    # No positive region, no negative one.
    assert not rois[1].any() and not class_ids[1].any()


def test_losses_of_nothing_are_zero_and_finite():
    from keras import ops

    from mrcnn import losses

    _, class_ids, deltas, masks = detection_targets(*one_lesion_inputs(with_lesion=False))
    predicted = np.random.default_rng(0).normal(size=(2, 3, 3, 4)).astype(np.float32)
    assert float(losses.mrcnn_bbox_loss(deltas, class_ids[:, :3], predicted)) == 0
    probabilities = np.full((2, 3, 28, 28, 3), 0.5, np.float32)
    assert float(losses.mrcnn_mask_loss(masks, class_ids[:, :3], probabilities)) == 0
    match = np.zeros((2, 5), np.int32)
    assert float(losses.rpn_class_loss(match, np.zeros((2, 5, 2), np.float32))) == 0
    assert (
        float(
            ops.convert_to_numpy(
                losses.rpn_bbox_loss(
                    np.zeros((2, 4, 4), np.float32), match, np.ones((2, 5, 4), np.float32)
                )
            )
        )
        == 0
    )


def test_losses_against_hand_computation():
    from mrcnn import losses

    # Smooth L1 of Girshick: 0.5 x² within 1, |x| - 0.5 outside.
    assert np.allclose(losses.smooth_l1(np.array([0.5, -2.0], np.float32)), [0.125, 1.5])
    match = np.array([[1, -1, 0], [0, 1, 1]])
    logits = np.array([[[0, 0], [2, 0], [9, 9]], [[9, 9], [0, 3], [1, 1]]], np.float32)
    by_hand = [np.log(2), np.log1p(np.exp(-2)), np.log1p(np.exp(-3)), np.log(2)]
    assert float(losses.rpn_class_loss(match, logits)) == pytest.approx(np.mean(by_hand), rel=1e-5)
    # The i-th row of the target belongs to the i-th positive anchor of its image.
    target = np.zeros((2, 4, 4), np.float32)
    target[0, 0], target[1, 0], target[1, 1] = 1, 2, 3
    deltas = np.zeros((2, 3, 4), np.float32)
    deltas[0, 0], deltas[1, 1], deltas[1, 2] = 1, 2, 1
    assert float(losses.rpn_bbox_loss(target, match, deltas)) == pytest.approx(1.5 / 3, rel=1e-5)
    # A region predicted as a class that is not active does not count.
    class_logits = np.array([[[5, 0, 0], [0, 0, 5]]], np.float32)
    loss = losses.mrcnn_class_loss(np.array([[0, 1]]), class_logits, np.array([[1, 1, 0]]))
    assert float(loss) == pytest.approx(np.log1p(2 * np.exp(-5)), rel=1e-4)
    masks = np.full((1, 1, 2, 2, 3), 0.5, np.float32)
    masks[..., 2] = 0.9
    loss = losses.mrcnn_mask_loss(np.ones((1, 1, 2, 2), np.float32), np.array([[2]]), masks)
    assert float(loss) == pytest.approx(-np.log(0.9), rel=1e-4)


@pytest.mark.parametrize("height, width", [(40, 60), (61, 33), (200, 150), (80, 80)])
def test_pasting_by_corners_undoes_the_crop_that_masks_are_trained_on(height, width):
    """An ellipse, cropped to 28 x 28 as a training target is and pasted back, is itself again."""
    from keras import ops

    from mrcnn.images import paste_mask
    from mrcnn.roi_align import crop_and_resize

    y, x = np.mgrid[:256, :256].astype(np.float32)
    box = np.array([20, 30, 20 + height, 30 + width])
    centre_y, centre_x = 20 + (height - 1) / 2, 30 + (width - 1) / 2
    mask = ((y - centre_y) / (height / 2)) ** 2 + ((x - centre_x) / (width / 2)) ** 2 <= 1
    normalised = (box - [0, 0, 1, 1]) / 255.0
    crop = crop_and_resize(
        ops.convert_to_tensor(mask[None, None].astype(np.float32)),
        ops.convert_to_tensor(normalised[None, None].astype(np.float32)),
        (28, 28),
    )
    dice, area = {}, {}
    for paste in ("corners", "cells"):
        full = np.zeros(mask.shape, bool)
        paste_mask(full, ops.convert_to_numpy(crop)[0, 0], box, paste)
        dice[paste] = 2 * (full & mask).sum() / (full.sum() + mask.sum())
        area[paste] = full.sum() / mask.sum()
    assert dice["corners"] > dice["cells"]
    assert abs(area["corners"] - 1) < 0.01 and area["cells"] < 0.98
