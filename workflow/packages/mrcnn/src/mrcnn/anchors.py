"""Anchors: the boxes of every place, size and shape from which regions are predicted (b)."""

import math
from typing import NamedTuple

import numpy as np

from mrcnn.boxes import norm_boxes
from mrcnn.config import Config
from mrcnn.plain_layer import to_numbers


def compute_backbone_shapes(config: Config, image_shape: np.ndarray) -> np.ndarray:
    """Return the (height, width) of each pyramid level for an image shape (h, w, ...), (5, 2)."""
    if callable(config.BACKBONE):
        return np.asarray(config.COMPUTE_BACKBONE_SHAPE(image_shape))
    return np.array(
        [
            [math.ceil(image_shape[0] / stride), math.ceil(image_shape[1] / stride)]
            for stride in config.BACKBONE_STRIDES
        ]
    )


def generate_anchors(
    scales: float,
    ratios: tuple[float, ...],
    shape: tuple[int, int],
    feature_stride: int,
    anchor_stride: int,
) -> np.ndarray:
    """Return the anchors of one pyramid level.

    Centres lie at index · stride (no half-pixel offset); the order is y, x, ratio. Nothing is
    clipped to the image.

    Args:
        scales: Side of the square anchor, px of the resized image.
        ratios: Width / height of the anchors.
        shape: (height, width) of the feature map.
        feature_stride: Pixels between neighbouring cells of the map.
        anchor_stride: 1: anchors at every cell; 2: at every second.

    Returns:
        (cells · ratios, 4) float64 boxes (y1, x1, y2, x2) in pixels.
    """
    root = np.sqrt(np.asarray(ratios, np.float64))
    heights, widths = scales / root, scales * root
    ys = np.arange(0, shape[0], anchor_stride) * feature_stride
    xs = np.arange(0, shape[1], anchor_stride) * feature_stride
    centre_y, centre_x, _ = np.meshgrid(ys, xs, root, indexing="ij")
    boxes = [
        centre_y - heights / 2,
        centre_x - widths / 2,
        centre_y + heights / 2,
        centre_x + widths / 2,
    ]
    return np.stack(boxes, axis=-1).reshape(-1, 4)


def generate_pyramid_anchors(
    scales: tuple[float, ...],
    ratios: tuple[float, ...],
    feature_shapes: np.ndarray,
    feature_strides: tuple[int, ...],
    anchor_stride: int,
) -> np.ndarray:
    """Return the anchors of all levels, finest first, as (n, 4) pixel boxes.

    Levels beyond the last scale have none.

    Raises:
        ValueError: If there are more scales than levels.
    """
    if len(scales) > len(feature_strides):
        raise ValueError(
            f"RPN_ANCHOR_SCALES has {len(scales)} values, BACKBONE_STRIDES only "
            f"{len(feature_strides)}: there must not be more scales than levels"
        )
    levels = zip(scales, feature_shapes, feature_strides, strict=False)
    return np.concatenate(
        [generate_anchors(s, ratios, shape, stride, anchor_stride) for s, shape, stride in levels]
    )


def build_anchors(config: Config, image_shape: np.ndarray | None = None) -> np.ndarray:
    """Return all anchors of a configuration, (n, 4) pixel boxes.

    Args:
        config: Gives scales, ratios and strides.
        image_shape: (h, w, ...) of the network's input; None: the configuration's.
    """
    shape = config.IMAGE_SHAPE if image_shape is None else image_shape
    return generate_pyramid_anchors(
        config.RPN_ANCHOR_SCALES,
        config.RPN_ANCHOR_RATIOS,
        compute_backbone_shapes(config, shape),
        config.BACKBONE_STRIDES,
        config.RPN_ANCHOR_STRIDE,
    )


class AnchorGrid(NamedTuple):
    """All that the anchors of an image follow from, in numbers that a layer's settings can hold.

    Attributes:
        image_shape: (height, width) of the network's input in pixels.
        scales, ratios, shapes, strides, anchor_stride: See `generate_pyramid_anchors`.
    """

    image_shape: tuple[int, int]
    scales: tuple[float, ...]
    ratios: tuple[float, ...]
    shapes: tuple[tuple[int, int], ...]
    strides: tuple[int, ...]
    anchor_stride: int

    @classmethod
    def of(cls, config: Config) -> "AnchorGrid":
        """Return the grid of a configuration."""
        height, width = (int(n) for n in config.IMAGE_SHAPE[:2])
        return cls(
            image_shape=(height, width),
            scales=to_numbers(config.RPN_ANCHOR_SCALES),
            ratios=to_numbers(config.RPN_ANCHOR_RATIOS),
            shapes=to_numbers(compute_backbone_shapes(config, config.IMAGE_SHAPE)),
            strides=to_numbers(config.BACKBONE_STRIDES),
            anchor_stride=int(config.RPN_ANCHOR_STRIDE),
        )

    def boxes(self) -> np.ndarray:
        """Return all anchors as normalised boxes, (n, 4) float32."""
        shapes = np.array(self.shapes)
        boxes = generate_pyramid_anchors(
            self.scales, self.ratios, shapes, self.strides, self.anchor_stride
        )
        return norm_boxes(boxes, self.image_shape).astype(np.float32)
