"""Reading an image and its mirror image, and making one list of regions of both."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallmass.image_model.views import join_readings, mirror_inputs, mirror_regions

SHAPE = (20, 30)


def regions(*rows):
    """Return regions of (y1, x1, y2, x2, p_benign, p_malignant); outlines fill their boxes."""
    masks = np.zeros((*SHAPE, len(rows)), bool)
    for i, (y1, x1, y2, x2, *_) in enumerate(rows):
        masks[y1:y2, x1:x2, i] = True
    return {
        "rois": np.array([row[:4] for row in rows], np.int32).reshape(-1, 4),
        "masks": masks,
        "probabilities": np.array([(1 - b - m, b, m) for *_, b, m in rows]).reshape(-1, 3),
    }


def test_the_same_region_gets_the_mean_and_the_surer_outline():
    joined = join_readings(
        regions((2, 2, 10, 10, 0.2, 0.4)),
        regions((2, 3, 10, 11, 0.1, 0.8), (15, 20, 18, 28, 0.4, 0)),
    )
    assert joined["probabilities"] == pytest.approx(np.array([[0.25, 0.15, 0.6], [0.8, 0.2, 0]]))
    assert joined["rois"].tolist() == [[2, 3, 10, 11], [15, 20, 18, 28]]
    assert joined["masks"][:, :, 0].sum() == 64 and joined["masks"][2, 10, 0]


def test_regions_apart_are_half_as_sure():
    joined = join_readings(regions((0, 0, 5, 5, 0.2, 0.6)), regions((10, 10, 15, 15, 0.9, 0)))
    assert joined["probabilities"][:, 1:] == pytest.approx(np.array([[0.45, 0], [0.1, 0.3]]))


def test_no_region_in_either_reading():
    joined = join_readings(regions(), regions())
    assert joined["rois"].shape == (0, 4) and joined["masks"].shape == (*SHAPE, 0)


BOX = st.tuples(st.integers(0, 14), st.integers(0, 24), st.integers(1, 5), st.integers(1, 5))
REGIONS = st.lists(
    st.builds(
        lambda box, b, m: (box[0], box[1], box[0] + box[2], box[1] + box[3], b / 2, m / 2),
        BOX,
        st.floats(0, 1),
        st.floats(0, 1),
    ),
    max_size=5,
).map(lambda rows: regions(*rows))


@given(REGIONS, REGIONS)
@settings(max_examples=100, deadline=None)
def test_joined_probabilities_are_probabilities_and_nothing_is_lost(first, second):
    joined = join_readings(first, second)
    counts = len(first["rois"]), len(second["rois"])
    assert max(counts) <= len(joined["rois"]) <= sum(counts)
    assert joined["probabilities"].sum(axis=1) == pytest.approx(np.ones(len(joined["rois"])))
    assert (np.diff(joined["probabilities"][:, 0]) >= 0).all()
    foreground = [part["probabilities"][:, 1:].sum() for part in (first, second, joined)]
    assert foreground[2] == pytest.approx((foreground[0] + foreground[1]) / 2)


@given(REGIONS)
@settings(max_examples=50, deadline=None)
def test_a_mirrored_reading_that_agrees_changes_nothing(one):
    joined = join_readings(one, one)
    foreground = [np.sort(part["probabilities"][:, 0]) for part in (joined, one)]
    assert foreground[0] == pytest.approx(foreground[1])


def test_mirroring_twice_gives_the_same():
    one = regions((2, 3, 10, 11, 0.1, 0.8), (0, 0, 5, 5, 0.2, 0.6))
    mirrored = mirror_regions(one)
    assert mirrored["rois"][0].tolist() == [2, 19, 10, 27] and mirrored["masks"][2, 19, 0]
    twice = mirror_regions(mirrored)
    assert all(np.array_equal(twice[name], one[name]) for name in one)
    molded = np.arange(24, dtype=np.float32).reshape(1, 4, 6, 1)
    images, windows = mirror_inputs(molded, np.array([[0, 1, 4, 4]]))
    assert images[0, 0, :, 0].tolist() == [5, 4, 3, 2, 1, 0] and windows.tolist() == [[0, 2, 4, 5]]
