"""One phantom: a lesion in a breast under a scanner, as picture, outline and truth."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import correlate1d

from smallmass.phantom import tables
from smallmass.phantom.beam import scan
from smallmass.phantom.fields import field
from smallmass.phantom.geometry import FINE, Frame, fill
from smallmass.phantom.lesion import Lesion, calcification_count, has_edge_shadow, make_lesion
from smallmass.phantom.random import SD, Draws
from smallmass.phantom.scanners import SCANNERS
from smallmass.phantom.tissue import Layers, Maps, make_breast, make_layers


@dataclass(frozen=True)
class Order:
    """What the table asks of one picture.

    Args:
        seed: The cohort's seed.
        number: The case's number, from 1: its stream of random numbers.
        malignant: The class.
        diameter_um: Longest diameter of the lesion, micrometres.
        scanner: Index into ``SCANNERS``.
        depth_um: Depth and width of the picture, micrometres.
        image_px: Side of the picture, px.
    """

    seed: int
    number: int
    malignant: bool
    diameter_um: int
    scanner: int
    depth_um: int
    image_px: int


@dataclass(frozen=True)
class Phantom:
    """A drawn case.

    Args:
        image: (image_px, image_px) uint8.
        outline: (image_px, image_px) bool: the lesion.
        lesion: What went in.
    """

    image: np.ndarray
    outline: np.ndarray
    lesion: Lesion


def draw(order: Order) -> Phantom:
    """Draw one phantom; the same order gives the same pixels on every machine."""
    draws = Draws(order.seed, order.number)
    frame = Frame(order.image_px, order.depth_um)
    lesion = make_lesion(
        draws, malignant=order.malignant, diameter_um=order.diameter_um, frame=frame
    )
    layers = make_layers(draws, frame)
    contour = lesion.contour + _place(draws, frame, layers, lesion)
    outline = fill(contour, frame.pixels, frame.pixels)
    maps = make_breast(draws, frame, layers)
    _embed(draws, frame, maps, lesion, outline)
    passed = _behind(frame, lesion, contour, outline)
    image = scan(draws, frame, SCANNERS[order.scanner], maps.echo, maps.glint, passed)
    return Phantom(image, outline, lesion)


def _place(draws: Draws, frame: Frame, layers: Layers, lesion: Lesion) -> np.ndarray:
    """Choose the lesion's centre, (y, x) in sixteenths of a pixel: in the gland, off the edges."""
    side = frame.depth_um
    x = side // 2 + draws.between(-side * 22 // 100, side * 22 // 100)
    column = x * frame.pixels // side
    top = int(layers.fat[column]) + lesion.height_um * 4 // 10
    bottom = int(layers.gland[column]) - lesion.height_um * 5 // 10
    y = draws.between(min(top, bottom), max(top, bottom))
    return np.array([frame.fine(y), frame.fine(x)])


def _window(frame: Frame, outline: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns within 2.5 mm of the lesion."""
    reach = frame.fine(2500) // FINE + 1
    spans = []
    for axis in (1, 0):
        at = np.nonzero(outline.any(axis=axis))[0]
        spans.append(slice(max(int(at[0]) - reach, 0), int(at[-1]) + reach + 1))
    return spans[0], spans[1]


def _soft(mask: np.ndarray, sigma: int) -> np.ndarray:
    """Return a mask blurred by a Gaussian of ``sigma`` (1/64 px), int32 0 .. 256."""
    taps = tables.taps(sigma, 256).astype(np.float64)
    total = float(taps.sum())
    soft = mask * 256.0
    for axis in (0, 1):
        soft = np.floor(correlate1d(soft, taps, axis=axis, mode="nearest") / total)
    return soft.astype(np.int32)


def _embed(draws: Draws, frame: Frame, maps: Maps, lesion: Lesion, outline: np.ndarray) -> None:
    """Put the lesion into the tissue: halo, capsule, inside, calcifications."""
    window = _window(frame, outline)
    echo, glint, outline = maps.echo[window], maps.glint[window], outline[window]
    traits, margin = lesion.traits, lesion.words["margin"]
    halo = int(np.clip(200 + 470 * traits["halo"] // 1000, 0, 1200))
    around = _soft(outline, frame.sigma(600))
    echo += np.where(outline, 0, around * 2) * halo // 256
    if margin == "circumscribed":  # a thin bright capsule
        thin = _soft(outline, frame.sigma(140))
        echo += thin * (256 - thin) * 500 // (128 * 128)
    edge = {"circumscribed": 60, "indistinct": 320}.get(margin, 150)
    inside = _soft(outline, frame.sigma(edge))
    level = int(np.clip(-1850 - 400 * traits["echo"] // 1000, -3100, -1100))
    uneven = int(np.clip(150 + 90 * traits["texture"] // 1000, 20, 420))
    own = level + field(draws, frame, 700, 1000, *window) * uneven // SD
    echo[:] = (echo * (256 - inside) + own * inside) >> 8
    glint[:] = glint * (256 - inside) >> 8
    _calcify(draws, frame, echo, lesion, outline)


def _calcify(
    draws: Draws, frame: Frame, echo: np.ndarray, lesion: Lesion, outline: np.ndarray
) -> None:
    """Put bright grains of 0.2 to 0.4 mm into the lesion."""
    ys, xs = np.nonzero(outline)
    height, width = outline.shape
    for _ in range(calcification_count(lesion.traits)):
        at, size = draws.below(len(ys)), frame.fine(draws.between(110, 200))
        near_y = FINE * (np.arange(height)[:, None] - ys[at])
        near_x = FINE * (np.arange(width) - xs[at])
        echo[near_y**2 + near_x**2 <= size**2] = 600


def _behind(frame: Frame, lesion: Lesion, contour: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """Return shadow and enhancement behind the lesion, hundredths of a decibel, int32."""
    traits = lesion.traits
    strength = int(np.clip(-80 - 640 * traits["posterior"] // 1000, -1800, 1200))
    columns = np.nonzero(outline.any(axis=0))[0]
    reach = frame.fine(2000) // FINE + 1
    first, last = max(int(columns[0]) - reach, 0), int(columns[-1]) + reach + 1
    chord = np.cumsum(outline[:, first:last], axis=0, dtype=np.int32)
    near = chord * strength // max(int(chord[-1].max()), 1)
    if has_edge_shadow(traits):
        x, y = frame.columns_um()[first:last], frame.rows_um()
        centre = int(contour[:, 0].mean()) * frame.depth_um // (FINE * frame.pixels)
        deep = np.clip(y - centre, 0, 2500)
        for side, inwards in ((contour[:, 1].min(), 1), (contour[:, 1].max(), -1)):
            at = int(side) * frame.depth_um // (FINE * frame.pixels) + inwards * 150
            narrow = 700 * np.clip(450 - np.abs(x - at), 0, 450) // 450
            near -= narrow * deep // 2500
    taps = tables.taps(frame.sigma(380), 256).astype(np.float64)
    blurred = correlate1d(near.astype(np.float64), taps, axis=1, mode="nearest")
    passed = np.zeros(outline.shape, np.int32)
    passed[:, first:last] = np.floor(blurred / float(taps.sum()))
    return passed
