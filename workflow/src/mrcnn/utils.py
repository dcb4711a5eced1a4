"""Matterport's ``mrcnn.utils``: its names, from the modules that now hold them."""

from mrcnn.anchors import compute_backbone_shapes, generate_anchors, generate_pyramid_anchors
from mrcnn.boxes import (
    apply_box_deltas,
    box_refinement,
    compute_overlaps,
    denorm_boxes,
    extract_bboxes,
    norm_boxes,
)
from mrcnn.dataset import Dataset
from mrcnn.images import (
    expand_mask,
    minimize_mask,
    resize,
    resize_image,
    resize_mask,
    unmold_mask,
)

__all__ = [
    "Dataset",
    "apply_box_deltas",
    "box_refinement",
    "compute_backbone_shapes",
    "compute_overlaps",
    "denorm_boxes",
    "expand_mask",
    "extract_bboxes",
    "generate_anchors",
    "generate_pyramid_anchors",
    "minimize_mask",
    "norm_boxes",
    "resize",
    "resize_image",
    "resize_mask",
    "unmold_mask",
]
