"""Matterport's ``mrcnn.utils``: its names, from the modules that now hold them."""

import errno

import numpy as np

from mrcnn import images
from mrcnn.anchors import compute_backbone_shapes, generate_anchors, generate_pyramid_anchors
from mrcnn.boxes import (
    apply_box_deltas,
    box_refinement,
    compute_iou,
    compute_overlaps,
    denorm_boxes,
    extract_bboxes,
    non_max_suppression,
    norm_boxes,
)
from mrcnn.dataset import Dataset
from mrcnn.images import (
    expand_mask,
    minimize_mask,
    resize_image,
    resize_mask,
    unmold_mask,
)
from mrcnn.metrics import (
    compute_ap,
    compute_ap_range,
    compute_matches,
    compute_overlaps_masks,
    compute_recall,
    trim_zeros,
)

__all__ = [
    "Dataset",
    "apply_box_deltas",
    "box_refinement",
    "compute_ap",
    "compute_ap_range",
    "compute_backbone_shapes",
    "compute_iou",
    "compute_matches",
    "compute_overlaps",
    "compute_overlaps_masks",
    "compute_recall",
    "denorm_boxes",
    "download_trained_weights",
    "expand_mask",
    "extract_bboxes",
    "generate_anchors",
    "generate_pyramid_anchors",
    "minimize_mask",
    "non_max_suppression",
    "norm_boxes",
    "resize",
    "resize_image",
    "resize_mask",
    "trim_zeros",
    "unmold_mask",
]


def resize(image: np.ndarray, output_shape, order: int = 1, preserve_range: bool = False):
    """Resize an image (h, w) or (h, w, c) to ``output_shape`` (h', w').

    Args:
        image: Any data type.
        output_shape: (h', w', ...).
        order: 1, bilinear, averaging where it shrinks. (Matterport's takes other orders too.)
        preserve_range: False: integers are brought to 0 to 1 by their type's largest value.

    Returns:
        Float array.

    Raises:
        ValueError: If ``order`` is not 1.
    """
    if order != 1:
        raise ValueError(f"order must be 1 (bilinear), not {order}")
    values = np.asarray(image, np.float32)
    if np.issubdtype(np.asarray(image).dtype, np.integer) and not preserve_range:
        values /= np.iinfo(np.asarray(image).dtype).max
    if values.ndim == 2:
        return images.resize(values[..., None], *output_shape[:2])[..., 0]
    return images.resize(values, *output_shape[:2])


def download_trained_weights(coco_model_path, verbose: int = 1) -> None:
    """Say where to get the COCO weights; nothing is downloaded.

    Raises:
        FileNotFoundError: Always.
    """
    raise FileNotFoundError(
        errno.ENOENT,
        "this library downloads nothing; get mask_rcnn_coco.h5 from release v2.0 of "
        "matterport/Mask_RCNN on GitHub and put it here",
        str(coco_model_path),
    )
