"""From the heads' answers to detections."""

from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers, ops

from mrcnn import box_ops


class Detections(NamedTuple):
    """What is reported of images, best first.

    Attributes:
        detections: (batch, DETECTION_MAX_INSTANCES, 6) of (y1, x1, y2, x2, class id, score),
            boxes normalised, zeros where there are fewer.
        probabilities: (batch, DETECTION_MAX_INSTANCES, classes).
    """

    detections: Any
    probabilities: Any


class DetectionLayer(layers.Layer):
    """Refine regions, drop the unlikely and the repeated, keep the best.

    Usually (Matterport's rule) a region has its most probable class, background is dropped, and so
    is what falls under DETECTION_MIN_CONFIDENCE (a floor of 0 is no floor); suppression goes class
    by class. With EVERY_REGION a region has its most probable foreground class, nothing is dropped
    for its score, and suppression goes across classes, so that each place is reported once, with
    the probabilities of all classes.

    Called with ``rois`` (batch, n, 4), ``probabilities`` (batch, n, classes), ``deltas``
    (batch, n, classes, 4) and ``windows`` (batch, 4), the part of each image that is not padding;
    boxes are normalised. Returns `Detections`.
    """

    def __init__(self, config, **kwargs):
        super().__init__(trainable=False, dtype="float32", **kwargs)
        self.config = config

    def call(self, rois, probabilities, deltas, windows):
        config = self.config
        real = ops.any(rois != 0, axis=-1)
        if config.EVERY_REGION:
            class_ids = box_ops.first_largest(probabilities[..., 1:]) + 1
        else:
            class_ids = box_ops.first_largest(probabilities)
        is_class = ops.one_hot(class_ids, probabilities.shape[2], dtype="float32")
        scores = ops.sum(probabilities * is_class, axis=-1)
        deltas = ops.sum(deltas * ops.expand_dims(is_class, -1), axis=2)
        deltas = deltas * ops.convert_to_tensor(np.asarray(config.BBOX_STD_DEV, np.float32))
        boxes = box_ops.clip_boxes(box_ops.apply_box_deltas(rois, deltas), windows)

        valid = ops.logical_and(real, class_ids > 0)
        if config.DETECTION_MIN_CONFIDENCE and not config.EVERY_REGION:
            valid = ops.logical_and(valid, scores >= config.DETECTION_MIN_CONFIDENCE)
        ranking = 1.0 - probabilities[..., 0] if config.EVERY_REGION else scores
        ranking = ops.where(valid, ranking, -1.0)
        _, order = ops.top_k(ranking, rois.shape[1])
        boxes, valid, class_ids, scores, probabilities = (
            box_ops.take_rows(v, order) for v in (boxes, valid, class_ids, scores, probabilities)
        )
        groups = None if config.EVERY_REGION else class_ids
        kept = box_ops.non_maximum_suppression(boxes, config.DETECTION_NMS_THRESHOLD, valid, groups)
        indices, is_real = box_ops.select_kept(kept, config.DETECTION_MAX_INSTANCES)
        keep = ops.cast(ops.expand_dims(is_real, -1), "float32")
        detections = ops.concatenate(
            [
                boxes,
                ops.expand_dims(ops.cast(class_ids, "float32"), -1),
                ops.expand_dims(scores, -1),
            ],
            axis=-1,
        )
        return Detections(
            box_ops.take_rows(detections, indices) * keep,
            box_ops.take_rows(probabilities, indices) * keep,
        )

    def compute_output_spec(self, rois, probabilities, **others):
        shape = (rois.shape[0], self.config.DETECTION_MAX_INSTANCES)
        return Detections(
            keras.KerasTensor((*shape, 6), self.compute_dtype),
            keras.KerasTensor((*shape, probabilities.shape[2]), self.compute_dtype),
        )


class DetectedRegions(layers.Layer):
    """Cut the rows of detections (batch, d, 6) that are empty in every image of the batch.

    Returns boxes (batch, n, 4); at least one row stays. On JAX, whose shapes are fixed, n = d.
    """

    def __init__(self, **kwargs):
        super().__init__(trainable=False, dtype="float32", **kwargs)

    def call(self, detections):
        boxes = detections[..., :4]
        if keras.backend.backend() == "jax":
            return boxes
        most = ops.max(ops.sum(ops.cast(detections[..., 4] > 0, "int32"), axis=1))
        return boxes[:, : ops.maximum(most, 1)]

    def compute_output_spec(self, detections):
        return keras.KerasTensor((detections.shape[0], None, 4), detections.dtype)
