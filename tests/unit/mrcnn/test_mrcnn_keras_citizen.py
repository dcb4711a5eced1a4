"""Layers and models as Keras wants them: described in numbers, revived, saved, loaded, cloned."""

import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys

import keras
import numpy as np
import pytest

import mrcnn
from discs import Discs, Small, Tiny
from keras_citizen import as_model, assert_same, check_layer
from mrcnn.anchors import AnchorGrid, build_anchors
from mrcnn.config import Config
from mrcnn.convolution import Conv2D
from mrcnn.data import BatchLoader
from mrcnn.detection import DetectedRegions, DetectionLayer
from mrcnn.graph import ProposalSteps
from mrcnn.heads import Fold, Unfold
from mrcnn.losses import LOSSES, LossLayer
from mrcnn.model import MaskRCNN
from mrcnn.network import FirstRows, NormaliseBoxes, WidenBoxes
from mrcnn.normalisation import (
    BatchStatisticsNormalization,
    FrozenNormConvolution,
    Normalization,
    leaf_layers,
)
from mrcnn.optimizer import make_optimizer
from mrcnn.plain_layer import Float32Layer, PlainLayer
from mrcnn.proposal_gradient import FindAnchors, FollowProposals
from mrcnn.region_proposal import ProposalLayer, RegionProposalNetwork
from mrcnn.region_sampling import SampledRegions, SamplePatches
from mrcnn.roi_align import FlatPyramid, FlatROIAlign, PyramidROIAlign
from mrcnn.serving import PlaceDetections, PrepareImages
from mrcnn.swin import MergeCells, WindowAttention
from mrcnn.targets import DetectionTargetLayer, PositiveRegions
from mrcnn.training import compile_model, fit

DEVIATIONS = (0.1, 0.1, 0.2, 0.2)
STEPS = [1, 3] if keras.backend.backend() == "tensorflow" else [1]  # PyTorch takes one at a time
# What a layer says of its types is the same on every backend, and takes as long on each.
POLICIES = ["float32"] + ["mixed_bfloat16"] * (keras.backend.backend() == "tensorflow")
GRID = AnchorGrid.of(Tiny())
ANCHORS = len(build_anchors(Tiny()))
SHAPES = ((16, 16), (8, 8), (4, 4), (2, 2))
CELLS = sum(height * width for height, width in SHAPES)


def floats(*shape):
    return np.random.default_rng(len(shape)).random(shape, np.float32)


def ints(*shape, low=0, high=3):
    return np.random.default_rng(len(shape)).integers(low, high, shape).astype(np.int32)


def boxes(batch, count):
    corner = floats(batch, count, 2) / 2
    return np.concatenate([corner, corner + 0.1 + floats(batch, count, 2)[::-1] / 3], axis=-1)


def maps():
    return [floats(2, height, width, 4) for height, width in SHAPES]


# Every layer, and what it is called with.
LAYERS = {
    BatchStatisticsNormalization: (lambda: BatchStatisticsNormalization(), [floats(2, 8, 8, 3)]),
    Conv2D: (lambda: Conv2D(4, 3, dtype="mixed_bfloat16"), [floats(2, 8, 8, 3)]),
    DetectedRegions: (lambda: DetectedRegions(), [floats(2, 4, 6)]),
    DetectionLayer: (
        lambda: DetectionLayer(DEVIATIONS, 4, 0.1, 0.3),
        [boxes(2, 9), floats(2, 9, 3), floats(2, 9, 3, 4), boxes(2, 1)[:, 0]],
    ),
    DetectionTargetLayer: (
        lambda: DetectionTargetLayer(8, 0.33, (28, 28), DEVIATIONS, seed=4),
        [boxes(2, 9), ints(2, 3), boxes(2, 3), floats(2, 3, 28, 28)],
    ),
    FindAnchors: (
        lambda: FindAnchors(),
        [boxes(2, 9)[:, :3], ints(2, 3), boxes(2, 9), ints(2, 9, high=99)],
    ),
    FirstRows: (lambda: FirstRows(2), [ints(2, 5, 3)]),
    FlatPyramid: (lambda: FlatPyramid(), [maps()]),
    FlatROIAlign: (
        lambda: FlatROIAlign((3, 5), (64, 64), SHAPES),
        [boxes(2, 9), floats(2 * CELLS, 4)],
    ),
    Fold: (lambda: Fold((4, 4, 3)), [floats(2, 5, 4, 4, 3)]),
    FollowProposals: (
        lambda: FollowProposals(GRID, DEVIATIONS, DEVIATIONS),
        [floats(2, 3, 4), boxes(2, 3), ints(2, 3), floats(2, 3, 4), ints(2, 3) > 0],
    ),
    FrozenNormConvolution: (
        lambda: FrozenNormConvolution(
            {"name": "res", "filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"},
            {"name": "bn", "epsilon": 1e-3},
        ),
        [floats(2, 8, 8, 3)],
    ),
    LossLayer: (
        lambda: LossLayer(),
        [
            {
                "image_meta": np.ones((2, 15), np.float32),
                "rpn_match": ints(2, 16, low=-1, high=2),
                "rpn_deltas": floats(2, 16, 4),
                "class_ids": ints(2, 8),
                "deltas": floats(2, 3, 4),
                "mask_class_ids": ints(2, 3),
                "masks": floats(2, 3, 28, 28),
            },
            {
                "rpn_logits": floats(2, 16, 2),
                "rpn_deltas": floats(2, 16, 4),
                "class_logits": floats(2, 8, 3),
                "deltas": floats(2, 3, 3, 4),
                "masks": floats(2, 3, 28, 28, 3),
            },
        ],
    ),
    Normalization: (lambda: Normalization(dtype="mixed_bfloat16"), [floats(2, 8, 8, 3)]),
    MergeCells: (lambda: MergeCells(), [floats(2, 5, 4, 3)]),
    NormaliseBoxes: (lambda: NormaliseBoxes((64, 32)), [20 * boxes(2, 3)]),
    PlaceDetections: (
        lambda: PlaceDetections(),
        [
            floats(2, 50, 40, 1),
            boxes(2, 1)[:, 0],
            floats(2, 5, 6),
            floats(2, 5, 3),
            floats(2, 4, 28, 28, 3),
        ],
    ),
    PositiveRegions: (
        lambda: PositiveRegions(),
        [boxes(2, 3), ints(2, 3), floats(2, 3, 28, 28)],
    ),
    PrepareImages: (lambda: PrepareImages(64, (9.0,), 32, 1.5), [floats(2, 50, 40, 1)]),
    ProposalLayer: (
        lambda: ProposalLayer(GRID, 9, 0.7, 64, DEVIATIONS, with_anchors=True),
        [floats(2, ANCHORS, 2), floats(2, ANCHORS, 4)],
    ),
    ProposalSteps: (
        lambda: ProposalSteps(GRID, 9, 0.7, 64, DEVIATIONS),
        [floats(2, ANCHORS, 2), floats(2, ANCHORS, 4)],
    ),
    PyramidROIAlign: (lambda: PyramidROIAlign((3, 5), (64, 64)), [boxes(2, 9), *maps()]),
    RegionProposalNetwork: (lambda: RegionProposalNetwork(3, 1, 8), [floats(2, 8, 8, 4)]),
    SampledRegions: (
        lambda: SampledRegions(),
        [ints(2, 5), ints(2, 8, high=99), floats(2, 8, 3, 2), floats(2, 8, 3, 4)],
    ),
    SamplePatches: (
        lambda: SamplePatches(SHAPES, 3, 1, 16),
        [ints(2, 3 * CELLS, low=-1, high=2), floats(2 * CELLS, 4), ints(2, 3, high=99)],
    ),
    Unfold: (lambda: Unfold((5,)), [floats(6, 5), floats(2, 3, 4, 4)]),
    WidenBoxes: (lambda: WidenBoxes(1.5), [boxes(2, 3)]),
    WindowAttention: (lambda: WindowAttention(2, 3, 1), [floats(2, 8, 7, 4)]),
}


def own_layers():
    """Return every layer class of the package, the two that others are made of aside."""
    modules = [
        importlib.import_module(f"mrcnn.{module.name}")
        for module in pkgutil.iter_modules(mrcnn.__path__)
    ]
    classes = {
        cls
        for module in modules
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if issubclass(cls, keras.Layer) and cls.__module__ == module.__name__
    }
    networks = {cls for cls in classes if cls.__module__ == "mrcnn.keras_models"}
    return classes - networks - {PlainLayer, Float32Layer}


def test_no_layer_is_left_out():
    assert own_layers() == set(LAYERS)


@pytest.mark.parametrize("cls", LAYERS, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("policy", POLICIES)
def test_a_layer_is_described_revived_saved_and_loaded(cls, policy, tmp_path):
    make, arguments = LAYERS[cls]
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy(policy)
    try:
        check_layer(make(), arguments, tmp_path)
    finally:
        keras.mixed_precision.set_global_policy(before)


def test_what_is_frozen_inside_a_layer_stays_frozen(tmp_path):
    """The region proposal network and a folded convolution hold layers that Keras does not see."""
    for make, arguments in (LAYERS[FrozenNormConvolution], LAYERS[RegionProposalNetwork]):
        layer = make()
        leaf_layers(layer)[0].trainable = False
        model = as_model(layer, arguments)
        model.save(tmp_path / "frozen.keras")
        loaded = keras.models.load_model(tmp_path / "frozen.keras")
        names = [[v.name for v in m.trainable_variables] for m in (model, loaded)]
        assert names[0] == names[1] and len(names[0]) < len(model.variables)


class Frozen(Small):
    """Normalisation with frozen statistics, folded into the convolutions; gradient descent."""

    TRAIN_BN = False


class Weighted(Frozen):
    """With losses of unequal weight and no L2 penalty: not the defaults, which a copy may have."""

    LOSS_WEIGHTS = dict.fromkeys(LOSSES, 1.0) | {"mrcnn_mask_loss": 3.0}
    WEIGHT_DECAY = 0.0


CONFIGURATIONS = pytest.mark.parametrize("config", [Tiny, Frozen], ids=["adamw", "sgd"])
TRAINING = pytest.param("training", marks=pytest.mark.slow)  # it is compiled several times
MODES = pytest.mark.parametrize("mode", [TRAINING, "inference"])


class GreyDiscs(Discs):
    """Discs in as many channels as a configuration has."""

    def __init__(self, count, config: Config):
        super().__init__(count)
        self.channels = config.IMAGE_CHANNEL_COUNT

    def load_image(self, image_id):
        return np.repeat(super().load_image(image_id), self.channels, axis=2)


def batches(config, count=1):
    """Return training batches, inputs by name."""
    loader = BatchLoader(GreyDiscs(8, config), config, None, seed=1)
    return [{k: v for k, v in b.items() if k != "case_ids"} for b in loader.epoch(0, count)]


def example(mode, config):
    """Return inputs of a model."""
    if mode == "training":
        return batches(config)[0]
    height, width, channels = (int(n) for n in config.IMAGE_SHAPE)
    image = 100 * floats(2, height, width, channels)
    return {"input_image": image, "input_window": np.array([[0, 0, 1, 1]] * 2, np.float32)}


def build(mode, config):
    """Return a network; for training one that is compiled."""
    network = MaskRCNN(mode, config, seed=3).keras_model
    if mode == "training":
        compile_model(network, make_optimizer(config, 1e-3, 0.9, 4))
    return network


@CONFIGURATIONS
@MODES
def test_a_model_is_saved_and_loaded(config, mode, tmp_path):
    config = config()
    model, inputs = build(mode, config), example(mode, config)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert type(loaded) is type(model)
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in model.layers]
    assert_same(loaded.predict_on_batch(inputs), model.predict_on_batch(inputs))
    if mode == "training":  # with its optimiser, the weights of its losses and its L2 penalty
        for batch in batches(config, 3):
            losses = [m.train_on_batch(batch, return_dict=True) for m in (loaded, model)]
            assert losses[0] == losses[1] and set(losses[0]) == {"loss", *LOSSES}


@MODES
def test_a_model_is_cloned_and_written_as_json(mode):
    config = Weighted()
    model, inputs = build(mode, config), example(mode, config)
    text = model.to_json()
    for copy in (keras.models.clone_model(model), keras.models.model_from_json(text)):
        assert json.loads(copy.to_json())["config"] == json.loads(text)["config"]
        copy.set_weights(model.get_weights())
        assert_same(copy.predict_on_batch(inputs), model.predict_on_batch(inputs))
        if mode == "training":
            copy.set_weights(model.get_weights())  # the state of the sampling, too
            losses = [m.test_on_batch(inputs, return_dict=True) for m in (copy, model)]
            assert losses[0] == losses[1]


@MODES
def test_weights_of_keras_go_both_ways(mode, tmp_path):
    config = Frozen()
    model, inputs = build(mode, config), example(mode, config)
    model.save_weights(tmp_path / "own.weights.h5")
    clone = keras.models.clone_model(model)
    clone.load_weights(tmp_path / "own.weights.h5")
    clone.save_weights(tmp_path / "clone.weights.h5")
    model.load_weights(tmp_path / "clone.weights.h5")
    assert_same(clone.predict_on_batch(inputs), model.predict_on_batch(inputs))


@pytest.mark.slow
def test_a_checkpoint_of_the_whole_model_goes_on(tmp_path):
    """As `keras.Model.fit` and `ModelCheckpoint` write it after an epoch."""
    config = Frozen()
    model, (*first, last) = build("training", config), batches(config, 3)
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "epoch{epoch}.keras")
    generator = ((batch,) for batch in first)
    history = model.fit(generator, steps_per_epoch=2, callbacks=[checkpoint], verbose=0)
    assert set(history.history) == {"loss", *LOSSES}
    loaded = keras.models.load_model(tmp_path / "epoch1.keras")
    assert loaded.train_on_batch(last) == model.train_on_batch(last)


@pytest.mark.slow
@pytest.mark.parametrize("steps", STEPS)
def test_fit_of_keras_takes_the_same_steps(steps):
    """With ``steps_per_execution``, too; so that leaving `mrcnn.training.fit` loses no accuracy."""
    config = Frozen()
    loader = BatchLoader(GreyDiscs(8, config), config, None, seed=1)
    own, plain = build("training", config), build("training", config)
    fit(own, loader, None, epochs=1, steps=3, validation_steps=0)
    plain.compile(plain.optimizer, jit_compile=plain.jit_compile, steps_per_execution=steps)
    plain.fit(((batch,) for batch in batches(config, 3)), steps_per_epoch=3, verbose=0)
    assert_same([v.value for v in plain.variables], [v.value for v in own.variables])


@pytest.mark.parametrize("mode", ["training", "inference"])
def test_names_are_the_same_for_every_model_of_a_process(mode):
    one, two = (MaskRCNN(mode, Tiny()).keras_model for _ in range(2))
    names = [operation.name for operation in one.operations]
    assert names == [operation.name for operation in two.operations]
    assert [v.path for v in one.variables] == [v.path for v in two.variables]
    assert not [name for name in names if name.startswith("_")]
    for operation in one.operations:
        default = keras.src.utils.naming.to_snake_case(type(operation).__name__)
        assert not re.fullmatch(rf"{default}_\d+", operation.name)


def test_losses_go_by_name():
    model = MaskRCNN("training", Tiny()).keras_model
    assert set(model.output) == set(LOSSES)
    assert {
        name: tensor._keras_history.operation.name for name, tensor in model.output.items()
    } == {name: name for name in LOSSES}


@pytest.mark.slow
def test_a_saved_model_opens_in_another_process(tmp_path):
    """With the package imported and nothing else said."""
    model, inputs = build("inference", Frozen()), example("inference", Frozen())
    model.save(tmp_path / "m.keras")
    np.savez(tmp_path / "inputs.npz", **inputs)
    program = (
        "import keras, numpy, sys, mrcnn.network; folder = sys.argv[1];"
        "model = keras.models.load_model(folder + '/m.keras');"
        "answers = model.predict_on_batch(dict(numpy.load(folder + '/inputs.npz')));"
        "numpy.savez(folder + '/answers.npz', *answers)"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path], check=True)
    answers = np.load(tmp_path / "answers.npz")
    want = model.predict_on_batch(inputs)
    for i, array in enumerate(want):
        np.testing.assert_allclose(answers[f"arr_{i}"], array, atol=1e-5)
