"""From the study's settings to a configuration of `mrcnn`."""

import numpy as np

from mrcnn.config import Config
from mrcnn.precision import resolve_precision
from smallmass.errors import UserError
from smallmass.settings import ImageModelSettings
from smallmass.start.form import COLOUR, GREY, Form

CLASSES = ("benign", "malignant")
"""The foreground classes in the order of their ids, from 1 (A06 "cancer, benign, background")."""

# Anchor sides at the paper's 1,024 px (Matterport's defaults); they shrink with the image.
ANCHORS_AT_1024_PX = (32, 64, 128, 256, 512)
# Widths of the heads: Matterport's for the deep backbones, narrower ones for the laptop's.
_NARROW = {"pyramid": 128, "rpn": 128, "classifier": 256, "mask": 64}
_WIDE = {"pyramid": 256, "rpn": 512, "classifier": 1024, "mask": 256}
WIDTHS = {
    "resnet18": _NARROW,
    "resnet34": _NARROW,
    "swin_nano": _NARROW,
    "resnet50": _WIDE,
    "resnet101": _WIDE,
    "swin_tiny": _WIDE,
}
REGIONS_KEPT = 10
# Most regions of an image are background and easily told so; without more weight the difference
# between benign and malignant, which the study is about, hardly counts in the mean over regions.
# Tried on validation cases of the phantoms, together with one epoch more; not tuned further.
CLASS_LOSS_WEIGHT = 4.0
FEW_REGIONS_PX = 512  # below this image size one lesion needs few regions


def make_config(image_model: ImageModelSettings, form: Form | None = None) -> Config:
    """Return the configuration of the image model that the settings describe.

    Args:
        image_model: The settings.
        form: Channels, mean pixel and normalisation, as the start has them; None: those of random
            weights, or of photographs where the settings name a start.

    Raises:
        UserError: If the image size does not suit the pyramid.
    """
    size, backbone = image_model.size_px, image_model.backbone
    if size % 32:
        raise UserError(
            f"image_model.size_px is {size}; the pyramid needs a multiple of 32, "
            f"for instance {max(64, round(size / 32) * 32)}"
        )
    form = form or (COLOUR if image_model.weights else GREY)
    width = WIDTHS[backbone]
    small = size < FEW_REGIONS_PX
    values = {
        "NAME": "breast_mass",
        "PRECISION": resolve_precision(image_model.precision),
        "BACKBONE": backbone,
        "NUM_CLASSES": 1 + len(CLASSES),
        "IMAGES_PER_GPU": image_model.batch,
        "IMAGE_MIN_DIM": size,
        "IMAGE_MAX_DIM": size,
        "IMAGE_CHANNEL_COUNT": form.channels,
        "MEAN_PIXEL": np.array(form.mean_pixel),
        "RPN_ANCHOR_SCALES": tuple(anchor_scales(size)),
        "TOP_DOWN_PYRAMID_SIZE": width["pyramid"],
        "RPN_CHANNELS": width["rpn"],
        "FPN_CLASSIF_FC_LAYERS_SIZE": width["classifier"],
        "MASK_CHANNELS": width["mask"],
        "PRE_NMS_LIMIT": 256 if small else 2000,
        "POST_NMS_ROIS_TRAINING": 64 if small else 500,
        "POST_NMS_ROIS_INFERENCE": 64 if small else 300,
        "TRAIN_ROIS_PER_IMAGE": 24 if small else 100,
        "RPN_TRAIN_ANCHORS_PER_IMAGE": 64 if small else 256,
        "MAX_GT_INSTANCES": 4,
        "MINI_MASK_SHAPE": (56, 56),
        "RPN_TIES": "first",
        "IMAGE_ANTI_ALIASING": True,
        "TRAIN_EMPTY_IMAGES": True,
        "USE_GT_ROIS": True,
        "EVERY_REGION": True,
        "MASK_PASTE": "corners",
        "DETECTION_MAX_INSTANCES": REGIONS_KEPT,
        "OPTIMIZER": image_model.optimizer,
        "LEARNING_RATE": image_model.learning_rate,
        "LEARNING_RATE_SCHEDULE": "one_cycle",
        "WEIGHT_DECAY": 0.0001 if image_model.optimizer == "sgd" else 0.0,
        "DECOUPLED_WEIGHT_DECAY": 0.02,
        "LOSS_WEIGHTS": {**Config.LOSS_WEIGHTS, "mrcnn_class_loss": CLASS_LOSS_WEIGHT},
        "TRAIN_BN": False if form.frozen_statistics else None,
        "BATCH_NORM_MOMENTUM": 0.99 if form.frozen_statistics else 0.95,
        "STEPS_PER_EPOCH": None,
        "VALIDATION_STEPS": None,
    }
    return type("BreastMassConfig", (Config,), values)()


def anchor_scales(size_px: int) -> list[float]:
    """Return the anchors' sides (px) for a square image of ``size_px``, finest level first."""
    return [max(4.0, side * size_px / 1024 * 1.5) for side in ANCHORS_AT_1024_PX]
