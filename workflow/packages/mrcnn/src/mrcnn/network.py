"""The networks for training and for reading, put together from the paper's parts."""

from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers, ops

from mrcnn.anchors import AnchorGrid, build_anchors
from mrcnn.architectures import TRANSFORMERS
from mrcnn.backbone import build_resnet
from mrcnn.config import Config
from mrcnn.detection import DetectedRegions, DetectionLayer
from mrcnn.feature_pyramid import build_feature_pyramid
from mrcnn.heads import ClassPredictions, build_classifier_head, build_mask_head
from mrcnn.keras_models import ReadingModel, TrainingModel
from mrcnn.losses import LossLayer
from mrcnn.normalisation import BatchNorm
from mrcnn.plain_layer import Float32Layer, PlainLayer
from mrcnn.precision import find_policy
from mrcnn.proposal_gradient import FindAnchors, FollowProposals
from mrcnn.region_proposal import ProposalLayer, RegionProposalNetwork
from mrcnn.region_sampling import SampledRegions, SamplePatches
from mrcnn.roi_align import FlatPyramid, FlatROIAlign
from mrcnn.swin import build_swin
from mrcnn.targets import DetectionTargetLayer, PositiveRegions


class Answers(NamedTuple):
    """What the network for reading says of images.

    Attributes:
        detections: (batch, d, 6) of (y1, x1, y2, x2, class id, score), boxes normalised.
        probabilities: (batch, d, classes).
        masks: (batch, n, h', w', classes), where n is the largest number of detections in an
            image (on JAX d), at least 1.
    """

    detections: Any
    probabilities: Any
    masks: Any


def build_training_model(config: Config, seed: int) -> TrainingModel:
    """Build the network with its targets and losses.

    Args:
        config: The configuration.
        seed: Of the sampling of regions.

    Returns:
        TrainingModel: From the inputs of `_make_training_inputs`, by name, to the losses, by name.
    """
    inputs = _make_training_inputs(config)
    pyramid = build_pyramid(inputs["input_image"], config)
    rpn, rpn_outputs = apply_rpn(pyramid, config)
    rpn_match = layers.Reshape((-1,), name="rpn_match")(inputs["input_rpn_match"])
    flat = FlatPyramid(name="flat_pyramid", dtype=find_policy(config.PRECISION))(pyramid)
    proposals = ProposalLayer.of(
        config, config.POST_NMS_ROIS_TRAINING, with_anchors=True, name="ROI"
    )(rpn_outputs["rpn_class"], rpn_outputs["rpn_bbox"])
    targets = DetectionTargetLayer.of(config, seed=seed, name="proposal_targets")(
        proposals.rois,
        gt_class_ids=inputs["input_gt_class_ids"],
        gt_boxes=NormaliseBoxes(config.IMAGE_SHAPE[:2], name="gt_boxes")(inputs["input_gt_boxes"]),
        gt_masks=layers.Permute((3, 1, 2), name="gt_masks", dtype="float32")(
            inputs["input_gt_masks"]
        ),
    )
    heads = _classify(targets.rois, flat, pyramid, config)

    # Only positive regions have a mask, and they come first: the others need no mask head.
    positives = targets.masks.shape[1]
    rois = FirstRows(positives, name="first_rois")(targets.rois)
    class_ids = FirstRows(positives, name="first_class_ids")(targets.class_ids)
    found = FindAnchors(name="found_anchors")(
        rois,
        class_ids,
        proposal_rois=proposals.rois,
        proposal_anchors=proposals.anchors,
    )
    read_again = _make_sample_patches(pyramid, config)(
        rpn_match, pyramid=flat, extra_anchors=found.anchors
    )
    logits, deltas = rpn(read_again.patches, as_patches=True)
    sampled = SampledRegions(name="sampled_regions")(
        read_again.match, anchors=read_again.anchors, logits=logits, deltas=deltas
    )
    target_deltas = _make_follow_proposals(config)(
        targets.deltas,
        rois=rois,
        anchors=found.anchors,
        rpn_deltas=sampled.extra_deltas,
        counts=found.counts,
    )
    outlined = PositiveRegions(name="positive_regions")(
        rois, class_ids=class_ids, masks=targets.masks
    )
    masks = _outline(outlined.rois, flat, pyramid, config)
    losses = LossLayer(config.LOSS_WEIGHTS, config.WEIGHT_DECAY, name="losses")(
        targets={
            "image_meta": inputs["input_image_meta"],
            "rpn_match": read_again.match,
            "rpn_deltas": inputs["input_rpn_bbox"],
            "class_ids": targets.class_ids,
            "deltas": target_deltas,
            "mask_class_ids": outlined.class_ids,
            "masks": outlined.masks,
        },
        predictions={
            "rpn_logits": sampled.logits,
            "rpn_deltas": sampled.deltas,
            "class_logits": heads.logits,
            "deltas": FirstRows(positives, name="first_deltas")(heads.deltas),
            "masks": masks,
        },
    )
    # One layer a loss, so that each has its name, as in Matterport's library.
    losses = {
        name: layers.Identity(dtype="float32", name=name)(loss) for name, loss in losses.items()
    }
    return TrainingModel(inputs, losses, name="mask_rcnn")


def build_inference_model(config: Config) -> ReadingModel:
    """Build the network that reads images.

    Returns:
        ReadingModel: From ``input_image`` (batch, h, w, c) float32 and ``input_window`` (batch, 4)
        normalised, the part of each image that is not padding, to `Answers`.
    """
    inputs = {
        "input_image": layers.Input(tuple(map(int, config.IMAGE_SHAPE)), name="input_image"),
        "input_window": layers.Input((4,), name="input_window"),
    }
    pyramid = build_pyramid(inputs["input_image"], config)
    _, rpn_outputs = apply_rpn(pyramid, config)
    pyramid = pyramid[:4]
    flat = FlatPyramid(name="flat_pyramid", dtype=find_policy(config.PRECISION))(pyramid)
    rois = ProposalLayer.of(config, config.POST_NMS_ROIS_INFERENCE, name="ROI")(
        rpn_outputs["rpn_class"], rpn_outputs["rpn_bbox"]
    )
    heads = _classify(rois, flat, pyramid, config)
    detections, probabilities = DetectionLayer.of(config, name="mrcnn_detection")(
        rois,
        probabilities=heads.probabilities,
        deltas=heads.deltas,
        windows=inputs["input_window"],
    )
    detected = DetectedRegions(name="detected_regions")(detections)
    masks = _outline(detected, flat, pyramid, config)
    return ReadingModel(inputs, Answers(detections, probabilities, masks), name="mask_rcnn")


def build_pyramid(image, config: Config) -> list:
    """Build (a), the features: the pyramid P2 to P6 of an image (batch, h, w, c)."""
    if callable(config.BACKBONE):
        _, *stages = config.BACKBONE(image, stage5=True, train_bn=config.TRAIN_BN)
    elif config.BACKBONE in TRANSFORMERS:
        form = TRANSFORMERS[config.BACKBONE]
        _, *stages = build_swin(image, form, find_policy(config.PRECISION))
    else:
        _, *stages = build_resnet(image, config.BACKBONE, _make_norm(config))
    dtype = find_policy(config.PRECISION)
    return build_feature_pyramid(stages, config.TOP_DOWN_PYRAMID_SIZE, dtype)


def apply_rpn(pyramid: list, config: Config) -> tuple[RegionProposalNetwork, dict]:
    """Build (b), the region proposal network, and apply it to every level that has anchors.

    Returns:
        tuple: the network, and of all levels ``rpn_class`` (batch, anchors, 2), probabilities, and
        ``rpn_bbox`` (batch, anchors, 4), deltas.
    """
    rpn = RegionProposalNetwork.of(config, dtype=find_policy(config.PRECISION))
    levels = [rpn(level) for level in pyramid[: len(config.RPN_ANCHOR_SCALES)]]
    outputs = {
        "rpn_class": [level.probabilities for level in levels],
        "rpn_bbox": [level.deltas for level in levels],
    }
    return rpn, {
        name: layers.Concatenate(axis=1, name=name, dtype="float32")(tensors)
        for name, tensors in outputs.items()
    }


def _make_training_inputs(config: Config) -> dict:
    """Return the inputs of a training step by name, as `mrcnn.data.BatchLoader` fills them.

    Images (batch, h, w, c) float32, metas, RPN match (batch, anchors, 1) and deltas, and the
    lesions' class ids (batch, m), boxes (batch, m, 4) px and masks (batch, h, w, m).
    """
    height, width, channels = (int(n) for n in config.IMAGE_SHAPE)
    lesions = config.MAX_GT_INSTANCES
    mask_shape = config.MINI_MASK_SHAPE if config.USE_MINI_MASK else (height, width)
    shapes = {
        "input_image": ((height, width, channels), "float32"),
        "input_image_meta": ((config.IMAGE_META_SIZE,), "float32"),
        "input_rpn_match": ((len(build_anchors(config)), 1), "int32"),
        "input_rpn_bbox": ((config.RPN_TRAIN_ANCHORS_PER_IMAGE, 4), "float32"),
        "input_gt_class_ids": ((lesions,), "int32"),
        "input_gt_boxes": ((lesions, 4), "float32"),
        "input_gt_masks": ((*mask_shape, lesions), "bool"),
    }
    return {
        name: layers.Input(shape, dtype=dtype, name=name) for name, (shape, dtype) in shapes.items()
    }


def _classify(rois, flat, pyramid: list, config: Config) -> ClassPredictions:
    """Apply (c) and (d): the regions' features, classes and boxes."""
    if config.CLASS_CONTEXT != 1:
        rois = WidenBoxes(config.CLASS_CONTEXT, name="class_context")(rois)
    return build_classifier_head(
        _align(rois, flat, pyramid, config, config.POOL_SIZE, "classifier"),
        config.NUM_CLASSES,
        config.FPN_CLASSIF_FC_LAYERS_SIZE,
        _make_norm(config),
    )


def _outline(rois, flat, pyramid: list, config: Config):
    """Apply (c) and (e): the regions' features and masks."""
    return build_mask_head(
        _align(rois, flat, pyramid, config, config.MASK_POOL_SIZE, "mask"),
        config.NUM_CLASSES,
        config.MASK_CHANNELS,
        _make_norm(config),
    )


def _align(rois, flat, pyramid: list, config: Config, size: int, name: str):
    """Return the features of regions, (batch, n, size, size, channels); P6 has none."""
    shapes = [level.shape[1:3] for level in pyramid]
    layer = FlatROIAlign((size, size), config.IMAGE_SHAPE, shapes, name=f"roi_align_{name}")
    return layer(rois, flat)


def _make_norm(config: Config) -> BatchNorm:
    """Return the kind of batch normalisation that a configuration asks for."""
    dtype = find_policy(config.PRECISION)
    return BatchNorm(config.TRAIN_BN, config.BATCH_NORM_MOMENTUM, dtype)


def _make_sample_patches(pyramid: list, config: Config) -> SamplePatches:
    """Return the layer that cuts out what the trained anchors read."""
    return SamplePatches(
        [level.shape[1:3] for level in pyramid],
        len(config.RPN_ANCHOR_RATIOS),
        int(config.RPN_ANCHOR_STRIDE),
        int(config.RPN_TRAIN_ANCHORS_PER_IMAGE),
        name="sampled_patches",
    )


def _make_follow_proposals(config: Config) -> FollowProposals:
    """Return the layer through which the heads' box loss trains the RPN."""
    return FollowProposals(
        AnchorGrid.of(config),
        config.RPN_BBOX_STD_DEV,
        config.BBOX_STD_DEV,
        name="follow_proposals",
    )


@keras.saving.register_keras_serializable("mrcnn")
class FirstRows(PlainLayer):
    """The first ``count`` rows of (batch, n, ...), in their own type."""

    SETTINGS = ("count",)

    def __init__(self, count: int, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.count = count

    def call(self, x):
        return x[:, : self.count]

    def compute_output_spec(self, x):
        rows = self.count if x.shape[1] is None else min(self.count, x.shape[1])
        return keras.KerasTensor((x.shape[0], rows, *x.shape[2:]), x.dtype)


@keras.saving.register_keras_serializable("mrcnn")
class WidenBoxes(Float32Layer):
    """Boxes (batch, n, 4) about their centres, their sides multiplied by ``factor``.

    They may reach outside the image, where ROIAlign reads zeros.
    """

    SETTINGS = ("factor",)

    def __init__(self, factor: float, **kwargs):
        super().__init__(**kwargs)
        self.factor = float(factor)

    def call(self, boxes):
        centres = (boxes[..., :2] + boxes[..., 2:]) / 2
        halves = (boxes[..., 2:] - boxes[..., :2]) / 2 * self.factor
        return ops.concatenate([centres - halves, centres + halves], axis=-1)

    def compute_output_shape(self, shape):
        return shape


@keras.saving.register_keras_serializable("mrcnn")
class NormaliseBoxes(Float32Layer):
    """Pixel boxes (batch, m, 4) as normalised boxes; padding (zeros) stays zero.

    Args:
        shape: (height, width) of the image in pixels.
    """

    SETTINGS = ("shape",)

    def __init__(self, shape, **kwargs):
        super().__init__(**kwargs)
        self.shape = tuple(int(n) for n in shape)
        height, width = self.shape
        self.origin = np.array([0, 0, 1, 1], np.float32)
        self.scale = np.array([height - 1, width - 1, height - 1, width - 1], np.float32)

    def call(self, boxes):
        origin, scale = (ops.convert_to_tensor(v) for v in (self.origin, self.scale))
        shifted = (boxes - origin) / scale
        return ops.where(ops.any(boxes != 0, axis=-1, keepdims=True), shifted, 0.0)

    def compute_output_shape(self, shape):
        return shape
