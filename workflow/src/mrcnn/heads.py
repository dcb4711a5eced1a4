"""(d), (e) The heads: a region's class and box, and its mask.

Layers are applied to regions laid out as a batch, (batch · regions, h, w, c): the same weights and
names as a time-distributed layer, without its overhead.
"""

from keras import layers, ops

from mrcnn.normalisation import BatchNorm


def build_classifier_head(regions, num_classes: int, width: int, norm: BatchNorm):
    """Return class logits, class probabilities and box deltas of regions.

    Args:
        regions: (batch, n, pool, pool, channels) from ROIAlign.
        num_classes: Background included.
        width: Units of the two fully connected layers.
        norm: How to normalise.

    Returns:
        tuple: (batch, n, classes) logits, (batch, n, classes) probabilities,
        (batch, n, classes, 4) deltas, one set a class.
    """
    count, pool = regions.shape[1], regions.shape[2]
    x = _Fold((pool, pool, regions.shape[4]))(regions)
    x = layers.Conv2D(width, pool, padding="valid", name="mrcnn_class_conv1")(x)
    x = layers.Activation("relu")(norm(x, "mrcnn_class_bn1"))
    x = layers.Conv2D(width, 1, name="mrcnn_class_conv2")(x)
    x = layers.Activation("relu")(norm(x, "mrcnn_class_bn2"))
    x = _Fold((width,))(x)
    logits = layers.Dense(num_classes, name="mrcnn_class_logits")(x)
    deltas = layers.Dense(4 * num_classes, name="mrcnn_bbox_fc")(x)
    logits = _Fold((count, num_classes))(logits)
    probabilities = layers.Activation("softmax", name="mrcnn_class")(logits)
    return logits, probabilities, _Fold((count, num_classes, 4), name="mrcnn_bbox")(deltas)


def build_mask_head(regions, num_classes: int, channels: int, norm: BatchNorm):
    """Return a mask a class of each region.

    Args:
        regions: (batch, n, pool, pool, c) from ROIAlign.
        num_classes: Background included.
        channels: Width of the convolutions.
        norm: How to normalise.

    Returns:
        (batch, n, 2 · pool, 2 · pool, classes) probabilities.
    """
    count, pool = regions.shape[1], regions.shape[2]
    x = _Fold((pool, pool, regions.shape[4]))(regions)
    for i in range(1, 5):
        x = layers.Conv2D(channels, 3, padding="same", name=f"mrcnn_mask_conv{i}")(x)
        x = layers.Activation("relu")(norm(x, f"mrcnn_mask_bn{i}"))
    x = layers.Conv2DTranspose(channels, 2, strides=2, activation="relu", name="mrcnn_mask_deconv")(
        x
    )
    x = layers.Conv2D(num_classes, 1, activation="sigmoid", name="mrcnn_mask")(x)
    return _Fold((count, 2 * pool, 2 * pool, num_classes))(x)


class _Fold(layers.Layer):
    """Reshape to (-1, *shape): regions into the batch axis, or out of it."""

    def __init__(self, shape, **kwargs):
        super().__init__(trainable=False, **kwargs)
        self.shape = tuple(shape)

    def call(self, x):
        return ops.reshape(x, (-1, *self.shape))

    def compute_output_shape(self, input_shape):
        return (None, *self.shape)
