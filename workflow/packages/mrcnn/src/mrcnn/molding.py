"""Images into the network's frame, and its answers back to their own pixels."""

import numpy as np

from mrcnn.boxes import denorm_boxes, norm_boxes
from mrcnn.config import Config
from mrcnn.images import (
    compose_image_meta,
    in_units_of,
    mold_image,
    paste_mask,
    resize_image,
    with_channels,
)

OWN_SIZE = ("none", "pad64")  # resize modes in which images keep a size of their own


def mold(images: list[np.ndarray], config: Config):
    """Resize and shift images for the network.

    Args:
        images: (h, w) or (h, w, c) arrays of any size, 0 to 255 or 16-bit.
        config: Gives size, resize mode and channels.

    Returns:
        tuple: molded images (n, h, w, c), metas (n, size), windows (n, 4) px.

    Raises:
        ValueError: If the resize mode gives a size that the network cannot read, or several.
    """
    if config.IMAGE_RESIZE_MODE == "crop":
        raise ValueError("resize mode 'crop' is for training; read with 'square'")
    molded, metas, windows = [], [], []
    for image in images:
        image = in_units_of(config.MEAN_PIXEL, np.asarray(image))
        image = with_channels(image, config.IMAGE_CHANNEL_COUNT)
        resized, window, scale, _, _ = resize_image(
            image,
            min_dim=config.IMAGE_MIN_DIM,
            max_dim=config.IMAGE_MAX_DIM,
            min_scale=config.IMAGE_MIN_SCALE,
            mode=config.IMAGE_RESIZE_MODE,
            anti_aliasing=config.IMAGE_ANTI_ALIASING,
        )
        _check_size(resized.shape, config)
        molded.append(mold_image(resized, config))
        windows.append(window)
        nothing = np.zeros(config.NUM_CLASSES, np.int32)
        metas.append(compose_image_meta(0, image.shape, resized.shape, window, scale, nothing))
    if len({image.shape for image in molded}) > 1:
        raise ValueError(
            f"resize mode {config.IMAGE_RESIZE_MODE!r} gives images of several sizes, which cannot "
            "be one batch; mold them one by one"
        )
    return np.stack(molded), np.stack(metas), np.stack(windows)


def _check_size(shape, config: Config) -> None:
    """Refuse a resized image that no network of this configuration reads."""
    if config.IMAGE_RESIZE_MODE in OWN_SIZE:
        if shape[0] % 32 or shape[1] % 32:
            raise ValueError(
                f"an image of {shape[0]} x {shape[1]} px: the pyramid needs multiples of 32; "
                "resize mode 'pad64' pads images to such a size"
            )
    elif shape != tuple(config.IMAGE_SHAPE):
        raise ValueError(
            f"resize mode {config.IMAGE_RESIZE_MODE!r} made {shape} of an image, "
            f"the network reads {tuple(map(int, config.IMAGE_SHAPE))}; use 'square'"
        )


def unmold(
    detections: np.ndarray,
    mrcnn_mask: np.ndarray,
    original_image_shape,
    image_shape,
    window,
    probabilities: np.ndarray | None = None,
    paste: str = "cells",
) -> dict[str, np.ndarray]:
    """Bring one image's detections back to its own pixels.

    Args:
        detections: (d, 6) normalised boxes, class id, score; rows of class 0 are padding.
        mrcnn_mask: (d, h', w', classes).
        original_image_shape: (h, w, ...) of the image as it came.
        image_shape: (h, w, ...) of the network's input.
        window: (y1, x1, y2, x2) px of the input that is not padding.
        probabilities: (d, classes), or None.
        paste: MASK_PASTE of the configuration.

    Returns:
        dict: rois (n, 4) int32 px, class_ids (n,) int32, scores (n,), masks (h, w, n) bool, and,
        where given, probabilities (n, classes). Regions whose box is empty are left out.
    """
    count = int((detections[:, 4] > 0).sum())
    window = norm_boxes(np.asarray(window)[None], image_shape[:2])[0]
    origin = np.concatenate([window[:2], window[:2]])
    extent = np.concatenate([window[2:] - window[:2]] * 2)
    # A window of one pixel (a very thin image) has no extent: boxes span it.
    relative = np.where(
        extent > 0,
        (detections[:count, :4] - origin) / np.where(extent > 0, extent, 1),
        np.array([0, 0, 1, 1]),
    )
    boxes = denorm_boxes(relative, original_image_shape[:2])
    real = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    boxes, rows = boxes[real], np.flatnonzero(real)
    class_ids = detections[rows, 4].astype(np.int32)
    # One mask behind the other in memory, and only the boxes written; shown as (h, w, n).
    planes = np.zeros((len(rows), *original_image_shape[:2]), bool)
    for i, row in enumerate(rows):
        paste_mask(planes[i], mrcnn_mask[row, :, :, class_ids[i]], boxes[i], paste)
    masks = np.moveaxis(planes, 0, -1)
    result = {"rois": boxes, "class_ids": class_ids, "scores": detections[rows, 5], "masks": masks}
    if probabilities is not None:
        result["probabilities"] = probabilities[rows]
    return result
