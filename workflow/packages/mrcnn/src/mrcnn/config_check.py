"""What a configuration must hold before a network is built from it."""

import difflib
import warnings
from collections.abc import Collection

import numpy as np

from mrcnn.config import Config
from mrcnn.images import PASTING
from mrcnn.losses import LOSSES
from mrcnn.targets import BEST_ANCHORS

# Settings of one word, and the words.
CHOICES: dict[str, Collection[str]] = {
    "IMAGE_RESIZE_MODE": ("square", "pad64", "crop", "none"),
    "MASK_PASTE": PASTING,
    "RPN_TIES": BEST_ANCHORS,
}

STRIDES = (4, 8, 16, 32, 64)  # of P2 to P6


def complete(config):
    """Give a configuration that is no `Config` the settings that it lacks, and return it.

    Programs that only read carry a class with the few settings that Matterport's network needed.
    """
    if isinstance(config, Config):
        return config
    own = {name: getattr(config, name) for name in dir(config) if name.isupper()}
    whole = type(type(config).__name__, (Config,), own)()
    for name in dir(whole):
        if name.isupper() and not hasattr(config, name):
            setattr(config, name, getattr(whole, name))
    return config


def prepare_config(config, mode: str):
    """Return a configuration, complete and checked, from which a model can be made.

    Raises:
        ValueError: As of `check_config`.
    """
    config = complete(config)
    check_config(config, mode)
    warn_of_settings(config, mode)
    return config


def check_config(config, mode: str) -> None:
    """Refuse what no network can be built from.

    Raises:
        ValueError: If the mode is unknown, the image size does not suit the pyramid, MEAN_PIXEL
            has not the image's channels, or something is asked for that this library cannot do.
    """
    if mode not in ("training", "inference"):
        raise ValueError(f"mode must be 'training' or 'inference', not {mode!r}")
    height, width = (int(n) for n in config.IMAGE_SHAPE[:2])
    if height % 32 or width % 32:
        raise ValueError(f"image size {height} x {width} px must be a multiple of 32")
    if mode == "training" and not config.USE_RPN_ROIS:
        raise ValueError("USE_RPN_ROIS = False (regions given from outside) is not supported")
    channels, means = int(config.IMAGE_CHANNEL_COUNT), np.size(config.MEAN_PIXEL)
    if means not in (1, channels):
        raise ValueError(
            f"MEAN_PIXEL has {means} values, IMAGE_CHANNEL_COUNT is {channels}: "
            "give one value a channel, or a single one"
        )
    for name, words in CHOICES.items():
        if getattr(config, name) not in words:
            known = ", ".join(map(repr, words))
            raise ValueError(f"{name} is {getattr(config, name)!r}; known: {known}")
    if mode == "training":
        _check_derived(config)
        _check_network(config)
    strides = tuple(config.BACKBONE_STRIDES)
    if not callable(config.BACKBONE) and strides != STRIDES[: len(strides)]:
        raise ValueError(f"BACKBONE_STRIDES is {strides}; the maps of a ResNet have {STRIDES}")
    check_devices(config.GPU_COUNT)


def _check_derived(config) -> None:
    """Refuse a configuration that was changed after it worked out what depends on the change."""
    problems = []
    if config.IMAGE_META_SIZE != 12 + config.NUM_CLASSES:
        problems.append(f"IMAGE_META_SIZE {config.IMAGE_META_SIZE} and NUM_CLASSES do not")
    sides = {"square": config.IMAGE_MAX_DIM, "crop": config.IMAGE_MIN_DIM}
    shape = tuple(int(n) for n in config.IMAGE_SHAPE)
    side = sides.get(config.IMAGE_RESIZE_MODE)
    if side is not None and shape[:2] != (side, side):
        problems.append(f"IMAGE_SHAPE {shape} and {side} px do not")
    if problems:
        raise ValueError(
            f"settings must agree: {'; '.join(problems)}. They were changed after the "
            "configuration was made: call its __init__() again, or set them in the class"
        )


def _check_network(config) -> None:
    """Refuse settings that do not fit the network that is built from the others."""
    unknown = sorted({*config.LOSS_WEIGHTS} - {*LOSSES})
    if unknown:
        raise ValueError(
            f"LOSS_WEIGHTS has no loss {', '.join(unknown)}; known: {', '.join(LOSSES)}"
        )
    side = 2 * config.MASK_POOL_SIZE
    if tuple(config.MASK_SHAPE) != (side, side):
        raise ValueError(
            f"MASK_SHAPE is {tuple(config.MASK_SHAPE)}; the mask head gives ({side}, {side}), "
            f"twice MASK_POOL_SIZE"
        )


def warn_of_settings(config, mode: str) -> None:
    """Warn of names that look like misspelt settings, and of a batch size that stayed behind."""
    known = {name for name in dir(Config()) if name.isupper()}
    for name in sorted({name for name in dir(config) if name.isupper()} - known):
        for near in difflib.get_close_matches(name, known, 1, 0.9):
            warnings.warn(f"{name} is no setting; did you mean {near}?", stacklevel=4)
    images = config.IMAGES_PER_GPU * config.GPU_COUNT
    if mode == "training" and images != config.BATCH_SIZE:
        warnings.warn(
            f"a step takes BATCH_SIZE = {config.BATCH_SIZE} images, though IMAGES_PER_GPU is "
            f"{images}: what is changed later does not change the batch",
            stacklevel=4,
        )


def check_devices(count: int) -> None:
    """Refuse several GPUs.

    Raises:
        ValueError: If ``count`` is not 1.
    """
    if count != 1:
        raise ValueError(
            f"GPU_COUNT = {count}: this library computes on one device. Set GPU_COUNT = 1, and "
            "IMAGES_PER_GPU to the images of a step"
        )
