"""Random changes of how an ultrasound image looks, as another scanner or examiner would have it.

Each function takes grey levels (h, w) float32, 0 to 255, and returns the same; black padding is
put back by the caller. Lengths are shares of the image's side, so that one setting suits any size.
"""

import numpy as np
from PIL import Image, ImageFilter

DEPTHS = 4  # sliders of a scanner's time-gain compensation, evenly spaced


def change_gain(grey: np.ndarray, gain: float, contrast: float, seen: np.ndarray) -> np.ndarray:
    """Multiply the mean of what is ``seen`` with ``gain``, differences with ``contrast``."""
    mean = grey[seen].mean() if seen.any() else np.float32(0)
    return (grey - mean) * contrast + mean * gain


def change_gamma(grey: np.ndarray, gamma: float) -> np.ndarray:
    """Bend the grey map, as the choice of a compression curve does."""
    return 255 * (grey.clip(0, 255) / 255) ** np.float32(gamma)


def change_depth_gain(grey: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Multiply rows with gains that change linearly between `DEPTHS` sliders, skin first."""
    height = grey.shape[0]
    sliders = np.linspace(0, height - 1, DEPTHS)
    gains = np.interp(np.arange(height), sliders, factors)
    return grey * gains[:, None].astype(np.float32)


def cast_shadow(
    grey: np.ndarray, centre: float, width: float, start: float, share: float
) -> np.ndarray:
    """Darken a band of columns below a depth, as gas or a rib does.

    Args:
        grey: Grey levels.
        centre: Of the band along x.
        width: Half of the band's width.
        start: Depth at which it begins.
        share: Of the light, that is taken away in the middle of the band.
    """
    y, x = (np.arange(n, dtype=np.float32) / n for n in grey.shape)
    band = np.exp(-(((x - centre) / width) ** 4))
    below = 1 / (1 + np.exp(-30 * (y - start)))
    return grey * (1 - share * below[:, None] * band[None, :]).astype(np.float32)


def add_speckle(grey: np.ndarray, strength: float, grain_px: float, seed: int) -> np.ndarray:
    """Multiply with noise of a given grain; ``strength`` is its standard deviation."""
    height, width = grey.shape
    cells = max(2, round(height / grain_px)), max(2, round(width / grain_px))
    noise = np.random.default_rng(seed).standard_normal(cells, np.float32)
    grain = Image.fromarray(noise).resize((width, height), Image.Resampling.BILINEAR)
    return grey * (1 + np.float32(strength) * np.asarray(grain))


def blur(grey: np.ndarray, radius_px: float) -> np.ndarray:
    """Smooth with a Gaussian, as a poorer lateral resolution or another scan converter does."""
    image = Image.fromarray(np.rint(grey).clip(0, 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius_px)), np.float32)
