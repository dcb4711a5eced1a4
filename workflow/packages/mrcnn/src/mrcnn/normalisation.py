"""Convolutions with batch normalisation (Ioffe & Szegedy 2015), under Matterport's layer names.

With frozen statistics (``TRAIN_BN = False``) gamma and beta still learn, as in Matterport's
library; ``trainable = False`` would freeze these too. The normalisation is then a linear map of
each channel, and `FrozenNormConvolution` applies it wherever that is less work, to the kernel or to
the features: the same function with the same gradients.
"""

import math
from dataclasses import dataclass

from keras import layers, ops

EPSILON = 1e-3


@dataclass(frozen=True)
class BatchNorm:
    """Adds convolutions that are followed by batch normalisation of one kind.

    Args:
        training: False: frozen statistics. None: statistics are learnt in training and used in
            reading. True: always those of the batch.
        momentum: Share of the old moving statistics that a step keeps.
    """

    training: bool | None = False
    momentum: float = 0.99

    def convolve(
        self, x, convolution: layers.Layer, name: str, relu: bool = False, repeats: int = 1
    ):
        """Return ``x`` convolved and normalised.

        Args:
            x: (batch, h, w, c).
            convolution: A ``Conv2D`` with bias and no activation, called on nothing yet.
            name: Name of the batch normalisation.
            relu: Whether a rectifier follows.
            repeats: How many maps there are about, where ``x`` holds many (regions) a step.

        Returns:
            (batch, h', w', filters).
        """
        options = {"epsilon": EPSILON, "momentum": self.momentum, "name": name}
        if self.training is False:
            norm = layers.BatchNormalization(**options)
            x = FrozenNormConvolution(convolution, norm, repeats)(x)
        elif self.training:
            x = BatchStatisticsNormalization(**options)(convolution(x))
        else:
            x = layers.BatchNormalization(**options)(convolution(x))
        return layers.Activation("relu", name=f"{name}_relu")(x) if relu else x


class FrozenNormConvolution(layers.Layer):
    """A convolution and a batch normalisation whose statistics never change, as one convolution.

    With s = gamma / √(variance + ε): conv(x, W) + b, normalised, is
    conv(x, W · s) + t = conv(x, W) · s + t, where t = (b − mean) · s + beta.

    Args:
        convolution: A ``Conv2D`` with bias.
        norm: A ``BatchNormalization`` over the last axis.
        repeats: About how many maps a step are read.
    """

    def __init__(self, convolution: layers.Layer, norm: layers.Layer, repeats: int = 1):
        super().__init__(name=f"{convolution.name}_{norm.name}")
        self.convolution = convolution
        self.norm = norm
        self.repeats = repeats
        self.scale_kernel = True

    def build(self, input_shape):
        shape = self.convolution.compute_output_shape(input_shape)
        self.convolution.build(input_shape)
        self.norm.build(shape)
        features = self.repeats * (shape[1] or 1) * (shape[2] or 1) * shape[3]
        self.scale_kernel = math.prod(self.convolution.kernel.shape) < features

    def call(self, x):
        convolution, norm = self.convolution, self.norm
        scale = norm.gamma * ops.rsqrt(norm.moving_variance + norm.epsilon)
        shift = (convolution.bias - norm.moving_mean) * scale + norm.beta
        kernel = convolution.kernel * scale if self.scale_kernel else convolution.kernel
        # In mixed precision the map is worked out in float32 and applied in the features' type.
        features = _convolved(convolution, x, ops.cast(kernel, x.dtype))
        if not self.scale_kernel:
            features = features * ops.cast(scale, x.dtype)
        return features + ops.cast(shift, x.dtype)

    def compute_output_shape(self, input_shape):
        return self.convolution.compute_output_shape(input_shape)


def _convolved(convolution, x, kernel):
    """Return ``x`` convolved; a map of one cell times a kernel of one cell is a matrix product."""
    if x.shape[1:3] == (1, 1) and kernel.shape[:2] == (1, 1):
        product = ops.matmul(
            ops.reshape(x, (-1, x.shape[3])), ops.reshape(kernel, kernel.shape[2:])
        )
        return ops.reshape(product, (-1, 1, 1, kernel.shape[3]))
    return convolution.convolution_op(x, kernel)


class BatchStatisticsNormalization(layers.BatchNormalization):
    """Batch normalisation that uses the statistics of the batch in reading, too."""

    def call(self, inputs, training=None, mask=None):
        return super().call(inputs, training=True, mask=mask)


def leaf_layers(layer: layers.Layer) -> list[layers.Layer]:
    """Return the layers that hold weights themselves, inside a model or a combined layer.

    Weight files and the choice of what to train go by these layers' names.
    """
    inner = getattr(layer, "layers", None)
    if inner is None and isinstance(layer, FrozenNormConvolution):
        inner = [layer.convolution, layer.norm]
    if inner is None:
        return [layer]
    return [leaf for part in inner for leaf in leaf_layers(part)]
