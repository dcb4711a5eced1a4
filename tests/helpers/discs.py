"""The smallest Mask R-CNN, and images of dark discs for it to find."""

import numpy as np

from mrcnn.config import Config
from mrcnn.dataset import Dataset


class Small(Config):
    """A network that builds and runs in seconds: 64 px, colour, two classes of lesions."""

    NAME = "small"
    BACKBONE = "resnet18"
    IMAGES_PER_GPU = 2
    NUM_CLASSES = 3
    IMAGE_MIN_DIM = 64
    IMAGE_MAX_DIM = 64
    RPN_ANCHOR_SCALES = (8, 16, 24, 32, 48)
    TOP_DOWN_PYRAMID_SIZE = 16
    RPN_CHANNELS = 16
    FPN_CLASSIF_FC_LAYERS_SIZE = 16
    MASK_CHANNELS = 8
    PRE_NMS_LIMIT = 64
    POST_NMS_ROIS_TRAINING = 16
    POST_NMS_ROIS_INFERENCE = 16
    TRAIN_ROIS_PER_IMAGE = 8
    RPN_TRAIN_ANCHORS_PER_IMAGE = 16
    MAX_GT_INSTANCES = 4
    DETECTION_MAX_INSTANCES = 4
    STEPS_PER_EPOCH = 2
    VALIDATION_STEPS = 1


class Tiny(Small):
    """As the study trains and reads: grey, AdamW, every region with its probabilities."""

    NAME = "tiny"
    IMAGE_CHANNEL_COUNT = 1
    MEAN_PIXEL = np.array([60.0])
    MAX_GT_INSTANCES = 2
    MINI_MASK_SHAPE = (28, 28)
    RPN_TIES = "first"
    IMAGE_ANTI_ALIASING = True
    TRAIN_EMPTY_IMAGES = True
    USE_GT_ROIS = True
    EVERY_REGION = True
    OPTIMIZER = "adamw"
    LEARNING_RATE_SCHEDULE = "one_cycle"
    TRAIN_BN = None


class Discs(Dataset):
    """Dark discs on noise; every fourth image has none, every fifth a single pixel."""

    def __init__(self, count, broken=None):
        super().__init__()
        self.broken = broken
        self.add_class("discs", 1, "benign")
        self.add_class("discs", 2, "malignant")
        for i in range(count):
            self.add_image("discs", f"case{i}", path=None)
        self.prepare()

    def load_image(self, image_id):
        if image_id == self.broken:
            raise OSError("the file is truncated")
        image = np.random.default_rng(image_id).integers(80, 120, (64, 64, 1)).astype(np.uint8)
        for mask in np.moveaxis(self.load_mask(image_id)[0], -1, 0):
            image[mask] //= 3
        return image

    def load_mask(self, image_id):
        if image_id % 4 == 3:
            return np.zeros((64, 64, 0), bool), np.zeros(0, np.int32)
        rng = np.random.default_rng(image_id)
        y, x, r = *rng.integers(20, 44, 2), (0.5 if image_id % 5 == 4 else 12)
        yy, xx = np.mgrid[:64, :64]
        return ((yy - y) ** 2 + (xx - x) ** 2 <= r * r)[..., None], np.array([1 + image_id % 2])
