"""Images and masks on their way into the network and back (NumPy and Pillow).

An image is (height, width, channels), a set of masks (height, width, instances) bool.
"""

import warnings

import numpy as np
from PIL import Image

from mrcnn.interpolation import resize_bilinear, resize_corners, resize_nearest

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


# How a predicted mask becomes as large as its box, by MASK_PASTE.
PASTING = {"cells": resize_bilinear, "corners": resize_corners}


def read_image(path) -> np.ndarray:
    """Read an image file as (height, width, 3), 0 to 255; palettes and CMYK are resolved.

    Files of 16 bits (Pillow's modes I;16 and I) are divided by 257: 65,535 becomes 255.

    Raises:
        ValueError: If a file's levels do not fit 16 bits.
    """
    with Image.open(path) as file:
        other = file.mode in ("P", "PA", "CMYK", "YCbCr", "LAB", "HSV")
        pixels = np.asarray(file.convert("RGB") if other else file)
        if file.mode == "I":
            if pixels.min(initial=0) < 0 or pixels.max(initial=0) > 65535:
                raise ValueError(f"{path}: levels of {pixels.min()} to {pixels.max()}")
            pixels = pixels.astype(np.uint16)
    return as_rgb(pixels)


def as_rgb(image: np.ndarray) -> np.ndarray:
    """Return an image as (height, width, 3): grey repeated, an alpha channel dropped.

    The range becomes that of `as_8_bit_range`.
    """
    return _three_channels(as_8_bit_range(image))


def _three_channels(image: np.ndarray) -> np.ndarray:
    """Return an image as (height, width, 3), its values as they are."""
    if image.ndim == 2:
        image = image[..., None]
    if image.shape[-1] in (2, 4):
        image = image[..., :-1]
    return np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image


def as_8_bit_range(image: np.ndarray) -> np.ndarray:
    """Return an image with its values between 0 and 255, by its data type alone.

    16-bit levels are divided by 257 (65,535 becomes 255; as float32, so that no level is lost),
    bool becomes 0 and 255. All else is taken to be in this range already, and stays as it is.
    """
    if image.dtype == bool:
        return image.astype(np.uint8) * np.uint8(255)
    if image.dtype.kind == "u" and image.dtype.itemsize == 2:
        return image.astype(np.float32) / 257
    return image


def in_units_of(mean_pixel, image: np.ndarray) -> np.ndarray:
    """Return an image in the units of MEAN_PIXEL.

    With a mean above 255 these are the image's own, whatever they are; else 0 to 255, as of
    `as_8_bit_range`. A warning tells of values that are not in this range, or all between 0 and 1:
    nothing is rescaled by what an image holds.
    """
    if np.max(mean_pixel) > 255:
        return image
    image = as_8_bit_range(np.asarray(image))
    if image.dtype.kind in "iuf" and image.dtype != np.uint8 and image.max(initial=0) > 256:
        warnings.warn(
            f"an image has values up to {image.max():g}, MEAN_PIXEL is {np.max(mean_pixel):g}: "
            "give both in the same units (a mean above 255 keeps 16-bit images as they are)",
            stacklevel=3,
        )
    if image.dtype.kind == "f" and image.min(initial=0) >= 0 and 0 < image.max(initial=0) <= 1:
        warnings.warn(
            f"an image has values from 0 to {image.max():.2g} where 0 to 255 is expected: as these "
            "are it is all but black; multiply by 255",
            stacklevel=3,
        )
    return image


def with_channels(image: np.ndarray, channels: int) -> np.ndarray:
    """Return an image (h, w) or (h, w, c) as the (h, w, ``channels``) that a network reads.

    Grey is repeated, an alpha channel dropped, colour made grey by its luma; the values stay.

    Raises:
        ValueError: If the image has another number of channels.
    """
    image = np.asarray(image)
    image = image[..., None] if image.ndim == 2 else image
    known = image.ndim == 3 and image.shape[-1] in (1, 2, 3, 4) and channels in (1, 3)
    if known and image.shape[-1] != channels:
        image = _three_channels(image)
        if channels == 1:
            same = (image == image[..., :1]).all()
            image = image[..., :1] if same else (image @ LUMA)[..., None]
    if image.ndim != 3 or image.shape[-1] != channels:
        raise ValueError(f"an image of shape {image.shape} cannot have {channels} channels")
    return image


def resize(image: np.ndarray, height: int, width: int, anti_aliasing: bool = False) -> np.ndarray:
    """Resize an image (h, w, c) bilinearly; same dtype.

    See `mrcnn.interpolation`. Integers are rounded down, as in Matterport's library.
    """
    if image.shape[:2] == (height, width):
        return image
    return resize_bilinear(image, height, width, anti_aliasing).astype(image.dtype)


def resize_image(
    image,
    min_dim=None,
    max_dim=None,
    min_scale=None,
    mode="square",
    rng=None,
    anti_aliasing=False,
):
    """Resize an image for the network, keeping its aspect ratio.

    Args:
        image: (h, w, c).
        min_dim: Length that the shorter side is scaled up to (None: not).
        max_dim: Longest side allowed, and in mode "square" the side of the result.
        min_scale: Smallest scale, whatever ``min_dim`` asks for.
        mode: "square": centred on zeros; "pad64": padded to multiples of 64; "crop": a random
            square of side ``min_dim``, for training; "none".
        rng: `numpy.random.Generator` that places the crop; without one each call draws anew.
        anti_aliasing: Smooth an image before it shrinks (IMAGE_ANTI_ALIASING).

    Returns:
        tuple: image, window (y1, x1, y2, x2) of the part that is not padding, scale, padding
        [(top, bottom), (left, right), (0, 0)], and crop (y, x, height, width), px of the resized
        image, or None.

    Raises:
        ValueError: If the mode is unknown.
    """
    height, width = image.shape[:2]
    none = [(0, 0), (0, 0), (0, 0)]
    if mode == "none":
        return image, (0, 0, height, width), 1, none, None
    scale = 1.0
    if min_dim:
        scale = max(1.0, min_dim / min(height, width))
    if min_scale and scale < min_scale:
        scale = min_scale
    if mode == "square" and max_dim and round(max(height, width) * scale) > max_dim:
        scale = max_dim / max(height, width)
    new = _scaled(height, scale), _scaled(width, scale)
    image = resize(image, *new, anti_aliasing)
    if mode == "crop":
        if not min_dim:
            raise ValueError("resize mode 'crop' needs min_dim, the side of the crop")
        rng = np.random.default_rng() if rng is None else rng
        top, left = (int(rng.integers(0, n - min_dim + 1)) for n in new)
        crop = top, left, min_dim, min_dim
        image = image[top : top + min_dim, left : left + min_dim]
        return image, (0, 0, min_dim, min_dim), scale, none, crop
    if mode == "square":
        target = max_dim, max_dim
    elif mode == "pad64":
        target = -(-new[0] // 64) * 64, -(-new[1] // 64) * 64
    else:
        raise ValueError(f"unknown resize mode {mode!r}; known: square, pad64, crop, none")
    top, left = (target[0] - new[0]) // 2, (target[1] - new[1]) // 2
    padding = [
        (top, target[0] - new[0] - top),
        (left, target[1] - new[1] - left),
        (0, 0),
    ]
    window = (top, left, top + new[0], left + new[1])
    return np.pad(image, padding), window, scale, padding, None


def resize_mask(mask: np.ndarray, scale: float, padding: list, crop=None) -> np.ndarray:
    """Resize masks (h, w, n) as `resize_image` resized their image."""
    new = _scaled(mask.shape[0], scale), _scaled(mask.shape[1], scale)
    if mask.shape[:2] != new:
        mask = resize_nearest(mask, *new)
    if crop is not None:
        y, x, height, width = crop
        return mask[y : y + height, x : x + width]
    return np.pad(mask, padding)


def _scaled(length: int, scale: float) -> int:
    """Return a side's length after resizing: a thin image keeps at least one pixel."""
    return max(1, round(length * scale))


def minimize_mask(bbox: np.ndarray, mask: np.ndarray, mini_shape: tuple[int, int]) -> np.ndarray:
    """Crop masks (h, w, n) to their boxes (n, 4) and shrink them to ``mini_shape``.

    Raises:
        ValueError: If a box is empty.
    """
    mini = np.zeros((*mini_shape, mask.shape[-1]), bool)
    for i, (y1, x1, y2, x2) in enumerate(bbox[:, :4]):
        crop = mask[y1:y2, x1:x2, i]
        if crop.size == 0:
            raise ValueError(f"mask {i} has an empty bounding box")
        mini[:, :, i] = resize_bilinear(crop.astype(bool), *mini_shape) > 0.5
    return mini


def expand_mask(bbox: np.ndarray, mini_mask: np.ndarray, image_shape) -> np.ndarray:
    """Put mini-masks (h', w', n) back into their boxes (n, 4) of an image: (h, w, n) bool."""
    mask = np.zeros((*image_shape[:2], mini_mask.shape[-1]), bool)
    for i, (y1, x1, y2, x2) in enumerate(bbox[:, :4]):
        small = mini_mask[..., i].astype(bool)
        mask[y1:y2, x1:x2, i] = resize_bilinear(small, y2 - y1, x2 - x1) > 0.5
    return mask


def unmold_mask(mask: np.ndarray, bbox: np.ndarray, image_shape) -> np.ndarray:
    """Paste one predicted mask (h', w') into its box (4,), px, of an image: (h, w) bool."""
    full = np.zeros(image_shape[:2], bool)
    paste_mask(full, mask, bbox)
    return full


def paste_mask(full: np.ndarray, mask: np.ndarray, bbox: np.ndarray, paste: str = "cells") -> None:
    """Write one predicted mask (h', w') into its box (4,), px, of ``full`` (h, w) bool.

    ``paste`` is the configuration's MASK_PASTE.
    """
    y1, x1, y2, x2 = bbox
    full[y1:y2, x1:x2] = PASTING[paste](mask.astype(np.float32), y2 - y1, x2 - x1) >= 0.5


def mold_image(image: np.ndarray, config) -> np.ndarray:
    """Subtract the mean pixel; float32."""
    return image.astype(np.float32) - np.asarray(config.MEAN_PIXEL, np.float32)


def unmold_image(image: np.ndarray, config) -> np.ndarray:
    """Undo `mold_image`; uint8."""
    return np.rint(image + np.asarray(config.MEAN_PIXEL)).clip(0, 255).astype(np.uint8)


def compose_image_meta(
    image_id, original_image_shape, image_shape, window, scale, active_class_ids
) -> np.ndarray:
    """Pack what a batch must know of an image into one float32 array, (12 + classes,).

    Args:
        image_id: The image's number in its data set.
        original_image_shape: (h, w, c) as it came.
        image_shape: (h, w, c) of the network's input.
        window: (y1, x1, y2, x2), px of the input, the part that is not padding.
        scale: Resized by original length.
        active_class_ids: (classes,) 1 for classes that the image's source knows.
    """
    values = [image_id, *original_image_shape, *image_shape, *window, scale, *active_class_ids]
    return np.array(values, np.float32)


def parse_image_meta(meta: np.ndarray) -> dict[str, np.ndarray]:
    """Unpack metas (batch, size) of `compose_image_meta`."""
    return {
        "image_id": meta[:, 0].astype(np.int32),
        "original_image_shape": meta[:, 1:4].astype(np.int32),
        "image_shape": meta[:, 4:7].astype(np.int32),
        "window": meta[:, 7:11].astype(np.int32),
        "scale": meta[:, 11].astype(np.float32),
        "active_class_ids": meta[:, 12:].astype(np.int32),
    }
