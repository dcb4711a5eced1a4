"""Statistics that can be computed of a phantom and of a real scan alike.

Lengths are in px of pictures that are ``pictures.HEIGHT`` px high. The raw echo of a real scan is
unknown, and so is its log compression: speckle is described in grey levels, and its SNR and
Nakagami m are those that the grey levels would have if 255 were ``DYNAMIC_RANGE`` dB in both.
"""

from contextlib import suppress

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist
from scipy.stats import skew

from smallmass.phantom.realism.pictures import HEIGHT

TILE = 24  # px, the side of a patch in which speckle is measured
LAGS = 12  # px
DYNAMIC_RANGE = 60  # dB
BANDS, LEVELS = 16, 32  # of the histogram by depth
CLEAR = 250  # levels over it are burned-in text and calipers
DARK = 40  # tiles of a lower mean are shadow or beyond the picture's depth
GAP, RING = 3, 16  # px from the outline to the beginning and the end of the surround

SPECKLE = {
    "grey_mean": "mean grey level of a patch",
    "grey_sd": "SD of grey levels in a patch",
    "grey_skewness": "skewness of grey levels in a patch",
    "lateral_px": "lateral speckle size, px",
    "axial_px": "axial speckle size, px",
    "snr": "speckle SNR, if 255 levels were 60 dB",
    "nakagami_m": "Nakagami m, if 255 levels were 60 dB",
}
LESION = {
    "diameter_file_px": "longest diameter, px of the file",
    "diameter_share": "longest diameter / height of the picture",
    "area_share": "area / area of the picture",
    "contrast": "surround minus lesion, grey levels",
    "cnr": "contrast-to-noise ratio",
}


def speckle(image: np.ndarray, outline: np.ndarray) -> dict[str, float]:
    """Return the statistics of a picture's speckle: medians over its patches.

    Patches are tiles outside the lesion without burned-in text and not in the dark. A quadratic
    surface is taken off each, so that layers and gain count little. Speckle size is the lag at
    which the autocovariance falls to one half.

    Args:
        image: (height, width) grey levels.
        outline: (height, width) bool, the lesion.

    Returns:
        dict: The keys of ``SPECKLE``; NaN if fewer than four patches are left.
    """
    flat = _flattener(TILE)
    rows = []
    for y in range(0, image.shape[0] - TILE + 1, TILE):
        for x in range(0, image.shape[1] - TILE + 1, TILE):
            tile = image[y : y + TILE, x : x + TILE]
            if outline[y : y + TILE, x : x + TILE].any():
                continue
            if tile.mean() < DARK or tile.max() > CLEAR:
                continue
            rows.append((tile.mean(), *_of_tile((flat @ tile.ravel()).reshape(TILE, TILE))))
    middle = np.median(rows, axis=0) if len(rows) >= 4 else np.full(len(SPECKLE), np.nan)
    return dict(zip(SPECKLE, map(float, middle), strict=True))


def _flattener(side: int) -> np.ndarray:
    """Return the matrix that takes a quadratic surface off a tile, (side**2, side**2)."""
    y, x = (axis.ravel() / side for axis in np.mgrid[:side, :side])
    surface = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    basis, _ = np.linalg.qr(surface)
    return np.eye(side * side) - basis @ basis.T


def _of_tile(flat: np.ndarray) -> tuple[float, ...]:
    """Return SD, skewness, lateral and axial size, SNR and Nakagami m of a flattened tile."""
    amplitude = 10 ** (flat * DYNAMIC_RANGE / 255 / 20)
    power = amplitude**2
    return (
        flat.std(),
        float(skew(flat.ravel())) if flat.std() > 0 else np.nan,
        half_width(flat),
        half_width(flat.T),
        amplitude.mean() / max(amplitude.std(), 1e-9),
        power.mean() ** 2 / max(power.var(), 1e-9),
    )


def half_width(tile: np.ndarray) -> float:
    """Return the lag along the rows at which the autocovariance falls to one half, px.

    Args:
        tile: (height, width), mean 0.

    Returns:
        float: Interpolated; ``LAGS`` if it does not fall so far, NaN for a constant tile.
    """
    width = tile.shape[1]
    covariance = np.array([(tile[:, : width - k] * tile[:, k:]).mean() for k in range(LAGS + 1)])
    if covariance[0] <= 0:
        return float("nan")
    below = np.nonzero(covariance < covariance[0] / 2)[0]
    if not len(below):
        return float(LAGS)
    k = int(below[0])
    return k - 1 + (covariance[k - 1] - covariance[0] / 2) / (covariance[k - 1] - covariance[k])


def depth_histogram(image: np.ndarray) -> np.ndarray:
    """Return the share of each grey level by depth, (BANDS, LEVELS); each row adds up to 1."""
    bands = np.array_split(image, BANDS)
    counts = [np.histogram(band, bins=LEVELS, range=(0, 256))[0] / band.size for band in bands]
    return np.array(counts)


def lesion(image: np.ndarray, outline: np.ndarray, scale: float) -> dict[str, float]:
    """Return size and contrast of a lesion.

    The surround is a ring of ``GAP`` to ``RING`` px about the outline, without burned-in text. The
    contrast-to-noise ratio is the difference of the means over the root of the sum of the variances
    (Patterson and Foster, Ultrason Imaging 1983;5:195), positive for a darker lesion.

    Args:
        image: (height, width) grey levels.
        outline: (height, width) bool.
        scale: px of these arrays a px of the file.

    Returns:
        dict: The keys of ``LESION``; NaN if there is no lesion or no surround.
    """
    away = distance_transform_edt(~outline) if outline.any() else np.zeros(outline.shape)
    inside = image[outline & (image <= CLEAR)]
    outside = image[(away > GAP) & (away <= RING) & (image <= CLEAR)]
    if not len(inside) or not len(outside):
        return dict.fromkeys(LESION, float("nan"))
    longest = _longest(outline)
    contrast = outside.mean() - inside.mean()
    values = (
        longest / scale,
        longest / HEIGHT,
        outline.mean(),
        contrast,
        contrast / max(np.sqrt(inside.var() + outside.var()), 1e-9),
    )
    return dict(zip(LESION, map(float, values), strict=True))


def _longest(outline: np.ndarray) -> float:
    """Return the longest distance between the outer edges of two pixels of a lesion, px."""
    points = np.argwhere(outline)
    with suppress(ValueError, RuntimeError):  # a line or a point has no hull, and few pixels
        points = points[ConvexHull(points).vertices]
    return float(pdist(points).max()) + 1 if len(points) > 1 else 1.0
