"""(c) ROIAlign: features of fixed size for regions of any size (He et al. 2017).

One bilinear sample a bin, at the points of TensorFlow's ``crop_and_resize``. All pyramid levels lie
behind one another in a single array, so that a region of any level is read by the same four
gathers; their gradient is a plain scatter-add, deterministic on a CPU.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from mrcnn.plain_layer import Float32Layer, PlainLayer, to_numbers


@keras.saving.register_keras_serializable("mrcnn")
class FlatPyramid(PlainLayer):
    """Lay pyramid levels (batch, h, w, c) behind one another, image by image: (cells, c).

    Everything that reads single cells reads this one array, so that its gradients meet as lists of
    cells and are added up once.
    """

    def call(self, maps):
        return flatten(maps)

    def compute_output_shape(self, shapes):
        return (None, shapes[0][3])


def flatten(maps: Sequence):
    """Lay maps (batch, h, w, c) behind one another, image by image: (cells, c)."""
    channels = maps[0].shape[3]
    flat = [ops.reshape(m, (-1, m.shape[1] * m.shape[2], channels)) for m in maps]
    return ops.reshape(ops.concatenate(flat, axis=1), (-1, channels))


@keras.saving.register_keras_serializable("mrcnn")
class FlatROIAlign(Float32Layer):
    """Read each region from the pyramid level that suits its size.

    Args:
        pool_shape: (height, width) of the output.
        image_shape: (height, width, ...) of the input image in pixels.
        shapes: (height, width) of the levels that were laid flat: P2 to P5, and any others.

    Called with boxes (batch, n, 4), normalised, and the flat pyramid (cells, c); returns
    (batch, n, height, width, c). Gradients stop at the boxes.
    """

    SETTINGS = ("pool_shape", "image_shape", "shapes")

    def __init__(self, pool_shape, image_shape, shapes, **kwargs):
        super().__init__(**kwargs)
        self.pool_shape, self.shapes = to_numbers(pool_shape), to_numbers(shapes)
        self.image_shape = int(image_shape[0]), int(image_shape[1])
        height, width = (np.array(n, np.int32) for n in zip(*shapes, strict=True))
        starts = np.concatenate([[0], np.cumsum(height * width)]).astype(np.int32)
        self.cells = int(starts[-1])
        self.heights, self.widths, self.starts = height[:4], width[:4], starts[:4]

    def call(self, boxes, pyramid):
        boxes = ops.stop_gradient(boxes)
        level = roi_level(boxes, self.image_shape)
        height, width, start = (
            ops.take(ops.convert_to_tensor(v), level, axis=0)
            for v in (self.heights, self.widths, self.starts)
        )
        rows = _sample_points(boxes[..., 0], boxes[..., 2], height, self.pool_shape[0])
        columns = _sample_points(boxes[..., 1], boxes[..., 3], width, self.pool_shape[1])
        offset = start + ops.expand_dims(ops.arange(ops.shape(boxes)[0]) * self.cells, 1)
        return _bilinear(pyramid, rows, columns, height, width, offset)

    def compute_output_shape(self, boxes_shape, pyramid_shape):
        return (boxes_shape[0], boxes_shape[1], *self.pool_shape, pyramid_shape[-1])


@keras.saving.register_keras_serializable("mrcnn")
class PyramidROIAlign(Float32Layer):
    """As `FlatROIAlign`, from the maps themselves: called with boxes and P2 to P5."""

    SETTINGS = ("pool_shape", "image_shape")

    def __init__(self, pool_shape, image_shape, **kwargs):
        super().__init__(**kwargs)
        self.pool_shape, self.image_shape = to_numbers(pool_shape), to_numbers(image_shape)

    def call(self, boxes, *maps):
        shapes = [m.shape[1:3] for m in maps]
        return FlatROIAlign(self.pool_shape, self.image_shape, shapes)(boxes, flatten(maps))

    def compute_output_spec(self, boxes, *maps):
        shape = (*boxes.shape[:2], *self.pool_shape, maps[0].shape[-1])
        return keras.KerasTensor(shape, self.compute_dtype)


def roi_level(boxes, image_shape: tuple[int, int]):
    """Return the pyramid level of each normalised box (batch, n, 4) as 0 (P2) to 3 (P5).

    Lin et al. 2017, equation 1, with a box of 224 px on level 4 and half-to-even rounding; empty
    boxes (padding) go to P2.
    """
    size = ops.sqrt(
        ops.maximum((boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1]), 1e-12)
    )
    unit = 224.0 / float(np.sqrt(image_shape[0] * image_shape[1]))
    level = 4 + ops.cast(ops.round(ops.log2(size / unit)), "int32")
    return ops.clip(level, 2, 5) - 2


def crop_and_resize(images, boxes, crop_shape: tuple[int, int]):
    """Crop ``boxes`` (batch, n, 4), normalised, from ``images`` (batch, n, h, w): one each.

    Returns:
        (batch, n, crop height, crop width), bilinear, 0 outside the image.
    """
    height, width = images.shape[2], images.shape[3]
    flat = ops.reshape(images, (-1, 1))
    count = images.shape[1]
    batch = ops.shape(boxes)[0]
    heights = ops.full_like(boxes[..., 0], height, dtype="int32")
    widths = ops.full_like(boxes[..., 0], width, dtype="int32")
    index = ops.reshape(ops.arange(batch * count), (-1, count))
    rows = _sample_points(boxes[..., 0], boxes[..., 2], heights, crop_shape[0])
    columns = _sample_points(boxes[..., 1], boxes[..., 3], widths, crop_shape[1])
    crops = _bilinear(flat, rows, columns, heights, widths, index * height * width)
    return ops.squeeze(crops, -1)


def _sample_points(low, high, extent, count: int):
    """Return where a box's bins are sampled along one axis, (batch, n, count) in cells.

    From ``low · (extent − 1)`` to ``high · (extent − 1)``, both included; a single bin is sampled
    at the centre.
    """
    last = ops.cast(extent, "float32") - 1.0
    low, high = ops.expand_dims(low * last, -1), ops.expand_dims(high * last, -1)
    if count == 1:
        return 0.5 * (low + high)
    steps = ops.convert_to_tensor(np.arange(count, dtype=np.float32) / (count - 1))
    return low + (high - low) * steps


def _bilinear(flat, rows, columns, height, width, offset):
    """Interpolate rows of a flattened set of maps.

    Args:
        flat: (cells of all maps, channels).
        rows: (batch, n, h) positions along y in cells; columns: (batch, n, w) along x.
        columns: As ``rows``, along x.
        height: (batch, n) int, rows of the map that a region is read from.
        width: (batch, n) int, its columns.
        offset: (batch, n) int, the map's first cell in ``flat``.

    Returns:
        (batch, n, h, w, channels).
    """
    count, shape = rows.shape[1], (rows.shape[2], columns.shape[2])
    batch = ops.shape(rows)[0]
    y, weight_y = _corners(rows, height)
    x, weight_x = _corners(columns, width)
    y = y * ops.expand_dims(width, (2, 3)) + ops.expand_dims(offset, (2, 3))
    corners = (-1, *shape, 4)
    index = ops.expand_dims(y, (3, 5)) + ops.expand_dims(x, (2, 4))
    weight = ops.expand_dims(weight_y, (3, 5)) * ops.expand_dims(weight_x, (2, 4))
    values = ops.take(flat, ops.reshape(index, corners), axis=0)
    weight = ops.cast(ops.reshape(weight, (*corners, 1)), flat.dtype)
    result = ops.sum(weight * values, axis=3)
    lead = (-1, count) if count is not None else (batch, -1)
    return ops.reshape(result, (*lead, *shape, flat.shape[-1]))


def _corners(positions, extent):
    """Return the two neighbouring cells of positions (batch, n, k), and their weights.

    Returns:
        tuple: (batch, n, k, 2) int cells and (batch, n, k, 2) weights, 0 outside the map.
    """
    last = ops.expand_dims(ops.cast(extent, "float32") - 1.0, -1)
    inside = ops.logical_and(positions >= 0, positions <= last)
    # A box that is NaN is not inside either: it must become a NaN loss, not a wild index.
    positions = ops.where(inside, positions, 0.0)
    inside = ops.cast(inside, "float32")
    low = ops.floor(positions)
    high = ops.minimum(low + 1.0, last)
    second = (positions - low) * inside
    cells = ops.cast(ops.stack([low, high], axis=-1), "int32")
    return cells, ops.stack([inside - second, second], axis=-1)
