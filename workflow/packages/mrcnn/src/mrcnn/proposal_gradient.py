"""The gradient that Matterport's library sends from the targets of the heads back into the RPN.

What a region's box deltas ought to be depends on where the region lies, and its place on the RPN's
own deltas. Matterport's graph does not cut this path: the box loss of the heads also trains the
RPN. The path ends at the few positive regions, so that their anchors alone need be read again
(`mrcnn.region_sampling`) rather than all maps differentiated.
"""

import keras
import numpy as np
from keras import layers, ops

from mrcnn.box_ops import apply_box_deltas, box_refinement, clip_boxes
from mrcnn.region_proposal import Proposals


def find_anchors(rois, proposals: Proposals):
    """Find the anchor that each region came from.

    Args:
        rois: (batch, p, 4) regions, copies of proposals or anything else.
        proposals: With their anchors.

    Returns:
        tuple: (batch, p) int anchors, and (batch, p) bool: whether the region is a proposal.
    """
    equal = ops.equal(ops.expand_dims(rois, 2), ops.expand_dims(proposals.rois, 1))
    same = ops.all(equal, axis=-1)
    first = ops.cast(ops.argmax(ops.cast(same, "int32"), axis=-1), proposals.anchors.dtype)
    return ops.take_along_axis(proposals.anchors, first, axis=1), ops.any(same, axis=-1)


class FollowProposals(layers.Layer):
    """Let the heads' target deltas follow the deltas of the RPN; their values stay.

    Called with ``target_deltas`` (batch, p, 4), ``rois`` (batch, p, 4), normalised, the regions'
    ``anchors``, (batch, p) int, the RPN's deltas at these, ``rpn_deltas`` (batch, p, 4), and which
    regions count, ``counts`` (batch, p) bool. Returns target deltas (batch, p, 4).

    Args:
        anchor_boxes: (anchors, 4) normalised boxes.
        rpn_deviations: The four factors by which the RPN's deltas are scaled.
        deviations: Those of the heads.
    """

    def __init__(self, anchor_boxes, rpn_deviations, deviations, **kwargs):
        super().__init__(trainable=False, dtype="float32", **kwargs)
        self.anchor_boxes = np.asarray(anchor_boxes, np.float32)
        self.rpn_deviations = np.asarray(rpn_deviations, np.float32)
        self.deviations = np.asarray(deviations, np.float32)

    def call(self, target_deltas, rois, anchors, rpn_deltas, counts):
        anchor_boxes = ops.convert_to_tensor(self.anchor_boxes)
        rpn_deviations = ops.convert_to_tensor(self.rpn_deviations)
        deviations = ops.convert_to_tensor(self.deviations)
        lesions = ops.stop_gradient(apply_box_deltas(rois, target_deltas * deviations))
        anchor_boxes = ops.take(anchor_boxes, anchors, axis=0)
        boxes = apply_box_deltas(anchor_boxes, rpn_deltas * rpn_deviations)
        boxes = clip_boxes(boxes, ops.convert_to_tensor([[0.0, 0.0, 1.0, 1.0]]))
        moving = box_refinement(boxes, lesions) / deviations
        counts = ops.cast(ops.expand_dims(counts, -1), moving.dtype)
        change = (moving - ops.stop_gradient(moving)) * counts
        return ops.stop_gradient(target_deltas) + change

    def compute_output_spec(self, target_deltas, **others):
        return keras.KerasTensor(target_deltas.shape, self.compute_dtype)
