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

from mrcnn.convolution import Conv2D, add_shift

EPSILON = 1e-3


@dataclass(frozen=True)
class BatchNorm:
    """Adds convolutions that are followed by batch normalisation of one kind.

    Args:
        training: False: frozen statistics. None: statistics are learnt in training and used in
            reading. True: always those of the batch.
        momentum: Share of the old moving statistics that a step keeps.
        dtype: Dtype policy of the layers; None: Keras's global one.
    """

    training: bool | None = False
    momentum: float = 0.99
    dtype: str | None = None

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
        policy: dict[str, Any] = {"dtype": self.dtype}
        convolution: dict[str, Any] = {
            "name": name,
            "filters": filters,
            "kernel_size": kernel_size,
            "strides": strides,
            "padding": padding,
        }
        norm: dict[str, Any] = {"name": norm_name, "epsilon": EPSILON, "momentum": self.momentum}
        if self.training is False:
            x = FrozenNormConvolution(convolution, norm, repeats=repeats, **policy)(x)
        else:
            x = Conv2D(**convolution, **policy)(x)
            kind = BatchStatisticsNormalization if self.training else Normalization
            x = kind(**norm, **policy)(x)
        return layers.Activation("relu", name=f"{norm_name}_relu", **policy)(x) if relu else x


@keras.saving.register_keras_serializable("mrcnn")
class FrozenNormConvolution(layers.Layer):
    """A convolution and a batch normalisation whose statistics never change, as one convolution.

    With s = gamma / √(variance + ε): conv(x, W) + b, normalised, is
    conv(x, W · s) + t = conv(x, W) · s + t, where t = (b − mean) · s + beta.

    Args:
        convolution: Arguments of the `Conv2D` within, by name.
        norm: Arguments of the ``BatchNormalization`` within, by name.
        repeats: About how many maps a step are read.
        frozen: Names of those of the two that are not trained.
    """

    def __init__(
        self,
        convolution: dict[str, Any],
        norm: dict[str, Any],
        *,
        repeats: int = 1,
        frozen: Sequence[str] = (),
        dtype=None,
        **kwargs,
    ):
        # In mixed precision the map is worked out from the float32 weights: the layer's own type
        # is float32, that of the features the convolution's.
        name = f"{convolution['name']}_{norm['name']}"
        own = {"name": name, "dtype": "float32", "autocast": False}
        super().__init__(**(own | kwargs))
        self.settings = {"convolution": convolution, "norm": norm, "repeats": repeats}
        self.repeats = repeats
        self.convolution = Conv2D(**convolution, dtype=dtype)
        self.norm = layers.BatchNormalization(**norm, dtype=dtype)
        set_frozen(self, frozen)
        self.scale_kernel = True

    def get_config(self) -> dict:
        policy = keras.saving.serialize_keras_object(self.convolution.dtype_policy)
        settings = {**self.settings, "frozen": get_frozen(self), "dtype": policy}
        return super().get_config() | settings

    def build(self, input_shape):
        shape = self.convolution.compute_output_shape(input_shape)
        self.convolution.build(input_shape)
        self.norm.build(shape)
        features = self.repeats * (shape[1] or 1) * (shape[2] or 1) * shape[3]
        self.scale_kernel = math.prod(self.convolution.kernel.shape) < features

    def call(self, x):
        convolution, norm = self.convolution, self.norm
        x = ops.cast(x, convolution.compute_dtype)
        scale = norm.gamma * ops.rsqrt(norm.moving_variance + norm.epsilon)
        shift = (convolution.bias - norm.moving_mean) * scale + norm.beta
        kernel = convolution.kernel * scale if self.scale_kernel else convolution.kernel
        features = convolution.convolution_op(x, ops.cast(kernel, x.dtype))
        if self.scale_kernel:
            return add_shift(features, ops.cast(shift, x.dtype))
        return scale_and_shift(features, scale, shift)

    def compute_output_shape(self, input_shape):
        return self.convolution.compute_output_shape(input_shape)

    def compute_output_spec(self, x):
        shape = self.compute_output_shape(x.shape)
        return keras.KerasTensor(shape, self.convolution.compute_dtype)


def scale_and_shift(features, scale, shift):
    """Return ``features`` (..., c) times ``scale`` plus ``shift``, both (c,) float32."""
    if features.dtype == "bfloat16" and keras.backend.backend() == "tensorflow":
        return _scale_and_shift_in_tensorflow(features, scale, shift)
    return features * ops.cast(scale, features.dtype) + ops.cast(shift, features.dtype)


def _scale_and_shift_in_tensorflow(features, scale, shift):
    """Use one operation, whose gradients are one more."""
    import tensorflow as tf

    nothing = tf.zeros_like(scale)
    result, _, _ = tf.compat.v1.nn.fused_batch_norm(
        features,
        scale,
        shift,
        mean=nothing,
        variance=nothing + (1.0 - EPSILON),
        epsilon=EPSILON,
        is_training=False,
    )
    return result


@keras.saving.register_keras_serializable("mrcnn")
class Normalization(layers.BatchNormalization):
    """A ``BatchNormalization`` of Keras that takes few passes over bfloat16 features."""

    def call(self, inputs, training=None, mask=None):
        if self.compute_dtype != "bfloat16" or keras.backend.backend() != "tensorflow":
            return super().call(inputs, training=training, mask=mask)
        if training and self.trainable:
            return self._normalise_batch(inputs)
        scale = self.gamma * ops.rsqrt(self.moving_variance + self.epsilon)
        return scale_and_shift(inputs, scale, self.beta - self.moving_mean * scale)

    def _normalise_batch(self, inputs):
        """Normalise with the statistics of a batch, which are float32, and keep their means."""
        import tensorflow as tf

        result, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, self.gamma, self.beta, epsilon=self.epsilon, is_training=True
        )
        count = ops.cast(ops.size(inputs) // inputs.shape[-1], "float32")
        variance = variance * (count - 1.0) / count  # TensorFlow's is the unbiased one
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + value * (1.0 - self.momentum))
        return result


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
