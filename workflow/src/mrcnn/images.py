"""Images and masks on their way into the network and back (NumPy and Pillow).

An image is (height, width, channels), a set of masks (height, width, instances) bool.
"""

import numpy as np
from PIL import Image


def as_rgb(image: np.ndarray) -> np.ndarray:
    """Return an image as (height, width, 3): grey repeated, an alpha channel dropped.

    16-bit grey levels are brought to the range of 8 bits.
    """
    if image.dtype == np.uint16:
        image = image.astype(np.float32) / 257
    if image.ndim == 2:
        image = image[..., None]
    if image.shape[-1] in (2, 4):
        image = image[..., :-1]
    return np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image


def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize an image (h, w, c) bilinearly, averaging where it shrinks; same dtype."""
    if image.shape[:2] == (height, width):
        return image
    planes = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(image[..., i], np.float32), mode="F").resize(
                (width, height), Image.Resampling.BILINEAR
            )
        )
        for i in range(image.shape[-1])
    ]
    resized = np.stack(planes, axis=-1)
    if np.issubdtype(image.dtype, np.integer):
        resized = np.rint(resized)
    return resized.astype(image.dtype)


def resize_image(image, min_dim=None, max_dim=None, min_scale=None, mode="square"):
    """Resize an image for the network, keeping its aspect ratio.

    Args:
        image: (h, w, c).
        min_dim: Length that the shorter side is scaled up to (None: not).
        max_dim: Longest side allowed, and in mode "square" the side of the result.
        min_scale: Smallest scale, whatever ``min_dim`` asks for.
        mode: "square": centred on zeros; "pad64": padded to multiples of 64; "none".

    Returns:
        tuple: image, window (y1, x1, y2, x2) of the part that is not padding, scale, padding.

    Raises:
        ValueError: If the mode is unknown.
    """
    height, width = image.shape[:2]
    none = [(0, 0), (0, 0), (0, 0)]
    if mode == "none":
        return image, (0, 0, height, width), 1, none
    scale = 1.0
    if min_dim:
        scale = max(1.0, min_dim / min(height, width))
    if min_scale and scale < min_scale:
        scale = min_scale
    if mode == "square" and max_dim and round(max(height, width) * scale) > max_dim:
        scale = max_dim / max(height, width)
    new = round(height * scale), round(width * scale)
    image = resize(image, *new)
    if mode == "square":
        target = max_dim, max_dim
    elif mode == "pad64":
        target = tuple(-(-n // 64) * 64 for n in new)
    else:
        raise ValueError(f"unknown resize mode {mode!r}; known: square, pad64, none")
    top, left = (target[0] - new[0]) // 2, (target[1] - new[1]) // 2
    padding = [
        (top, target[0] - new[0] - top),
        (left, target[1] - new[1] - left),
        (0, 0),
    ]
    return np.pad(image, padding), (top, left, top + new[0], left + new[1]), scale, padding


def resize_mask(mask: np.ndarray, scale: float, padding: list) -> np.ndarray:
    """Resize masks (h, w, n) as `resize_image` resized their image."""
    new = round(mask.shape[0] * scale), round(mask.shape[1] * scale)
    if mask.shape[:2] != new:
        mask = resize(mask.astype(np.float32), *new) >= 0.5
    return np.pad(mask, padding)


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
        mini[:, :, i] = resize(crop[..., None].astype(np.float32), *mini_shape)[..., 0] >= 0.5
    return mini


def expand_mask(bbox: np.ndarray, mini_mask: np.ndarray, image_shape) -> np.ndarray:
    """Put mini-masks (h', w', n) back into their boxes (n, 4) of an image: (h, w, n) bool."""
    mask = np.zeros((*image_shape[:2], mini_mask.shape[-1]), bool)
    for i, (y1, x1, y2, x2) in enumerate(bbox[:, :4]):
        small = mini_mask[..., i, None].astype(np.float32)
        mask[y1:y2, x1:x2, i] = resize(small, y2 - y1, x2 - x1)[..., 0] >= 0.5
    return mask


def unmold_mask(mask: np.ndarray, bbox: np.ndarray, image_shape) -> np.ndarray:
    """Paste one predicted mask (h', w') into its box (4,), px, of an image: (h, w) bool."""
    y1, x1, y2, x2 = bbox
    full = np.zeros(image_shape[:2], bool)
    full[y1:y2, x1:x2] = resize(mask[..., None].astype(np.float32), y2 - y1, x2 - x1)[..., 0] >= 0.5
    return full


def mold_image(image: np.ndarray, config) -> np.ndarray:
    """Subtract the mean pixel; float32."""
    return image.astype(np.float32) - np.asarray(config.MEAN_PIXEL, np.float32)


def unmold_image(image: np.ndarray, config) -> np.ndarray:
    """Undo `mold_image`; uint8."""
    return np.rint(image + np.asarray(config.MEAN_PIXEL)).clip(0, 255).astype(np.uint8)


def compose_image_meta(image_id, original_shape, image_shape, window, scale, active_class_ids):
    """Pack what a batch must know of an image into one float array."""
    values = [image_id, *original_shape, *image_shape, *window, scale, *active_class_ids]
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
