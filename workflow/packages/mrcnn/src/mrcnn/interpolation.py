"""Resizing as Matterport's library does it through scikit-image 0.16 and SciPy; here by NumPy.

Images and predicted masks: bilinear, with pixel centres at half-integers and zeros outside, so that
a border that is enlarged fades. On demand, where an axis shrinks, a Gaussian of
σ = (factor − 1) / 2 first smooths it in the image's own data type. Outlines: the nearest pixel,
corners on corners. The agreement is tested against fixtures of the original
(``tests/oracles/mrcnn``).
"""

import numpy as np


def resize_bilinear(
    image: np.ndarray, height: int, width: int, anti_aliasing: bool = False
) -> np.ndarray:
    """Resize an image (h, w) or (h, w, c) to (height, width).

    As in the original, values that fade towards the zeros outside do not fall below the image's
    smallest one.

    Args:
        image: Of any type of number, or bool.
        height: Rows of the result.
        width: Columns of the result.
        anti_aliasing: Smooth an image that shrinks; a mask of bool never is.

    Returns:
        float32 for float32 images, else float64, in the range of the input.
    """
    smooth = _smoothed(image, height, width) if anti_aliasing else image
    values = smooth if smooth.dtype == np.float32 else smooth.astype(np.float64)
    resized = _along(_along(values, width, axis=1), height, axis=0)
    return np.clip(resized, values.min(), values.max(), out=resized)


def resize_corners(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize an image (h, w), the first and last pixels kept in place, linear between them."""
    result = image.astype(np.float32)
    for axis, count in ((0, height), (1, width)):
        position = np.linspace(0, image.shape[axis] - 1, count)
        if count == 1:  # one pixel: the middle
            position = np.array([(image.shape[axis] - 1) / 2])
        low = np.minimum(position.astype(int), max(0, image.shape[axis] - 2))
        share = (position - low).astype(np.float32)
        share = share[:, None] if axis == 0 else share
        upper = np.minimum(low + 1, image.shape[axis] - 1)
        result = result.take(low, axis) * (1 - share) + result.take(upper, axis) * share
    return result


def resize_nearest(mask: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize masks (h, w, ...) to (height, width), the first and last pixels kept in place."""
    rows, columns = (
        np.floor(np.linspace(0, old - 1, new) + 0.5).astype(int)
        for old, new in ((mask.shape[0], height), (mask.shape[1], width))
    )
    return mask[rows][:, columns]


def _smoothed(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return the image without the detail that the smaller size cannot hold; same data type."""
    factors = np.array([image.shape[0] / height, image.shape[1] / width])
    if image.dtype == bool or (factors <= 1).all():
        return image
    for axis, sigma in enumerate(np.maximum(0, (factors - 1) / 2)):
        if sigma > 0:
            image = gaussian_filter(image, sigma, axis)
    return image


def gaussian_filter(values: np.ndarray, sigma: float, axis: int) -> np.ndarray:
    """Smooth along an axis, zeros outside; the same numbers as SciPy's ``gaussian_filter1d``.

    Args:
        values: Of any shape and any type of number.
        sigma: Standard deviation of the kernel in pixels; it is cut off at four of these.
        axis: The axis.

    Returns:
        An array of the same shape and type; integers are rounded towards zero.
    """
    radius = int(4 * sigma + 0.5)
    kernel = np.exp(-0.5 / sigma**2 * np.arange(-radius, radius + 1) ** 2)
    kernel /= kernel.sum()
    lines = np.moveaxis(values, axis, 0)
    length = len(lines)
    padded = np.zeros((length + 2 * radius, *lines.shape[1:]))
    padded[radius : radius + length] = lines
    smooth = padded[radius : radius + length] * kernel[radius]
    pair = np.empty_like(smooth)
    # From the outermost pair inwards, as SciPy adds them: sums round by their order.
    for i in range(radius):
        last = 2 * radius - i
        np.add(padded[i : i + length], padded[last : last + length], out=pair)
        pair *= kernel[i]
        smooth += pair
    return np.moveaxis(smooth.astype(values.dtype), 0, axis)


def _along(values: np.ndarray, count: int, axis: int) -> np.ndarray:
    """Interpolate linearly to ``count`` points along an axis, zeros outside."""
    length = values.shape[axis]
    if count == length:
        return values.copy()
    position = length / count * (np.arange(count) + 0.5) - 0.5
    low = np.floor(position).astype(int)
    share = position - low
    shape = [-1 if i == axis else 1 for i in range(values.ndim)]
    parts = []
    for index, weight in ((low, 1 - share), (low + 1, share)):
        weight = np.where((index >= 0) & (index < length), weight, 0).astype(values.dtype)
        picked = values.take(np.clip(index, 0, length - 1), axis=axis)
        parts.append(picked * weight.reshape(shape))
    return parts[0] + parts[1]
