"""Smoothing before an image shrinks, against SciPy, bit for bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from mrcnn.interpolation import gaussian_filter


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 30), st.integers(1, 30), st.integers(1, 3)),
    sigma=st.floats(0.01, 6),
    axis=st.integers(0, 1),
    seed=st.integers(0, 2**16),
    dtype=st.sampled_from(["uint8", "uint16", "float32", "float64"]),
)
def test_smoothing_gives_scipys_numbers(shape, sigma, axis, seed, dtype):
    values = np.random.default_rng(seed).uniform(0, 255, shape).astype(dtype)
    expected = gaussian_filter1d(values, sigma, axis, mode="constant")
    smooth = gaussian_filter(values, sigma, axis)
    assert smooth.dtype == expected.dtype
    np.testing.assert_array_equal(smooth, expected)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_point_becomes_a_normal_curve(axis):
    """By the formula: the values of a Gaussian by their sum, as far as four deviations."""
    image = np.zeros((41, 41))
    image[20, 20] = 1
    row = np.moveaxis(gaussian_filter(image, 2.0, axis), axis, 0)[:, 20]
    curve = np.exp(-((np.arange(41) - 20.0) ** 2) / 8)
    curve[np.abs(np.arange(41) - 20) > 8] = 0
    np.testing.assert_allclose(row, curve / curve.sum(), rtol=1e-12)
