"""(d), (e) The heads: a region's class and box, and its mask.

Layers are applied to regions laid out as a batch, (batch · regions, h, w, c): the same weights and
names as a time-distributed layer, without its overhead.
"""

from typing import Any, NamedTuple

import keras
from keras import layers, ops

from mrcnn.convolution import Conv2D
from mrcnn.normalisation import BatchNorm
from mrcnn.plain_layer import PlainLayer, to_numbers

REGIONS = 100  # about how many a head reads


class ClassPredictions(NamedTuple):
    """What the classifier head says of regions.

    Attributes:
        logits: (batch, n, classes).
        probabilities: (batch, n, classes).
        deltas: (batch, n, classes, 4), one set a class.
    """

    logits: Any
    probabilities: Any
    deltas: Any


def build_classifier_head(
    regions, num_classes: int, width: int, norm: BatchNorm
) -> ClassPredictions:
    """Classify regions and refine their boxes.

    Args:
        regions: (batch, n, pool, pool, channels) from ROIAlign.
        num_classes: Background included.
        width: Units of the two fully connected layers.
        norm: How to normalise.

    Returns:
        ClassPredictions: Logits, probabilities and deltas.
    """
    pool = regions.shape[2]
    x = Fold((pool, pool, regions.shape[4]), name="mrcnn_class_fold", dtype=norm.dtype)(regions)
    for i, kernel in ((1, pool), (2, 1)):
        names = f"mrcnn_class_conv{i}", f"mrcnn_class_bn{i}"
        x = norm.convolve(x, width, kernel, *names, relu=True, repeats=REGIONS)
    x = Fold((width,), name="mrcnn_class_squeeze", dtype=norm.dtype)(x)
    logits = layers.Dense(num_classes, name="mrcnn_class_logits", dtype=norm.dtype)(x)
    deltas = layers.Dense(4 * num_classes, name="mrcnn_bbox_fc", dtype=norm.dtype)(x)
    # What is said of regions is float32: it is compared, and added up in losses.
    logits = Unfold((num_classes,), name="mrcnn_class_logits_unfold", dtype="float32")(
        logits, regions
    )
    probabilities = layers.Activation("softmax", name="mrcnn_class", dtype="float32")(logits)
    deltas = Unfold((num_classes, 4), name="mrcnn_bbox", dtype="float32")(deltas, regions)
    return ClassPredictions(logits, probabilities, deltas)


def build_mask_head(regions, num_classes: int, channels: int, norm: BatchNorm):
    """Outline regions: a mask a class of each.

    Args:
        regions: (batch, n, pool, pool, c) from ROIAlign.
        num_classes: Background included.
        channels: Width of the convolutions.
        norm: How to normalise.

    Returns:
        (batch, n, 2 · pool, 2 · pool, classes) probabilities.
    """
    pool = regions.shape[2]
    x = Fold((pool, pool, regions.shape[4]), name="mrcnn_mask_fold", dtype=norm.dtype)(regions)
    for i in range(1, 5):
        names = f"mrcnn_mask_conv{i}", f"mrcnn_mask_bn{i}"
        x = norm.convolve(x, channels, 3, *names, padding="same", relu=True, repeats=REGIONS)
    x = layers.Conv2DTranspose(
        channels, 2, strides=2, activation="relu", name="mrcnn_mask_deconv", dtype=norm.dtype
    )(x)
    x = Conv2D(num_classes, 1, activation="sigmoid", name="mrcnn_mask", dtype="float32")(x)
    return Unfold((2 * pool, 2 * pool, num_classes), name="mrcnn_mask_unfold", dtype="float32")(
        x, regions
    )


@keras.saving.register_keras_serializable("mrcnn")
class Fold(PlainLayer):
    """Lay regions (batch, n, *shape) out as a batch, (batch · n, *shape)."""

    SETTINGS = ("shape",)

    def __init__(self, shape, **kwargs):
        super().__init__(**kwargs)
        self.shape = to_numbers(shape)

    def call(self, x):
        return ops.reshape(x, (-1, *self.shape))

    def compute_output_shape(self, input_shape):
        return (None, *self.shape)


@keras.saving.register_keras_serializable("mrcnn")
class Unfold(PlainLayer):
    """Undo `Fold`: called with (batch · n, ...) and the regions (batch, n, ...) it came from."""

    SETTINGS = ("shape",)

    def __init__(self, shape, **kwargs):
        super().__init__(**kwargs)
        self.shape = to_numbers(shape)

    def call(self, x, regions):
        if regions.shape[1] is not None:
            return ops.reshape(x, (-1, regions.shape[1], *self.shape))
        return ops.reshape(x, (ops.shape(regions)[0], -1, *self.shape))

    def compute_output_shape(self, x_shape, regions_shape):
        return (*regions_shape[:2], *self.shape)
