"""Boxes as tensors, on any Keras backend: deltas, overlap and non-maximum suppression.

All boxes are (y1, x1, y2, x2); functions take a leading batch axis and fixed shapes, as compiled
backends want them.

Suppression is greedy by nature, one box after the other. TensorFlow has an operation for it, which
stops as soon as it has enough boxes. The other backends get a matrix form: more arithmetic, but all
of it in parallel, as compilers and accelerators want it.
"""

import keras
from keras import ops


def apply_box_deltas(boxes, deltas):
    """Move ``boxes`` (..., 4) by ``deltas`` (..., 4): (dy, dx, log dh, log dw)."""
    size = boxes[..., 2:] - boxes[..., :2]
    centre = boxes[..., :2] + 0.5 * size + deltas[..., :2] * size
    size = size * ops.exp(deltas[..., 2:])
    # y2 = y1 + h rather than centre + h / 2: the same order of rounding as the reference.
    top_left = centre - 0.5 * size
    return ops.concatenate([top_left, top_left + size], axis=-1)


def box_refinement(boxes, gt_boxes):
    """Return the deltas that move ``boxes`` (..., 4) onto ``gt_boxes`` (..., 4).

    Empty boxes (padding) give finite values that callers mask out.
    """
    size = ops.maximum(boxes[..., 2:] - boxes[..., :2], 1e-8)
    gt_size = ops.maximum(gt_boxes[..., 2:] - gt_boxes[..., :2], 1e-8)
    centre = boxes[..., :2] + 0.5 * size
    gt_centre = gt_boxes[..., :2] + 0.5 * gt_size
    return ops.concatenate([(gt_centre - centre) / size, ops.log(gt_size / size)], axis=-1)


def clip_boxes(boxes, window):
    """Clip ``boxes`` (batch, n, 4) to ``window`` (batch or 1, 4)."""
    low = ops.expand_dims(ops.concatenate([window[:, :2], window[:, :2]], axis=-1), 1)
    high = ops.expand_dims(ops.concatenate([window[:, 2:], window[:, 2:]], axis=-1), 1)
    return ops.maximum(ops.minimum(boxes, high), low)


def compute_overlaps(boxes1, boxes2):
    """Return the intersection over union of (batch, n, 4) and (batch, m, 4) as (batch, n, m)."""
    # Coordinate by coordinate: (batch, n, m) arrays suit a processor, (batch, n, m, 4) do not.
    one = [ops.expand_dims(boxes1[..., i], 2) for i in range(4)]
    two = [ops.expand_dims(boxes2[..., i], 1) for i in range(4)]
    height = ops.relu(ops.minimum(one[2], two[2]) - ops.maximum(one[0], two[0]))
    width = ops.relu(ops.minimum(one[3], two[3]) - ops.maximum(one[1], two[1]))
    intersection = height * width
    union = _area(*one) + _area(*two) - intersection
    return intersection / ops.where(union > 0, union, 1.0)


def non_maximum_suppression(boxes, threshold: float, valid=None, groups=None):
    """Say which boxes greedy non-maximum suppression keeps.

    Greedy suppression is the one solution of "a box is kept if no kept box before it overlaps it
    by more than the threshold"; iterating that rule from "all kept" settles the first box after
    one round, at least one more after each further round, and usually all within ten. Every
    round is one matrix product, which suits compiled and accelerated backends.

    Args:
        boxes: (batch, n, 4) boxes, best score first.
        threshold: Overlap (IoU) above which the lower-scored box is dropped.
        valid: Optional (batch, n) bool; boxes that are not valid neither stay nor suppress.
        groups: Optional (batch, n) int; boxes suppress those of their own group only.

    Returns:
        (batch, n) bool tensor.
    """
    count = boxes.shape[1]
    earlier = ops.expand_dims(
        ops.cast(ops.arange(count)[:, None] < ops.arange(count)[None, :], "float32"), 0
    )
    suppresses = ops.cast(compute_overlaps(boxes, boxes) > threshold, "float32") * earlier
    if groups is not None:
        same = ops.expand_dims(groups, 2) == ops.expand_dims(groups, 1)
        suppresses = suppresses * ops.cast(same, "float32")
    eligible = ops.ones_like(boxes[..., 0]) if valid is None else ops.cast(valid, "float32")

    def settle(kept, _changed):
        hit = ops.squeeze(ops.matmul(ops.expand_dims(kept, 1), suppresses), 1)
        new = eligible * ops.cast(hit < 0.5, "float32")
        return new, ops.any(new != kept)

    kept, _ = ops.while_loop(
        lambda _kept, changed: changed,
        settle,
        (eligible, ops.convert_to_tensor(True)),
        maximum_iterations=count,
    )
    return kept > 0.5


def select_kept(kept, count: int):
    """Return the indices of the first ``count`` kept boxes, and which of these indices are real.

    Args:
        kept: (batch, n) bool.
        count: How many indices to return; where fewer are kept, the rest is padding.

    Returns:
        tuple: (batch, count) int indices and (batch, count) bool.
    """
    total = kept.shape[1]
    # A kept box scores higher the earlier it comes; ranks are exact in float32 below 2^24.
    rank = ops.cast(kept, "float32") * ops.cast(ops.arange(total, 0, -1), "float32")
    values, indices = ops.top_k(rank, min(count, total))
    if count > total:
        padding = ((0, 0), (0, count - total))
        values, indices = ops.pad(values, padding), ops.pad(indices, padding)
    return indices, values > 0


def suppress_repeats(boxes, threshold: float, count: int):
    """Return the indices of the first ``count`` boxes that suppression keeps.

    Args:
        boxes: (batch, n, 4) boxes (y1, x1, y2, x2), best score first.
        threshold: Overlap (IoU) above which the lower-scored box is dropped.
        count: How many indices to return; where fewer are kept, the rest is padding.

    Returns:
        tuple: (batch, count) int indices and (batch, count) bool: which of them are real.
    """
    if keras.backend.backend() == "tensorflow":
        return _suppress_in_tensorflow(boxes, threshold, count)
    return select_kept(non_maximum_suppression(boxes, threshold), count)


def _suppress_in_tensorflow(boxes, threshold: float, count: int):
    """Suppress image by image with TensorFlow's own operation."""
    import tensorflow as tf

    scores = ops.arange(boxes.shape[1], 0, -1, dtype="float32")

    def suppress(image_boxes):
        # tf.image.non_max_suppression_padded is another algorithm, and slower on a CPU.
        selected, number = tf.raw_ops.NonMaxSuppressionV4(
            boxes=image_boxes,
            scores=scores,
            max_output_size=count,
            iou_threshold=threshold,
            score_threshold=float("-inf"),
            pad_to_max_output_size=True,
        )
        return selected, number

    spec = (tf.TensorSpec((count,), tf.int32), tf.TensorSpec((), tf.int32))
    boxes = ops.cast(boxes, "float32")
    indices, numbers = tf.map_fn(suppress, boxes, fn_output_signature=spec)
    return indices, ops.arange(count) < ops.expand_dims(numbers, 1)


def take_rows(values, indices):
    """Return ``values[b, indices[b, i]]`` for values (batch, n, ...) and indices (batch, m)."""
    count = values.shape[1]
    flat = ops.reshape(values, (-1, *values.shape[2:]))
    batch = ops.expand_dims(ops.arange(ops.shape(values)[0]), 1)
    # One gather of whole rows; take_along_axis would gather number by number.
    return ops.take(flat, indices + ops.cast(batch * count, indices.dtype), axis=0)


def first_largest(values):
    """Return where values (..., n) are largest along the last axis, the first of equals, int32.

    `keras.ops.argmax` tells -0 from 0 by its bits, with operations of TensorFlow that neither ONNX
    nor TFLite has; here the two are equal. Where all are NaN it is n - 1.
    """
    last = values.shape[-1] - 1
    is_largest = values == ops.max(values, axis=-1, keepdims=True)
    return ops.min(ops.where(is_largest, ops.arange(last + 1, dtype="int32"), last), axis=-1)


def _area(y1, x1, y2, x2):
    """Return the areas of boxes."""
    return (y2 - y1) * (x2 - x1)
