"""(a) A transformer with windows that turns an image into feature maps.

Liu et al. 2021, "Swin transformer: hierarchical vision transformer using shifted windows": cells
of 4 x 4 px are embedded; a block lets the cells of a window attend to each other, every other
block with windows that are shifted by half a window; between stages 2 x 2 cells become one of
twice the width. As in the paper's detectors, a map is padded to whole windows, and each stage's
output is normalised. Stochastic depth is left out.
"""

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from mrcnn.architectures import Transformer

EPSILON = 1e-5
PATCH = 4
MASKED = -100.0  # added to the logit of two cells that are neighbours only since the map was rolled
WIDER = 4  # of the perceptron behind each attention


def build_swin(image, form: Transformer, dtype: str | None = None) -> list:
    """Return the feature maps of the five stages of a ResNet's place.

    Args:
        image: (batch, height, width, channels) float tensor, mean pixel subtracted.
        form: One of `mrcnn.architectures.TRANSFORMERS`.
        dtype: Dtype policy of the layers; None: Keras's global one.

    Returns:
        list: The embedded patches, and C2 to C5 at strides 4, 8, 16 and 32.
    """
    policy: dict[str, Any] = {"dtype": dtype}
    x = layers.Conv2D(form.width, PATCH, strides=PATCH, name="swin_patches", **policy)(image)
    x = _normalise(x, "swin_patches_norm", policy)
    stages = [x]
    for stage, (depth, heads) in enumerate(zip(form.depths, form.heads, strict=True), start=2):
        if stage > 2:
            x = _merge(x, f"swin{stage}_merge", policy)
        for index in range(depth):
            shift = form.window // 2 if index % 2 else 0
            x = _block(x, heads, form, shift, f"swin{stage}_{index + 1}", policy)
        stages.append(_normalise(x, f"swin{stage}_out", policy))
    return stages


def _block(x, heads: int, form: Transformer, shift: int, name: str, policy: dict[str, Any]):
    """Attend within windows, then a perceptron for each cell; both are added to what came in."""
    width = x.shape[-1]
    y = _normalise(x, f"{name}_norm1", policy)
    y = WindowAttention(heads, form.window, shift, name=f"{name}_attention", **policy)(y)
    x = layers.Add(name=f"{name}_attended", **policy)([x, y])
    y = _normalise(x, f"{name}_norm2", policy)
    y = layers.Dense(WIDER * width, activation=gelu_exact, name=f"{name}_fc1", **policy)(y)
    y = layers.Dense(width, name=f"{name}_fc2", **policy)(y)
    return layers.Add(name=f"{name}_added", **policy)([x, y])


def _merge(x, name: str, policy: dict[str, Any]):
    """Return 2 x 2 cells as one of twice the width."""
    width = x.shape[-1]
    x = MergeCells(name=name, **policy)(x)
    x = _normalise(x, f"{name}_norm", policy)
    return layers.Dense(2 * width, use_bias=False, name=f"{name}_fc", **policy)(x)


def _normalise(x, name: str, policy: dict[str, Any]):
    return layers.LayerNormalization(epsilon=EPSILON, name=name, **policy)(x)


@keras.saving.register_keras_serializable("mrcnn")
def gelu_exact(x):
    """Return x · Φ(x), as Swin's weights were trained with; not its approximation by tanh."""
    return ops.gelu(x, approximate=False)


@keras.saving.register_keras_serializable("mrcnn")
class MergeCells(layers.Layer):
    """Turns (batch, h, w, c) into (batch, ⌈h/2⌉, ⌈w/2⌉, 4c), by columns of two cells.

    A map of odd height or width is padded by zeros.
    """

    def call(self, x):
        x = ops.pad(x, ((0, 0), (0, x.shape[1] % 2), (0, x.shape[2] % 2), (0, 0)))
        corners = [x[:, row::2, column::2] for column in (0, 1) for row in (0, 1)]
        return ops.concatenate(corners, axis=-1)


@keras.saving.register_keras_serializable("mrcnn")
class WindowAttention(layers.Layer):
    """Attention among the cells of a window, with a bias by relative position.

    Args:
        heads: Heads; the channels are dealt out among them.
        window: Cells of a window's side.
        shift: Cells by which the windows are shifted; not where one window holds the whole map.
    """

    def __init__(self, heads: int, window: int, shift: int = 0, **kwargs):
        super().__init__(**kwargs)
        self.heads, self.window, self.shift = heads, window, shift

    def get_config(self) -> dict:
        settings = {"heads": self.heads, "window": self.window, "shift": self.shift}
        return super().get_config() | settings

    def build(self, input_shape):
        _, height, width, channels = input_shape
        spread = keras.initializers.TruncatedNormal(stddev=0.02)

        def weight(name, shape, initializer):
            return self.add_weight(name=name, shape=shape, initializer=initializer)

        self.qkv = weight("qkv_kernel", (channels, 3 * channels), spread)
        self.qkv_bias = weight("qkv_bias", (3 * channels,), "zeros")
        self.proj = weight("proj_kernel", (channels, channels), spread)
        self.proj_bias = weight("proj_bias", (channels,), "zeros")
        table = ((2 * self.window - 1) ** 2, self.heads)
        self.table = weight("relative_position_bias", table, spread)
        self.padded = self._whole_windows(height), self._whole_windows(width)
        self.moved = self._shift_of(height), self._shift_of(width)
        self.position = relative_positions(self.window)
        self.mask = shifted_mask(self.padded, self.window, self.moved) if any(self.moved) else None
        self.built = True

    def call(self, x):
        height, width, channels = x.shape[1:]
        x = ops.pad(x, ((0, 0), (0, self.padded[0] - height), (0, self.padded[1] - width), (0, 0)))
        down, right = self.moved
        x = ops.roll(x, (-down, -right), axis=(1, 2)) if any(self.moved) else x
        x = self._attend(self._cut(x, channels), channels)
        x = self._join(x, channels)
        x = ops.roll(x, (down, right), axis=(1, 2)) if any(self.moved) else x
        return x[:, :height, :width]

    def compute_output_shape(self, input_shape):
        return input_shape

    def _whole_windows(self, side: int) -> int:
        return -(-side // self.window) * self.window

    def _shift_of(self, side: int) -> int:
        return self.shift if side > self.window else 0

    def _cut(self, x, channels: int):
        """Return the map (batch, h, w, c) as windows, (batch, windows, cells, c)."""
        side, (height, width) = self.window, self.padded
        x = ops.reshape(x, (-1, height // side, side, width // side, side, channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (-1, height * width // side**2, side**2, channels))

    def _join(self, x, channels: int):
        """Return windows as a map."""
        side, (height, width) = self.window, self.padded
        x = ops.reshape(x, (-1, height // side, width // side, side, side, channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (-1, height, width, channels))

    def _attend(self, x, channels: int):
        """Return (batch, windows, cells, c) after attention within each window."""
        windows, cells, deep = x.shape[1], self.window**2, channels // self.heads
        x = ops.matmul(x, ops.cast(self.qkv, x.dtype)) + ops.cast(self.qkv_bias, x.dtype)
        x = ops.reshape(x, (-1, windows, cells, 3, self.heads, deep))
        query, key, value = ops.unstack(ops.transpose(x, (3, 0, 1, 4, 2, 5)), 3)
        logits = ops.matmul(query * deep**-0.5, ops.swapaxes(key, -1, -2))
        # Softmax adds many small numbers up: in float32 whatever the policy.
        logits = ops.cast(logits, "float32") + self._bias(windows)
        weights = ops.cast(ops.softmax(logits, axis=-1), x.dtype)
        x = ops.transpose(ops.matmul(weights, value), (0, 1, 3, 2, 4))
        x = ops.reshape(x, (-1, windows, cells, channels))
        return ops.matmul(x, ops.cast(self.proj, x.dtype)) + ops.cast(self.proj_bias, x.dtype)

    def _bias(self, windows: int):
        """Return what is added to logits, (windows or 1, heads, cells, cells) float32."""
        cells = self.window**2
        table = ops.cast(ops.take(self.table, self.position.reshape(-1), axis=0), "float32")
        bias = ops.transpose(ops.reshape(table, (cells, cells, self.heads)), (2, 0, 1))[None]
        return bias if self.mask is None else bias + ops.convert_to_tensor(self.mask[:, None])


def relative_positions(window: int) -> np.ndarray:
    """Return int32 (cells, cells): the row of the bias table for two cells of a window.

    Example:
        >>> relative_positions(2)[0].tolist()
        [4, 3, 1, 0]
    """
    grid = np.stack(np.meshgrid(np.arange(window), np.arange(window), indexing="ij"), -1)
    cells = grid.reshape(-1, 2)
    apart = cells[:, None] - cells[None] + window - 1
    return (apart[..., 0] * (2 * window - 1) + apart[..., 1]).astype(np.int32)


def shifted_mask(padded: tuple[int, int], window: int, moved: tuple[int, int]) -> np.ndarray:
    """Return float32 (windows, cells, cells): `MASKED` for cells that were not neighbours.

    Args:
        padded: Height and width of the map, in cells.
        window: Cells of a window's side.
        moved: Cells by which the map was rolled, down and right.
    """
    rows, columns = (_parts(*sides, window) for sides in zip(padded, moved, strict=True))
    parts = 3 * rows[:, None] + columns
    parts = parts.reshape(padded[0] // window, window, padded[1] // window, window)
    parts = parts.transpose(0, 2, 1, 3).reshape(-1, window**2)
    return np.where(parts[:, :, None] == parts[:, None], 0.0, MASKED).astype(np.float32)


def _parts(side: int, moved: int, window: int) -> np.ndarray:
    """Return for each cell of a side which part it is in.

    The last window of a rolled map is made of two parts; all others are one.
    """
    cells = np.arange(side)
    return (cells >= side - window).astype(int) + (cells >= side - moved) if moved else 0 * cells
