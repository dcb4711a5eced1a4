"""bfloat16: the same functions and gradients as float32 within its 8 bits, and nothing else moves.

Oracles: Keras's own layers and optimisers in float32.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from discs import Discs, Tiny
from mrcnn import precision
from mrcnn.convolution import Conv2D
from mrcnn.model import MaskRCNN
from mrcnn.normalisation import BatchNorm, FrozenNormConvolution, Normalization, scale_and_shift
from mrcnn.optimizer import ClippedAdamW
from mrcnn.utils import compute_overlaps

BITS = 2.0**-8  # half a step of bfloat16, relative


def close(got, want, steps: float = 4.0) -> bool:
    """Say whether bfloat16's answer is within ``steps`` half steps of the largest number."""
    got, want = np.asarray(got, np.float32), np.asarray(want, np.float32)
    return np.abs(got - want).max() <= steps * BITS * np.abs(want).max()


def rounded(rng, *shape) -> np.ndarray:
    """Return float32 numbers that bfloat16 holds exactly."""
    return tf.cast(tf.cast(rng.normal(size=shape), tf.bfloat16), tf.float32).numpy()


def answers(layer, x, upstream):
    """Return what a layer makes of x, and the gradients for x and for its weights, float32."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        total = tf.reduce_sum(tf.cast(y, tf.float32) * upstream)
    weights = [v.value for v in layer.trainable_variables]
    return [y, *tape.gradient(total, [x, *weights])]


@settings(max_examples=25, deadline=None)
@given(
    kernel=st.sampled_from([1, 2, 3, 7]),
    stride=st.sampled_from([1, 2]),
    padding=st.sampled_from(["same", "valid"]),
    size=st.sampled_from([7, 8, 13]),
    channels=st.sampled_from([3, 16, 128]),
)
def test_convolutions_are_keras_own(kernel, stride, padding, size, channels):
    rng = np.random.default_rng(kernel * size * channels)
    options = {"strides": stride, "padding": padding, "name": "c"}
    fast = Conv2D(8, kernel, dtype="mixed_bfloat16", **options)
    plain = layers.Conv2D(8, kernel, **options)
    x = rounded(rng, 2, size, size, channels)
    for layer in (fast, plain):
        layer.build(x.shape)
    weights = [rounded(rng, *w.shape) for w in plain.get_weights()]
    fast.set_weights(weights)
    plain.set_weights(weights)
    upstream = rounded(rng, *plain.compute_output_shape(x.shape))
    for got, want in zip(answers(fast, x, upstream), answers(plain, x, upstream), strict=True):
        assert close(got, want)


def test_the_product_and_the_patches_are_taken():
    """The property above says something of these ways only where they are taken."""
    one_cell = Conv2D(8, 1, dtype="mixed_bfloat16")
    whole_map = Conv2D(8, 7, dtype="mixed_bfloat16")
    few_cells = Conv2D(8, 3, padding="same", dtype="mixed_bfloat16")
    for layer, shape in ((one_cell, (2, 9, 9, 4)), (whole_map, (2, 7, 7, 4))):
        layer.build(shape)
        assert layer._is_product(shape)
    few_cells.build((2, 8, 8, 128))
    assert few_cells._has_few_cells((2, 8, 8, 128))
    assert not few_cells._has_few_cells((2, 32, 32, 128))


@pytest.mark.parametrize("kernel", [1, 3])
def test_maps_of_any_size(kernel):
    image = keras.Input((None, None, 128))
    layer = Conv2D(8, kernel, padding="same", dtype="mixed_bfloat16")
    model = keras.Model(image, layer(image))
    for size in (5, 9):
        assert model(np.zeros((2, size, size, 128), np.float32)).shape == (2, size, size, 8)


@pytest.mark.parametrize("training", [True, False])
def test_normalisation_is_keras_own(training):
    rng = np.random.default_rng(3)
    x, upstream = rounded(rng, 4, 6, 5, 8) * 2, rounded(rng, 4, 6, 5, 8)
    fast = Normalization(momentum=0.9, dtype="mixed_bfloat16")
    plain = layers.BatchNormalization(momentum=0.9)
    weights = [rng.normal(size=8), rng.normal(size=8), rng.normal(size=8), rng.uniform(1, 2, 8)]
    results = []
    for layer in (fast, plain):
        layer.build(x.shape)
        layer.set_weights(weights)
        results.append(normalised(layer, x, upstream, training))
    for got, want in zip(*results, strict=True):
        assert close(got, want)
    # The statistics are float32's own, and moved by them.
    for got, want in zip(fast.get_weights()[2:], plain.get_weights()[2:], strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def normalised(layer, x, upstream, training):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=training)
        total = tf.reduce_sum(tf.cast(y, tf.float32) * upstream)
    return [y, *tape.gradient(total, [x, layer.gamma.value, layer.beta.value])]


def test_scale_and_shift_in_one_operation():
    rng = np.random.default_rng(4)
    x, scale, shift = rounded(rng, 2, 5, 5, 8), rng.normal(size=8), rng.normal(size=8)
    scale, shift = (tf.constant(v, tf.float32) for v in (scale, shift))
    upstream = rounded(rng, 2, 5, 5, 8)
    results = []
    for dtype in (tf.bfloat16, tf.float32):
        values = [tf.constant(x, dtype), scale, shift]
        with tf.GradientTape() as tape:
            tape.watch(values)
            y = scale_and_shift(*values)
            total = tf.reduce_sum(tf.cast(y, tf.float32) * upstream)
        results.append([y, *tape.gradient(total, values)])
    for got, want in zip(*results, strict=True):
        assert close(got, want)


@pytest.mark.parametrize("kernel, size", [(1, 4), (3, 4), (3, 24)])
def test_frozen_normalisation_in_bfloat16(kernel, size):
    rng = np.random.default_rng(5)
    x, upstream = rounded(rng, 2, size, size, 16), rounded(rng, 2, size, size, 8)
    results = []
    weights = None
    for policy in ("mixed_bfloat16", "float32"):
        convolution = {"name": "c", "filters": 8, "kernel_size": kernel, "padding": "same"}
        layer = FrozenNormConvolution(convolution, {"name": "n", "epsilon": 1e-3}, dtype=policy)
        layer.build(x.shape)
        if weights is None:
            weights = [rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()]
        layer.set_weights(weights)
        results.append(answers(layer, x, upstream))
    for got, want in zip(*results, strict=True):
        assert close(got, want, steps=8)


def test_adamw_is_keras_own():
    rng = np.random.default_rng(6)
    start = [rng.normal(size=(5, 4)), rng.normal(size=7)]
    names = ["kernel", "gamma"]
    gradients = [[rng.normal(size=v.shape) * 3 for v in start] for _ in range(5)]
    own = ClippedAdamW(0.01, decay=0.1, clip_norm=2.0)
    plain = keras.optimizers.AdamW(0.01, weight_decay=0.1, global_clipnorm=2.0)
    plain.exclude_from_weight_decay(var_names=["gamma"])
    results = []
    for optimizer in (own, plain):
        variables = [
            keras.Variable(value, dtype="float32", name=name)
            for value, name in zip(start, names, strict=True)
        ]
        optimizer.build(variables)
        for step in gradients:
            optimizer.apply([tf.constant(g, tf.float32) for g in step], variables)
        results.append([v.numpy() for v in variables])
    for got, want in zip(*results, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
def test_adamw_leaves_weights_without_gradient_alone():
    variables = [keras.Variable(np.ones(3, np.float32), name=name) for name in ("a", "b")]
    optimizer = ClippedAdamW(0.01, decay=0.1, clip_norm=2.0)
    optimizer.build(variables)
    optimizer.apply([tf.ones(3), None], variables)
    assert (variables[0].numpy() < 1).all() and (variables[1].numpy() == 1).all()


def test_what_stays_float32():
    policy = keras.config.dtype_policy()
    config = Tiny()
    config.PRECISION = "bfloat16"
    model = MaskRCNN("training", config, seed=0)
    assert keras.config.dtype_policy() == policy
    network = model.keras_model
    for variable in network.variables:
        assert variable.dtype in ("float32", "uint32", "int32", "int64")
    kinds = {layer.name: layer.compute_dtype for layer in network.layers}
    for name in ("ROI", "proposal_targets", "losses", "mrcnn_bbox"):
        assert kinds[name] == "float32"
    assert kinds["res2a_out"] == "bfloat16"
    history = model.train(Discs(4), None, 1e-3, 1)
    assert all(np.isfinite(v) for v in history[0].values())


def test_reading_is_close_to_float32_on_a_trained_model(tmp_path):
    """Boxes within 1 px, scores within 0.02, masks with a Dice of at least 0.97."""
    Trained = type("Trained", (Tiny,), {"OPTIMIZER": "adamw"})
    model = MaskRCNN("training", Trained(), seed=1)
    model.train(Discs(16), None, 2e-3, 12)
    weights = tmp_path / "weights.h5"
    model.save_weights(weights)
    images = [Discs(4).load_image(i) for i in range(4)]
    read = {}
    for name in ("float32", "bfloat16"):
        config = Trained()
        config.PRECISION = name
        config.DETECTION_MIN_CONFIDENCE = 0.0
        reader = MaskRCNN("inference", config)
        reader.load_weights(weights)
        read[name] = reader.detect(images)
    for image, (plain, fast) in enumerate(zip(read["float32"], read["bfloat16"], strict=True)):
        if image % 4 == 0:  # no disc
            continue
        overlaps = compute_overlaps(plain["rois"][:1], fast["rois"])[0]
        same = int(overlaps.argmax())
        assert np.abs(plain["rois"][0] - fast["rois"][same]).max() <= 1
        assert np.abs(plain["probabilities"][0] - fast["probabilities"][same]).max() <= 0.02
        masks = plain["masks"][..., 0], fast["masks"][..., same]
        assert 2 * (masks[0] & masks[1]).sum() >= 0.97 * sum(mask.sum() for mask in masks)


def test_unknown_precisions_are_refused():
    with pytest.raises(ValueError, match=r"float16.*known: float32, bfloat16, auto"):
        precision.resolve_precision("float16")


@pytest.mark.parametrize(
    "flags, has",
    [("fpu amx_bf16 avx2", True), ("fpu avx512f avx512_bf16", True), ("fpu avx512f avx2", False)],
)
def test_auto_looks_at_the_processor(tmp_path, flags, has):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nflags\t\t: {flags}\n")
    assert precision.processor_has_bfloat16(cpuinfo) is has
    assert not precision.processor_has_bfloat16(tmp_path / "none")


def test_auto_is_what_the_backend_has(monkeypatch):
    for has, want in ((True, "bfloat16"), (False, "float32")):
        monkeypatch.setitem(precision.ON_BACKEND, "tensorflow", lambda has=has: has)
        assert precision.resolve_precision("auto") == want


def test_none_is_keras_own_policy():
    assert precision.find_policy(None) is None
    assert BatchNorm().dtype is None
