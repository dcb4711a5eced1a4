"""What a configuration must hold before a network is built from it."""

import numpy as np

from mrcnn.config import Config


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
    check_devices(config.GPU_COUNT)


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
