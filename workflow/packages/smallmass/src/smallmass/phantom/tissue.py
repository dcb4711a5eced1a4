"""The breast around a lesion: skin, fat with Cooper ligaments, gland, fascia, muscle.

Everything is an integer map over the picture: ``echo`` is the mean backscatter in hundredths of a
decibel relative to gland, ``glint`` the amplitude of smooth interfaces that reflect as mirrors.
What the breast is made of is independent of label, severity and clinical factors (also of the
recorded breast density): it tells nothing about the lesion.
"""

from dataclasses import dataclass

import numpy as np

from smallmass.phantom import tables
from smallmass.phantom.fields import field, profile, ridges
from smallmass.phantom.geometry import FINE, Frame
from smallmass.phantom.random import SD, Draws

FAT, MUSCLE, DEEP = -1250, -1200, -1900  # hundredths of a decibel; gland is 0


@dataclass
class Maps:
    """The maps that the beam scans.

    Args:
        echo: (pixels, pixels) int32, hundredths of a decibel.
        glint: (pixels, pixels) int32, ``tables.UNIT`` is the amplitude of gland.
    """

    echo: np.ndarray
    glint: np.ndarray


@dataclass(frozen=True)
class Layers:
    """Where the layers end, by column: (pixels,) int32 micrometres."""

    skin: np.ndarray
    fat: np.ndarray
    gland: np.ndarray
    fascia: np.ndarray
    muscle: np.ndarray


def make_layers(draws: Draws, frame: Frame) -> Layers:
    """Draw the boundaries between the layers."""
    tilt = draws.between(-1300, 1300)
    skin = _curve(draws, frame, draws.between(1100, 1700), 50, tilt // 20)
    fat = _curve(draws, frame, draws.between(4200, 7000), 900, tilt // 2)
    gland = _curve(draws, frame, frame.depth_um * draws.between(56, 68) // 100, 450, tilt)
    fascia = gland + _curve(draws, frame, draws.between(900, 2000), 220, 0)
    muscle = fascia + _curve(draws, frame, draws.between(6000, 9000), 150, tilt)
    return Layers(skin, fat, gland, fascia, muscle)


def make_breast(draws: Draws, frame: Frame, layers: Layers) -> Maps:
    """Draw the tissue within its layers."""
    shape, y = (frame.pixels, frame.pixels), frame.rows_um()
    maps = Maps(np.full(shape, DEEP, np.int32), np.zeros(shape, np.int32))
    for paint, top, bottom in (
        (_muscle, layers.fascia, layers.muscle),
        (_fat, layers.gland, layers.fascia),
        (_fat, layers.skin, layers.fat),
        (_gland, layers.fat, layers.gland),
        (_skin, np.zeros_like(layers.skin), layers.skin),
    ):
        rows = _rows(frame, int(top.min()), int(bottom.max()))
        where = (y[rows] >= top) & (y[rows] < bottom)
        echo, glint = paint(draws, frame, rows)
        maps.echo[rows][where] = echo[where]
        maps.glint[rows][where] = glint[where]
    _interface(draws, frame, maps, np.full(frame.pixels, 320, np.int32), 200, 150)
    for line, level, thickness in (
        (layers.skin, -500, 140),
        (layers.gland, -900, 140),
        (layers.fascia, 0, 190),
        (layers.fascia + 420, -700, 120),
        (layers.fascia + 1100, -1000, 150),
        (layers.muscle, -400, 240),
    ):
        _interface(draws, frame, maps, line, level, thickness)
    return maps


def _curve(draws: Draws, frame: Frame, base: int, wave: int, tilt: int) -> np.ndarray:
    """Return a gently waving line about ``base``, (pixels,) int32 micrometres."""
    x = frame.columns_um().astype(np.int64)
    line = base + tilt * (2 * x - frame.depth_um) // frame.depth_um
    for length in (31_000, 14_000, 6_500):
        at = (x * tables.TURN // length + draws.below(tables.TURN)) % tables.TURN
        line = line + wave * draws.normal() // SD * tables.sine()[at] // tables.UNIT
        wave = wave // 2
    return line.astype(np.int32)


def _rows(frame: Frame, top: int, bottom: int) -> slice:
    """Return the rows between two depths in micrometres, and one more on either side."""
    first = max(frame.fine(top) // FINE - 1, 0)
    return slice(first, max(frame.fine(bottom) // FINE + 2, first + 4))


def _skin(draws: Draws, frame: Frame, rows: slice) -> tuple[np.ndarray, np.ndarray]:
    """Return echo and glint of skin: bright, with faint layers parallel to the surface."""
    echo = field(draws, frame, 240, 9000, rows) * 300 // SD - 350
    echo[frame.rows_um()[rows, 0] < 260] = 300
    return echo, np.zeros_like(echo)


def _fat(draws: Draws, frame: Frame, rows: slice) -> tuple[np.ndarray, np.ndarray]:
    """Return echo and glint of fat: dark lobules in a net of bright, mostly level ligaments."""
    echo = FAT + field(draws, frame, 1500, 3500, rows) * 130 // SD
    glint = np.zeros_like(echo)
    for step_y, step_x, thickness in ((2200, 6500, 190), (3600, 5200, 130), (1500, 5000, 90)):
        level = ridges(field(draws, frame, step_y, step_x, rows), frame.fine(thickness))
        echo += level * 4
        glint += (level * level >> 8) * (tables.UNIT // 1100)
    return echo, glint


def _gland(draws: Draws, frame: Frame, rows: slice) -> tuple[np.ndarray, np.ndarray]:
    """Return echo and glint of gland: bright, streaky, with islands of fat and dark ducts."""
    echo = field(draws, frame, 3000, 7000, rows) * 220 // SD
    echo += field(draws, frame, 650, 2600, rows) * 280 // SD
    echo += field(draws, frame, 330, 1000, rows) * 160 // SD
    ducts = ridges(field(draws, frame, 2000, 6000, rows), frame.fine(480))
    fibres = ridges(field(draws, frame, 1300, 6000, rows), frame.fine(150))
    echo += fibres * 2
    echo[ducts > 0] -= 450
    echo -= np.clip((field(draws, frame, 1800, 5200, rows) - 1000) * 3 // 2, 0, 850)
    return echo, (fibres * fibres >> 8) * (tables.UNIT // 1100)


def _muscle(draws: Draws, frame: Frame, rows: slice) -> tuple[np.ndarray, np.ndarray]:
    """Return echo and glint of muscle: dark, with fine bright fibres that run along it."""
    striped = field(draws, frame, 300, 5000, rows)
    echo = MUSCLE + field(draws, frame, 1500, 6000, rows) * 150 // SD
    echo += np.maximum(striped, -600) * 5 >> 3
    return echo, np.clip(striped - 1000, 0, 800) * (tables.UNIT // 4096)


def _interface(
    draws: Draws, frame: Frame, maps: Maps, line: np.ndarray, level: int, thickness: int
) -> None:
    """Draw a smooth interface along ``line``: a mirror whose strength comes and goes.

    Args:
        draws: The case's random numbers.
        frame: The picture.
        maps: Is drawn on.
        line: (pixels,) depth by column, int32 micrometres.
        level: Mean strength, hundredths of a decibel.
        thickness: From the line to its faint edge, micrometres.
    """
    broken = profile(draws, frame, 2600) * 500 // SD + profile(draws, frame, 700) * 300 // SD
    strength = tables.gain(level + np.minimum(broken, 400))
    middle, reach = frame.fine(line.astype(np.int64)), max(frame.fine(thickness), FINE)
    column = np.arange(frame.pixels)
    for step in range(-(reach // FINE) - 1, reach // FINE + 2):
        row = middle // FINE + step
        apart = np.abs(row * FINE + FINE // 2 - middle)
        seen = (row >= 0) & (row < frame.pixels) & (apart < reach)
        add = strength * (reach - apart) // (2 * reach)
        maps.glint[row[seen], column[seen]] += add[seen].astype(np.int32)
        maps.echo[row[seen], column[seen]] += 300
