"""The five scanners on the same lesion in the same breast."""

import numpy as np

from smallmass.phantom.picture import Order, draw
from smallmass.phantom.realism.pictures import HEIGHT
from smallmass.phantom.realism.statistics import speckle
from smallmass.phantom.scanners import SCANNERS

DEPTH_UM = 30_000  # one depth for all, so that breast and lesion are the same
MARKS = ("grey_mean", "black", "speckle_sd", "lateral_px", "axial_px")


def same_lesion(
    number: int, *, seed: int, malignant: bool = False, image_px: int = HEIGHT
) -> list[np.ndarray]:
    """Return one breast with one lesion as each scanner draws it.

    Args:
        number: Which breast.
        seed: The seed of its random numbers.
        malignant: The lesion's class.
        image_px: Side of the pictures, px.

    Returns:
        list: (image_px, image_px) uint8, in the order of ``SCANNERS``.
    """
    return [
        draw(Order(seed, number, malignant, 8000, scanner, DEPTH_UM, image_px)).image
        for scanner in range(len(SCANNERS))
    ]


def marks(image: np.ndarray) -> dict[str, float]:
    """Return what a scanner's pictures can be recognised by: gain, black level, speckle.

    Args:
        image: (height, width) uint8.

    Returns:
        dict: The keys of ``MARKS``: mean and 1st percentile of the grey levels; of patches the SD
        of grey levels, and the lateral and axial speckle size in px.
    """
    grey = image.astype(np.float64)
    of_speckle = speckle(grey, np.zeros(grey.shape, bool))
    whole = {"grey_mean": float(grey.mean()), "black": float(np.percentile(grey, 1))}
    known = of_speckle | whole | {"speckle_sd": of_speckle["grey_sd"]}
    return {name: known[name] for name in MARKS}
