"""Outlines: longest diameter, Dice."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.spatial.distance import pdist

from smallmass.cohort.images import read_outline
from smallmass.cohort.outlines import dice, longest_diameter_px

masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12))


@given(masks)
def test_longest_diameter_is_the_largest_distance_of_corners(mask):
    pixels = np.argwhere(mask)
    corners = (pixels[:, None, :] + np.array([[0, 0], [0, 1], [1, 0], [1, 1]])).reshape(-1, 2)
    expected = pdist(corners).max() if len(corners) else 0.0
    assert longest_diameter_px(mask) == pytest.approx(expected)


def test_longest_diameter_of_a_disc_is_its_diameter():
    y, x = np.mgrid[:400, :400]
    disc = (y - 200) ** 2 + (x - 200) ** 2 <= 150**2
    assert longest_diameter_px(disc) == pytest.approx(301, abs=1)


def test_breast_has_82_lesions_under_one_centimetre(shared):
    """The data set's own pixel sizes and outlines: 63 benign and 19 malignant (its README)."""
    folder = shared / "datasets" / "BrEaST"
    table = pd.read_excel(next(folder.glob("*.xlsx")))
    small = {"benign": 0, "malignant": 0}
    for row in table[table["Classification"] != "normal"].itertuples():
        outline = read_outline(
            folder / "BrEaST-Lesions_USG-images_and_masks" / row.Mask_tumor_filename
        )
        small[row.Classification] += longest_diameter_px(outline) * row.Pixel_size < 1.0
    assert small == {"benign": 63, "malignant": 19}


@given(masks)
def test_dice_of_a_mask_with_itself_and_with_its_complement(mask):
    assert dice(mask, mask) == 1
    assert dice(mask, ~mask) == 0


def test_dice_by_hand():
    a = np.array([[1, 1, 1, 0]], dtype=bool)
    b = np.array([[0, 1, 1, 1]], dtype=bool)
    assert dice(a, b) == pytest.approx(4 / 6)
    with pytest.raises(ValueError, match="different sizes"):
        dice(a, b.T)
