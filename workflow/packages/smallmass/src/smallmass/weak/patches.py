"""Which patches of an image are looked at closely: where its maps are highest, one after another.

Source: algorithm 1 of Shen et al. 2021 (Med Image Anal 68:101908): a window is laid where the
map's sum below it is largest, what lies below it is taken out, and so on.
"""

import keras
from keras import ops

from mrcnn.plain_layer import Float32Layer


@keras.saving.register_keras_serializable("smallmass")
class GreedyPatches(Float32Layer):
    """Boxes (batch, count, 4) of (y1, x1, y2, x2), in cells, from maps (batch, h, w, maps).

    Each map is stretched to 0 to 1 within its image, so that one that is faint counts as much, and
    their mean is read. Of equal places the first, from the top, is taken. Nothing is learnt here.

    Args:
        count: Patches of an image.
        side: Of a patch, cells.
    """

    SETTINGS = ("count", "side")

    def __init__(self, count: int, side: int, **kwargs):
        super().__init__(**kwargs)
        self.count, self.side = int(count), int(side)

    def call(self, maps):
        left = ops.mean(stretch(ops.stop_gradient(maps)), axis=-1)
        height, width = maps.shape[1:3]
        rows, columns = (ops.arange(n, dtype="int32")[None] for n in (height, width))
        boxes = []
        for _ in range(self.count):
            y, x = self._highest(left, width)
            boxes.append(ops.stack([y, x, y + self.side, x + self.side], axis=-1))
            in_rows = ops.logical_and(rows >= y[:, None], rows < y[:, None] + self.side)
            in_columns = ops.logical_and(columns >= x[:, None], columns < x[:, None] + self.side)
            taken = ops.logical_and(in_rows[:, :, None], in_columns[:, None, :])
            left = ops.where(taken, 0.0, left)
        return ops.cast(ops.stack(boxes, axis=1), "float32")

    def _highest(self, left, width: int):
        """Return row and column, int (batch,), of the window with the largest sum."""
        sums = ops.average_pool(left[..., None], self.side, strides=1, padding="valid")
        places = width - self.side + 1
        first = ops.cast(ops.argmax(ops.reshape(sums, (-1, sums.shape[1] * places)), -1), "int32")
        return first // places, first % places

    def compute_output_shape(self, shape):
        return (shape[0], self.count, 4)


@keras.saving.register_keras_serializable("smallmass")
class CutPatches(Float32Layer):
    """Patches (batch · count, size, size, c) of images (batch, h, w, c), read by interpolation.

    Called with images and boxes (batch, count, 4) in cells; the patches of an image follow one
    another.

    Args:
        size: Side of a patch as it is returned, px.
        cell: Side of a cell, px.
    """

    SETTINGS = ("size", "cell")

    def __init__(self, size: int, cell: int, **kwargs):
        super().__init__(**kwargs)
        self.size, self.cell = int(size), int(cell)

    def call(self, images, boxes):
        rows, columns = (
            self._weights(boxes[..., axis], boxes[..., axis + 2], images.shape[1 + axis])
            for axis in (0, 1)
        )
        bands = ops.einsum("bkyh,bhwc->bkywc", rows, images)
        patches = ops.einsum("bkxw,bkywc->bkyxc", columns, bands)
        return ops.reshape(patches, (-1, self.size, self.size, images.shape[3]))

    def _weights(self, low, high, extent: int):
        """Return how much each pixel counts for each sample, (batch, count, size, extent).

        Samples are the centres of ``size`` equal parts of a box's side.
        """
        low, high = low[..., None] * self.cell, high[..., None] * self.cell
        share = (ops.arange(self.size, dtype="float32") + 0.5) / self.size
        places = ops.clip(low + share * (high - low) - 0.5, 0.0, extent - 1.0)
        away = ops.abs(places[..., None] - ops.arange(extent, dtype="float32"))
        return ops.relu(1.0 - away)

    def compute_output_shape(self, images_shape, boxes_shape):
        return (None, self.size, self.size, images_shape[3])


@keras.saving.register_keras_serializable("smallmass")
class GroupPatches(Float32Layer):
    """Features of patches (batch · count, c) image by image: (batch, count, c)."""

    SETTINGS = ("count",)

    def __init__(self, count: int, **kwargs):
        super().__init__(**kwargs)
        self.count = int(count)

    def call(self, features):
        return ops.reshape(features, (-1, self.count, features.shape[-1]))

    def compute_output_shape(self, shape):
        return (None, self.count, shape[-1])


def stretch(maps):
    """Return maps (batch, h, w, maps) from 0 to 1 within each; a map of one value is 0."""
    lowest = ops.min(maps, axis=(1, 2), keepdims=True)
    range_ = ops.max(maps, axis=(1, 2), keepdims=True) - lowest
    return (maps - lowest) / ops.maximum(range_, 1e-6)
