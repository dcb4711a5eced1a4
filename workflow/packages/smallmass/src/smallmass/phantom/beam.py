"""From tissue to picture: scatterers, point-spread function, envelope, gain, log compression.

The linear model of a scan (Bamber and Dickinson, Phys Med Biol 1980;25:463): the demodulated echo
is a random scatterer map, weighted by the tissue's backscatter and convolved with the pulse along
the depth and the beam across it; the picture is the logarithm of its envelope. All numbers are
integers held in float64 below 2**53, so that neither the order of a sum nor fused multiply-adds
can change a bit.
"""

from itertools import pairwise

import numpy as np
from scipy.ndimage import correlate1d

from smallmass.phantom import tables
from smallmass.phantom.fields import profile
from smallmass.phantom.geometry import Frame
from smallmass.phantom.random import GRAIN_SD, SD, Draws
from smallmass.phantom.scanners import Scanner

FILTER = 1 << 10  # a filter's taps are scaled to this norm
STRIPS = 12  # rows of the picture that share one lateral width
GLAND = 3200  # envelope of gland, after scaling, in units of the log table
LIMIT = float(1 << 24)  # of one quadrature: the sum of their squares stays exact
ROOTS = {2: 125, 3: 160, 4: 188}  # mean of the envelope of so many quadratures of SD 100


def scan(
    draws: Draws,
    frame: Frame,
    scanner: Scanner,
    echo: np.ndarray,
    glint: np.ndarray,
    passed: np.ndarray,
) -> np.ndarray:
    """Return the picture of a tissue.

    Args:
        draws: The case's random numbers.
        frame: The picture's geometry.
        scanner: The device.
        echo: (pixels, pixels) int32 backscatter, hundredths of a decibel relative to gland.
        glint: (pixels, pixels) int32 mirror amplitude, ``tables.UNIT`` like gland.
        passed: (pixels, pixels) int32 sound lost or won on the way, hundredths of a decibel.

    Returns:
        (pixels, pixels) uint8.
    """
    weight = (tables.gain(echo) >> 4).astype(np.float64)
    mirror = (glint * GRAIN_SD >> 4).astype(np.float64)
    signal = envelope(draws, frame, scanner, weight, mirror)
    signal *= tables.gain(passed + _depth_gain(draws, frame, scanner))
    # A scatterer of gland weighs GRAIN_SD * UNIT / 16 in each quadrature.
    signal *= GLAND * 16 / tables.UNIT**2
    signal = np.floor(np.floor(signal) / (GRAIN_SD * ROOTS[scanner.quadratures] // 100))
    signal += _noise(draws, frame, scanner)
    amplitude = np.minimum(signal, tables.AMPLITUDES - 1).astype(np.int32)
    return _grey(scanner, draws.normal() * 120 // SD).take(amplitude)


def envelope(
    draws: Draws, frame: Frame, scanner: Scanner, weight: np.ndarray, mirror: np.ndarray
) -> np.ndarray:
    """Return the envelope of random scatterers, (pixels, pixels) float64 integers.

    Args:
        draws: The case's random numbers.
        frame: The picture's geometry.
        scanner: The device.
        weight: Amplitude of the scatterers, float64 integers, ``UNIT / 16`` is gland.
        mirror: Amplitude of the smooth interfaces, which all reflect in phase.
    """
    step, power = _column_step(frame, scanner), np.zeros(weight.shape)
    weight, mirror = (np.ascontiguousarray(side[:, ::step]) for side in (weight, mirror))
    for quadrature in range(scanner.quadratures):
        echo = draws.grains(weight.size).reshape(weight.shape)
        echo *= weight
        if quadrature == 0:
            echo += mirror
        echo = _blur(frame, scanner, echo, step)
        whole = _widened(np.clip(echo, -LIMIT, LIMIT, out=echo), step)
        power += np.multiply(whole, whole, out=whole)
    return np.floor(np.sqrt(power, out=power), out=power)


def unit_norm(sigma: int) -> np.ndarray:
    """Return a Gaussian filter that keeps the power of white noise, float64 integers.

    Args:
        sigma: Standard deviation in 1/64 px.

    Returns:
        Taps whose squares add up to about ``FILTER**2``.
    """
    taps = tables.taps(sigma)
    norm = int(np.sqrt(float((taps * taps).sum())))
    return ((taps * FILTER + norm // 2) // norm).astype(np.float64)


def _column_step(frame: Frame, scanner: Scanner) -> int:
    """Return how many columns apart the beams are: 2 where no beam is too fine for that.

    A beam of two pixels' standard deviation has under 1e-5 of its power beyond the frequencies
    that every other column can carry: erfc(pi). The columns between are interpolated.
    """
    wide = frame.sigma(scanner.lateral_um) >= 2 * 64
    return 2 if wide and frame.pixels % 2 == 0 else 1


def _widened(echo: np.ndarray, step: int) -> np.ndarray:
    """Return the echo on all columns: cubic interpolation where ``step`` left one out."""
    if step == 1:
        return echo
    left = np.pad(echo, ((0, 0), (1, 2)), mode="edge")
    between = left[:, 1:-2] + left[:, 2:-1]
    between *= 9
    between -= left[:, :-3]
    between -= left[:, 3:]
    between *= 1 / 16  # a power of two: exact
    whole = np.empty((echo.shape[0], 2 * echo.shape[1]))
    whole[:, ::2] = echo
    np.floor(between, out=whole[:, 1::2])
    return whole


def _blur(frame: Frame, scanner: Scanner, echo: np.ndarray, step: int) -> np.ndarray:
    """Convolve with the beam, which widens away from its focus, then with the pulse."""
    across = np.empty_like(echo)
    edges = [frame.pixels * k // STRIPS for k in range(STRIPS + 1)]
    for first, last in pairwise(edges):
        middle = (first + last) * frame.depth_um // (2 * frame.pixels)
        width = scanner.lateral_um + scanner.spread * abs(middle - scanner.focus_um) // 1000
        taps = unit_norm(frame.sigma(width) // step)
        correlate1d(echo[first:last], taps, axis=1, output=across[first:last], mode="reflect")
    across *= 1 / FILTER  # a power of two: exact
    np.floor(across, out=across)
    down = correlate1d(across, unit_norm(frame.sigma(scanner.axial_um)), axis=0, mode="reflect")
    down *= 1 / FILTER
    return np.floor(down, out=down)


def _depth_gain(draws: Draws, frame: Frame, scanner: Scanner) -> np.ndarray:
    """Return what is left of attenuation after time-gain compensation, (pixels, 1) or wider."""
    y = frame.rows_um()
    slope = scanner.tgc + draws.normal() * 60 // SD
    # Beyond the depth that the frequency reaches, compensation no longer keeps up.
    late = np.maximum(y - frame.depth_um * 62 // 100, 0)
    columns = _columns(draws, frame)
    return scanner.gain + slope * y // 10_000 - late * 80 // 1000 + (columns * (y // 16) >> 10)


def _columns(draws: Draws, frame: Frame) -> np.ndarray:
    """Return uneven contact of the probe: dark and bright streaks down the picture, (pixels,)."""
    return profile(draws, frame, 4500) * 180 // SD + profile(draws, frame, 900) * 80 // SD


def _noise(draws: Draws, frame: Frame, scanner: Scanner) -> np.ndarray:
    """Return electronic noise, which the time-gain compensation raises with depth."""
    level = scanner.noise + scanner.noise_slope * frame.rows_um() // 10_000
    grains = np.abs(draws.grains(frame.pixels**2)).reshape(frame.pixels, -1)
    gain = tables.gain(level).astype(np.float64)
    return np.floor(grains * (gain * GLAND) / (tables.UNIT * GRAIN_SD))


def _grey(scanner: Scanner, gain: int) -> np.ndarray:
    """Return the grey level of every amplitude, (AMPLITUDES,) uint8."""
    span = scanner.dynamic_range * tables.DECIBEL
    # Gland lies at 60 % of the logarithmic scale; the grey map then darkens the middle.
    black = int(tables.level()[GLAND]) - span * 60 // 100 - gain
    share = np.clip((tables.level() - black) * 1024 // span, 0, 1024)
    share = share - scanner.bend * share * (1024 - share) // (256 * 1024)
    return (scanner.black + (255 - scanner.black) * share // 1024).astype(np.uint8)
