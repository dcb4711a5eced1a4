"""Boxes, anchors, suppression and regions against plain loops and TensorFlow's own operations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mrcnn import boxes as np_boxes
from mrcnn.anchors import generate_anchors

coordinates = st.floats(0, 1, width=32)


def random_boxes(rng, count):
    """Return (count, 4) boxes in [0, 1] with positive sides."""
    low = rng.uniform(0, 0.8, (count, 2))
    return np.concatenate([low, low + rng.uniform(0.02, 0.2, (count, 2))], axis=1)


def greedy(boxes, threshold):
    """Suppress by the definition: take the best, drop what overlaps it, go on."""
    left, kept = list(range(len(boxes))), []
    while left:
        best = left.pop(0)
        kept.append(best)
        overlap = np_boxes.compute_overlaps(boxes[[best]], boxes[left])[0] if left else []
        left = [i for i, o in zip(left, overlap, strict=True) if o <= threshold]
    return kept


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.7])
def test_suppression_is_greedy_suppression(seed, threshold):
    from keras import ops

    from mrcnn.box_ops import non_maximum_suppression, select_kept

    rng = np.random.default_rng(seed)
    boxes = np.stack([random_boxes(rng, 60), random_boxes(rng, 60)]).astype(np.float32)
    kept = non_maximum_suppression(ops.convert_to_tensor(boxes), threshold)
    places, real = (ops.convert_to_numpy(x) for x in select_kept(kept, 40))
    for image in range(2):
        expected = greedy(boxes[image], threshold)[:40]
        assert places[image][real[image]].tolist() == expected


def test_suppression_ignores_what_is_not_valid():
    from keras import ops

    from mrcnn.box_ops import non_maximum_suppression

    boxes = np.array([[[0, 0, 1, 1], [0, 0, 1, 0.99], [0, 0, 0.1, 0.1]]], np.float32)
    kept = non_maximum_suppression(
        ops.convert_to_tensor(boxes), 0.5, valid=ops.convert_to_tensor([[False, True, True]])
    )
    assert ops.convert_to_numpy(kept).tolist() == [[False, True, True]]


@given(arrays(np.float32, (5, 4), elements=coordinates))
@settings(max_examples=60, deadline=None)
def test_overlap_is_symmetric_and_bounded(corners):
    boxes = np.concatenate(
        [np.minimum(corners[:, :2], corners[:, 2:]), np.maximum(corners[:, :2], corners[:, 2:])], 1
    )
    overlap = np_boxes.compute_overlaps(boxes, boxes)
    assert np.allclose(overlap, overlap.T)
    assert (overlap >= 0).all() and (overlap <= 1 + 1e-5).all()


@given(st.integers(0, 10**6))
@settings(max_examples=50, deadline=None)
def test_deltas_undo_their_refinement(seed):
    rng = np.random.default_rng(seed)
    a, b = random_boxes(rng, 8), random_boxes(rng, 8)
    moved = np_boxes.apply_box_deltas(a, np_boxes.box_refinement(a, b))
    assert np.allclose(moved, b, atol=1e-5)


def test_normalised_boxes_come_back_as_pixels():
    boxes = np.array([[0, 0, 10, 20], [3, 5, 64, 48]])
    there = np_boxes.norm_boxes(boxes, (64, 48))
    assert np_boxes.denorm_boxes(there, (64, 48)).tolist() == boxes.tolist()


def test_anchor_shape_place_and_order():
    anchors = generate_anchors(32, (0.5, 1, 2), (2, 3), 4, 1)
    assert anchors.shape == (2 * 3 * 3, 4)
    square = anchors[1]  # first cell, ratio 1: centred on the origin, no half-pixel offset
    assert square.tolist() == [-16, -16, 16, 16]
    heights, widths = (anchors[:3, 2] - anchors[:3, 0]), (anchors[:3, 3] - anchors[:3, 1])
    assert np.allclose(widths / heights, [0.5, 1, 2])
    assert np.allclose(heights * widths, 32**2)
    centres = (anchors[::3, :2] + anchors[::3, 2:]) / 2
    assert np.allclose(centres, [[0, 0], [0, 4], [0, 8], [4, 0], [4, 4], [4, 8]])


def test_bounding_boxes_hold_their_masks():
    mask = np.zeros((20, 30, 2), bool)
    mask[4:9, 7:8, 0] = True
    assert np_boxes.extract_bboxes(mask).tolist() == [[4, 7, 9, 8], [0, 0, 0, 0]]


def test_roi_align_equals_crop_and_resize():
    tf = pytest.importorskip("tensorflow")
    from keras import ops

    from mrcnn.roi_align import PyramidROIAlign, roi_level

    rng = np.random.default_rng(1)
    maps = [rng.normal(size=(2, n, n, 6)).astype(np.float32) for n in (32, 16, 8, 4)]
    # Sizes from tiny to the whole image reach every level; some boxes leave the image.
    low = rng.uniform(-0.1, 0.3, (2, 40, 2))
    boxes = np.concatenate([low, low + rng.uniform(0.01, 1.0, (2, 40, 2))], -1).astype(np.float32)
    boxes[0, 0] = 0
    image = (128 * 7, 128 * 7)
    pooled = ops.convert_to_numpy(
        PyramidROIAlign((7, 7), image)(*(ops.convert_to_tensor(x) for x in (boxes, *maps)))
    )
    levels = ops.convert_to_numpy(roi_level(ops.convert_to_tensor(boxes), image))
    assert set(levels.ravel()) == {0, 1, 2, 3}
    for b in range(2):
        for i in range(40):
            expected = tf.image.crop_and_resize(
                maps[levels[b, i]][b : b + 1], boxes[b, i : i + 1], [0], (7, 7)
            ).numpy()[0]
            assert np.allclose(pooled[b, i], expected, atol=2e-5), (b, i)


def test_crop_and_resize_of_masks_equals_tensorflows():
    tf = pytest.importorskip("tensorflow")
    from keras import ops

    from mrcnn.roi_align import crop_and_resize

    rng = np.random.default_rng(2)
    masks = rng.integers(0, 2, (2, 5, 28, 28)).astype(np.float32)
    boxes = (random_boxes(rng, 10) * 1.6 - 0.2).reshape(2, 5, 4).astype(np.float32)
    got = ops.convert_to_numpy(
        crop_and_resize(ops.convert_to_tensor(masks), ops.convert_to_tensor(boxes), (14, 14))
    )
    expected = tf.image.crop_and_resize(
        masks.reshape(10, 28, 28, 1), boxes.reshape(10, 4), range(10), (14, 14)
    ).numpy()
    assert np.allclose(got.reshape(10, 14, 14), expected[..., 0], atol=1e-5)
