"""What the network is trained towards: labelled anchors (NumPy) and labelled regions (tensors)."""

from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from mrcnn import box_ops
from mrcnn.boxes import box_refinement, compute_overlaps
from mrcnn.plain_layer import Float32Layer, to_numbers
from mrcnn.roi_align import crop_and_resize

# Which anchors are a lesion's best, by RPN_TIES, from overlaps (anchors, lesions).
BEST_ANCHORS = {
    "all": lambda overlap: (overlap == overlap.max(axis=0)).any(axis=1),
    "first": lambda overlap: overlap.argmax(axis=0),
}


class DetectionTargets(NamedTuple):
    """The regions that the heads are trained on, and what they should say of them.

    Attributes:
        rois: (batch, TRAIN_ROIS_PER_IMAGE, 4) normalised boxes, the positive ones first.
        class_ids: (batch, TRAIN_ROIS_PER_IMAGE) int32, 0 for negative regions.
        deltas: (batch, positives, 4).
        masks: (batch, positives, *MASK_SHAPE) of 0 and 1.
    """

    rois: Any
    class_ids: Any
    deltas: Any
    masks: Any


class MaskRegions(NamedTuple):
    """The regions that the mask head reads in training.

    Attributes:
        rois: (batch, n, 4) normalised boxes.
        class_ids: (batch, n) int32, 0 for those that do not count.
        masks: (batch, n, *MASK_SHAPE) of 0 and 1.
    """

    rois: Any
    class_ids: Any
    masks: Any


def build_rpn_targets(
    anchors: np.ndarray,
    gt_class_ids: np.ndarray,
    gt_boxes: np.ndarray,
    config,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Label anchors for the region proposal network (Ren et al. 2015, section 3.1.2).

    Positive: overlap (IoU) of at least 0.7 with a lesion, and each lesion's best anchors (all that
    share its best overlap, or the first; ``RPN_TIES``). Negative:
    below 0.3 with every lesion. At most half of the trained anchors are positive. Anchors that
    touch a crowd (negative class id) are neutral.

    Args:
        anchors: (n, 4) pixel boxes of the resized image.
        gt_class_ids: (m,) ints.
        gt_boxes: (m, 4) pixel boxes of the resized image.
        config: `mrcnn.config.Config`.
        rng: Draws which anchors are trained where there are too many.

    Returns:
        tuple: match (n,) int32 of 1, -1 or 0 (neutral), and deltas
        (RPN_TRAIN_ANCHORS_PER_IMAGE, 4) float32 of the positive anchors in order, zero-padded.
    """
    match = np.zeros(len(anchors), np.int32)
    deltas = np.zeros((config.RPN_TRAIN_ANCHORS_PER_IMAGE, 4), np.float32)
    free = np.ones(len(anchors), bool)
    crowd = gt_class_ids < 0
    if crowd.any():
        free = compute_overlaps(anchors, gt_boxes[crowd]).max(axis=1) < 0.001
        gt_boxes = gt_boxes[~crowd]
    if len(gt_boxes) == 0:
        match[free] = -1
        _keep_some(match, -1, config.RPN_TRAIN_ANCHORS_PER_IMAGE, rng)
        return match, deltas

    overlap = compute_overlaps(anchors, gt_boxes)
    nearest = overlap.argmax(axis=1)
    best = overlap[np.arange(len(anchors)), nearest]
    match[(best < 0.3) & free] = -1
    # Every lesion gets its best anchors, however poor.
    match[BEST_ANCHORS[config.RPN_TIES](overlap)] = 1
    match[best >= 0.7] = 1

    half = config.RPN_TRAIN_ANCHORS_PER_IMAGE // 2
    _keep_some(match, 1, half, rng)
    positives = int((match == 1).sum())
    _keep_some(match, -1, config.RPN_TRAIN_ANCHORS_PER_IMAGE - positives, rng)
    chosen = np.flatnonzero(match == 1)
    refinement = box_refinement(anchors[chosen], gt_boxes[nearest[chosen]])
    deltas[: len(chosen)] = refinement / config.RPN_BBOX_STD_DEV
    return match, deltas


def _keep_some(match: np.ndarray, value: int, count: int, rng: np.random.Generator) -> None:
    """Make all but ``count`` of the anchors labelled ``value`` neutral, at random."""
    labelled = np.flatnonzero(match == value)
    if len(labelled) > count:
        match[rng.choice(labelled, len(labelled) - count, replace=False)] = 0


@keras.saving.register_keras_serializable("mrcnn")
class DetectionTargetLayer(Float32Layer):
    """Sample regions to train the heads on, and say what they should have found.

    Positive: overlap (IoU) of at least 0.5 with a lesion; up to ``positive_ratio`` of the regions.
    Negatives: as many as keep that ratio, none without a positive. The first rows hold
    positives, the others negatives, unused rows zeros, so that the mask head reads the first
    rows alone.

    Called with ``proposals`` (batch, n, 4), ``gt_class_ids`` (batch, m), ``gt_boxes``
    (batch, m, 4), all boxes normalised, and ``gt_masks`` (batch, m, h, w), which are mini-masks or
    whole masks; returns `DetectionTargets`.

    Args:
        rois: Regions an image.
        positive_ratio: See above.
        mask_shape: (height, width) of a region's mask.
        deviations: The four factors by which deltas are divided.
        mini_masks: Whether masks cover their lesions' boxes, not the image.
        gt_rois: Whether the lesions' own boxes are among the regions.
        seed: Of the sampling.
    """

    SETTINGS = (
        "rois",
        "positive_ratio",
        "mask_shape",
        "deviations",
        "mini_masks",
        "gt_rois",
        "seed",
    )

    def __init__(
        self,
        rois: int,
        positive_ratio: float,
        mask_shape,
        deviations,
        mini_masks: bool = True,
        gt_rois: bool = False,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.rois, self.positive_ratio, self.seed = rois, positive_ratio, seed
        self.mask_shape, self.deviations = to_numbers(mask_shape), to_numbers(deviations)
        self.mini_masks, self.gt_rois = mini_masks, gt_rois
        self.positives = int(rois * positive_ratio)
        self.random = keras.random.SeedGenerator(seed, name="sampling")

    @classmethod
    def of(cls, config, **kwargs) -> "DetectionTargetLayer":
        """Return the layer that a configuration asks for."""
        return cls(
            int(config.TRAIN_ROIS_PER_IMAGE),
            config.ROI_POSITIVE_RATIO,
            config.MASK_SHAPE,
            config.BBOX_STD_DEV,
            mini_masks=config.USE_MINI_MASK,
            gt_rois=config.USE_GT_ROIS,
            **kwargs,
        )

    def call(self, proposals, gt_class_ids, gt_boxes, gt_masks):
        proposals, gt_boxes = ops.stop_gradient(proposals), ops.cast(gt_boxes, "float32")
        if self.gt_rois:
            proposals = ops.concatenate([gt_boxes, proposals], axis=1)
        real = ops.any(proposals != 0, axis=-1)
        overlap = box_ops.compute_overlaps(proposals, gt_boxes)
        lesion = ops.expand_dims(ops.cast(gt_class_ids > 0, "float32"), 1)
        best = ops.max(overlap * lesion, axis=-1)
        crowd = ops.expand_dims(ops.cast(gt_class_ids < 0, "float32"), 1)
        crowded = ops.max(overlap * crowd, axis=-1) >= 0.001
        positive = ops.logical_and(real, best >= 0.5)
        negative = ops.logical_and(ops.logical_and(real, best < 0.5), ops.logical_not(crowded))

        draw = keras.random.uniform(ops.shape(best), seed=self.random)
        at_positive, is_positive = _draw(positive, draw, self.positives)
        positives = ops.sum(ops.cast(is_positive, "float32"), axis=1, keepdims=True)
        # Multiplied, as Matterport does: 33 positives / 0.33 would leave 66 negatives, not 67.
        wanted = ops.floor(positives * float(np.float32(1 / self.positive_ratio))) - positives
        at_negative, is_negative = _draw(negative, draw, self.rois - self.positives)
        order = ops.cast(ops.arange(self.rois - self.positives), "float32")
        is_negative = ops.logical_and(is_negative, ops.expand_dims(order, 0) < wanted)

        use = ops.cast(ops.concatenate([is_positive, is_negative], axis=1), "float32")
        indices = ops.concatenate([at_positive, at_negative], axis=1)
        rois = box_ops.take_rows(proposals, indices) * ops.expand_dims(use, -1)
        positive_rois = rois[:, : self.positives]
        nearest = ops.argmax(box_ops.take_rows(overlap * lesion, at_positive), axis=-1)
        assigned_boxes = box_ops.take_rows(gt_boxes, nearest)
        class_ids = box_ops.take_rows(ops.cast(gt_class_ids, "int32"), nearest)
        class_ids = class_ids * ops.cast(is_positive, "int32")
        deltas = box_ops.box_refinement(positive_rois, assigned_boxes)
        deltas = deltas / ops.convert_to_tensor(self.deviations, dtype="float32")
        keep = ops.cast(is_positive, "float32")
        masks = self._masks(positive_rois, assigned_boxes, box_ops.take_rows(gt_masks, nearest))
        padding = ops.zeros_like(at_negative)
        return DetectionTargets(
            rois=rois,
            class_ids=ops.concatenate([class_ids, ops.cast(padding, "int32")], axis=1),
            deltas=deltas * ops.expand_dims(keep, -1),
            masks=masks * ops.reshape(keep, (-1, self.positives, 1, 1)),
        )

    def _masks(self, rois, gt_boxes, gt_masks):
        """Crop each region's mask to MASK_SHAPE and round it to 0 or 1."""
        boxes = rois
        if self.mini_masks:  # a mini-mask covers its lesion's box, not the image
            size = ops.maximum(gt_boxes[..., 2:] - gt_boxes[..., :2], 1e-8)
            origin = ops.concatenate([gt_boxes[..., :2]] * 2, axis=-1)
            boxes = (rois - origin) / ops.concatenate([size, size], axis=-1)
        masks = ops.cast(gt_masks, "float32")
        return ops.round(crop_and_resize(masks, boxes, self.mask_shape))

    def compute_output_spec(self, proposals, gt_class_ids, gt_boxes, gt_masks):
        batch = proposals.shape[0]
        return DetectionTargets(
            rois=keras.KerasTensor((batch, self.rois, 4), "float32"),
            class_ids=keras.KerasTensor((batch, self.rois), "int32"),
            deltas=keras.KerasTensor((batch, self.positives, 4), "float32"),
            masks=keras.KerasTensor((batch, self.positives, *self.mask_shape), "float32"),
        )


@keras.saving.register_keras_serializable("mrcnn")
class PositiveRegions(Float32Layer):
    """Cut the rows that hold no positive region in any image of the batch.

    The mask head then reads a handful of regions instead of a third of all. At least one row
    stays. On JAX, whose shapes are fixed, nothing is cut.

    Called with ``rois`` (batch, p, 4), ``class_ids`` (batch, p), positives first and others 0, and
    ``masks`` (batch, p, h, w); returns `MaskRegions` with n ≤ p rows.
    """

    def call(self, rois, class_ids, masks):
        if keras.backend.backend() == "jax":
            return MaskRegions(rois, class_ids, masks)
        positives = ops.max(ops.sum(ops.cast(class_ids > 0, "int32"), axis=1))
        count = ops.maximum(positives, 1)
        return MaskRegions(rois[:, :count], class_ids[:, :count], masks[:, :count])

    def compute_output_spec(self, rois, class_ids, masks):
        return MaskRegions(
            *(
                keras.KerasTensor((x.shape[0], None, *x.shape[2:]), x.dtype)
                for x in (rois, class_ids, masks)
            )
        )


def _draw(eligible, draw, count: int):
    """Choose up to ``count`` of the eligible regions at random.

    Returns:
        tuple: (batch, count) indices and (batch, count) bool: which of them are eligible.
    """
    values, indices = ops.top_k(ops.where(eligible, draw, -1.0), count)
    return indices, values >= 0
