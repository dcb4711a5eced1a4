"""The region proposal network at the anchors that are trained, and nowhere else.

Its losses are sums over at most RPN_TRAIN_ANCHORS_PER_IMAGE anchors, so only their cells have a
gradient. Reading these cells a second time, from a few hundred patches of 3 x 3, and letting the
gradient pass there instead of through the whole maps, gives the same losses and the same gradients
for a third of the arithmetic.
"""

from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from mrcnn.plain_layer import Float32Layer, PlainLayer, to_numbers


class SampledPatches(NamedTuple):
    """What the region proposal network reads at the anchors that are trained, and at others.

    Attributes:
        match: (batch, count) of 1 and -1, and 0 where there are fewer.
        anchors: (batch, count + p) int, first those, then the p others.
        patches: (batch, count + p, 9 · channels).
    """

    match: Any
    anchors: Any
    patches: Any


class SampledPredictions(NamedTuple):
    """What the region proposal network says of the anchors that are trained.

    Attributes:
        logits: (batch, count, 2) of background and lesion.
        deltas: (batch, count, 4).
        extra_deltas: (batch, p, 4) of the other anchors.
    """

    logits: Any
    deltas: Any
    extra_deltas: Any


@keras.saving.register_keras_serializable("mrcnn")
class SamplePatches(PlainLayer):
    """Cut the cells out that the region proposal network reads at anchors that are not neutral.

    Args:
        shapes: (height, width) of each pyramid level, finest first.
        anchors_per_cell: Number of anchor shapes.
        anchor_stride: 1: anchors at every cell; 2: at every second.
        count: The most anchors an image that are not neutral.

    Called with ``match`` (batch, anchors) of 1, -1 and 0 (neutral), the flat pyramid of
    `mrcnn.roi_align.FlatPyramid`, (cells, channels), and ``extra_anchors``, (batch, p) int, which
    are read too; returns `SampledPatches`, the trained anchors in order.
    """

    SETTINGS = ("shapes", "anchors_per_cell", "anchor_stride", "count")

    def __init__(self, shapes, anchors_per_cell: int, anchor_stride: int, count: int, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.shapes, self.anchors_per_cell = to_numbers(shapes), anchors_per_cell
        self.anchor_stride, self.count = anchor_stride, count
        self.heights, self.widths = np.array(self.shapes, np.int32).T
        columns = -(-self.widths // anchor_stride)
        cells = -(-self.heights // anchor_stride) * columns
        self.columns = columns.astype(np.int32)
        self.first_anchor = _starts(cells * anchors_per_cell)
        self.first_cell = _starts(self.heights * self.widths)
        self.cells = int((self.heights * self.widths).sum())

    def call(self, match, pyramid, extra_anchors):
        trained_match, trained = self._choose(match)
        anchors = ops.concatenate([trained, ops.cast(extra_anchors, trained.dtype)], axis=1)
        return SampledPatches(trained_match, anchors, self._cut_patches(anchors, pyramid))

    def _choose(self, match):
        """Return match and indices, (batch, count), of the anchors that are not neutral."""
        total = match.shape[1]
        # The earlier an anchor, the higher its key: the chosen ones stay in order.
        keys = ops.where(match != 0, ops.arange(total, 0, -1, dtype="int32"), 0)
        _, indices = ops.top_k(keys, min(self.count, total))
        indices = ops.cast(indices, "int32")  # PyTorch counts in int64
        return ops.take_along_axis(match, indices, axis=1), indices

    def _cut_patches(self, anchors, pyramid):
        """Return the 3 x 3 cells around anchors, (batch, count, 9 · channels), 0 outside."""
        later_levels = ops.convert_to_tensor(self.first_anchor[1:])
        at_or_after = ops.expand_dims(anchors, -1) >= later_levels
        level = ops.sum(ops.cast(at_or_after, "int32"), axis=-1)
        first_anchor, first_cell, columns, height, width = (
            ops.take(ops.convert_to_tensor(values), level, axis=0)
            for values in (
                self.first_anchor,
                self.first_cell,
                self.columns,
                self.heights,
                self.widths,
            )
        )
        cell = (anchors - first_anchor) // self.anchors_per_cell
        y = self._window(cell // columns, height)
        x = self._window(cell % columns, width)
        inside = ops.logical_and(
            ops.expand_dims(_within(y, height), 3), ops.expand_dims(_within(x, width), 2)
        )
        image = ops.expand_dims(ops.arange(ops.shape(anchors)[0], dtype="int32"), 1) * self.cells
        first_cell = first_cell + image
        index = ops.expand_dims(y, 3) * ops.expand_dims(width, (2, 3)) + ops.expand_dims(x, 2)
        index = ops.where(inside, index + ops.expand_dims(first_cell, (2, 3)), 0)
        patches = ops.take(pyramid, index, axis=0)
        patches = patches * ops.cast(ops.expand_dims(inside, 4), pyramid.dtype)
        return ops.reshape(patches, (-1, anchors.shape[1], 9 * pyramid.shape[-1]))

    def _window(self, position, extent):
        """Return the three rows or columns that a "same" convolution reads, (batch, count, 3)."""
        outputs = (extent + self.anchor_stride - 1) // self.anchor_stride
        padding = ops.maximum((outputs - 1) * self.anchor_stride + 3 - extent, 0) // 2
        first = position * self.anchor_stride - padding
        return ops.expand_dims(first, -1) + ops.arange(3, dtype="int32")

    def compute_output_spec(self, match, pyramid, extra_anchors):
        trained = min(self.count, match.shape[1])
        shape = (match.shape[0], trained + extra_anchors.shape[1])
        return SampledPatches(
            keras.KerasTensor((match.shape[0], trained), match.dtype),
            keras.KerasTensor(shape, "int32"),
            keras.KerasTensor((*shape, 9 * pyramid.shape[-1]), pyramid.dtype),
        )


@keras.saving.register_keras_serializable("mrcnn")
class SampledRegions(Float32Layer):
    """Choose, of what was read at the cells of anchors, each anchor's own shape.

    Called with ``match`` and ``anchors`` of `SampledPatches`, ``logits`` (batch, count + p, shapes,
    2) and ``deltas`` (batch, count + p, shapes, 4); returns `SampledPredictions`.
    """

    def call(self, match, anchors, logits, deltas):
        count, shapes = match.shape[1], logits.shape[2]
        is_shape = ops.one_hot(anchors % shapes, shapes, dtype=logits.dtype)
        is_shape = ops.expand_dims(is_shape, -1)
        logits, deltas = (ops.sum(x * is_shape, axis=2) for x in (logits, deltas))
        return SampledPredictions(logits[:, :count], deltas[:, :count], deltas[:, count:])

    def compute_output_spec(self, match, anchors, logits, deltas):
        batch, count = match.shape
        return SampledPredictions(
            keras.KerasTensor((batch, count, 2), self.compute_dtype),
            keras.KerasTensor((batch, count, 4), self.compute_dtype),
            keras.KerasTensor((batch, anchors.shape[1] - count, 4), self.compute_dtype),
        )


def _within(window, extent):
    """Say which rows or columns of windows (batch, n, 3) a map of ``extent`` (batch, n) has."""
    return ops.logical_and(window >= 0, window < ops.expand_dims(extent, -1))


def _starts(sizes: np.ndarray) -> np.ndarray:
    """Return where each of consecutive blocks begins, int32."""
    return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
