"""The transformer backbone: torchvision's maps, the published number of weights, and its gradients.

The oracle is torchvision's Swin transformer with random weights (tests/oracles/swin/make.py).
"""

import math
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers, ops

from discs import Discs, Tiny
from mrcnn.architectures import TRANSFORMERS, Transformer
from mrcnn.config import Config
from mrcnn.model import MaskRCNN
from mrcnn.network import build_pyramid
from mrcnn.swin import MASKED, WindowAttention, build_swin, shifted_mask
from mrcnn.swin_files import load_swin_weights

FOLDER = Path(__file__).parents[2] / "oracles/swin"
SMALL = Transformer(4, (2, 2, 2, 2), (1, 1, 2, 2), 3)


@pytest.mark.parametrize("mean_pixel", [None, (100.0, 20.0, 150.0)], ids=["default", "own"])
def test_every_stage_is_torchvisions(mean_pixel):
    """Maps of 11 x 9, 6 x 5, 3 x 3 and 2 x 2 cells, so that windows of 3 need padding.

    The weights are of torchvision's own file, and its image was normalised as torchvision wants it;
    whatever mean pixel is subtracted here, the maps are the same.
    """
    given = np.load(FOLDER / "swin.npz")
    image = layers.Input(given["image"].shape)
    model = keras.Model(image, build_swin(image, SMALL)[1:])
    with pytest.warns(UserWarning, match="keep their weights: swin2_out, swin3_out, swin4_out"):
        load_swin_weights(model, FOLDER / "swin.pth", mean_pixel=mean_pixel)
    before = keras.Model(image, [layer.input for layer in model.layers if "_out" in layer.name])
    mean = Config.MEAN_PIXEL if mean_pixel is None else mean_pixel
    for stage, ours in enumerate(before(given["image"][None] - np.float32(mean)), start=1):
        theirs = given[f"stage{stage}"]
        assert ours.shape == (1, *theirs.shape)
        np.testing.assert_allclose(
            ops.convert_to_numpy(ours)[0], theirs, rtol=1e-4, atol=1e-4 * np.abs(theirs).max()
        )


def test_swin_tiny_has_the_published_number_of_weights():
    """28,288,354 with a classifier of 1,000 classes (torchvision, swin_t)."""
    image = layers.Input((224, 224, 3))
    model = keras.Model(image, build_swin(image, TRANSFORMERS["swin_tiny"])[1:])
    count = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    norms = sum(2 * width for width in (96, 192, 384))  # of the pyramid's other levels
    assert count - norms + 768 * 1000 + 1000 == 28_288_354


@settings(max_examples=30, deadline=None, derandomize=True)
@given(window=st.integers(2, 5), down=st.integers(1, 4), right=st.integers(1, 4), data=st.data())
def test_only_neighbours_of_the_map_see_each_other(window, down, right, data):
    """Two cells of a rolled window may attend if they lay in one window of the shifted grid."""
    padded = (down * window, right * window)
    moved = tuple(0 if n == window else data.draw(st.integers(1, window - 1)) for n in padded)
    mask = shifted_mask(padded, window, moved)
    rows, columns = np.meshgrid(*(np.arange(n) for n in padded), indexing="ij")
    # Where a cell of the rolled map came from; those of one window did not wrap around.
    wrapped = 2 * (rows >= padded[0] - moved[0]) + (columns >= padded[1] - moved[1])
    parts = wrapped.reshape(down, window, right, window).transpose(0, 2, 1, 3)
    parts = parts.reshape(-1, window**2)
    np.testing.assert_array_equal(mask == 0, parts[:, :, None] == parts[:, None])
    assert set(np.unique(mask)) <= {0.0, np.float32(MASKED)}


def test_a_window_sees_nothing_of_its_neighbours():
    """Without a shift, another window's cells change nothing."""
    layer = WindowAttention(2, 4)
    x = np.random.default_rng(3).normal(size=(1, 8, 8, 4)).astype(np.float32)
    other = x.copy()
    other[:, 4:] += 1
    one, two = (ops.convert_to_numpy(layer(values)) for values in (x, other))
    np.testing.assert_array_equal(one[:, :4], two[:, :4])
    assert np.abs(one[:, 4:] - two[:, 4:]).max() > 1e-5


class Transformed(Tiny):
    BACKBONE = "swin_nano"


def test_its_pyramid_has_a_resnets_shapes():
    image = layers.Input((96, 64, 1))
    shapes = [level.shape for level in build_pyramid(image, Transformed())]
    channels = Transformed.TOP_DOWN_PYRAMID_SIZE
    sides = [(24, 16), (12, 8), (6, 4), (3, 2), (2, 1)]
    assert shapes == [(None, *side, channels) for side in sides]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_every_weight_learns(precision, tmp_path):
    """One step moves every tensor of the backbone, and reading works with what was saved."""
    config = type("C", (Transformed,), {"PRECISION": precision})()
    model = MaskRCNN("training", config, str(tmp_path), seed=1)
    backbone = [w for w in model.keras_model.trainable_weights if "swin" in w.path]
    assert len(backbone) > 100
    before = [ops.convert_to_numpy(weight) for weight in backbone]
    model.train(Discs(4), None, learning_rate=0.01, epochs=1, layers="all", verbose=0)
    still = [
        weight.path
        for weight, old in zip(backbone, before, strict=True)
        if np.array_equal(ops.convert_to_numpy(weight), old)
    ]
    assert not still
    model.save_weights(tmp_path / "weights.h5")
    reader = MaskRCNN("inference", config, str(tmp_path))
    reader.load_weights(str(tmp_path / "weights.h5"), by_name=True)
    (regions,) = reader.detect([Discs(1).load_image(0)], verbose=0)[:1]
    assert np.isfinite(regions["scores"]).all()
