"""(c) ROIAlign: features of fixed size for regions of any size (He et al. 2017).

One bilinear sample a bin, at the points of TensorFlow's ``crop_and_resize``. All pyramid levels lie
behind one another in a single array, so that a region of any level is read by the same four
gathers; their gradient is a plain scatter-add, deterministic on a CPU.
"""

import numpy as np
from keras import layers, ops


class PyramidROIAlign(layers.Layer):
    """Read each region from the pyramid level that suits its size.

    Args:
        pool_shape: (height, width) of the output.
        image_shape: (height, width, ...) of the input image in pixels.

    Called with boxes (batch, n, 4), normalised, and the maps P2 to P5; returns
    (batch, n, height, width, channels). Gradients stop at the boxes.
    """

    def __init__(self, pool_shape, image_shape, **kwargs):
        super().__init__(trainable=False, **kwargs)
        self.pool_shape = tuple(pool_shape)
        self.image_shape = tuple(int(n) for n in image_shape[:2])

    def call(self, boxes, p2, p3, p4, p5):
        boxes = ops.stop_gradient(boxes)
        maps = [p2, p3, p4, p5]
        level = roi_level(boxes, self.image_shape)
        heights, widths, starts = _layout(maps)
        flat = ops.concatenate(
            [ops.reshape(m, (-1, m.shape[1] * m.shape[2], m.shape[3])) for m in maps], axis=1
        )
        total = flat.shape[1]
        batch = ops.shape(boxes)[0]

        height, width, start = (
            ops.take(ops.convert_to_tensor(v), level) for v in (heights, widths, starts)
        )
        rows = _sample_points(boxes[..., 0], boxes[..., 2], height, self.pool_shape[0])
        columns = _sample_points(boxes[..., 1], boxes[..., 3], width, self.pool_shape[1])
        offset = start + ops.expand_dims(ops.arange(batch) * total, 1)
        return _bilinear(
            ops.reshape(flat, (-1, flat.shape[2])), rows, columns, height, width, offset
        )

    def compute_output_shape(self, boxes_shape, p2_shape, *others):
        return (boxes_shape[0], boxes_shape[1], *self.pool_shape, p2_shape[-1])


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


def _layout(maps: list) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return height, width and first row in the flattened pyramid of each level, (4,) int32."""
    heights = np.array([m.shape[1] for m in maps], np.int32)
    widths = np.array([m.shape[2] for m in maps], np.int32)
    starts = np.concatenate([[0], np.cumsum(heights * widths)[:-1]]).astype(np.int32)
    return heights, widths, starts


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
    y0, y1, wy, inside_y = _corners(rows, height)
    x0, x1, wx, inside_x = _corners(columns, width)
    width, offset = (
        ops.reshape(width, (*_lead(width), 1, 1)),
        ops.reshape(offset, (*_lead(offset), 1, 1)),
    )
    inside = ops.expand_dims(inside_y, 3) * ops.expand_dims(inside_x, 2)

    result = 0.0
    for y, weight_y in ((y0, 1.0 - wy), (y1, wy)):
        for x, weight_x in ((x0, 1.0 - wx), (x1, wx)):
            index = offset + ops.expand_dims(y, 3) * width + ops.expand_dims(x, 2)
            weight = ops.expand_dims(weight_y, 3) * ops.expand_dims(weight_x, 2) * inside
            result = result + ops.take(flat, index, axis=0) * ops.expand_dims(weight, -1)
    return result


def _corners(positions, extent):
    """Return the two neighbouring cells of positions, the weight of the second, and "inside"."""
    last = ops.expand_dims(ops.cast(extent, "float32") - 1.0, -1)
    inside = ops.logical_and(positions >= 0, positions <= last)
    # A box that is NaN is not inside either: it must become a NaN loss, not a wild index.
    positions = ops.where(inside, positions, 0.0)
    inside = ops.cast(inside, "float32")
    low = ops.floor(positions)
    high = ops.minimum(low + 1.0, last)
    return ops.cast(low, "int32"), ops.cast(high, "int32"), positions - low, inside


def _lead(tensor) -> tuple:
    """Return the shape of ``tensor``, the batch axis left open."""
    return (-1, *tensor.shape[1:])
