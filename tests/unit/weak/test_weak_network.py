"""The classifier from labels alone: shapes, gradients, the same bytes, and that it learns."""

import h5py
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from drawn_labels import LOG, SIZE, draw, settings
from mrcnn.model import MaskRCNN
from mrcnn.weights import save_weights
from smallmass.errors import UserError
from smallmass.files import sha256
from smallmass.image_model.configuration import make_config
from smallmass.start.form import GREY
from smallmass.start.loading import Opened
from smallmass.weak.design import Design
from smallmass.weak.images import Batches, labelled_images
from smallmass.weak.lesions import localised
from smallmass.weak.network import build_network, fill_backbones, weak_losses
from smallmass.weak.reading import read_images
from smallmass.weak.training import open_weak, save_weak, train_weak

SMALL = Design(patches=3, patch_share=0.5, detail=1.0, attention=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("drawn")


@pytest.fixture(scope="module")
def cohort(folder):
    return draw(folder, 96, seed=3)


def train(cohort, folder, **image_model):
    table, split = cohort
    given = settings(**{"epochs": 1, "least_steps": 0, **image_model})
    return train_weak(
        cohort=table, split=split, images=folder / "images", settings=given, log=LOG, design=SMALL
    )


def test_answers_have_their_shapes_and_every_weight_a_gradient():
    import tensorflow as tf

    config = make_config(settings().image_model, GREY)
    model = build_network(config, SMALL, seed=1)
    images = np.random.default_rng(0).normal(0, 30, (4, SIZE, SIZE, 1)).astype(np.float32)
    with tf.GradientTape() as tape:
        answers = model({"image": images}, training=True)
        losses = weak_losses(np.array([0, 1, 1, 0]), answers)
        total = sum(losses.values())
    shapes = {name: tuple(value.shape) for name, value in answers.items()}
    assert shapes == {
        "maps": (4, 8, 8, 2), "whole": (4, 2), "boxes": (4, 3, 4), "weights": (4, 3),
        "patches": (4, 1), "fused": (4, 1),
    }  # fmt: skip
    gradients = tape.gradient(total, model.trainable_weights)
    for weight, gradient in zip(model.trainable_weights, gradients, strict=True):
        assert gradient is not None, weight.path
        # A bias before a normalisation by the batch's own statistics has none, by nature.
        if not (weight.name == "bias" and ("res" in weight.path or "conv1" in weight.path)):
            assert np.abs(gradient).max() > 0, weight.path


def test_the_loss_is_that_of_the_formula():
    answers = {
        "whole": np.array([[0.2, 0.7], [0.6, 0.1]], np.float32),
        "patches": np.array([[0.3], [-1.0]], np.float32),
        "fused": np.array([[2.0], [0.0]], np.float32),
        "maps": np.full((2, 3, 3, 2), 0.25, np.float32),
    }
    losses = {name: float(value) for name, value in weak_losses(np.array([1, 0]), answers).items()}
    log = np.log
    assert losses["whole"] == pytest.approx(
        -(log(0.8) + log(0.7) + log(0.6) + log(0.9)) / 4, abs=1e-5
    )
    sigmoid = 1 / (1 + np.exp(-np.array([0.3, -1.0])))
    assert losses["patches"] == pytest.approx(
        -(log(sigmoid[0]) + log(1 - sigmoid[1])) / 2, abs=1e-5
    )
    assert losses["maps"] == 0.25


def test_the_same_seed_gives_the_same_bytes(cohort, folder, tmp_path):
    files = []
    for name in "ab":
        trained = train(cohort, folder, batch=16)
        files.append((tmp_path / f"{name}.h5", tmp_path / f"{name}.json"))
        save_weak(trained, weights=files[-1][0], record=files[-1][1])
    for first, second in zip(*files, strict=True):
        assert first.read_bytes() == second.read_bytes()
    files[0][0].write_bytes(b"other")
    with pytest.raises(UserError, match="train again"):
        open_weak(*files[0])


def test_it_learns_a_disc_from_labels_alone_and_its_map_points_at_it(cohort, folder, tmp_path):
    table, split = cohort
    trained = train(cohort, folder, least_steps=48)
    files = {"weights": tmp_path / "weak.h5", "record": tmp_path / "weak.json"}
    save_weak(trained, **files)
    model, config, record = open_weak(*files.values())
    assert (record["training_images"], record["malignant"], record["steps"]) == (48, 24, 48)
    cases = split[split["split"] != "training"].reset_index(drop=True)
    names = list(cases["case_id"])
    read = read_images(model, config, names, folder / "images", mirrored=True)
    malignant = cases.merge(table)["label"] == "malignant"
    assert roc_auc_score(malignant, read.score) > 0.9
    lesions, share = localised(cases, read.maps, folder / "masks")
    assert len(lesions) == malignant.sum() and 0 < share < 1
    assert lesions["pointing"].mean() > 0.7 and lesions["dice"].mean() > 0.3


def test_an_image_of_several_lesions_is_malignant_if_one_is():
    cases = pd.DataFrame(
        {
            "case_id": ["a", "b", "c", "d"],
            "cohort": "x",
            "image": ["1", "1", "2", "2"],
            "frame": [np.nan, np.nan, 0, 1],
            "label": ["benign", "malignant", "benign", "malignant"],
        }
    )
    found = labelled_images(cases)
    assert found["case_id"].tolist() == ["a", "c", "d"]
    assert found["malignant"].tolist() == [True, False, True]


def test_batches_pass_over_all_images_and_repeat_themselves(cohort, folder):
    from smallmass.image_model.augmentation import Augmentation

    table, split = cohort
    images = labelled_images(table.merge(split[split["split"] == "training"]))
    given = settings().image_model
    config = make_config(given, GREY)

    def epoch(number: int) -> list:
        augmentation = Augmentation(given.augmentation)
        batches = Batches(images, folder / "images", config, augmentation, seed=5)
        return list(batches.epoch(number, 6))

    first, again, other = epoch(0), epoch(0), epoch(1)
    assert sum(batch[1].sum() for batch in first) == 24 and len(first) * 8 == 48
    assert all(
        np.array_equal(a, b)
        for x, y in zip(first, again, strict=True)
        for a, b in zip(x, y, strict=True)
    )
    assert not all(np.array_equal(a[0], b[0]) for a, b in zip(first, other, strict=True))


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """What an image model of other patients has learnt: its own random weights."""
    config = make_config(settings().image_model, GREY)
    weights = tmp_path_factory.mktemp("start") / "weights.h5"
    save_weights(MaskRCNN("inference", config, seed=7).keras_model, weights)
    record = {"name": "study:other", "kind": "study", "sha256": sha256(weights)}
    return Opened(weights, record, GREY, None, True)


def test_a_start_fills_the_backbones_of_images_and_of_patches(cohort, folder, start, tmp_path):
    config = make_config(settings().image_model, GREY)
    model = build_network(config, SMALL, seed=1)
    before = [np.array(weight) for weight in model.get_layer("evidence").weights]
    fill_backbones(model, start.weights, "resnet18")
    with h5py.File(start.weights) as file:
        for network in (model, model.get_layer("local")):
            for name in ("conv1", "res2a_branch2a", "res5b_branch2b"):
                stored = file[f"{name}/{name}/kernel:0"][...]
                np.testing.assert_array_equal(network.get_layer(name).kernel, stored)
    for old, weight in zip(before, model.get_layer("evidence").weights, strict=True):
        np.testing.assert_array_equal(old, weight)


def test_what_it_started_from_is_recorded_and_said(cohort, folder, start):
    table, split = cohort
    trained = train_weak(
        cohort=table, split=split, images=folder / "images",
        settings=settings(epochs=1, least_steps=0, batch=16), log=LOG, start=start, design=SMALL,
    )  # fmt: skip
    assert trained.description["start"] == start.record
    assert trained.description["form"] == GREY.plain()


def test_a_start_of_another_width_is_refused(start, tmp_path):
    config = make_config(settings(backbone="resnet50").image_model, GREY)
    model = build_network(config, SMALL, seed=1)
    with pytest.raises(UserError, match=r"image_model\.weights: .*does not fit"):
        fill_backbones(model, start.weights, "resnet50")


def test_without_training_cases_it_says_where_to_look(cohort, folder):
    table, split = cohort
    with pytest.raises(UserError, match=r"split\.csv"):
        train((table, split[split["split"] == "test"]), folder)
