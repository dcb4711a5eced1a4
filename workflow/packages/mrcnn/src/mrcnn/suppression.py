"""The regions that survive greedy non-maximum suppression, by whatever does it best.

Suppression is greedy by nature, one box after the other. TensorFlow has an operation for it, which
stops as soon as it has enough boxes. The other backends get `mrcnn.box_ops`'s matrix form: more
arithmetic, but all of it in parallel, as compilers and accelerators want it.
"""

import keras
from keras import ops

from mrcnn.box_ops import first_kept, non_maximum_suppression


def best_boxes(boxes, threshold: float, count: int):
    """Return the places of the first ``count`` boxes that suppression keeps.

    Args:
        boxes: (batch, n, 4) boxes (y1, x1, y2, x2), best score first.
        threshold: Overlap (IoU) above which the lower-scored box is dropped.
        count: How many places to return; where fewer are kept, the rest is padding.

    Returns:
        tuple: (batch, count) int places and (batch, count) bool: which of them are real.
    """
    if keras.backend.backend() == "tensorflow":
        return _tensorflow(boxes, threshold, count)
    return first_kept(non_maximum_suppression(boxes, threshold), count)


def _tensorflow(boxes, threshold: float, count: int):
    """Suppress image by image with TensorFlow's own operation."""
    import tensorflow as tf

    scores = ops.arange(boxes.shape[1], 0, -1, dtype="float32")

    def one(image_boxes):
        answer = tf.raw_ops.NonMaxSuppressionV4(
            boxes=image_boxes,
            scores=scores,
            max_output_size=count,
            iou_threshold=threshold,
            score_threshold=float("-inf"),
            pad_to_max_output_size=True,
        )
        return tuple(answer)

    spec = (tf.TensorSpec((count,), tf.int32), tf.TensorSpec((), tf.int32))
    places, found = tf.map_fn(one, ops.cast(boxes, "float32"), fn_output_signature=spec)
    return places, ops.arange(count) < ops.expand_dims(found, 1)
