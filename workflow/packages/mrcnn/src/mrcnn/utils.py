"""Matterport's ``mrcnn.utils``: its names, from the modules that now hold them."""

import numpy as np

from mrcnn import incidental_names
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
from mrcnn.download import COCO, download
from mrcnn.images import (
    expand_mask,
    minimize_mask,
    resize_image,
    resize_mask,
    unmold_mask,
)
from mrcnn.interpolation import resize_bilinear
from mrcnn.metrics import (
    compute_ap,
    compute_ap_range,
    compute_matches,
    compute_overlaps_masks,
    compute_recall,
    trim_zeros,
)

__all__ = [
    "COCO_MODEL_URL",
    "Dataset",
    "apply_box_deltas",
    "batch_slice",
    "box_refinement",
    "box_refinement_graph",
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
    "mold_mask",
    "non_max_suppression",
    "norm_boxes",
    "resize",
    "resize_image",
    "resize_mask",
    "trim_zeros",
    "unmold_mask",
    *incidental_names.installed(__name__),
]
__getattr__ = incidental_names.getter(__name__)


COCO_MODEL_URL = COCO.url


def resize(
    image: np.ndarray,
    output_shape,
    order: int = 1,
    mode: str = "constant",
    cval: float = 0,
    clip: bool = True,
    preserve_range: bool = False,
    anti_aliasing: bool = False,
    anti_aliasing_sigma=None,
):
    """Resize an image (h, w) or (h, w, c) to ``output_shape`` (h', w').

    Args:
        image: Any data type.
        output_shape: (h', w', ...).
        order: 1: bilinear; 0: the nearest pixel.
        mode: "constant": zeros outside.
        cval: 0, the value outside.
        clip: True: values stay in the range of the image's.
        preserve_range: False: integers are brought to 0 to 1 by their type's largest value.
        anti_aliasing: Smooth an image before it shrinks.
        anti_aliasing_sigma: None: by how much each axis shrinks.

    Returns:
        Float array.

    Raises:
        ValueError: If an argument has another value than these.
    """
    given = {"mode": mode, "cval": cval, "clip": clip, "anti_aliasing_sigma": anti_aliasing_sigma}
    known = {"mode": "constant", "cval": 0, "clip": True, "anti_aliasing_sigma": None}
    other = [f"{name}={value!r}" for name, value in given.items() if value != known[name]]
    if order not in (0, 1) or other:
        raise ValueError(f"not supported: {', '.join(other) or f'order={order!r} (only 0 and 1)'}")
    image = np.asarray(image)
    values: np.ndarray = image.astype(np.float32 if image.dtype == np.float32 else np.float64)
    if np.issubdtype(image.dtype, np.integer) and not preserve_range:
        values = values / float(np.iinfo(image.dtype).max)
    height, width = output_shape[:2]
    if order == 0:
        rows, columns = (
            np.minimum((np.arange(new) + 0.5) * old // new, old - 1).astype(int)
            for new, old in ((height, image.shape[0]), (width, image.shape[1]))
        )
        return values[rows][:, columns]
    return resize_bilinear(values, height, width, anti_aliasing and image.dtype != bool)


def batch_slice(inputs, graph_fn, batch_size, names=None):
    """Apply a function of single images' tensors to each image of a batch.

    Args:
        inputs: Tensors (batch, ...), or one.
        graph_fn: Takes a row of each and returns a tensor or several.
        batch_size: How many images.
        names: Unused.

    Returns:
        The results stacked: a tensor, or a list of them.
    """
    from keras import ops

    inputs = inputs if isinstance(inputs, list) else [inputs]
    rows = [graph_fn(*(x[i] for x in inputs)) for i in range(batch_size)]
    if not isinstance(rows[0], list | tuple):
        return ops.stack(rows)
    return [ops.stack(column) for column in zip(*rows, strict=True)]


def box_refinement_graph(box, gt_box):
    """Return the deltas (n, 4) that move boxes (n, 4) onto others (n, 4), as tensors."""
    from mrcnn import matterport_names

    return matterport_names.box_refinement_graph(box, gt_box)


def mold_mask(mask, config) -> None:
    """Do nothing, as Matterport's function of this name."""


def download_trained_weights(coco_model_path, verbose: int = 1) -> None:
    """Fetch the COCO weights of Matterport's release v2.0 (246 MB) to a path.

    Raises:
        mrcnn.download.DownloadError: If they could not be fetched.
    """
    download(COCO, coco_model_path, verbose)
