"""The parts by themselves against Matterport's library (``tests/oracles/mrcnn/make_parts.py``).

Values agree within 1e-4 of the largest of an array; labels, pixels and choices are equal.
"""

import numpy as np
import pytest

from mrcnn import boxes, images, metrics, utils
from mrcnn.anchors import build_anchors, compute_backbone_shapes, generate_pyramid_anchors
from mrcnn.given_regions import build_detection_targets
from mrcnn.targets import build_rpn_targets
from mrcnn_oracle import assert_close, assert_same_mask, first_regions, fixtures, inputs, narrow

WANT = fixtures("parts")


def resized(name):
    _, shape, arguments = next(case for case in inputs.RESIZES if case[0] == name)
    return shape, arguments, images.resize_image(inputs.image(name, (*shape, 3)), **arguments)


def test_anchors():
    config = narrow()
    assert np.abs(build_anchors(config) - WANT["anchors"]).max() < 1e-9
    shapes = compute_backbone_shapes(config, config.IMAGE_SHAPE)
    sizes = (config.RPN_ANCHOR_SCALES, config.RPN_ANCHOR_RATIOS)
    second = generate_pyramid_anchors(*sizes, shapes, config.BACKBONE_STRIDES, 2)
    assert np.abs(second - WANT["anchors_stride2"]).max() < 1e-9


def test_boxes():
    some, others = inputs.random_boxes("some", 40, 128), inputs.random_boxes("others", 7, 128)
    assert_close(boxes.compute_overlaps(some, others), WANT["overlaps"], 1e-12)
    normalised = boxes.norm_boxes(some, (128, 100))
    assert np.array_equal(normalised, WANT["norm_boxes"])
    assert np.array_equal(boxes.denorm_boxes(normalised, (200, 100)), WANT["denorm_boxes"])
    deltas = boxes.box_refinement(some[:7], others)
    assert_close(deltas, WANT["box_refinement"], 1e-6)
    assert_close(boxes.apply_box_deltas(some[:7], deltas), WANT["apply_box_deltas"], 1e-6)
    assert np.array_equal(boxes.extract_bboxes(inputs.case(0)[1]), WANT["extract_bboxes"])


@pytest.mark.parametrize("name", [case[0] for case in inputs.RESIZES])
def test_resized_image_and_its_mask(name):
    shape, _, (image, window, scale, padding, crop) = resized(name)
    key = f"resize_image/{name}"
    assert window == tuple(WANT[f"{key}/window"]) and crop is None
    assert scale == WANT[f"{key}/scale"] and np.array_equal(padding, WANT[f"{key}/padding"])
    # Values are cut to whole numbers: where the exact one is whole, rounding errors decide.
    difference = np.abs(image.astype(int) - WANT[key])
    assert difference.max() <= 1 and (difference > 0).mean() < 0.03
    mask = inputs.ellipse(shape, (shape[0] / 2, shape[1] / 3), (shape[0] / 3, shape[1] / 4))
    mask = images.resize_mask(mask[..., None], scale, padding)
    assert_same_mask(mask, WANT[f"{key}/mask"])


@pytest.mark.parametrize("name, shape, output", inputs.SMOOTHED)
def test_image_that_is_smoothed_before_it_shrinks(name, shape, output):
    image = images.resize(inputs.image(name, (*shape, 3)), *output, anti_aliasing=True)
    difference = np.abs(image.astype(int) - WANT[f"smoothed/{name}"])
    # Means of four whole numbers are whole in a quarter of the pixels: there rounding decides.
    assert difference.max() <= 1 and (difference > 0).mean() < (0.15 if name == "halved" else 0.03)
    plain = images.resize(inputs.image(name, (*shape, 3)), *output)
    assert np.abs(plain.astype(int) - WANT[f"smoothed/{name}"]).max() > 20


@pytest.mark.parametrize("name", [case[0] for case in inputs.RESIZES if "none" not in case[0]])
def test_resizing_by_matterports_own_name(name):
    """`utils.resize`, integers kept in their range, gives what `resize_image` gives."""
    shape, _, (image, (y1, x1, y2, x2), *_) = resized(name)
    size = y2 - y1, x2 - x1
    values = utils.resize(inputs.image(name, (*shape, 3)), size, preserve_range=True)
    assert np.array_equal(values.astype(np.uint8), image[y1:y2, x1:x2])
    shares = utils.resize(inputs.image(name, (*shape, 3)), size)
    assert np.allclose(shares * 255, values) and shares.max() <= 1
    mask = inputs.ellipse(shape, (20, 20), (9, 9))
    assert set(np.unique(utils.resize(mask, size, order=0))) == {0, 1}
    with pytest.raises(ValueError, match="not supported: mode='reflect'"):
        utils.resize(mask, size, mode="reflect")
    with pytest.raises(ValueError, match="order=3"):
        utils.resize(mask, size, order=3)


@pytest.mark.parametrize("index", range(inputs.SCENES))
def test_matches_and_average_precision(index):
    truth, detections = inputs.scene(index)
    want = {k: WANT[f"matches/{index}/{k}"] for k in ("gt_match", "pred_match", "overlaps", "ap")}
    gt_match, pred_match, overlaps = metrics.compute_matches(*truth, *detections)
    assert np.array_equal(gt_match, want["gt_match"])
    assert np.array_equal(pred_match, want["pred_match"])
    assert_close(overlaps, want["overlaps"], 1e-6)
    ap, precisions, recalls, _ = metrics.compute_ap(*truth, *detections)
    assert ap == pytest.approx(float(want["ap"]), abs=1e-6)
    assert_close(precisions, WANT[f"matches/{index}/precisions"], 1e-6)
    assert_close(recalls, WANT[f"matches/{index}/recalls"], 1e-6)


@pytest.mark.parametrize("name", ["mini", "whole"])
def test_targets_of_given_regions(name):
    config = narrow(USE_MINI_MASK=name == "mini")
    arrays = inputs.given_regions(name == "mini")
    rois, class_ids, deltas, masks = build_detection_targets(*arrays, config)
    want = {k: WANT[f"given_regions/{name}/{k}"] for k in ("rois", "class_ids", "deltas", "masks")}
    assert np.array_equal(rois, want["rois"])
    assert class_ids.tolist() == want["class_ids"].tolist() and (class_ids > 0).sum() == 6
    assert_close(deltas, want["deltas"], 1e-6)
    assert_close(masks, want["masks"], 1e-6)


@pytest.mark.parametrize("name, shape", [("mask", (56, 56)), ("mask_tiny", (14, 20))])
def test_mini_masks_and_their_return(name, shape):
    masks = inputs.case(0)[1]
    bbox = boxes.extract_bboxes(masks)
    mini = images.minimize_mask(bbox, masks, shape)
    assert_same_mask(mini, WANT[f"minimize_{name}"])
    assert_same_mask(images.expand_mask(bbox, mini, (128, 128)), WANT[f"expand_{name}"])


@pytest.mark.parametrize("index", range(len(inputs.PASTED_BOXES)))
def test_pasted_mask(index):
    y1, x1, y2, x2 = inputs.PASTED_BOXES[index]
    got = images.unmold_mask(
        inputs.predicted_mask(index), np.array([y1, x1, y2, x2]), (128, 128, 3)
    )
    probability = np.zeros((128, 128))
    probability[y1:y2, x1:x2] = WANT[f"unmold_mask/{index}/probability"]
    assert_same_mask(got, WANT[f"unmold_mask/{index}"], probability)


def test_meta():
    meta = images.compose_image_meta(
        7, (96, 128, 3), (128, 128, 3), (16, 0, 112, 128), 1.5, [1, 0, 1]
    )
    assert np.array_equal(meta, WANT["meta"])
    for key, value in images.parse_image_meta(meta[None]).items():
        assert np.array_equal(value, WANT[f"parse_meta/{key}"]), key


@pytest.mark.parametrize("name", inputs.RPN_CASES)
def test_rpn_targets(name):
    class_ids, gt_boxes, seed = inputs.RPN_CASES[name]
    draws = np.random.RandomState(seed)
    match, deltas = build_rpn_targets(
        WANT["anchors"], np.array(class_ids), np.array(gt_boxes), narrow(), draws
    )
    assert np.array_equal(match, WANT[f"rpn_targets/{name}/match"])
    assert_close(deltas, WANT[f"rpn_targets/{name}/deltas"])


@pytest.mark.parametrize("name", inputs.TARGET_CASES)
def test_detection_targets(name):
    from keras import ops

    from mrcnn.targets import DetectionTargetLayer

    case = inputs.target_case(name)
    config = narrow(TRAIN_ROIS_PER_IMAGE=case["regions"], USE_MINI_MASK=case["mini"])
    arguments = [case["proposals"], case["class_ids"], case["boxes"]]
    arguments.append(np.moveaxis(case["masks"], -1, 0))
    tensors = [ops.convert_to_tensor(a[None]) for a in arguments]
    with first_regions():
        answers = DetectionTargetLayer.of(config)(*tensors)
    rois, class_ids, deltas, masks = (ops.convert_to_numpy(a)[0] for a in answers)
    want = {k: WANT[f"detection_targets/{name}/{k}"] for k in ("rois", "deltas", "masks")}
    want_ids = WANT[f"detection_targets/{name}/class_ids"]
    # Ours leaves free places between positives and negatives; Matterport's lie at the end.
    assert_close(rois[rois.any(axis=1)], want["rois"][want["rois"].any(axis=1)], 1e-6)
    positives = (want_ids > 0).sum()
    assert np.array_equal(class_ids[:positives], want_ids[:positives])
    assert not class_ids[positives:].any() and not deltas[positives:].any()
    assert_close(deltas[:positives], want["deltas"][:positives])
    assert_same_mask(masks[:positives], want["masks"][:positives])


@pytest.mark.parametrize("floor", inputs.FLOORS)
def test_detections_of_heads(floor):
    from keras import ops

    from mrcnn.detection import DetectionLayer

    rois, probabilities, deltas = inputs.head_answers()
    window = np.array([0.1, 0.0, 0.9, 1.0], np.float32)
    config = narrow(DETECTION_MIN_CONFIDENCE=floor)
    arrays = [ops.convert_to_tensor(a[None]) for a in (rois, probabilities, deltas, window)]
    detections, all_classes = (
        ops.convert_to_numpy(a)[0] for a in DetectionLayer.of(config)(*arrays)
    )
    want = WANT[f"detections/{floor}"]
    assert np.array_equal(detections[:, 4], want[:, 4])
    assert_close(detections, want, 1e-6)
    found = want[:, 4] > 0
    assert np.array_equal(all_classes[found].max(axis=1), detections[found, 5])
