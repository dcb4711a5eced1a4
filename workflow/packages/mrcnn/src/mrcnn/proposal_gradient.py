"""The gradient that Matterport's library sends from the targets of the heads back into the RPN.

What a region's box deltas ought to be depends on where the region lies, and its place on the RPN's
own deltas. Matterport's graph does not cut this path: the box loss of the heads also trains the
RPN. The path ends at the few positive regions, so that their anchors alone need be read again
(`mrcnn.region_sampling`) rather than all maps differentiated.
"""

from typing import Any, NamedTuple

import keras
from keras import ops

from mrcnn.anchors import AnchorGrid
from mrcnn.box_ops import apply_box_deltas, box_refinement, clip_boxes
from mrcnn.plain_layer import Float32Layer, to_numbers


class FoundAnchors(NamedTuple):
    """The anchors that regions came from.

    Attributes:
        anchors: (batch, p) int.
        counts: (batch, p) bool: the region is a proposal and positive.
    """

    anchors: Any
    counts: Any


@keras.saving.register_keras_serializable("mrcnn")
class FindAnchors(Float32Layer):
    """Find the anchor that each region came from.

    Called with ``rois`` (batch, p, 4), copies of proposals or anything else, ``class_ids``
    (batch, p), 0 for regions that do not count, and the regions and anchors of
    `mrcnn.region_proposal.Proposals`; returns `FoundAnchors`.
    """

    def call(self, rois, class_ids, proposal_rois, proposal_anchors):
        equal = ops.equal(ops.expand_dims(rois, 2), ops.expand_dims(proposal_rois, 1))
        same = ops.all(equal, axis=-1)
        first = ops.cast(ops.argmax(ops.cast(same, "int32"), axis=-1), proposal_anchors.dtype)
        anchors = ops.take_along_axis(proposal_anchors, first, axis=1)
        return FoundAnchors(anchors, ops.logical_and(ops.any(same, axis=-1), class_ids > 0))

    def compute_output_spec(self, rois, class_ids, proposal_rois, proposal_anchors):
        return FoundAnchors(
            keras.KerasTensor(class_ids.shape, proposal_anchors.dtype),
            keras.KerasTensor(class_ids.shape, "bool"),
        )


@keras.saving.register_keras_serializable("mrcnn")
class FollowProposals(Float32Layer):
    """Let the heads' target deltas follow the deltas of the RPN; their values stay.

    Called with ``target_deltas`` (batch, p, 4), ``rois`` (batch, p, 4), normalised, the regions'
    ``anchors``, (batch, p) int, the RPN's deltas at these, ``rpn_deltas`` (batch, p, 4), and which
    regions count, ``counts`` (batch, p) bool. Returns target deltas (batch, p, 4).

    Args:
        grid: The six values of `mrcnn.anchors.AnchorGrid`.
        rpn_deviations: The four factors by which the RPN's deltas are scaled.
        deviations: Those of the heads.
    """

    SETTINGS = ("grid", "rpn_deviations", "deviations")

    def __init__(self, grid, rpn_deviations, deviations, **kwargs):
        super().__init__(**kwargs)
        self.grid = to_numbers(tuple(grid))
        self.rpn_deviations = to_numbers(rpn_deviations)
        self.deviations = to_numbers(deviations)
        self.anchor_boxes = AnchorGrid(*self.grid).boxes()

    def call(self, target_deltas, rois, anchors, rpn_deltas, counts):
        anchor_boxes = ops.convert_to_tensor(self.anchor_boxes)
        rpn_deviations = ops.convert_to_tensor(self.rpn_deviations, "float32")
        deviations = ops.convert_to_tensor(self.deviations, "float32")
        lesions = ops.stop_gradient(apply_box_deltas(rois, target_deltas * deviations))
        anchor_boxes = ops.take(anchor_boxes, anchors, axis=0)
        boxes = apply_box_deltas(anchor_boxes, rpn_deltas * rpn_deviations)
        boxes = clip_boxes(boxes, ops.convert_to_tensor([[0.0, 0.0, 1.0, 1.0]]))
        moving = box_refinement(boxes, lesions) / deviations
        counts = ops.cast(ops.expand_dims(counts, -1), moving.dtype)
        change = (moving - ops.stop_gradient(moving)) * counts
        return ops.stop_gradient(target_deltas) + change

    def compute_output_spec(self, target_deltas, rois, anchors, rpn_deltas, counts):
        return keras.KerasTensor(target_deltas.shape, self.compute_dtype)
