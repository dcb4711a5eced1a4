"""Convolutions; in bfloat16 by matrix products wherever these are faster.

A processor multiplies bfloat16 matrices several times faster than float32, but a convolution's
gradient with respect to its kernel gains little from that. A product gains all of it.
"""

import math

import keras
from keras import layers, ops

# The kernel's gradient is faster as a product where a map has at most this many cells for each
# channel (two cores with AMX: 3 to 4 times as fast at 0.4 or less, 1.4 at 3, the same at 4).
CELLS_PER_CHANNEL = 4


@keras.saving.register_keras_serializable("mrcnn")
class Conv2D(layers.Conv2D):
    """A ``Conv2D`` of Keras that computes the same in bfloat16, faster."""

    def call(self, inputs):
        if self.compute_dtype != "bfloat16":
            return super().call(inputs)
        features = self.convolution_op(inputs, self.kernel)
        if self.use_bias:
            features = add_shift(features, ops.cast(self.bias, features.dtype))
        return features if self.activation is None else self.activation(features)

    def convolution_op(self, inputs, kernel):
        """Return inputs (batch, h, w, c) convolved with a kernel (kh, kw, c, filters)."""
        one_cell = self.kernel_size == inputs.shape[1:3] == (1, 1)
        if keras.backend.standardize_dtype(inputs.dtype) != "bfloat16" and not one_cell:
            return super().convolution_op(inputs, kernel)
        kernel = ops.cast(kernel, inputs.dtype)
        if self._is_product(inputs.shape):
            return self._multiply(inputs, kernel)
        if _is_tensorflow_on_processor() and self._has_few_cells(inputs.shape):
            return self._convolve_few_cells(inputs, kernel)
        return super().convolution_op(inputs, kernel)

    def _is_product(self, shape) -> bool:
        """Say whether the kernel has one cell, or meets a map (of a known size) once."""
        if None in shape[1:3]:
            return False
        one_cell = self.kernel_size == (1, 1) and self.strides == (1, 1)
        return one_cell or (self.kernel_size == shape[1:3] and self.padding == "valid")

    def _multiply(self, inputs, kernel):
        kernel = ops.reshape(kernel, (-1, self.filters))
        product = ops.matmul(ops.reshape(inputs, (-1, kernel.shape[0])), kernel)
        return ops.reshape(product, (-1, *self.compute_output_shape(inputs.shape)[1:]))

    def _has_few_cells(self, shape) -> bool:
        """Say whether the kernel's gradient is faster as a product; a batch counts as 8 maps."""
        sizes = self.compute_output_shape(shape)[1:3]
        if None in sizes or self.dilation_rate != (1, 1):
            return False
        return (shape[0] or 8) * math.prod(sizes) <= CELLS_PER_CHANNEL * shape[3]

    def _convolve_few_cells(self, inputs, kernel):
        """Convolve; the kernel's gradient is that of a product with all patches."""
        import tensorflow as tf

        strides, padding = [1, *self.strides, 1], self.padding.upper()

        @tf.custom_gradient
        def convolve(x, weights):
            def gradient(upstream):
                for_x = tf.raw_ops.Conv2DBackpropInput(
                    input_sizes=tf.shape(x),
                    filter=weights,
                    out_backprop=upstream,
                    strides=strides,
                    padding=padding,
                )
                patches = self._cut_patches(x)
                patches = tf.reshape(patches, (-1, patches.shape[-1]))
                rows = tf.reshape(upstream, (-1, self.filters))
                for_kernel = tf.matmul(patches, rows, transpose_a=True)
                return for_x, tf.reshape(for_kernel, weights.shape)

            return tf.nn.conv2d(x, weights, strides, padding), gradient

        return convolve(inputs, kernel)

    def _cut_patches(self, x):
        """Return what the kernel meets at each cell: (batch, h', w', kh · kw · c)."""
        import tensorflow as tf

        rows, columns = self.kernel_size
        if self.padding == "same" and self.strides == (1, 1):  # slices are faster
            height, width = x.shape[1:3]
            around = [((size - 1) // 2, size // 2) for size in self.kernel_size]
            padded = tf.pad(x, ((0, 0), *around, (0, 0)))
            slices = [
                padded[:, top : top + height, left : left + width]
                for top in range(rows)
                for left in range(columns)
            ]
            return tf.concat(slices, axis=-1)
        sizes, strides = [1, rows, columns, 1], [1, *self.strides, 1]
        return tf.image.extract_patches(x, sizes, strides, [1, 1, 1, 1], self.padding.upper())


def _is_tensorflow_on_processor() -> bool:
    """Say whether TensorFlow computes on a processor; a GPU's own convolutions are left alone."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.get_visible_devices("GPU")


def add_shift(features, shift):
    """Return ``features`` (..., c) plus ``shift`` (c,), of the same type.

    TensorFlow adds up the gradient of a bfloat16 ``shift`` in bfloat16, which loses a part of every
    hundred cells. A product with ones adds up in float32, and is no slower.
    """
    if features.dtype != "bfloat16" or keras.backend.backend() != "tensorflow":
        return features + shift
    import tensorflow as tf

    @tf.custom_gradient
    def add(x, bias):
        def gradient(upstream):
            rows = tf.reshape(upstream, (-1, upstream.shape[-1]))
            ones = tf.ones((1, tf.shape(rows)[0]), rows.dtype)
            return upstream, tf.squeeze(tf.matmul(ones, rows), 0)

        return tf.nn.bias_add(x, bias), gradient

    return add(features, shift)
