"""The network for training, put together from its parts; `reading_network` shares most of them."""

import keras
import numpy as np
from keras import layers, ops

from mrcnn import losses
from mrcnn.anchors import anchors_of
from mrcnn.backbone import build_resnet
from mrcnn.boxes import norm_boxes
from mrcnn.config import Config
from mrcnn.feature_pyramid import build_feature_pyramid
from mrcnn.heads import build_classifier_head, build_mask_head
from mrcnn.normalisation import BatchNorm
from mrcnn.proposal_gradient import FollowProposals, anchors_of_regions
from mrcnn.region_proposal import ProposalLayer, build_rpn_model
from mrcnn.region_sampling import SampledRegions
from mrcnn.roi_align import FlatPyramid, FlatROIAlign
from mrcnn.targets import DetectionTargetLayer, PositiveRegions
from mrcnn.weights import save_weights

LOSSES = (
    "rpn_class_loss",
    "rpn_bbox_loss",
    "mrcnn_class_loss",
    "mrcnn_bbox_loss",
    "mrcnn_mask_loss",
)
TRAINING_INPUTS = (
    "input_image",
    "input_image_meta",
    "input_rpn_match",
    "input_rpn_bbox",
    "input_gt_class_ids",
    "input_gt_boxes",
    "input_gt_masks",
)


class Network(keras.Model):
    """A functional model whose ``save_weights`` also writes Matterport's layout (``….h5``)."""

    def save_weights(self, filepath, *args, **kwargs):
        if str(filepath).endswith(".weights.h5"):
            super().save_weights(filepath, *args, **kwargs)
        else:
            save_weights(self, filepath)


class TrainingModel(Network):
    """A functional model whose outputs are the five losses.

    The total is their weighted sum and the L2 penalty; Keras then trains it on any backend.
    """

    config: Config

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        total = 0.0
        for name in LOSSES:
            total = total + self.config.LOSS_WEIGHTS.get(name, 1.0) * ops.mean(y_pred[name])
            self.trackers[name].update_state(ops.mean(y_pred[name]))
        if self.config.WEIGHT_DECAY:
            total = total + l2_penalty(self, self.config.WEIGHT_DECAY)
        return total

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return self.get_metrics_result()

    def add_trackers(self) -> None:
        """Add a running mean of each loss, which `get_metrics_result` then reports."""
        self.trackers = {name: keras.metrics.Mean(name=name) for name in LOSSES}


def l2_penalty(model: keras.Model, decay: float):
    """Return Matterport's L2 penalty: per tensor the sum of squares by its size.

    The gammas and betas of batch normalisation are not penalised.
    """
    return sum(
        _weighted_square(weight, decay / float(np.prod(weight.shape)))
        for weight in model.trainable_weights
        if weight.name not in ("gamma", "beta")
    )


def _weighted_square(weight, factor: float):
    """Return ``factor`` · Σ weight², with a gradient that takes one pass over the weights."""

    @ops.custom_gradient
    def square(x):
        # PyTorch hands the upstream gradient over by name, after x; the others alone, by place.
        def gradient(*args, upstream=None):
            return (args[0] if upstream is None else upstream) * (2.0 * factor) * x

        return factor * ops.sum(ops.square(x)), gradient

    return square(ops.convert_to_tensor(weight))


def build_training_model(config: Config, seed: int) -> TrainingModel:
    """Build the network with its targets and losses.

    Inputs, by the names in `TRAINING_INPUTS`: images (batch, h, w, c) float32, metas, RPN match
    (batch, anchors, 1) and deltas, and the lesions' class ids (batch, m), boxes (batch, m, 4) in
    pixels and masks (batch, h, w, m).
    """
    height, width, channels = (int(n) for n in config.IMAGE_SHAPE)
    most = config.MAX_GT_INSTANCES
    mask_shape = config.MINI_MASK_SHAPE if config.USE_MINI_MASK else (height, width)
    anchors = anchors_of(config)
    inputs = {
        "input_image": layers.Input((height, width, channels), name="input_image"),
        "input_image_meta": layers.Input((config.IMAGE_META_SIZE,), name="input_image_meta"),
        "input_rpn_match": layers.Input((len(anchors), 1), dtype="int32", name="input_rpn_match"),
        "input_rpn_bbox": layers.Input(
            (config.RPN_TRAIN_ANCHORS_PER_IMAGE, 4), name="input_rpn_bbox"
        ),
        "input_gt_class_ids": layers.Input((most,), dtype="int32", name="input_gt_class_ids"),
        "input_gt_boxes": layers.Input((most, 4), name="input_gt_boxes"),
        "input_gt_masks": layers.Input((*mask_shape, most), dtype="bool", name="input_gt_masks"),
    }
    pyramid = features(inputs["input_image"], config)
    rpn, (probabilities, deltas) = regions(pyramid, config)
    flat = FlatPyramid(name="flat_pyramid")(pyramid)
    proposals, places = proposal_layer(config, config.POST_NMS_ROIS_TRAINING, with_places=True)(
        probabilities, deltas
    )
    gt_boxes = _NormaliseBoxes((height, width))(inputs["input_gt_boxes"])
    gt_masks = layers.Permute((3, 1, 2))(inputs["input_gt_masks"])
    rois, class_ids, target_deltas, target_masks = DetectionTargetLayer(
        config, seed=seed, name="proposal_targets"
    )(proposals, inputs["input_gt_class_ids"], gt_boxes, gt_masks)

    pooled = aligned(rois, flat, pyramid, config, config.POOL_SIZE, "classifier")
    class_logits, _, box_deltas = build_classifier_head(
        pooled, config.NUM_CLASSES, config.FPN_CLASSIF_FC_LAYERS_SIZE, norm(config)
    )
    # Only positive regions have a mask, and they come first: the others need no mask head.
    positives = target_masks.shape[1]
    positive_ids = class_ids[:, :positives]
    places, is_proposal = anchors_of_regions(rois[:, :positives], proposals, places)
    match, rpn_logits, rpn_deltas, positive_rpn_deltas = _sampled_regions(rpn, pyramid, config)(
        ops.squeeze(inputs["input_rpn_match"], -1), flat, places
    )
    target_deltas = _follow_proposals(config)(
        target_deltas,
        rois[:, :positives],
        positive_rpn_deltas,
        places,
        ops.logical_and(is_proposal, positive_ids > 0),
    )
    mask_rois, mask_ids, target_masks = PositiveRegions(name="positive_regions")(
        rois[:, :positives], positive_ids, target_masks
    )
    pooled = aligned(mask_rois, flat, pyramid, config, config.MASK_POOL_SIZE, "mask")
    masks = build_mask_head(pooled, config.NUM_CLASSES, config.MASK_CHANNELS, norm(config))

    outputs = _Losses(config.NUM_CLASSES, name="losses")(
        inputs["input_image_meta"],
        match,
        inputs["input_rpn_bbox"],
        rpn_logits,
        rpn_deltas,
        class_ids,
        class_logits,
        positive_ids,
        target_deltas,
        box_deltas[:, :positives],
        mask_ids,
        target_masks,
        masks,
    )
    model = TrainingModel(inputs, outputs, name="mask_rcnn")
    model.config = config
    model.add_trackers()
    return model


def norm(config: Config) -> BatchNorm:
    """Return the kind of batch normalisation that a configuration asks for."""
    return BatchNorm(config.TRAIN_BN, config.BATCH_NORM_MOMENTUM)


def _normalised_anchors(config: Config) -> np.ndarray:
    """Return all anchors as normalised boxes, (n, 4)."""
    height, width = (int(n) for n in config.IMAGE_SHAPE[:2])
    return norm_boxes(anchors_of(config), (height, width))


def _follow_proposals(config: Config) -> FollowProposals:
    """Return the layer through which the heads' box loss trains the RPN."""
    return FollowProposals(
        _normalised_anchors(config),
        config.RPN_BBOX_STD_DEV,
        config.BBOX_STD_DEV,
        name="follow_proposals",
    )


def proposal_layer(config: Config, count: int, with_places: bool = False) -> ProposalLayer:
    """Return the layer that chooses ``count`` regions an image."""
    return ProposalLayer(
        _normalised_anchors(config),
        count,
        config.RPN_NMS_THRESHOLD,
        config.PRE_NMS_LIMIT,
        config.RPN_BBOX_STD_DEV,
        with_places,
        name="ROI",
    )


def aligned(rois, flat, pyramid: list, config: Config, size: int, name: str):
    """Return the features of regions, (batch, n, size, size, channels); P6 has none."""
    shapes = [level.shape[1:3] for level in pyramid]
    align = FlatROIAlign((size, size), config.IMAGE_SHAPE, shapes, name=f"roi_align_{name}")
    return align(rois, flat)


def _sampled_regions(rpn, pyramid: list, config: Config) -> SampledRegions:
    """Return the layer that reads the trained anchors."""
    return SampledRegions(
        rpn,
        [level.shape[1:3] for level in pyramid],
        len(config.RPN_ANCHOR_RATIOS),
        config.RPN_ANCHOR_STRIDE,
        config.RPN_TRAIN_ANCHORS_PER_IMAGE,
        name="sampled_regions",
    )


def features(image, config: Config) -> list:
    """Return the pyramid P2 to P6 of an image."""
    if callable(config.BACKBONE):
        _, *stages = config.BACKBONE(image, stage5=True, train_bn=config.TRAIN_BN)
    else:
        _, *stages = build_resnet(image, config.BACKBONE, norm(config))
    return build_feature_pyramid(stages, config.TOP_DOWN_PYRAMID_SIZE)


def regions(pyramid: list, config: Config) -> tuple:
    """Return the RPN, and its probabilities and deltas of all levels, (batch, n, ...)."""
    rpn = build_rpn_model(
        len(config.RPN_ANCHOR_RATIOS),
        config.RPN_ANCHOR_STRIDE,
        config.TOP_DOWN_PYRAMID_SIZE,
        config.RPN_CHANNELS,
    )
    by_level = [rpn(level) for level in pyramid]
    answers = [
        layers.Concatenate(axis=1, name=name)([outputs[i] for outputs in by_level])
        for i, name in ((1, "rpn_class"), (2, "rpn_bbox"))
    ]
    return rpn, answers


class _NormaliseBoxes(layers.Layer):
    """Pixel boxes (batch, m, 4) as normalised boxes; padding (zeros) stays zero."""

    def __init__(self, shape, **kwargs):
        super().__init__(trainable=False, dtype="float32", **kwargs)
        height, width = shape
        self.origin = np.array([0, 0, 1, 1], np.float32)
        self.scale = np.array([height - 1, width - 1, height - 1, width - 1], np.float32)

    def call(self, boxes):
        origin, scale = (ops.convert_to_tensor(v) for v in (self.origin, self.scale))
        shifted = (boxes - origin) / scale
        return ops.where(ops.any(boxes != 0, axis=-1, keepdims=True), shifted, 0.0)

    def compute_output_shape(self, shape):
        return shape


class _Losses(layers.Layer):
    """The five losses as scalars, by name."""

    def __init__(self, num_classes: int, **kwargs):
        super().__init__(trainable=False, dtype="float32", **kwargs)
        self.num_classes = num_classes

    def call(
        self,
        meta,
        match,
        rpn_target,
        rpn_logits,
        rpn_deltas,
        class_ids,
        class_logits,
        positive_ids,
        target_deltas,
        deltas,
        mask_ids,
        target_masks,
        masks,
    ):
        active = ops.cast(meta[:, -self.num_classes :], "int32")
        return {
            "rpn_class_loss": losses.rpn_class_loss(match, rpn_logits),
            "rpn_bbox_loss": losses.rpn_bbox_loss(rpn_target, match, rpn_deltas),
            "mrcnn_class_loss": losses.mrcnn_class_loss(class_ids, class_logits, active),
            "mrcnn_bbox_loss": losses.mrcnn_bbox_loss(target_deltas, positive_ids, deltas),
            "mrcnn_mask_loss": losses.mrcnn_mask_loss(target_masks, mask_ids, masks),
        }

    def compute_output_shape(self, *shapes):
        return dict.fromkeys(LOSSES, ())
