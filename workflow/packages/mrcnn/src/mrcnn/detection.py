"""From the heads' answers to detections."""

from typing import Any, NamedTuple

import keras
from keras import ops

from mrcnn import box_ops
from mrcnn.config import Config
from mrcnn.plain_layer import Float32Layer, to_numbers


class Detections(NamedTuple):
    """What is reported of images, best first.

    Attributes:
        detections: (batch, DETECTION_MAX_INSTANCES, 6) of (y1, x1, y2, x2, class id, score),
            boxes normalised, zeros where there are fewer.
        probabilities: (batch, DETECTION_MAX_INSTANCES, classes).
    """

    detections: Any
    probabilities: Any


@keras.saving.register_keras_serializable("mrcnn")
class DetectionLayer(Float32Layer):
    """Refine regions, drop the unlikely and the repeated, keep the best.

    Usually (Matterport's rule) a region has its most probable class, background is dropped, and so
    is what falls under ``min_confidence`` (a floor of 0 is no floor); suppression goes class by
    class. With ``every_region`` a region has its most probable foreground class, nothing is dropped
    for its score, and suppression goes across classes, so that each place is reported once, with
    the probabilities of all classes.

    Args:
        deviations: The four factors by which predicted deltas are scaled.
        max_instances: Detections an image.
        min_confidence: Score under which a region is dropped.
        nms_threshold: Overlap (IoU) above which the lower-scored region is dropped.
        every_region: See above.

    Called with ``rois`` (batch, n, 4), ``probabilities`` (batch, n, classes), ``deltas``
    (batch, n, classes, 4) and ``windows`` (batch, 4), the part of each image that is not padding;
    boxes are normalised. Returns `Detections`.
    """

    SETTINGS = ("deviations", "max_instances", "min_confidence", "nms_threshold", "every_region")

    def __init__(
        self,
        deviations,
        max_instances: int,
        min_confidence: float = 0.7,
        nms_threshold: float = 0.3,
        every_region: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.deviations = to_numbers(deviations)
        self.max_instances, self.min_confidence = max_instances, min_confidence
        self.nms_threshold, self.every_region = nms_threshold, every_region

    @classmethod
    def of(cls, config: Config, **kwargs) -> "DetectionLayer":
        """Return the layer that a configuration asks for."""
        return cls(
            config.BBOX_STD_DEV,
            int(config.DETECTION_MAX_INSTANCES),
            config.DETECTION_MIN_CONFIDENCE,
            config.DETECTION_NMS_THRESHOLD,
            config.EVERY_REGION,
            **kwargs,
        )

    def call(self, rois, probabilities, deltas, windows):
        real = ops.any(rois != 0, axis=-1)
        if self.every_region:
            class_ids = box_ops.first_largest(probabilities[..., 1:]) + 1
        else:
            class_ids = box_ops.first_largest(probabilities)
        is_class = ops.one_hot(class_ids, probabilities.shape[2], dtype="float32")
        scores = ops.sum(probabilities * is_class, axis=-1)
        deltas = ops.sum(deltas * ops.expand_dims(is_class, -1), axis=2)
        deltas = deltas * ops.convert_to_tensor(self.deviations, "float32")
        boxes = box_ops.clip_boxes(box_ops.apply_box_deltas(rois, deltas), windows)

        valid = ops.logical_and(real, class_ids > 0)
        if self.min_confidence and not self.every_region:
            valid = ops.logical_and(valid, scores >= self.min_confidence)
        ranking = 1.0 - probabilities[..., 0] if self.every_region else scores
        ranking = ops.where(valid, ranking, -1.0)
        _, order = ops.top_k(ranking, rois.shape[1])
        boxes, valid, class_ids, scores, probabilities = (
            box_ops.take_rows(v, order) for v in (boxes, valid, class_ids, scores, probabilities)
        )
        groups = None if self.every_region else class_ids
        kept = box_ops.non_maximum_suppression(boxes, self.nms_threshold, valid, groups)
        indices, is_real = box_ops.select_kept(kept, self.max_instances)
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

    def compute_output_spec(self, rois, probabilities, deltas, windows):
        shape = (rois.shape[0], self.max_instances)
        return Detections(
            keras.KerasTensor((*shape, 6), self.compute_dtype),
            keras.KerasTensor((*shape, probabilities.shape[2]), self.compute_dtype),
        )


@keras.saving.register_keras_serializable("mrcnn")
class DetectedRegions(Float32Layer):
    """Cut the rows of detections (batch, d, 6) that are empty in every image of the batch.

    Returns boxes (batch, n, 4); at least one row stays. On JAX, whose shapes are fixed, n = d.
    """

    def call(self, detections):
        boxes = detections[..., :4]
        if keras.backend.backend() == "jax":
            return boxes
        most = ops.max(ops.sum(ops.cast(detections[..., 4] > 0, "int32"), axis=1))
        return boxes[:, : ops.maximum(most, 1)]

    def compute_output_spec(self, detections):
        return keras.KerasTensor((detections.shape[0], None, 4), detections.dtype)
