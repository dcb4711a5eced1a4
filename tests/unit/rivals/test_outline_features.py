"""The sixteen plain features: against geometry, Haralick's article, and what must hold for any."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallmass.rivals.outline_features import (
    FEATURES,
    HARALICK,
    cooccurrence,
    hull_area,
    outline_features,
    perimeter,
)

# Haralick, Shanmugam & Dinstein 1973, figure 3: an image of four levels and its co-occurrences at
# 0, 45, 90 and 135 degrees.
HARALICKS = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [0, 2, 2, 2], [2, 2, 3, 3]])
PRINTED = {
    (0, 1): [[4, 2, 1, 0], [2, 4, 0, 0], [1, 0, 6, 1], [0, 0, 1, 2]],
    (1, -1): [[4, 1, 0, 0], [1, 2, 2, 0], [0, 2, 4, 1], [0, 0, 1, 0]],
    (1, 0): [[6, 0, 2, 0], [0, 4, 2, 0], [2, 2, 2, 2], [0, 0, 2, 0]],
    (1, 1): [[2, 1, 3, 0], [1, 2, 1, 0], [3, 1, 0, 2], [0, 0, 2, 0]],
}
GREY = np.random.default_rng(5).integers(0, 256, (90, 120)).astype(np.uint8)


def offsets() -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns from the middle of an image of 90 x 120 px."""
    y, x = np.mgrid[:90, :120] - np.array([44.5, 59.5])[:, None, None]
    return y, x


def ellipse(half_height: float, half_width: float, tilt: float = 0.0) -> np.ndarray:
    """Return a drawn ellipse, its width turned by degrees."""
    y, x = offsets()
    angle = np.deg2rad(tilt)
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    return (along / half_width) ** 2 + (across / half_height) ** 2 <= 1


def square(side: int = 20) -> np.ndarray:
    mask = np.zeros((90, 120), bool)
    mask[30 : 30 + side, 40 : 40 + side] = True
    return mask


@pytest.mark.parametrize("offset", PRINTED)
def test_cooccurrences_are_those_of_haralick_s_article(offset):
    counts = cooccurrence(HARALICKS, np.ones((4, 4), bool), offset)
    assert counts[:4, :4].tolist() == PRINTED[offset] and counts.sum() == np.sum(PRINTED[offset])


def test_only_pairs_within_the_outline_count():
    mask = np.ones((4, 4), bool)
    mask[:, 0] = False
    assert cooccurrence(HARALICKS, mask, (0, 1)).sum() == 2 * 4 * 2


def test_texture_features_of_a_matrix_worked_by_hand():
    """Levels 0 and 1: p(0,0) = 0.4, p(0,1) = p(1,0) = 0.1, p(1,1) = 0.4."""
    pairs = np.array([[4, 1], [1, 4]])
    assert {name: function(pairs) for name, function in HARALICK.items()} == pytest.approx(
        {
            "cooccurrence_contrast": 0.2,
            "cooccurrence_correlation": 0.6,  # (0.4 + 0.4 - 0.1 - 0.1) x 0.25 / 0.25
            "cooccurrence_energy": 0.34,
            "cooccurrence_homogeneity": 0.8 + 0.2 / 2,
        }
    )


def test_shapes_known_from_geometry():
    """A square fills its box and its hull; an ellipse has its axes, its turn and its area."""
    found = outline_features(GREY, square())
    assert [found[name] for name in ("solidity", "filling", "axis_ratio", "depth_to_width")] == (
        pytest.approx([1, 1, 1, 1])
    )
    assert perimeter(square()) == 4 * 19  # through the centres of the border's pixels
    found = outline_features(GREY, ellipse(15, 30))
    assert found["axis_ratio"] == pytest.approx(0.5, rel=0.02)
    assert found["filling"] == pytest.approx(np.pi / 4, rel=0.03)
    assert found["size"] == pytest.approx(np.sqrt(np.pi * 15 * 30 / GREY.size), rel=0.01)
    for tilt in (0, 30, 60, 90):
        found = outline_features(GREY, ellipse(12, 30, tilt))
        assert found["tilt"] == pytest.approx(np.sin(np.deg2rad(tilt)), abs=0.01)


def test_a_disc_is_rounder_and_smoother_than_a_star():
    disc = outline_features(GREY, ellipse(25, 25))
    assert disc["roundness"] == pytest.approx(1, abs=0.08) and disc["roughness"] < 0.02
    y, x = offsets()
    star = outline_features(GREY, np.hypot(y, x) <= 25 + 6 * np.sin(9 * np.arctan2(y, x)))
    assert star["roundness"] < 0.6 and star["roughness"] > 0.1
    assert star["solidity"] < 0.9 < disc["solidity"]


def test_the_hull_of_a_corner():
    """Of an L of three pixels: the box of four, less half of one."""
    assert hull_area(np.array([[1, 0], [1, 1]], bool)) == pytest.approx(3.5)


def test_grey_levels_are_read_where_they_lie():
    """Dark inside; bright behind, as fluid has it; the other way round with a shadow."""
    mask = ellipse(15, 20)
    grey = np.full(mask.shape, 120, np.uint8)
    grey[mask] = 40
    grey[60:70, 45:75] = 200
    found = outline_features(grey + (GREY % 8), mask)
    assert found["darkness"] > 3 and found["behind"] > 0.5
    grey[60:70, 45:75] = 20
    assert outline_features(grey + (GREY % 8), mask)["behind"] < -0.5


def test_an_empty_outline_has_no_features_and_another_size_is_refused():
    assert outline_features(GREY, np.zeros(GREY.shape, bool)) is None
    with pytest.raises(ValueError, match="height, width"):
        outline_features(GREY, square()[:-1])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 40), st.sampled_from(["dots", "one", "edge", "flat"]))
def test_whatever_the_outline_every_feature_is_a_number(seed, size, kind):
    rng = np.random.default_rng(seed)
    mask = np.zeros((50, 60), bool)
    if kind == "dots":
        mask[rng.integers(0, 50, size), rng.integers(0, 60, size)] = True
    elif kind == "one":
        mask[rng.integers(50), rng.integers(60)] = True
    else:
        mask[50 - size :, : size + 1] = True
    grey = np.full(mask.shape, 7, np.uint8) if kind == "flat" else GREY[:50, :60]
    found = outline_features(grey, mask)
    assert tuple(found) == FEATURES and len(FEATURES) == 16
    assert np.isfinite(list(found.values())).all()
    assert found["solidity"] <= 1 + 1e-9 and found["filling"] <= 1


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 8), st.integers(0, 8))
def test_features_do_not_depend_on_where_a_lesion_lies(down, right):
    """What lies behind and around moves with it."""
    mask = ellipse(10, 14, 20)
    moved = (np.roll(part, (down, right), (0, 1)) for part in (GREY, mask))
    assert outline_features(*moved) == pytest.approx(outline_features(GREY, mask))
