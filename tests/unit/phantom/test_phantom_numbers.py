"""The integer tables, random numbers, contours and PNG files that phantoms are made of."""

import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path as Polygon
from PIL import Image
from scipy import stats

from smallmass.phantom import png, tables
from smallmass.phantom.geometry import FINE, fill, longest, resized
from smallmass.phantom.random import GRAIN_SD, SD, Draws


def test_tables_are_the_rounded_functions():
    turn = 2 * np.pi * np.arange(tables.TURN) / tables.TURN
    assert np.abs(tables.sine() - tables.UNIT * np.sin(turn)).max() <= 0.5 + 1e-6
    assert np.abs(tables.cosine() - tables.UNIT * np.cos(turn)).max() <= 0.5 + 1e-6
    t = np.arange(tables.BELL_STEP * tables.BELL_END + 1) / tables.BELL_STEP
    assert np.abs(tables.bell() - tables.UNIT * np.exp(-(t**2) / 2)).max() <= 0.5 + 1e-6
    levels = np.arange(tables.LOWEST, tables.HIGHEST + 1)
    exact = tables.UNIT * 10 ** (levels / 2000)
    assert np.abs(tables.gain(levels) - exact).max() <= 0.5 + 1e-6
    assert tables.gain(tables.LOWEST - 5) == tables.gain(tables.LOWEST)
    assert tables.gain(tables.HIGHEST + 5) == tables.gain(tables.HIGHEST)


def test_level_is_the_whole_level_below():
    amplitude = np.arange(1, tables.AMPLITUDES)
    exact = 2000 * np.log10(amplitude)
    # Where the logarithm is whole to 1e-9 (1, 10, 100 ...) floating point decides nothing.
    assert np.all(tables.level()[1:] <= exact + 1e-9)
    assert np.all(tables.level()[1:] > exact - 1 - 1e-9)
    assert tables.level()[0] == 0


@pytest.mark.parametrize("sigma", [40, 64, 150, 400])
def test_taps_are_a_gaussian(sigma):
    taps = tables.taps(sigma)
    at = (np.arange(len(taps)) - len(taps) // 2) * 64 / sigma
    assert np.abs(taps / tables.UNIT - np.exp(-(at**2) / 2)).max() < 0.04  # steps of 1/32 SD
    assert (taps == taps[::-1]).all()


def test_draws_have_their_distributions():
    draws = Draws(3, 5)
    normal = draws.normal(40_000) / SD
    assert abs(normal.mean()) < 0.02
    assert abs(normal.std() - 1) < 0.015
    # A sum of twelve uniforms has excess kurtosis -0.1: alike for all that a phantom needs.
    assert stats.kstest(normal, "norm").statistic < 0.01
    grains = draws.grains(40_001)
    assert len(grains) == 40_001
    assert abs(grains.mean()) < 2
    assert abs(grains.std() - GRAIN_SD) < 2
    dice = draws.between(1, 6, 60_000)
    assert stats.chisquare(np.bincount(dice, minlength=7)[1:]).pvalue > 1e-4
    assert sorted(draws.shuffled(100)) == list(range(100))


def test_streams_are_independent_and_repeatable():
    first, again, other = (Draws(1, stream).raw(1000) for stream in (1, 1, 2))
    assert (first == again).all()
    assert not (first == other).any()
    assert not (first == Draws(2, 1).raw(1000)).any()


def blob(radii: list[int], y: int, x: int) -> np.ndarray:
    angle = 2 * np.pi * np.arange(len(radii)) / len(radii)
    points = np.stack([y + radii * np.sin(angle), x + radii * np.cos(angle)], axis=1)
    return points.astype(np.int64)


@given(
    st.lists(st.integers(20, 400), min_size=3, max_size=40),
    st.integers(-100, 700),
    st.integers(-100, 700),
)
@settings(max_examples=60, deadline=None)
def test_fill_agrees_with_matplotlib(radii, y, x):
    contour = blob(radii, y, x)
    inside = fill(contour, 40, 36)
    centres = np.stack(np.mgrid[:40, :36], axis=-1).reshape(-1, 2) * FINE + FINE // 2
    # Matplotlib does not say what it does with centres on the contour; leave these out.
    near = Polygon(contour, closed=False)
    first, last = contour, np.roll(contour, -1, axis=0)
    side, to = last - first, centres[:, None, :] - first
    cross = side[:, 0] * to[..., 1] - side[:, 1] * to[..., 0]
    along = (side * to).sum(axis=2)
    on = ((cross == 0) & (along >= 0) & (along <= (side**2).sum(axis=1))).any(axis=1)
    closed = Polygon(np.vstack([near.vertices, near.vertices[:1]]), closed=True)
    expected = closed.contains_points(centres)
    assert (inside.ravel() == expected)[~on].all()


def test_contours_that_share_an_edge_share_no_pixel():
    left = np.array([(0, 0), (0, 72), (160, 104), (160, 0)])
    right = np.array([(0, 72), (0, 160), (160, 160), (160, 104)])
    both = fill(left, 10, 10).astype(int) + fill(right, 10, 10)
    assert (both == 1).all()


@given(st.lists(st.integers(200, 900), min_size=8, max_size=64), st.integers(100, 4000))
@settings(max_examples=50, deadline=None)
def test_resized_has_the_diameter(radii, diameter):
    contour = resized(blob(radii, 0, 0), diameter)
    assert abs(longest(contour) - diameter) <= 0.01 * diameter + 2
    far = max(math.dist(a, b) for a in contour for b in contour)
    assert longest(contour) == math.floor(far + 1e-9)


@given(st.integers(1, 300), st.integers(1, 300), st.booleans(), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_png_round_trip(height, width, black_and_white, seed):
    noise = np.random.default_rng(seed)
    pixels = noise.integers(0, 256, (height, width), dtype=np.uint8)
    if black_and_white:
        pixels = pixels > 127
    content = png.encode(pixels)
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        decoded = np.asarray(image.convert("L"))
    assert (decoded == (pixels * np.uint8(255) if black_and_white else pixels)).all()
    # Signature, header, and end take 8 + 25 + 12 bytes; the data chunk its pixels, a filter
    # byte a row, five bytes a stored block of 65,535, and 12 + 2 + 4 bytes of frame.
    data = height * (1 + (-(-width // 8) if black_and_white else width))
    assert len(content) == 45 + 18 + data + 5 * -(-data // 65535)


@pytest.mark.parametrize(
    "bad", [np.zeros((2, 2)), np.zeros((2, 2, 3), np.uint8), np.zeros((0, 3), bool)]
)
def test_png_refuses_other_arrays(bad):
    with pytest.raises(ValueError, match="uint8 or bool"):
        png.encode(bad)
