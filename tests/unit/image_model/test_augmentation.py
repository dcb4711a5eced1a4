"""Random changes of training images: what moves, what changes in looks, what stays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallmass.image_model import appearance
from smallmass.image_model.augmentation import Augmentation
from smallmass.settings.model import AugmentationSettings

NOTHING = {
    "flip": False,
    "gain": 0,
    "shift": 0,
    "scale": 0,
    "gamma": 0,
    "depth_gain": 0,
    "shadow": 0,
    "speckle": 0,
    "blur": 0,
}
LOOKS = {"gain": 0.3, "gamma": 0.3, "depth_gain": 0.3, "shadow": 1, "speckle": 0.2, "blur": 1.5}


def draw(seed=0, **changes):
    """Return one change that is drawn with a seed."""
    augmentation = Augmentation(AugmentationSettings(**(NOTHING | changes)))
    return augmentation.seeded(seed).to_deterministic()


def tissue(size=64):
    """Return an image (size, size, 1) of grey levels from 40 to 200."""
    rng = np.random.default_rng(0)
    return rng.integers(40, 200, (size, size, 1), dtype=np.uint8)


def test_masks_move_with_their_image():
    image = np.zeros((64, 64, 1), np.uint8)
    image[20:40, 10:30] = 200
    change = draw(3, flip=True, shift=0.1, scale=0.2)
    moved = change.augment_image(image)[..., 0] > 100
    mask = change.augment_image((image[..., 0] > 0).astype(np.uint8)) > 0
    assert (moved != mask).sum() < 0.1 * mask.sum() and mask.sum() != 400
    again = draw(3, flip=True, shift=0.1, scale=0.2)
    assert np.array_equal(again.augment_image(image), change.augment_image(image))


def test_a_change_of_nothing_changes_nothing():
    image = tissue()
    assert np.array_equal(draw().augment_image(image), image)


@pytest.mark.parametrize("name", LOOKS)
def test_each_change_of_looks_alters_tissue_alone(name):
    image = tissue()
    image[:16] = 0
    change = draw(5, **{name: LOOKS[name]})
    changed = change.augment_image(image)
    mask = (image[..., 0] > 0).astype(np.uint8)
    assert (changed[16:] != image[16:]).mean() > 0.1
    assert not changed[:16].any() and changed[16:].all()  # padding black, tissue not
    assert np.array_equal(change.augment_image(mask), mask)


@pytest.mark.parametrize("name", LOOKS)
def test_a_change_does_not_shift_the_draws_of_another(name):
    with_it, without = (
        draw(7, **{name: LOOKS[name]}, flip=True, shift=0.1),
        draw(7, flip=True, shift=0.1),
    )
    assert with_it.flip == without.flip and np.array_equal(with_it.shift, without.shift)
    assert with_it.seed == without.seed


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_grey_repeated_stays_grey_and_masks_binary(seed):
    image = np.repeat(tissue(32), 3, axis=-1)
    image[:8] = 0
    change = draw(seed, **LOOKS, flip=True, shift=0.1, scale=0.2)
    changed = change.augment_image(image)
    assert changed.dtype == np.uint8 and changed.shape == image.shape
    assert (changed == changed[..., :1]).all()
    mask = change.augment_image((image[..., 0] > 0).astype(np.uint8))
    assert set(np.unique(mask)) <= {0, 1}


def test_appearance_by_hand():
    flat = np.full((10, 10), 100, np.float32)
    seen = np.ones((10, 10), bool)
    assert appearance.change_gain(flat, 1.2, 3.0, seen) == pytest.approx(np.full((10, 10), 120))
    assert appearance.change_gamma(np.full((1, 1), 63.75, np.float32), 2) == pytest.approx(15.9375)
    rows = appearance.change_depth_gain(flat, np.array([1.0, 2.0, 1.0, 0.5]))[:, 0]
    assert rows[[0, 3, 6, 9]] == pytest.approx([100, 200, 100, 50])
    shaded = appearance.cast_shadow(flat, centre=0.5, width=0.1, start=0.5, share=0.8)
    assert shaded[9, 5] == pytest.approx(20, abs=0.1) and shaded[0, 5] == pytest.approx(
        100, abs=0.1
    )
    assert shaded[9, 0] == pytest.approx(100, abs=0.1)


def test_speckle_has_the_strength_and_the_grain_that_it_should():
    flat = np.full((400, 400), 100, np.float32)
    fine = appearance.add_speckle(flat, 0.2, grain_px=1, seed=1)
    coarse = appearance.add_speckle(flat, 0.2, grain_px=4, seed=1)
    assert fine.mean() == pytest.approx(100, rel=0.01) and fine.std() == pytest.approx(20, rel=0.05)

    def neighbours(grey):
        return np.corrcoef(grey[:, 1:].ravel(), grey[:, :-1].ravel())[0, 1]

    assert neighbours(fine) < 0.1 and neighbours(coarse) > 0.5
