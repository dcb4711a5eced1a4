"""What every layer and model of a Keras library must go through: describe, revive, save, load."""

import json
from pathlib import Path

import keras
import numpy as np
from keras import tree


def check_layer(layer: keras.Layer, arguments: list, folder: Path) -> None:
    """Describe, revive, call, save and load a layer.

    Args:
        layer: Called on nothing yet.
        arguments: What it is called with: arrays, in lists and dicts where it takes these.
        folder: An empty folder.
    """
    cls, config = type(layer), layer.get_config()
    assert keras.saving.get_registered_name(cls) == f"mrcnn>{cls.__name__}"
    text = json.dumps(config)  # plain numbers, or this raises
    revived = cls.from_config(json.loads(text))
    assert json.dumps(revived.get_config()) == text
    described = keras.saving.serialize_keras_object(layer)
    assert type(keras.saving.deserialize_keras_object(described)) is cls

    model = as_model(layer, arguments)
    flat = [keras.ops.convert_to_tensor(a) for a in tree.flatten(arguments)]
    path = folder / f"{cls.__name__}.keras"
    model.save(path)
    answers = [keras.ops.convert_to_numpy(a) for a in tree.flatten(model(flat))]
    for symbolic, answer in zip(model.outputs, answers, strict=True):
        assert symbolic.dtype == answer.dtype.name
        pairs = zip(symbolic.shape, answer.shape, strict=True)
        assert all(said in (None, is_) for said, is_ in pairs), (symbolic.shape, answer.shape)
    assert_same(keras.models.load_model(path)(flat), answers)


def as_model(layer: keras.Layer, arguments: list) -> keras.Model:
    """Return a model that is the layer alone."""
    symbols = tree.map_structure(lambda a: keras.Input(a.shape[1:], dtype=a.dtype.name), arguments)
    return keras.Model(tree.flatten(symbols), tree.flatten(layer(*symbols)))


def assert_same(got, want) -> None:
    """Compare nested answers, number by number."""
    got, want = ([keras.ops.convert_to_numpy(a) for a in tree.flatten(x)] for x in (got, want))
    for a, b in zip(got, want, strict=True):
        np.testing.assert_array_equal(a, b)
