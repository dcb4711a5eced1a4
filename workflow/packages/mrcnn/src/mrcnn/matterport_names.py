"""Functions of Matterport's ``mrcnn.model`` under its names and signatures, on any backend.

This library's own networks are put together in `mrcnn.network`; these serve programs that build
or test their own. Boxes are (y1, x1, y2, x2); those called normalised lie in [0, 1]. The layers of
one stage take their inputs in a list, as there; each function that stands for a layer returns
something to call.
"""

import copy

import keras
import numpy as np
from keras import layers, ops

from mrcnn import box_ops, losses
from mrcnn import targets as target_layers
from mrcnn.backbone import build_resnet
from mrcnn.detection import DetectionLayer as _DetectionLayer
from mrcnn.heads import build_classifier_head, build_mask_head
from mrcnn.normalisation import EPSILON
from mrcnn.normalisation import BatchNorm as _Normalisation
from mrcnn.region_proposal import ProposalLayer as _ProposalLayer
from mrcnn.region_proposal import RegionProposalNetwork
from mrcnn.roi_align import PyramidROIAlign as _PyramidROIAlign

__all__ = [
    "BatchNorm",
    "DetectionLayer",
    "DetectionTargetLayer",
    "ProposalLayer",
    "PyramidROIAlign",
    "apply_box_deltas_graph",
    "batch_pack_graph",
    "build_fpn_mask_graph",
    "build_rpn_model",
    "build_rpn_targets",
    "clip_boxes_graph",
    "conv_block",
    "denorm_boxes_graph",
    "detection_targets_graph",
    "fpn_classifier_graph",
    "identity_block",
    "log2_graph",
    "mrcnn_bbox_loss_graph",
    "mrcnn_class_loss_graph",
    "mrcnn_mask_loss_graph",
    "norm_boxes_graph",
    "overlaps_graph",
    "parse_image_meta_graph",
    "refine_detections_graph",
    "resnet_graph",
    "rpn_bbox_loss_graph",
    "rpn_class_loss_graph",
    "rpn_graph",
    "smooth_l1_loss",
    "trim_zeros_graph",
]

# Boxes


def norm_boxes_graph(boxes, shape):
    """Return pixel boxes (..., 4) as normalised ones of an image of ``shape`` (h, w)."""
    return (ops.cast(boxes, "float32") - _shift()) / _scale(shape)


def denorm_boxes_graph(boxes, shape):
    """Return normalised boxes (..., 4) as int32 pixel boxes of an image of ``shape`` (h, w)."""
    return ops.cast(ops.round(boxes * _scale(shape) + _shift()), "int32")


def _shift():
    return ops.convert_to_tensor([0.0, 0.0, 1.0, 1.0])


def _scale(shape):
    height, width = shape[0], shape[1]
    return ops.stack([ops.cast(n, "float32") - 1.0 for n in (height, width, height, width)])


def apply_box_deltas_graph(boxes, deltas):
    """Move boxes (n, 4) by deltas (n, 4): (dy, dx, log dh, log dw)."""
    return box_ops.apply_box_deltas(boxes, deltas)


def box_refinement_graph(box, gt_box):
    """Return the deltas (n, 4) that move boxes (n, 4) onto others (n, 4)."""
    return box_ops.box_refinement(ops.cast(box, "float32"), ops.cast(gt_box, "float32"))


def clip_boxes_graph(boxes, window):
    """Clip boxes (n, 4) to a window (4,)."""
    return box_ops.clip_boxes(ops.expand_dims(boxes, 0), ops.expand_dims(window, 0))[0]


def overlaps_graph(boxes1, boxes2):
    """Return the intersection over union, (n, m), of boxes (n, 4) and (m, 4)."""
    return box_ops.compute_overlaps(ops.expand_dims(boxes1, 0), ops.expand_dims(boxes2, 0))[0]


def log2_graph(x):
    """Return the logarithm to base 2."""
    return ops.log2(x)


def trim_zeros_graph(boxes, name=None):
    """Return boxes (n, 4) without rows of zeros, and which rows (n,) these are not."""
    real = ops.any(boxes != 0, axis=1)
    return boxes[ops.convert_to_numpy(real)], real


def batch_pack_graph(x, counts, num_rows):
    """Return the first ``counts[i]`` rows of each ``x[i]``, behind one another."""
    return ops.concatenate([x[i, : counts[i]] for i in range(num_rows)], axis=0)


def parse_image_meta_graph(meta) -> dict:
    """Unpack metas (batch, size): the tensors of `mrcnn.images.parse_image_meta` by name."""
    return {
        "image_id": meta[:, 0],
        "original_image_shape": meta[:, 1:4],
        "image_shape": meta[:, 4:7],
        "window": meta[:, 7:11],
        "scale": meta[:, 11],
        "active_class_ids": meta[:, 12:],
    }


# Losses


def smooth_l1_loss(y_true, y_pred):
    """Return the smooth L1 loss, element by element."""
    return losses.smooth_l1(y_true - y_pred)


def rpn_class_loss_graph(rpn_match, rpn_class_logits):
    """Return the loss of match (batch, anchors, 1) and logits (batch, anchors, 2)."""
    return losses.rpn_class_loss(ops.squeeze(rpn_match, -1), rpn_class_logits)


def rpn_bbox_loss_graph(config, target_bbox, rpn_match, rpn_bbox):
    """Return the loss of deltas (batch, anchors, 4) and their targets (batch, n, 4)."""
    return losses.rpn_bbox_loss(target_bbox, ops.squeeze(rpn_match, -1), rpn_bbox)


def mrcnn_class_loss_graph(target_class_ids, pred_class_logits, active_class_ids):
    """Return the loss of classes; see `mrcnn.losses.mrcnn_class_loss`."""
    ids, active = ops.cast(target_class_ids, "int32"), ops.cast(active_class_ids, "int32")
    return losses.mrcnn_class_loss(ids, pred_class_logits, active)


def mrcnn_bbox_loss_graph(target_bbox, target_class_ids, pred_bbox):
    """Return the loss of boxes; see `mrcnn.losses.mrcnn_bbox_loss`."""
    return losses.mrcnn_bbox_loss(target_bbox, ops.cast(target_class_ids, "int32"), pred_bbox)


def mrcnn_mask_loss_graph(target_masks, target_class_ids, pred_masks):
    """Return the loss of masks; see `mrcnn.losses.mrcnn_mask_loss`."""
    return losses.mrcnn_mask_loss(target_masks, ops.cast(target_class_ids, "int32"), pred_masks)


# Parts of the network


BatchNorm = layers.BatchNormalization


def identity_block(input_tensor, kernel_size, filters, stage, block, use_bias=True, train_bn=True):
    """Apply a bottleneck block whose shortcut is its input; ``filters`` are three widths."""
    name = f"{stage}{block}"
    return _block(input_tensor, kernel_size, filters, name, 1, False, use_bias, train_bn)


def conv_block(
    input_tensor,
    kernel_size,
    filters,
    stage,
    block,
    strides=(2, 2),
    use_bias=True,
    train_bn=True,
):
    """Apply a bottleneck block whose shortcut is a convolution."""
    name = f"{stage}{block}"
    return _block(input_tensor, kernel_size, filters, name, strides, True, use_bias, train_bn)


def _block(x, kernel_size, filters, name, strides, project, use_bias, train_bn):
    """Apply 1x1 (with the stride), k x k and 1x1 convolutions, and add the shortcut."""

    def convolve(x, width, size, branch, strides=1):
        options = {"strides": strides, "padding": "same", "use_bias": use_bias}
        x = layers.Conv2D(width, size, name=f"res{name}_branch{branch}", **options)(x)
        norm = BatchNorm(epsilon=EPSILON, name=f"bn{name}_branch{branch}")
        return norm(x, training=train_bn)

    y = layers.Activation("relu")(convolve(x, filters[0], 1, "2a", strides))
    y = layers.Activation("relu")(convolve(y, filters[1], kernel_size, "2b"))
    y = convolve(y, filters[2], 1, "2c")
    shortcut = convolve(x, filters[2], 1, "1", strides) if project else x
    return layers.Activation("relu", name=f"res{name}_out")(layers.Add()([y, shortcut]))


def resnet_graph(input_image, architecture, stage5=False, train_bn=True) -> list:
    """Return C1 to C5 of an image (batch, h, w, c); C5 is None without ``stage5``."""
    stages = build_resnet(input_image, architecture, _Normalisation(train_bn))
    return stages if stage5 else [*stages[:4], None]


def rpn_graph(feature_map, anchors_per_location, anchor_stride) -> list:
    """Return logits, probabilities (batch, anchors, 2) and deltas (batch, anchors, 4)."""
    return list(RegionProposalNetwork(anchors_per_location, anchor_stride, 512)(feature_map))


def build_rpn_model(anchor_stride, anchors_per_location, depth):
    """Return the network of `rpn_graph`, for maps of ``depth`` channels of any size."""
    features = layers.Input((None, None, depth), name="input_rpn_feature_map")
    outputs = rpn_graph(features, anchors_per_location, anchor_stride)
    return keras.Model(features, outputs, name="rpn_model")


def ProposalLayer(proposal_count, nms_threshold, config=None, **kwargs):
    """Return what chooses regions from [probabilities, deltas, anchors]; anchors are known."""
    settings = _changed(config, RPN_NMS_THRESHOLD=nms_threshold)
    layer = _ProposalLayer.of(settings, proposal_count, **kwargs)
    return lambda inputs: layer(inputs[0], inputs[1])


def fpn_classifier_graph(
    rois, feature_maps, image_meta, pool_size, num_classes, train_bn=True, fc_layers_size=1024
) -> list:
    """Return class logits, probabilities (batch, n, classes) and deltas (batch, n, classes, 4)."""
    regions = PyramidROIAlign([pool_size, pool_size])([rois, image_meta, *feature_maps])
    norm = _Normalisation(train_bn)
    return list(build_classifier_head(regions, num_classes, fc_layers_size, norm))


def build_fpn_mask_graph(rois, feature_maps, image_meta, pool_size, num_classes, train_bn=True):
    """Return the masks of regions, (batch, n, 2 · pool, 2 · pool, classes)."""
    regions = PyramidROIAlign([pool_size, pool_size])([rois, image_meta, *feature_maps])
    return build_mask_head(regions, num_classes, 256, _Normalisation(train_bn))


def DetectionTargetLayer(config, **kwargs):
    """Return what gives [rois, class ids, deltas, masks] of [proposals, ids, boxes, masks].

    Masks come as (batch, h, w, m) and go as (batch, n, h', w').
    """
    layer = target_layers.DetectionTargetLayer.of(config, **kwargs)

    def call(inputs):
        proposals, class_ids, boxes, masks = inputs
        return list(layer(proposals, class_ids, boxes, ops.transpose(masks, (0, 3, 1, 2))))

    return call


def DetectionLayer(config=None, **kwargs):
    """Return what gives detections (batch, d, 6) of [rois, probabilities, deltas, metas]."""
    layer = _DetectionLayer.of(config, **kwargs)

    def call(inputs):
        rois, probabilities, deltas, metas = inputs
        windows = norm_boxes_graph(metas[:, 7:11], config.IMAGE_SHAPE)
        return layer(rois, probabilities, deltas, windows).detections

    return call


def PyramidROIAlign(pool_shape, **kwargs):
    """Return what reads regions, [boxes, metas, P2, P3, P4, P5], from the pyramid.

    The image's size is the pyramid's: four times that of P2.
    """

    def call(inputs):
        boxes, _, *maps = inputs
        shape = [4 * n for n in maps[0].shape[1:3]]
        return _PyramidROIAlign(pool_shape, shape, **kwargs)(boxes, *maps)

    return call


def detection_targets_graph(proposals, gt_class_ids, gt_boxes, gt_masks, config):
    """Choose regions of one image to train on; see `mrcnn.targets.DetectionTargetLayer`.

    ``gt_masks`` are (h, w, m), all else has no axis of images either.
    """
    inputs = [ops.expand_dims(x, 0) for x in (proposals, gt_class_ids, gt_boxes, gt_masks)]
    return tuple(x[0] for x in DetectionTargetLayer(config)(inputs))


def refine_detections_graph(rois, probs, deltas, window, config):
    """Return the detections (d, 6) of one image's regions (n, 4); ``window`` is normalised."""
    inputs = [ops.expand_dims(x, 0) for x in (rois, probs, deltas, window)]
    return _DetectionLayer.of(config)(*inputs).detections[0]


def _changed(config, **values):
    """Return a copy of a configuration with other values."""
    config = copy.copy(config)
    for name, value in values.items():
        setattr(config, name, value)
    return config


def build_rpn_targets(image_shape, anchors, gt_class_ids, gt_boxes, config):
    """Label anchors; see `mrcnn.targets.build_rpn_targets`. Each call draws anew."""
    rng = np.random.default_rng()
    boxes, class_ids = np.asarray(gt_boxes), np.asarray(gt_class_ids)
    return target_layers.build_rpn_targets(anchors, class_ids, boxes, config, rng)
