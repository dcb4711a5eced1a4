"""Weight files in Matterport's layout (Keras 2 HDF5), read and written as plain arrays.

Root attribute ``layer_names``; one group a layer with ``weight_names`` such as
``conv1/kernel:0``; the region proposal network's tensors lie together in ``rpn_model``.
"""

import os
from collections.abc import Iterable
from pathlib import Path

import h5py
import keras
import numpy as np

from mrcnn.normalisation import leaf_layers


class WeightError(ValueError):
    """A weight file that does not fit the model."""


def save_weights(model: keras.Model, path: str | Path) -> None:
    """Write a model's weights; the same weights give the same bytes.

    The file is written under a temporary name and renamed.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    try:
        with h5py.File(temporary, "w", track_order=False) as file:
            # Layers without weights are left out: Keras numbers their names by a count of its own.
            layers = [layer for layer in named_layers(model) if _tensors(layer)]
            file.attrs["layer_names"] = np.array([layer.name.encode() for layer in layers])
            file.attrs["backend"] = np.bytes_(keras.backend.backend())
            file.attrs["keras_version"] = np.bytes_(keras.__version__)
            for layer in layers:
                _save_layer(file.create_group(layer.name), layer)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _save_layer(group: h5py.Group, layer) -> None:
    """Write one layer's tensors and their names."""
    tensors = _tensors(layer)
    group.attrs["weight_names"] = np.array([name.encode() for name in tensors], dtype="S")
    for name, variable in tensors.items():
        array = keras.ops.convert_to_numpy(variable)
        group.create_dataset(name, data=array, track_times=False)


def load_weights(
    model: keras.Model, path: str | Path, exclude: Iterable[str] = (), partial: bool = False
) -> list[str]:
    """Load weights by layer name.

    Args:
        model: The model to fill.
        path: A file in Matterport's layout.
        exclude: Names of layers that keep their own weights.
        partial: True: layers that the file lacks keep their own weights; False: an error.

    Returns:
        list: The names of the tensors that were loaded.

    Raises:
        WeightError: If tensors are missing or have another shape; all of them are listed.
    """
    excluded = set(exclude)
    problems, loaded = [], []
    with h5py.File(path, "r") as file:
        root = file["model_weights"] if "layer_names" not in file.attrs else file
        for layer in named_layers(model):
            tensors = _tensors(layer)
            if layer.name in excluded or not tensors:
                continue
            if layer.name not in root or not len(root[layer.name].attrs["weight_names"]):
                if not partial:
                    problems.append(f"{layer.name}: not in the file")
                continue
            group = root[layer.name]
            stored = {_short(n): group[_text(n)] for n in group.attrs["weight_names"]}
            for name, variable in tensors.items():
                problem = _assign(variable, stored.get(_short(name)), name)
                problems.append(problem) if problem else loaded.append(name)
    if problems:
        raise WeightError(f"{Path(path).name} does not fit the model:\n  " + "\n  ".join(problems))
    return loaded


def _assign(variable, stored, name: str) -> str | None:
    """Assign a stored tensor; return what is wrong if it does not fit."""
    if stored is None:
        return f"{name}: not in the file"
    if tuple(stored.shape) != tuple(variable.shape):
        return f"{name}: the file has {tuple(stored.shape)}, the model {tuple(variable.shape)}"
    variable.assign(np.asarray(stored))
    return None


def named_layers(model: keras.Model) -> list:
    """Return the layers that are groups of a weight file: models inside the model stay whole."""
    parts = [[x] if isinstance(x, keras.Model) else leaf_layers(x) for x in model.layers]
    return [layer for inner in parts for layer in inner]


def _tensors(layer) -> dict:
    """Return a layer's weights by name; seeds of random layers are no weights."""
    return {
        f"{leaf.name}/{variable.name}:0": variable
        for leaf in leaf_layers(layer)
        for variable in leaf.weights
        if variable.name != "seed_generator_state"
    }


def _short(name) -> str:
    """Return the last two parts of a tensor's name: files repeat the layer's name before them."""
    return "/".join(_text(name).split("/")[-2:])


def _text(name) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
