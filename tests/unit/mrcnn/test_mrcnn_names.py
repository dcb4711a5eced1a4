"""Matterport's public names: all there, and those on tensors agree with NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

import mrcnn.model as modellib
from discs import Small
from mrcnn import boxes, utils
from mrcnn_oracle import assert_close, first_regions, fixtures, inputs, narrow

NAMES = """
BatchNorm identity_block conv_block resnet_graph rpn_graph ProposalLayer PyramidROIAlign
DetectionTargetLayer DetectionLayer build_rpn_model build_rpn_targets build_detection_targets
generate_random_rois smooth_l1_loss rpn_class_loss_graph rpn_bbox_loss_graph mrcnn_class_loss_graph
mrcnn_bbox_loss_graph mrcnn_mask_loss_graph apply_box_deltas_graph clip_boxes_graph log2_graph
overlaps_graph detection_targets_graph refine_detections_graph parse_image_meta_graph
trim_zeros_graph batch_pack_graph norm_boxes_graph denorm_boxes_graph log compose_image_meta
parse_image_meta mold_image unmold_image compute_backbone_shapes load_image_gt data_generator
MaskRCNN fpn_classifier_graph build_fpn_mask_graph
""".split()  # noqa: SIM905
UTILS = ["COCO_MODEL_URL", "box_refinement_graph", "batch_slice", "mold_mask", "resize"]
WANT = fixtures("parts")
SOME = np.array([[10, 12, 30, 40], [0, 0, 20, 20]], np.float32)


def array(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_model(name):
    assert callable(getattr(modellib, name)) and name in modellib.__all__


@pytest.mark.parametrize("name", UTILS)
def test_names_of_utils(name):
    assert hasattr(utils, name) and name in utils.__all__


def test_boxes_on_tensors_are_those_of_numpy():
    normalised = modellib.norm_boxes_graph(SOME, (50, 60))
    assert np.allclose(array(normalised), boxes.norm_boxes(SOME, (50, 60)))
    assert np.array_equal(array(modellib.denorm_boxes_graph(normalised, (50, 60))), SOME)
    overlaps = modellib.overlaps_graph(ops.convert_to_tensor(SOME), ops.convert_to_tensor(SOME))
    assert np.allclose(array(overlaps), boxes.compute_overlaps(SOME, SOME))
    deltas = utils.box_refinement_graph(SOME, SOME[::-1].copy())
    assert np.allclose(array(deltas), boxes.box_refinement(SOME, SOME[::-1]), atol=1e-6)
    moved = modellib.apply_box_deltas_graph(ops.convert_to_tensor(SOME), deltas)
    assert np.allclose(array(moved), SOME[::-1], atol=1e-4)
    window = ops.convert_to_tensor([5.0, 5.0, 25.0, 25.0])
    clipped = modellib.clip_boxes_graph(ops.convert_to_tensor(SOME), window)
    assert array(clipped).tolist() == [[10, 12, 25, 25], [5, 5, 20, 20]]
    assert float(modellib.log2_graph(ops.convert_to_tensor(8.0))) == pytest.approx(3)


def test_helpers_on_tensors():
    padded = np.concatenate([SOME, np.zeros((2, 4), np.float32)])
    kept, real = modellib.trim_zeros_graph(ops.convert_to_tensor(padded))
    assert np.array_equal(array(kept), SOME) and array(real).tolist() == [True, True, False, False]
    x = ops.convert_to_tensor(np.arange(12.0).reshape(2, 3, 2))
    packed = array(modellib.batch_pack_graph(x, [1, 2], 2))
    assert packed.tolist() == [[0, 1], [6, 7], [8, 9]]
    doubled = utils.batch_slice([x], lambda row: (row * 2, row[0]), 2)
    assert np.array_equal(array(doubled[0]), 2 * array(x)) and doubled[1].shape == (2, 2)
    meta = modellib.compose_image_meta(7, (9, 8, 3), (64, 64, 3), (1, 2, 3, 4), 1.5, [1, 0, 1])
    parsed = modellib.parse_image_meta(meta[None])
    for name, value in modellib.parse_image_meta_graph(ops.convert_to_tensor(meta[None])).items():
        assert np.array_equal(array(value), parsed[name]), name


def test_losses_of_perfect_and_of_wrong_answers():
    match = np.array([[[1], [-1], [0]]], np.int32)
    good = np.array([[[-9.0, 9.0], [9.0, -9.0], [0, 0]]], np.float32)
    assert float(modellib.rpn_class_loss_graph(match, good)) < 1e-6
    assert float(modellib.rpn_class_loss_graph(match, -good)) == pytest.approx(18)
    target = np.array([[[0.1, 0.2, 0.3, 3.0]]], np.float32)
    answers = np.zeros((1, 3, 4), np.float32)
    wanted = (0.005 + 0.02 + 0.045 + 2.5) / 4
    loss = modellib.rpn_bbox_loss_graph(Small(), target, match, answers)
    assert float(loss) == pytest.approx(wanted, rel=1e-5)
    smooth = modellib.smooth_l1_loss(ops.convert_to_tensor(target), 0.0)
    assert np.allclose(array(smooth), [[[0.005, 0.02, 0.045, 2.5]]])
    ids = np.array([[1, 0]])
    logits = np.array([[[-9, 9, -9], [9, -9, -9]]], np.float32)
    active = np.ones((1, 3), np.int32)
    assert float(modellib.mrcnn_class_loss_graph(ids, logits, active)) < 1e-6
    deltas = np.zeros((1, 2, 3, 4), np.float32)
    boxes_wanted = np.tile(target, (1, 2, 1))
    loss = modellib.mrcnn_bbox_loss_graph(boxes_wanted, ids, deltas)
    assert float(loss) == pytest.approx(wanted, rel=1e-5)
    masks = np.full((1, 2, 4, 4, 3), 0.5, np.float32)
    loss = modellib.mrcnn_mask_loss_graph(np.ones((1, 2, 4, 4), np.float32), ids, masks)
    assert float(loss) == pytest.approx(np.log(2), rel=1e-5)


@pytest.mark.parametrize("floor", inputs.FLOORS)
def test_detections_are_matterports(floor):
    """The same call as the fixture's, with the same numbers."""
    rois, probabilities, deltas = inputs.head_answers()
    window = np.array([0.1, 0.0, 0.9, 1.0], np.float32)
    config = narrow(DETECTION_MIN_CONFIDENCE=floor)
    found = modellib.refine_detections_graph(rois, probabilities, deltas, window, config)
    assert_close(array(found), WANT[f"detections/{floor}"], 1e-6)


def test_detection_targets_are_matterports():
    case = inputs.target_case("mini")
    config = narrow(TRAIN_ROIS_PER_IMAGE=case["regions"])
    tensors = [case[name] for name in ("proposals", "class_ids", "boxes", "masks")]
    with first_regions():
        rois, class_ids, deltas, masks = modellib.detection_targets_graph(*tensors, config)
    positives = (WANT["detection_targets/mini/class_ids"] > 0).sum()
    assert_close(array(rois)[:positives], WANT["detection_targets/mini/rois"][:positives], 1e-6)
    assert (array(class_ids) > 0).sum() == positives and masks.shape[1:] == config.MASK_SHAPE
    assert_close(array(deltas)[:positives], WANT["detection_targets/mini/deltas"][:positives])


def test_rpn_targets_by_matterports_signature():
    class_ids, gt_boxes, _ = inputs.RPN_CASES["usual"]
    match, deltas = modellib.build_rpn_targets(
        (128, 128, 3), WANT["anchors"], np.array(class_ids), np.array(gt_boxes), narrow()
    )
    # Positives are few enough that none is drawn.
    want = WANT["rpn_targets/usual/match"]
    assert np.array_equal(match == 1, want == 1) and (match == -1).sum() == (want == -1).sum()
    assert_close(deltas, WANT["rpn_targets/usual/deltas"])


def test_parts_of_the_network_are_put_together():
    image = keras.Input((64, 64, 3))
    *stages, none = modellib.resnet_graph(image, "resnet50")
    assert none is None and [stage.shape[1] for stage in stages] == [16, 16, 8, 4]
    x = modellib.conv_block(stages[3], 3, [4, 4, 8], stage=6, block="a")
    x = modellib.identity_block(x, 3, [4, 4, 8], stage=6, block="b")
    assert x.shape == (None, 2, 2, 8)
    names = {layer.name for layer in keras.Model(image, x).layers}
    assert {"res6a_branch1", "bn6b_branch2c", "res6b_out"} <= names
    rpn = modellib.build_rpn_model(1, 3, 8)
    logits, probabilities, deltas = rpn(np.zeros((1, 4, 4, 8), np.float32))
    assert logits.shape == probabilities.shape == (1, 48, 2) and deltas.shape == (1, 48, 4)


def test_layers_take_their_inputs_in_a_list():
    config = Small()
    anchors = len(modellib.MaskRCNN("inference", config).get_anchors(config.IMAGE_SHAPE))
    rng = np.random.default_rng(1)
    probabilities = rng.random((1, anchors, 2), np.float32)
    deltas = np.zeros((1, anchors, 4), np.float32)
    rois = modellib.ProposalLayer(9, 0.7, config)([probabilities, deltas, None])
    assert rois.shape == (1, 9, 4)
    maps = [rng.random((1, n, n, 4), np.float32) for n in (16, 8, 4, 2)]
    assert modellib.PyramidROIAlign([7, 7])([rois, None, *maps]).shape == (1, 9, 7, 7, 4)
    heads = modellib.fpn_classifier_graph(rois, maps, None, 7, 3, fc_layers_size=8)
    assert [x.shape for x in heads] == [(1, 9, 3), (1, 9, 3), (1, 9, 3, 4)]
    assert modellib.build_fpn_mask_graph(rois, maps, None, 14, 3).shape == (1, 9, 28, 28, 3)
    metas = modellib.compose_image_meta(0, (64, 64, 3), (64, 64, 3), (0, 0, 64, 64), 1, [1] * 3)
    answers = [rois, rng.random((1, 9, 3), np.float32), np.zeros((1, 9, 3, 4), np.float32)]
    found = modellib.DetectionLayer(config)([*answers, metas[None]])
    assert found.shape == (1, config.DETECTION_MAX_INSTANCES, 6)
