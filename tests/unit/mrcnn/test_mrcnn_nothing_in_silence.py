"""What would make a training do nothing, or not what was meant, is said at once."""

import warnings

import numpy as np
import pytest

from discs import Discs, Small
from mrcnn import training_run
from mrcnn.anchors import build_anchors
from mrcnn.config_check import check_config, warn_of_settings
from mrcnn.dataset import Dataset
from mrcnn.images import in_units_of
from mrcnn.model import MaskRCNN


@pytest.fixture(scope="module")
def model():
    return MaskRCNN("training", Small(), seed=1)


@pytest.mark.parametrize("layers", ["head", r"mrcnn_.+_typo", "all "])
def test_layers_that_match_none_are_an_error(model, layers):
    with pytest.raises(ValueError, match=f"layers={layers!r} matches no layer with weights"):
        model.train(Discs(4), None, 0.001, 1, layers)


def test_a_misspelt_group_of_layers_is_guessed(model):
    with pytest.raises(ValueError, match="Did you mean 'heads'"):
        model.train(Discs(4), None, 0.001, 1, "head")


def test_epochs_that_are_done_are_said(model):
    model.epoch = 5
    with pytest.warns(UserWarning, match="epochs=3 counts all epochs, and 5 are done.*epochs=8"):
        assert model.train(Discs(4), None, 0.001, 3, "heads") == []
    model.epoch = 0


def test_a_data_set_without_images_is_an_error(model):
    empty = Dataset()
    for number, name in ((1, "benign"), (2, "malignant")):
        empty.add_class("discs", number, name)
    empty.prepare()
    with pytest.raises(ValueError, match="the data set has no images"):
        model.train(empty, None, 0.001, 1, "heads")
    with pytest.raises(ValueError, match="the data set has no images"):
        model.train(Discs(4), empty, 0.001, 1, "heads")


class Floats(Small):
    STEPS_PER_EPOCH, VALIDATION_STEPS = 3 / 2, 1 / 20


def test_steps_may_be_fractions_and_are_rounded_up():
    """``STEPS_PER_EPOCH / 20`` in Python 3; Keras 2 took steps until it had enough."""
    model = MaskRCNN("training", Floats(), seed=1)
    (row,) = model.train(Discs(4), Discs(4), 0.001, 1, "heads", verbose=0)
    assert np.isfinite(row["val_loss"]) and int(model.keras_model.optimizer.iterations) == 2


@pytest.mark.parametrize("scales", [(8, 16, 32, 48), (8, 16), (16,)])
def test_fewer_anchor_scales_than_levels_use_the_first_levels(scales):
    """As 17 of 20 kernels of Kaggle have it: four scales, five strides."""
    config = type("Kaggle", (Small,), {"RPN_ANCHOR_SCALES": scales})()
    anchors = build_anchors(config)
    sides = np.sqrt((anchors[:, 2:] - anchors[:, :2]).prod(axis=1))
    assert sorted({round(float(side)) for side in sides}) == list(scales)
    assert len(anchors) == sum(3 * (64 // 2**level) ** 2 for level in range(2, 2 + len(scales)))
    model = MaskRCNN("training", config, seed=1)
    (row,) = model.train(Discs(4), None, 0.001, 1, "all", verbose=0)
    assert np.isfinite(row["loss"])
    reader = MaskRCNN("inference", config, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        reader.detect([np.zeros((64, 64, 3), np.uint8)])


def test_more_anchor_scales_than_levels_are_an_error_that_names_both():
    config = type("Six", (Small,), {"RPN_ANCHOR_SCALES": (4, 8, 16, 24, 32, 48)})()
    with pytest.raises(ValueError, match="RPN_ANCHOR_SCALES has 6 values, BACKBONE_STRIDES only 5"):
        MaskRCNN("training", config)


def changed(**values):
    """Return a configuration that was changed after it was made."""
    config = Small()
    for name, value in values.items():
        setattr(config, name, value)
    return config


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"NUM_CLASSES": 7}, "IMAGE_META_SIZE 15 and NUM_CLASSES do not"),
        ({"IMAGE_MAX_DIM": 128}, r"IMAGE_SHAPE \(64, 64, 3\) and 128 px do not"),
        ({"RPN_TIES": "frist"}, "RPN_TIES is 'frist'; known: 'all', 'first'"),
        ({"MASK_PASTE": "corner"}, "MASK_PASTE is 'corner'; known: 'cells', 'corners'"),
        ({"IMAGE_RESIZE_MODE": "sqare"}, "IMAGE_RESIZE_MODE is 'sqare'; known: 'square'"),
        ({"LOSS_WEIGHTS": {"rpn_clas_loss": 2}}, "LOSS_WEIGHTS has no loss rpn_clas_loss; known"),
        ({"MASK_SHAPE": (56, 56)}, r"MASK_SHAPE is \(56, 56\); the mask head gives \(28, 28\)"),
        ({"BACKBONE_STRIDES": (2, 4, 8, 16, 32)}, "the maps of a ResNet have"),
    ],
)
def test_settings_that_do_not_agree_are_an_error_before_a_network_is_built(values, words):
    with pytest.raises(ValueError, match=words):
        check_config(changed(**values), "training")
    check_config(Small(), "training")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"STEP_PER_EPOCH": 10}, "STEP_PER_EPOCH is no setting; did you mean STEPS_PER_EPOCH"),
        ({"IMAGES_PER_GPU": 8}, "a step takes BATCH_SIZE = 2 images, though IMAGES_PER_GPU is 8"),
    ],
)
def test_settings_without_effect_are_warned_of(values, words):
    with pytest.warns(UserWarning, match=words):
        warn_of_settings(changed(**values), "training")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_settings(changed(MY_OWN_SETTING=1, CLASSES=["a"]), "training")
        warn_of_settings(changed(IMAGES_PER_GPU=1), "inference")


def test_one_image_in_place_of_a_list_is_an_error(model):
    for shape in ((64, 64, 3), (64, 64)):
        with pytest.raises(ValueError, match=r"a list of images is read, .* give \[image\]"):
            model.detect(np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (None, "image 1 is no array .* of numbers: None"),  # as OpenCV reads a missing file
        ("a.png", "image 1 is no array .* of numbers: 'a.png'"),
        (np.zeros((0, 9, 3), np.uint8), r"uint8 of shape \(0, 9, 3\)"),
        (np.full((64, 64, 3), np.nan), "image 1 has values that are not finite"),
    ],
)
def test_what_is_no_image_is_named(model, image, words):
    with pytest.raises(ValueError, match=words):
        model.detect([np.zeros((64, 64, 3), np.uint8), image])


@pytest.mark.parametrize("rate", [-0.1, float("nan"), float("inf")])
def test_a_learning_rate_that_cannot_be_is_an_error(model, rate):
    with pytest.raises(ValueError, match=r"learning_rate is .*; it must be a number from 0 on"):
        model.train(Discs(4), None, rate, 1, "heads")


def test_images_between_0_and_1_are_warned_of():
    image = np.linspace(0, 1, 48, dtype=np.float32).reshape(4, 4, 3)
    with pytest.warns(UserWarning, match="values from 0 to 1 where 0 to 255 is expected"):
        assert np.array_equal(in_units_of([123.7], image), image)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        in_units_of([123.7], 255 * image)
        in_units_of([123.7], image - 0.5)
        in_units_of([123.7], np.ones((4, 4, 3), np.uint8))


def test_layers_and_sources_that_are_nowhere_are_named(model, tmp_path):
    model.save_weights(tmp_path / "own.h5")
    with pytest.warns(UserWarning, match="excluded, but in neither: mrcnn_clas_logits$"):
        model.load_weights(tmp_path / "own.h5", exclude=["mrcnn_clas_logits", "mrcnn_bbox"])
    with pytest.warns(UserWarning, match="the data set has no dics; it has discs"):
        training_run.load_data(
            model.config, 1, Discs(4), None, no_augmentation_sources=["dics", "discs"]
        )
