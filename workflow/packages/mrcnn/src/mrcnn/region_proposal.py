"""(b) The region proposal network and the choice of regions (Ren et al. 2015)."""

from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers, ops

from mrcnn.box_ops import apply_box_deltas, clip_boxes, suppress_repeats, take_rows


class RegionPredictions(NamedTuple):
    """What the region proposal network says of anchors.

    Attributes:
        logits: (batch, anchors, 2) of background and lesion.
        probabilities: (batch, anchors, 2).
        deltas: (batch, anchors, 4): (dy, dx, log dh, log dw).
    """

    logits: Any
    probabilities: Any
    deltas: Any


class Proposals(NamedTuple):
    """Regions, and the anchors that they came from.

    Attributes:
        rois: (batch, n, 4) normalised boxes, zeros where there are fewer.
        anchors: (batch, n) int indices of anchors.
    """

    rois: Any
    anchors: Any


def build_rpn_model(anchors_per_cell: int, anchor_stride: int, depth: int, channels: int):
    """Build the network that reads one pyramid level; all levels share it.

    Args:
        anchors_per_cell: Number of anchor shapes.
        anchor_stride: 1: anchors at every cell; 2: at every second.
        depth: Channels of the pyramid.
        channels: Channels of the shared convolution.

    Returns:
        keras.Model: from (batch, h, w, depth) to `RegionPredictions`.
    """
    features = layers.Input((None, None, depth), name="input_rpn_feature_map")
    shared = layers.Conv2D(
        channels,
        3,
        strides=anchor_stride,
        padding="same",
        activation="relu",
        name="rpn_conv_shared",
    )(features)
    logits = layers.Conv2D(2 * anchors_per_cell, 1, name="rpn_class_raw")(shared)
    logits = layers.Reshape((-1, 2), name="rpn_class_logits")(logits)
    probabilities = layers.Activation("softmax", name="rpn_class_xxx")(logits)
    deltas = layers.Conv2D(4 * anchors_per_cell, 1, name="rpn_bbox_pred")(shared)
    deltas = layers.Reshape((-1, 4), name="rpn_bbox_deltas")(deltas)
    predictions = RegionPredictions(logits, probabilities, deltas)
    return keras.Model(features, predictions, name="rpn_model")


class ProposalLayer(layers.Layer):
    """Choose regions: the best-scored anchors, refined, clipped, without near-repeats.

    Called with probabilities (batch, anchors, 2) and deltas (batch, anchors, 4); returns
    normalised boxes (batch, proposal_count, 4), zeros where there are fewer, or `Proposals`.

    Args:
        anchors: (anchors, 4) normalised boxes.
        proposal_count: Regions an image.
        nms_threshold: Overlap (IoU) above which the lower-scored region is dropped.
        pre_nms_limit: Anchors that are looked at, by foreground probability.
        deviations: The four factors by which predicted deltas are scaled.
        with_anchors: Return `Proposals`, with the anchor of each region.
    """

    def __init__(
        self,
        anchors,
        proposal_count,
        nms_threshold,
        pre_nms_limit,
        deviations,
        with_anchors=False,
        **kwargs,
    ):
        super().__init__(trainable=False, dtype="float32", **kwargs)
        self.anchors = np.asarray(anchors, np.float32)
        self.proposal_count = proposal_count
        self.nms_threshold = nms_threshold
        self.pre_nms_limit = min(pre_nms_limit, len(self.anchors))
        self.deviations = np.asarray(deviations, np.float32)
        self.with_anchors = with_anchors

    def call(self, probabilities, deltas):
        scores = ops.stop_gradient(probabilities[..., 1])
        deltas = ops.stop_gradient(deltas)
        _, indices = ops.top_k(scores, self.pre_nms_limit)
        anchors = ops.take(ops.convert_to_tensor(self.anchors), indices, axis=0)
        deviations = ops.convert_to_tensor(self.deviations)
        boxes = apply_box_deltas(anchors, take_rows(deltas, indices) * deviations)
        boxes = clip_boxes(boxes, ops.convert_to_tensor([[0.0, 0.0, 1.0, 1.0]]))
        kept, real = suppress_repeats(boxes, self.nms_threshold, self.proposal_count)
        rois = take_rows(boxes, kept) * ops.cast(ops.expand_dims(real, -1), "float32")
        return Proposals(rois, take_rows(indices, kept)) if self.with_anchors else rois

    def compute_output_spec(self, probabilities, deltas):
        shape = (probabilities.shape[0], self.proposal_count)
        rois = keras.KerasTensor((*shape, 4), probabilities.dtype)
        return Proposals(rois, keras.KerasTensor(shape, "int32")) if self.with_anchors else rois
