"""Mask R-CNN (He et al. 2017) on Keras 3, with the public names of Matterport's library.

The modules are the parts of the paper that the study reproduces: ``backbone`` and
``feature_pyramid`` (a), ``region_proposal`` (b), ``roi_align`` (c), ``heads`` (d, e). Boxes are
(y1, x1, y2, x2) everywhere; y2 and x2 lie outside the box.

What `PUBLIC` lists can be imported from here; it is loaded when it is first used, since Keras and
its backend take seconds. Matterport's own modules are ``model``, ``config``, ``utils``,
``visualize``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mrcnn.installation import check_files

if TYPE_CHECKING:
    from mrcnn.boxes import (
        compute_overlaps,
        denorm_boxes,
        extract_bboxes,
        non_max_suppression,
        norm_boxes,
    )
    from mrcnn.config import Config
    from mrcnn.data import BatchLoader, load_image_gt
    from mrcnn.dataset import Dataset
    from mrcnn.free_response import FreeResponse, assign_marks
    from mrcnn.generator import data_generator
    from mrcnn.images import (
        mold_image,
        read_image,
        resize_image,
        resize_mask,
        unmold_image,
        unmold_mask,
    )
    from mrcnn.metrics import (
        compute_ap,
        compute_ap_range,
        compute_matches,
        compute_overlaps_masks,
        compute_recall,
        dice,
        iou,
    )
    from mrcnn.model import MaskRCNN
    from mrcnn.network import Answers
    from mrcnn.training import NonFiniteLossError
    from mrcnn.visualize import display_differences, display_images, display_instances
    from mrcnn.weights import WeightError

check_files()
__version__ = "0.1.0"
# What can be imported from here, by the module that it is loaded from.
PUBLIC = {
    "boxes": (
        "compute_overlaps",
        "denorm_boxes",
        "extract_bboxes",
        "non_max_suppression",
        "norm_boxes",
    ),
    "config": ("Config",),
    "data": ("BatchLoader", "load_image_gt"),
    "dataset": ("Dataset",),
    "free_response": ("FreeResponse", "assign_marks"),
    "generator": ("data_generator",),
    "images": (
        "mold_image",
        "read_image",
        "resize_image",
        "resize_mask",
        "unmold_image",
        "unmold_mask",
    ),
    "metrics": (
        "compute_ap",
        "compute_ap_range",
        "compute_matches",
        "compute_overlaps_masks",
        "compute_recall",
        "dice",
        "iou",
    ),
    "model": ("MaskRCNN",),
    "network": ("Answers",),
    "training": ("NonFiniteLossError",),
    "visualize": ("display_differences", "display_images", "display_instances"),
    "weights": ("WeightError",),
}
_MODULE_OF = {name: module for module, names in PUBLIC.items() for name in names}
__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for (PEP 562)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted({*globals(), *__all__})
