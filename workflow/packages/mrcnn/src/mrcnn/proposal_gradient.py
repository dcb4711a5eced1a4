"""The gradient that Matterport's library sends from the targets of the heads back into the RPN.

What a region's box deltas ought to be depends on where the region lies, and its place on the RPN's
own deltas. Matterport's graph does not cut this path: the box loss of the heads also trains the
RPN. The path ends at the few positive regions, so that their anchors alone need be read again
(`mrcnn.region_sampling`) rather than all maps differentiated.
"""

import numpy as np
from keras import layers, ops

from mrcnn.box_ops import apply_box_deltas, box_refinement, clip_boxes


def anchors_of_regions(rois, proposals, places):
    """Return the anchor that each region came from.

    Args:
        rois: (batch, p, 4) regions, copies of proposals or anything else.
        proposals: (batch, n, 4).
        places: (batch, n) int, the anchor of each proposal.

    Returns:
        tuple: (batch, p) int anchors, and (batch, p) bool: whether the region is a proposal.
    """
    same = ops.all(ops.equal(ops.expand_dims(rois, 2), ops.expand_dims(proposals, 1)), axis=-1)
    first = ops.argmax(ops.cast(same, "int32"), axis=-1)
    return ops.take_along_axis(places, ops.cast(first, places.dtype), axis=1), ops.any(
        same, axis=-1
    )


class FollowProposals(layers.Layer):
    """Let the heads' target deltas follow the deltas of the RPN; their values stay.

    Called with target deltas (batch, p, 4), regions (batch, p, 4), normalised, the RPN's deltas
    (batch, p, 4) at the regions' anchors, the places of these, (batch, p) int, and which regions
    count, (batch, p) bool.

    Args:
        anchors: (anchors, 4) normalised boxes.
        rpn_deviations: The four factors by which the RPN's deltas are scaled.
        deviations: Those of the heads.
    """

    def __init__(self, anchors, rpn_deviations, deviations, **kwargs):
        super().__init__(trainable=False, dtype="float32", **kwargs)
        self.anchors = np.asarray(anchors, np.float32)
        self.rpn_deviations = np.asarray(rpn_deviations, np.float32)
        self.deviations = np.asarray(deviations, np.float32)

    def call(self, target, rois, rpn_deltas, places, counts):
        anchors, rpn_deviations, deviations = (
            ops.convert_to_tensor(v) for v in (self.anchors, self.rpn_deviations, self.deviations)
        )
        lesions = ops.stop_gradient(apply_box_deltas(rois, target * deviations))
        anchors = ops.take(anchors, places, axis=0)
        boxes = apply_box_deltas(anchors, rpn_deltas * rpn_deviations)
        boxes = clip_boxes(boxes, ops.convert_to_tensor([[0.0, 0.0, 1.0, 1.0]]))
        moving = box_refinement(boxes, lesions) / deviations
        change = (moving - ops.stop_gradient(moving)) * ops.cast(
            ops.expand_dims(counts, -1), moving.dtype
        )
        return ops.stop_gradient(target) + change

    def compute_output_shape(self, target_shape, *others):
        return target_shape
