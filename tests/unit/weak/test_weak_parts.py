"""The parts of the classifier from labels alone, each against NumPy or a property."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from smallmass.weak.attention import GatedAttention
from smallmass.weak.patches import CutPatches, GreedyPatches, stretch
from smallmass.weak.saliency import TopMean

MAPS = arrays(np.float32, (2, 6, 7, 2), elements=st.floats(0, 1, width=16))


@settings(max_examples=20)
@given(MAPS)
def test_patches_are_where_the_maps_are_highest_one_after_another(maps):
    boxes = np.asarray(GreedyPatches(3, 2)(maps))
    for image, found in zip(maps, boxes, strict=True):
        seen = np.asarray(stretch(image[None]))[0].mean(axis=-1)
        left = seen.astype(np.float64)
        for y1, x1, y2, x2 in found.astype(int):
            sums = np.lib.stride_tricks.sliding_window_view(left, (2, 2)).sum(axis=(2, 3))
            assert (y2 - y1, x2 - x1) == (2, 2)
            assert sums[y1, x1] == pytest.approx(sums.max(), abs=1e-5)
            left[y1:y2, x1:x2] = 0


def test_a_single_bright_place_is_the_first_patch_and_is_taken_once():
    maps = np.zeros((1, 8, 8, 2), np.float32)
    maps[0, 4:6, 1:3, 1] = 0.9
    boxes = np.asarray(GreedyPatches(2, 2)(maps))
    assert boxes[0, 0].tolist() == [4, 1, 6, 3]
    assert boxes[0, 1].tolist() == [0, 0, 2, 2]


def test_a_patch_of_its_own_size_is_the_image_there_and_a_larger_one_interpolates():
    rng = np.random.default_rng(0)
    images = rng.normal(size=(2, 32, 40, 3)).astype(np.float32)
    boxes = np.array([[[1, 2, 3, 4], [0, 0, 2, 2]], [[2, 3, 4, 5], [1, 1, 3, 3]]], np.float32)
    cut = np.asarray(CutPatches(16, 8)(images, boxes))
    assert cut.shape == (4, 16, 16, 3)
    assert np.allclose(cut[0], images[0, 8:24, 16:32]) and np.allclose(
        cut[2], images[1, 16:32, 24:]
    )
    y, x = np.mgrid[:32, :40].astype(np.float32)
    ramp = (2 * y + 3 * x)[None, ..., None]
    large = np.asarray(CutPatches(32, 8)(ramp, np.array([[[1, 1, 3, 3]]], np.float32)))[0, ..., 0]
    places = 8 + (np.arange(32) + 0.5) / 2 - 0.5
    assert np.allclose(large, 2 * places[:, None] + 3 * places, atol=1e-3)


def test_the_order_of_patches_does_not_matter_and_weights_are_shares():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(3, 5, 8)).astype(np.float32)
    layer = GatedAttention(4)
    pooled, weights = (np.asarray(value) for value in layer(features))
    assert np.allclose(weights.sum(axis=1), 1, atol=1e-6) and (weights > 0).all()
    order = rng.permutation(5)
    again, moved = (np.asarray(value) for value in layer(features[:, order]))
    assert np.allclose(again, pooled, atol=1e-6) and np.allclose(
        moved, weights[:, order], atol=1e-6
    )
    # By the formula, in NumPy.
    view, gate, weigh = (np.asarray(part.kernel) for part in (layer.view, layer.gate, layer.weigh))
    logits = (np.tanh(features @ view) / (1 + np.exp(-features @ gate)) @ weigh)[..., 0]
    share = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.allclose(weights, share, atol=1e-5)
    assert np.allclose(pooled, (share[..., None] * features).sum(axis=1), atol=1e-5)


@settings(max_examples=20)
@given(MAPS, st.sampled_from([0.01, 0.1, 0.5, 1.0]))
def test_a_map_s_score_is_the_mean_of_its_highest_cells(maps, share):
    scores = np.asarray(TopMean(share)(maps))
    count = max(1, int(np.ceil(share * 42)))
    sorted_ = np.sort(maps.reshape(2, 42, 2), axis=1)[:, ::-1]
    assert np.allclose(scores, sorted_[:, :count].mean(axis=1), atol=1e-6)
