"""Weights loaded by any public way are loaded wholly, or what did not fit is said."""

import warnings

import h5py
import keras
import numpy as np
import pytest

from discs import Discs, Small
from mrcnn.model import MaskRCNN
from mrcnn.normalisation import leaf_layers
from mrcnn.weights import WeightError


class Deeper(Small):
    BACKBONE = "resnet34"


class FourClasses(Small):
    NUM_CLASSES = 4


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A trained network, its file in Matterport's layout, and what ModelCheckpoint wrote."""
    folder = tmp_path_factory.mktemp("weights")
    model = MaskRCNN("training", Small(), seed=1)
    best = folder / "best.weights.h5"
    keep = keras.callbacks.ModelCheckpoint(best, save_weights_only=True)
    model.train(Discs(4), None, 0.01, 1, "all", custom_callbacks=[keep], verbose=0)
    model.keras_model.save_weights(folder / "own.h5")
    return model, folder / "own.h5", best


@pytest.fixture
def reader():
    return MaskRCNN("inference", Small(), seed=2)


def tensors(model):
    """Return all weights by layer and name; seeds of random layers are none."""
    return {
        f"{layer.name}/{weight.name}": keras.ops.convert_to_numpy(weight)
        for layer in leaf_layers(model.keras_model)
        for weight in layer.weights
        if weight.name != "seed_generator_state"
    }


def assert_same_weights(model, other):
    ours, theirs = tensors(model), tensors(other)
    assert ours.keys() == theirs.keys() and len(ours) > 100
    assert [n for n in ours if not np.array_equal(ours[n], theirs[n])] == []


# Without by_name, keras_model loads Keras's files by structure, as Keras does: see below.
WAYS = [("MaskRCNN", True), ("MaskRCNN", False), ("keras_model", True), ("keras_model", False)]


@pytest.mark.parametrize(
    "layout, public, by_name",
    [("matterport", *way) for way in WAYS] + [("keras", *way) for way in WAYS[:3]],
)
def test_weights_come_back_whole(trained, reader, layout, public, by_name):
    model, own, best = trained
    loads = reader if public == "MaskRCNN" else reader.keras_model
    path = own if layout == "matterport" else best
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        loads.load_weights(str(path), by_name=by_name)
    assert_same_weights(model, reader)


def test_kerass_own_round_trip_of_one_model(trained, tmp_path):
    model, _, _ = trained
    model.keras_model.save_weights(tmp_path / "x.weights.h5")
    again = MaskRCNN("training", Small(), seed=3)
    again.keras_model.load_weights(tmp_path / "x.weights.h5")
    assert_same_weights(model, again)


def test_layers_that_the_file_or_the_model_lacks_are_named(trained):
    _, own, _ = trained
    deeper = MaskRCNN("inference", Deeper(), seed=4)
    with pytest.warns(UserWarning, match=r"not in the file, so that they keep .*res3c_branch2a"):
        deeper.keras_model.load_weights(own, by_name=True)
    deeper.save_weights(own.with_name("deeper.h5"))
    smaller = MaskRCNN("inference", Small(), seed=4)
    with pytest.warns(UserWarning, match=r"deeper.h5: not in the model: .*res4f_branch2b"):
        smaller.load_weights(own.with_name("deeper.h5"), by_name=True)


def test_what_is_excluded_is_not_reported(trained, reader):
    _, own, _ = trained
    heads = ["mrcnn_class_logits", "mrcnn_bbox_fc", "mrcnn_bbox", "mrcnn_mask"]
    before = tensors(reader)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        loaded = reader.load_weights(own, by_name=True, exclude=heads)
    kept = {n for n, v in tensors(reader).items() if np.array_equal(v, before[n])}
    assert {f"{n}/kernel" for n in heads if n != "mrcnn_bbox"} <= kept
    assert not {name.split("/")[0] for name in loaded} & set(heads)


@pytest.mark.parametrize("public", ["MaskRCNN", "keras_model"])
def test_nothing_is_changed_by_a_file_that_does_not_fit(trained, public):
    _, own, best = trained
    model = MaskRCNN("inference", FourClasses(), seed=5)
    loads = model if public == "MaskRCNN" else model.keras_model
    before = tensors(model)
    for path in (own, best):
        with pytest.raises(WeightError, match=r"mrcnn_mask/bias:0: the file has \(3,\).*\(4,\)"):
            loads.load_weights(path, by_name=True)
    after = tensors(model)
    assert all(np.array_equal(after[n], before[n]) for n in before)


def test_skip_mismatch_keeps_tensors_of_another_shape_and_says_which(trained):
    model = MaskRCNN("inference", FourClasses(), seed=5)
    with pytest.warns(UserWarning, match=r"mrcnn_mask/bias:0: the file has \(3,\)"):
        model.keras_model.load_weights(trained[1], by_name=True, skip_mismatch=True)
    ours, theirs = tensors(model), tensors(trained[0])
    assert np.array_equal(ours["conv1/kernel"], theirs["conv1/kernel"])


def test_files_that_are_none(reader, tmp_path):
    with pytest.raises(FileNotFoundError, match="no such weight file"):
        reader.load_weights(tmp_path / "missing.h5", by_name=True)
    (tmp_path / "text.h5").write_text("<html>404</html>")
    with pytest.raises(WeightError, match=r"text\.h5 is no HDF5 file"):
        reader.load_weights(tmp_path / "text.h5", by_name=True)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["numbers"] = np.zeros(3)
    with pytest.raises(WeightError, match=r"other\.h5 has no layers with names"):
        reader.load_weights(tmp_path / "other.h5", by_name=True)


def test_a_long_list_of_names_is_one_line_in_a_notebook(trained, reader):
    loaded = reader.load_weights(trained[1])
    assert len(loaded) > 100 and len(repr(loaded)) < 100 and "\n" not in repr(loaded)
