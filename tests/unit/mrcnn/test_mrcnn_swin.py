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
from mrcnn.model import MaskRCNN
from mrcnn.network import build_pyramid
from mrcnn.swin import MASKED, WindowAttention, build_swin, shifted_mask

ORACLE = Path(__file__).parents[2] / "oracles/swin/swin.npz"
SMALL = Transformer(4, (2, 2, 2, 2), (1, 1, 2, 2), 3)
# torchvision's names within a block, and ours, whose kernels are the other way round.
WITHIN = {
    "norm1": "norm1",
    "norm2": "norm2",
    "mlp.0": "fc1",
    "mlp.3": "fc2",
}


def fill(model, given: dict) -> None:
    """Give the weights of torchvision's names to the layers of a backbone."""

    def pair(layer, name):
        weight = given[f"{name}.weight"]
        bias = [given[f"{name}.bias"]] if f"{name}.bias" in given else []
        if weight.ndim == 4:
            weight = weight.transpose(2, 3, 1, 0)
        model.get_layer(layer).set_weights([weight.T if weight.ndim == 2 else weight, *bias])

    pair("swin_patches", "features.0.0")
    pair("swin_patches_norm", "features.0.2")
    for stage in range(4):
        if stage:
            pair(f"swin{stage + 2}_merge_norm", f"features.{2 * stage}.norm")
            pair(f"swin{stage + 2}_merge_fc", f"features.{2 * stage}.reduction")
        for block in range(2):
            theirs, ours = f"features.{2 * stage + 1}.{block}", f"swin{stage + 2}_{block + 1}"
            for name, layer in WITHIN.items():
                pair(f"{ours}_{layer}", f"{theirs}.{name}")
            attention = [
                given[f"{theirs}.attn.{name}"]
                for name in ("qkv.weight", "qkv.bias", "proj.weight", "proj.bias")
            ]
            attention = [w.T for w in attention]
            table = given[f"{theirs}.attn.relative_position_bias_table"]
            model.get_layer(f"{ours}_attention").set_weights([*attention, table])


def test_every_stage_is_torchvisions():
    """Maps of 11 x 9, 6 x 5, 3 x 3 and 2 x 2 cells, so that windows of 3 need padding."""
    given = dict(np.load(ORACLE))
    image = layers.Input(given["image"].shape)
    model = keras.Model(image, build_swin(image, SMALL)[1:])
    fill(model, given)
    before = keras.Model(image, [layer.input for layer in model.layers if "_out" in layer.name])
    for stage, ours in enumerate(before(given["image"][None]), start=1):
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
