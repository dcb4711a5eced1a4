"""The small square by which images are compared; apart, as it needs no more than an image."""

import numpy as np
from PIL import Image

THUMBNAIL_PX = 64


def thumbnail(grey: np.ndarray) -> np.ndarray:
    """Return an image as the small square that `near_duplicates.find` compares.

    Args:
        grey: uint8 (height, width).

    Returns:
        np.ndarray: uint8 (THUMBNAIL_PX, THUMBNAIL_PX), whatever the image's aspect ratio.
    """
    small = Image.fromarray(grey).resize((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.BOX)
    return np.asarray(small)
