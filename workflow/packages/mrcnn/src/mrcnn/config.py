"""Settings of a model, under Matterport's names so that its users' subclasses work unchanged."""

import json
from typing import Any

import numpy as np


class Config:
    """Base configuration; subclass it and override class attributes.

    Attributes that Matterport's library does not have: ``RPN_CHANNELS``, ``MASK_CHANNELS``
    (widths of the heads), ``BATCH_NORM_MOMENTUM``, ``USE_GT_ROIS``, ``EVERY_REGION``,
    ``MASK_PASTE``, ``CLASS_CONTEXT``, ``PRECISION``, ``RPN_TIES``, ``IMAGE_ANTI_ALIASING``,
    ``TRAIN_EMPTY_IMAGES``, ``OPTIMIZER``, ``LEARNING_RATE_SCHEDULE``, ``DECOUPLED_WEIGHT_DECAY``.
    Their defaults keep its behaviour.
    """

    NAME: str | None = None
    PRECISION: str | None = None  # "float32", "bfloat16", "auto"; None: as Keras's global policy
    GPU_COUNT = 1
    IMAGES_PER_GPU = 2
    STEPS_PER_EPOCH: int | None = 1000  # None: as many as one pass over the training images takes
    VALIDATION_STEPS: int | None = 50

    # (a) features: "resnet18", "resnet34", "resnet50", "resnet101", "swin_nano" or "swin_tiny",
    # or a function (image, stage5, train_bn) that returns C1 to C5
    BACKBONE: Any = "resnet101"
    COMPUTE_BACKBONE_SHAPE: Any = None  # with a callable BACKBONE: image shape -> level shapes
    BACKBONE_STRIDES = (4, 8, 16, 32, 64)
    TOP_DOWN_PYRAMID_SIZE = 256

    # (b) regions: one anchor size (px of the resized image) a pyramid level
    NUM_CLASSES = 1  # background counted
    RPN_ANCHOR_SCALES = (32, 64, 128, 256, 512)
    RPN_ANCHOR_RATIOS = (0.5, 1, 2)  # width / height
    RPN_ANCHOR_STRIDE = 1
    RPN_NMS_THRESHOLD = 0.7
    RPN_TRAIN_ANCHORS_PER_IMAGE = 256
    # Which of several anchors with a lesion's best overlap are positive: "all" or the "first" one.
    RPN_TIES = "all"
    RPN_CHANNELS = 512
    PRE_NMS_LIMIT = 6000
    POST_NMS_ROIS_TRAINING = 2000
    POST_NMS_ROIS_INFERENCE = 1000

    # images
    USE_MINI_MASK = True
    MINI_MASK_SHAPE = (56, 56)
    IMAGE_RESIZE_MODE = "square"
    IMAGE_MIN_DIM = 800
    IMAGE_MAX_DIM = 1024
    IMAGE_MIN_SCALE = 0
    IMAGE_ANTI_ALIASING = False  # True: images are smoothed before they shrink
    IMAGE_CHANNEL_COUNT = 3
    MEAN_PIXEL = np.array([123.7, 116.8, 103.9])

    # (c)-(e) heads
    FPN_CLASSIF_FC_LAYERS_SIZE = 1024
    MASK_CHANNELS = 256
    TRAIN_ROIS_PER_IMAGE = 200
    ROI_POSITIVE_RATIO = 0.33
    USE_GT_ROIS = False  # True: the lesions' own boxes are among the regions trained on
    POOL_SIZE = 7
    CLASS_CONTEXT = 1.0  # side of what the classifier reads, as a multiple of a region's side
    MASK_POOL_SIZE = 14
    MASK_SHAPE = (28, 28)
    MAX_GT_INSTANCES = 100
    RPN_BBOX_STD_DEV = np.array([0.1, 0.1, 0.2, 0.2])
    BBOX_STD_DEV = np.array([0.1, 0.1, 0.2, 0.2])

    # reading
    DETECTION_MAX_INSTANCES = 100
    DETECTION_MIN_CONFIDENCE = 0.7
    DETECTION_NMS_THRESHOLD = 0.3
    # How a mask of MASK_SHAPE lies in its box: "cells" (Matterport's) spreads its cells over the
    # box; "corners" puts the first and last cells on the first and last pixels, where the masks
    # that it was trained on were sampled. "cells" draws outlines a little inside the lesion's.
    MASK_PASTE = "cells"
    EVERY_REGION = False  # True: also regions that are most likely background, NMS across classes

    # training
    OPTIMIZER = "sgd"  # or "adamw"
    LEARNING_RATE = 0.001
    LEARNING_RATE_SCHEDULE: str | None = None  # or "one_cycle"
    LEARNING_MOMENTUM = 0.9
    WEIGHT_DECAY = 0.0001  # L2 penalty, a tensor's sum of squares divided by its size
    DECOUPLED_WEIGHT_DECAY = 0.0  # AdamW's own
    GRADIENT_CLIP_NORM = 5.0
    LOSS_WEIGHTS = {  # noqa: RUF012 (a class attribute that subclasses replace, as Matterport's)
        "rpn_class_loss": 1.0,
        "rpn_bbox_loss": 1.0,
        "mrcnn_class_loss": 1.0,
        "mrcnn_bbox_loss": 1.0,
        "mrcnn_mask_loss": 1.0,
    }
    USE_RPN_ROIS = True
    TRAIN_EMPTY_IMAGES = False  # True: images without any object are trained on, too
    TRAIN_BN: bool | None = False  # False: frozen statistics; None: as usual in training
    BATCH_NORM_MOMENTUM = 0.99

    def __init__(self) -> None:
        self.BATCH_SIZE = self.IMAGES_PER_GPU * self.GPU_COUNT
        if self.IMAGE_RESIZE_MODE == "crop":
            size = self.IMAGE_MIN_DIM
        else:
            size = self.IMAGE_MAX_DIM
        self.IMAGE_SHAPE = np.array([size, size, self.IMAGE_CHANNEL_COUNT])
        # image id, original shape (3), image shape (3), window (4), scale, active classes
        self.IMAGE_META_SIZE = 1 + 3 + 3 + 4 + 1 + self.NUM_CLASSES

    def to_dict(self) -> dict[str, Any]:
        """Return every setting by name, arrays as lists."""
        names = [name for name in dir(self) if name.isupper()]
        values = {name: getattr(self, name) for name in sorted(names)}
        return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in values.items()}

    def to_json(self) -> str:
        """Return the settings as JSON text."""
        return json.dumps(self.to_dict(), indent=2, sort_keys=True, default=str)

    def display(self) -> None:
        """Print every setting."""
        print("\nConfigurations:")
        for name, value in self.to_dict().items():
            print(f"{name:30} {value}")
        print()
