"""The five losses of Mask R-CNN (Ren et al. 2015; He et al. 2017).

A loss without anything to judge (no positive anchor, no positive region) is zero.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from mrcnn.plain_layer import Float32Layer

LOSSES = (
    "rpn_class_loss",
    "rpn_bbox_loss",
    "mrcnn_class_loss",
    "mrcnn_bbox_loss",
    "mrcnn_mask_loss",
)


@keras.saving.register_keras_serializable("mrcnn")
class LossLayer(Float32Layer):
    """The five losses as scalars, by the names in `LOSSES`.

    Args:
        loss_weights: Weights of losses by name, 1 where none is given. They are kept for
            `mrcnn.keras_models.TrainingModel`, which adds the losses up; a clone has its layers.
        weight_decay: Likewise, of the L2 penalty.

    Called with two dicts of tensors. ``targets``:

    - ``image_meta`` (batch, size), whose last columns are 1 for the classes of the image's data
      set;
    - ``rpn_match`` (batch, a), ``rpn_deltas`` (batch, b, 4): see `rpn_bbox_loss`;
    - ``class_ids`` (batch, n), ``deltas`` (batch, p, 4): of regions, the positive ones among the
      first p;
    - ``mask_class_ids`` (batch, q), ``masks`` (batch, q, h, w): of the regions with masks.

    ``predictions``: ``rpn_logits`` (batch, a, 2), ``rpn_deltas`` (batch, a, 4), ``class_logits``
    (batch, n, classes), ``deltas`` (batch, p, classes, 4), ``masks`` (batch, q, h, w, classes).
    """

    SETTINGS = ("loss_weights", "weight_decay")

    def __init__(
        self, loss_weights: dict[str, float] | None = None, weight_decay: float = 0.0, **kwargs
    ):
        super().__init__(**kwargs)
        self.loss_weights = {name: float((loss_weights or {}).get(name, 1)) for name in LOSSES}
        self.weight_decay = float(weight_decay or 0)

    def call(self, targets, predictions):
        positives = targets["deltas"].shape[1]
        classes = predictions["class_logits"].shape[2]
        return {
            "rpn_class_loss": rpn_class_loss(targets["rpn_match"], predictions["rpn_logits"]),
            "rpn_bbox_loss": rpn_bbox_loss(
                targets["rpn_deltas"], targets["rpn_match"], predictions["rpn_deltas"]
            ),
            "mrcnn_class_loss": mrcnn_class_loss(
                targets["class_ids"],
                predictions["class_logits"],
                ops.cast(targets["image_meta"][:, -classes:], "int32"),
            ),
            "mrcnn_bbox_loss": mrcnn_bbox_loss(
                targets["deltas"],
                targets["class_ids"][:, :positives],
                predictions["deltas"],
            ),
            "mrcnn_mask_loss": mrcnn_mask_loss(
                targets["masks"], targets["mask_class_ids"], predictions["masks"]
            ),
        }

    def compute_output_spec(self, targets, predictions):
        return {name: keras.KerasTensor((), "float32") for name in LOSSES}


def l2_penalty(model: keras.Model, decay: float) -> Any:
    """Return Matterport's L2 penalty: per tensor the sum of squares by its size.

    The gammas and betas of batch normalisation are not penalised.
    """
    return sum(
        _weighted_square(weight, decay / float(np.prod(weight.shape)))
        for weight in model.trainable_weights
        if weight.name not in ("gamma", "beta")
    )


def _weighted_square(weight, factor: float):
    """Return ``factor`` · Σ weight², with a gradient that takes one pass over the weights."""

    @ops.custom_gradient
    def square(x):
        # PyTorch hands the upstream gradient over by name, after x; the others alone, by place.
        def gradient(*args, upstream=None):
            return (args[0] if upstream is None else upstream) * (2.0 * factor) * x

        return factor * sum_of_squares(x), gradient

    return square(ops.convert_to_tensor(weight))


def sum_of_squares(x):
    """Return Σ x² of a float32 tensor; on TensorFlow in one pass."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return 2.0 * tf.nn.l2_loss(x)
    return ops.sum(ops.square(x))


def smooth_l1(difference):
    """Return the smooth L1 loss (Girshick 2015, equation 3), element by element."""
    size = ops.abs(difference)
    return ops.where(size < 1.0, 0.5 * size * size, size - 0.5)


def _cross_entropy(labels, logits):
    """Return the cross-entropy of int labels (...) and logits (..., classes)."""
    log_probabilities = ops.log_softmax(logits, axis=-1)
    hot = ops.one_hot(labels, logits.shape[-1], dtype="float32")
    return -ops.sum(hot * log_probabilities, axis=-1)


def _mean_over(values, weights):
    """Return the mean of ``values`` where ``weights`` is 1; 0 if nowhere."""
    return ops.sum(values * weights) / ops.maximum(ops.sum(weights), 1.0)


def rpn_class_loss(match, logits):
    """Cross-entropy over the anchors that are not neutral.

    Args:
        match: (batch, anchors) of 1, -1 and 0 (neutral).
        logits: (batch, anchors, 2) of background and lesion.
    """
    labels = ops.cast(match == 1, "int32")
    return _mean_over(_cross_entropy(labels, logits), ops.cast(match != 0, "float32"))


def rpn_bbox_loss(target, match, deltas):
    """Smooth L1 over the four deltas of the positive anchors.

    Args:
        target: (batch, trained anchors, 4), the i-th row belonging to the i-th positive anchor.
        match: (batch, anchors).
        deltas: (batch, anchors, 4).
    """
    positive = ops.cast(match == 1, "int32")
    # The i-th positive anchor is the one at which the running count reaches i + 1.
    row = ops.cumsum(positive, axis=1) - 1
    row = ops.clip(row, 0, target.shape[1] - 1)
    aligned = ops.take_along_axis(target, ops.expand_dims(row, -1), axis=1)
    loss = ops.mean(smooth_l1(aligned - deltas), axis=-1)
    return _mean_over(loss, ops.cast(positive, "float32"))


def mrcnn_class_loss(target, logits, active):
    """Cross-entropy of regions, those predicted as a class that the image's data set lacks aside.

    Padded regions count as background, as in Matterport's library.

    Args:
        target: (batch, n) int class ids.
        logits: (batch, n, classes).
        active: (batch, classes) of 1 for the classes of the image's data set.
    """
    predicted = ops.argmax(logits, axis=-1)
    counted = ops.take(active[0], predicted, axis=0)
    return _mean_over(_cross_entropy(target, logits), ops.cast(counted, "float32"))


def mrcnn_bbox_loss(target, class_ids, deltas):
    """Smooth L1 of the true class's deltas over positive regions.

    Args:
        target: (batch, n, 4).
        class_ids: (batch, n), 0 for regions that do not count.
        deltas: (batch, n, classes, 4).
    """
    is_true_class = ops.one_hot(class_ids, deltas.shape[2], dtype="float32")
    predicted = ops.sum(deltas * ops.expand_dims(is_true_class, -1), axis=2)
    loss = ops.mean(smooth_l1(target - predicted), axis=-1)
    return _mean_over(loss, ops.cast(class_ids > 0, "float32"))


def mrcnn_mask_loss(target, class_ids, masks):
    """Binary cross-entropy of the true class's mask over positive regions.

    Args:
        target: (batch, n, h, w) of 0 and 1.
        class_ids: (batch, n), 0 for regions that do not count.
        masks: (batch, n, h, w, classes) probabilities.
    """
    is_true_class = ops.one_hot(class_ids, masks.shape[4], dtype="float32")
    is_true_class = ops.expand_dims(ops.expand_dims(is_true_class, 2), 2)
    predicted = ops.clip(ops.sum(masks * is_true_class, axis=-1), 1e-7, 1 - 1e-7)
    loss = -(target * ops.log(predicted) + (1 - target) * ops.log(1 - predicted))
    return _mean_over(ops.mean(loss, axis=(2, 3)), ops.cast(class_ids > 0, "float32"))
