"""Convolutions with batch normalisation (Ioffe & Szegedy 2015), under Matterport's layer names.

With frozen statistics (``TRAIN_BN = False``) gamma and beta still learn, as in Matterport's
library; ``trainable = False`` would freeze these too. The normalisation is then a linear map of
each channel, and `FrozenNormConvolution` applies it wherever that is less work, to the kernel or to
the features: the same function with the same gradients.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
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
        self,
        x,
        filters: int,
        kernel_size: int,
        name: str,
        norm_name: str,
        *,
        strides: int = 1,
        padding: str = "valid",
        relu: bool = False,
        repeats: int = 1,
    ):
        """Return ``x`` convolved (with a bias) and normalised.

        Args:
            x: (batch, h, w, c).
            filters: Channels of the result.
            kernel_size: Side of the kernel.
            name: Name of the convolution.
            norm_name: Name of the batch normalisation.
            strides: Cells between neighbouring outputs.
            padding: "valid" or "same".
            relu: Whether a rectifier follows.
            repeats: How many maps there are about, where ``x`` holds many (regions) a step.

        Returns:
            (batch, h', w', filters).
        """
        options: dict[str, Any] = {"filters": filters, "kernel_size": kernel_size}
        options |= {"strides": strides, "padding": padding}
        norm_options: dict[str, Any] = {"epsilon": EPSILON, "momentum": self.momentum}
        if self.training is False:
            names: dict[str, Any] = {"convolution_name": name, "norm_name": norm_name}
            x = FrozenNormConvolution(**options, **norm_options, **names, repeats=repeats)(x)
        else:
            x = layers.Conv2D(**options, name=name)(x)
            kind = BatchStatisticsNormalization if self.training else layers.BatchNormalization
            x = kind(**norm_options, name=norm_name)(x)
        return layers.Activation("relu", name=f"{norm_name}_relu")(x) if relu else x


@keras.saving.register_keras_serializable("mrcnn")
class FrozenNormConvolution(layers.Layer):
    """A convolution and a batch normalisation whose statistics never change, as one convolution.

    With s = gamma / √(variance + ε): conv(x, W) + b, normalised, is
    conv(x, W · s) + t = conv(x, W) · s + t, where t = (b − mean) · s + beta.

    Args:
        filters: Channels of the result.
        kernel_size: Side of the kernel.
        convolution_name: Name of the convolution within.
        norm_name: Name of the batch normalisation within.
        strides: Cells between neighbouring outputs.
        padding: "valid" or "same".
        epsilon: Added to the variance.
        momentum: Kept for the batch normalisation, whose statistics stay as they are.
        repeats: About how many maps a step are read.
        frozen: Names of those of the two that are not trained.
    """

    SETTINGS = (
        "filters",
        "kernel_size",
        "convolution_name",
        "norm_name",
        "strides",
        "padding",
        "epsilon",
        "momentum",
        "repeats",
    )

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        convolution_name: str,
        norm_name: str,
        *,
        strides: int = 1,
        padding: str = "valid",
        epsilon: float = EPSILON,
        momentum: float = 0.99,
        repeats: int = 1,
        frozen: Sequence[str] = (),
        **kwargs,
    ):
        super().__init__(**({"name": f"{convolution_name}_{norm_name}"} | kwargs))
        self.filters, self.kernel_size = filters, kernel_size
        self.convolution_name, self.norm_name = convolution_name, norm_name
        self.strides, self.padding = strides, padding
        self.epsilon, self.momentum, self.repeats = epsilon, momentum, repeats
        self.convolution = layers.Conv2D(
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            name=convolution_name,
            dtype=self.dtype_policy,
        )
        self.norm = layers.BatchNormalization(
            epsilon=epsilon, momentum=momentum, name=norm_name, dtype=self.dtype_policy
        )
        set_frozen(self, frozen)
        self.scale_kernel = True

    def get_config(self) -> dict:
        settings = {name: getattr(self, name) for name in self.SETTINGS}
        return super().get_config() | settings | {"frozen": get_frozen(self)}

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


@keras.saving.register_keras_serializable("mrcnn")
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


def set_frozen(layer: layers.Layer, names: Sequence[str]) -> None:
    """Freeze the layers of these names inside a combined layer."""
    for leaf in leaf_layers(layer):
        leaf.trainable = leaf.name not in names


def get_frozen(layer: layers.Layer) -> tuple[str, ...]:
    """Return the names of the layers inside a combined layer that are not trained."""
    return tuple(leaf.name for leaf in leaf_layers(layer) if not leaf.trainable)
