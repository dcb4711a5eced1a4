"""Weight files, read and written as plain arrays.

Written is Matterport's layout (Keras 2 HDF5): root attribute ``layer_names``; one group a layer
with ``weight_names`` such as ``conv1/kernel:0``; the region proposal network's tensors lie together
in ``rpn_model``. Read is also what Keras 3 writes (``….weights.h5``), layer by layer, by the names
that it notes beside the arrays.
"""

import os
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import h5py
import keras
import numpy as np

from mrcnn.normalisation import leaf_layers


class WeightError(ValueError):
    """A weight file that does not fit the model."""


def save_weights(model: keras.Model, path: str | Path) -> None:
    """Write a model's weights in Matterport's layout; the same weights give the same bytes.

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
    model: keras.Model,
    path: str | Path,
    exclude: Iterable[str] = (),
    partial: bool = False,
    skip_mismatch: bool = False,
) -> list[str]:
    """Load weights by layer name; nothing is changed if something does not fit.

    Args:
        model: The model to fill.
        path: A file in Matterport's layout, or of Keras 3.
        exclude: Names of layers that keep their own weights.
        partial: True: layers that the file lacks keep their own weights, and a warning names
            these and those that the model lacks; False: an error.
        skip_mismatch: True: so do tensors of another shape; False: an error.

    Returns:
        list: The names of the tensors that were loaded.

    Raises:
        WeightError: If tensors are missing or have another shape; all of them are listed.
    """
    excluded = set(exclude)
    missing, problems, pairs = [], [], []
    with h5py.File(path, "r") as file:
        stored_layers, find = _layers_of(file)
        for layer in named_layers(model):
            tensors = _tensors(layer)
            if layer.name in excluded or not tensors:
                continue
            stored = find(layer)
            if not stored:
                missing.append(layer.name)
                continue
            for name, variable in tensors.items():
                problem = _misfit(variable, stored.get(_short(name)), name)
                if problem:
                    problems.append(problem)
                else:
                    pairs.append((name, variable, np.asarray(stored[_short(name)])))
    known = _all_names(model)
    surplus = [name for name in stored_layers if name not in known and name not in excluded]
    if not partial:
        problems = [f"{name}: not in the file" for name in missing] + problems
    if problems and not skip_mismatch:
        raise WeightError(f"{Path(path).name} does not fit the model:\n  " + "\n  ".join(problems))
    for _, variable, array in pairs:
        variable.assign(array)
    nowhere = excluded - known - {*stored_layers, *(layer.name for layer in model.layers)}
    if pairs:
        tell_what_was_left(path, missing, surplus, sorted(nowhere), problems)
    return [name for name, _, _ in pairs]


def tell_what_was_left(
    path,
    missing: Iterable[str],
    surplus: Iterable[str],
    nowhere: Iterable[str] = (),
    problems: Iterable[str] = (),
) -> None:
    """Warn of layers that only the model or the file has, or neither, and of other shapes."""
    parts = []
    if missing:
        parts.append(f"not in the file, so that they keep their weights: {', '.join(missing)}")
    if surplus:
        parts.append(f"not in the model: {', '.join(surplus)}")
    if nowhere:
        parts.append(f"excluded, but in neither: {', '.join(nowhere)}")
    parts += problems
    if parts:
        warnings.warn(f"{Path(path).name}: " + "; ".join(parts), stacklevel=4)


def is_matterport_layout(path: str | Path) -> bool:
    """Say whether a file is HDF5 as Keras 2 and `save_weights` write it."""
    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path, "r") as file:
        return "layer_names" in file.attrs or "model_weights" in file


def _layers_of(file: h5py.File) -> tuple[list[str], Callable]:
    """Return the names of a file's layers with weights, and what finds a layer's arrays there.

    The function takes a layer and returns its stored arrays by tensor, ``layer/tensor:0``.
    """
    if "layer_names" in file.attrs or "model_weights" in file:
        root = file if "layer_names" in file.attrs else file["model_weights"]
        groups = {n: g for n, g in root.items() if len(g.attrs.get("weight_names", ()))}

        def find(layer) -> dict:
            if layer.name not in groups:
                return {}
            group = groups[layer.name]
            return {_short(name): group[_text(name)] for name in group.attrs["weight_names"]}

        return list(groups), find
    arrays = _keras_3_arrays(file)

    def find_by_place(layer) -> dict:
        return {
            f"{leaf.name}/{variable.name}:0": array
            for leaf in leaf_layers(layer)
            for variable, array in zip(_variables(leaf), arrays.get(leaf.name, ()), strict=False)
        }

    return list(arrays), find_by_place


def _keras_3_arrays(file: h5py.File) -> dict[str, list]:
    """Return the arrays of each layer of a file that Keras 3 wrote, in Keras's order.

    Raises:
        WeightError: If the file notes no layer's name.
    """
    arrays: dict[str, list] = {}

    def visit(path: str, item) -> None:
        is_layer = isinstance(item, h5py.Group) and path.endswith("/vars")
        if is_layer and len(item) and "name" in item.attrs and not path.startswith("optimizer/"):
            name = _text(item.attrs["name"])
            arrays[name] = [item[key] for key in sorted(item, key=int)]

    file.visititems(visit)
    if not arrays:
        raise WeightError(f"{Path(file.filename).name} has no layers with names")
    return arrays


def _misfit(variable, stored, name: str) -> str | None:
    """Return what is wrong with a stored tensor, or None if it fits."""
    if stored is None:
        return f"{name}: not in the file"
    if tuple(stored.shape) != tuple(variable.shape):
        return f"{name}: the file has {tuple(stored.shape)}, the model {tuple(variable.shape)}"
    return None


def named_layers(model: keras.Model) -> list:
    """Return the layers that are groups of a weight file: models inside the model stay whole."""
    parts = [[x] if isinstance(x, keras.Model) else leaf_layers(x) for x in model.layers]
    return [layer for inner in parts for layer in inner]


def _all_names(model: keras.Model) -> set[str]:
    """Return the names of all layers, and of those inside them."""
    outer = [*named_layers(model), *model.layers]
    return {layer.name for layer in outer + [leaf for x in outer for leaf in leaf_layers(x)]}


def _tensors(layer) -> dict:
    """Return a layer's weights by name."""
    return {
        f"{leaf.name}/{variable.name}:0": variable
        for leaf in leaf_layers(layer)
        for variable in _variables(leaf)
    }


def _variables(leaf) -> list:
    """Return a layer's own weights; seeds of random layers are no weights."""
    return [variable for variable in leaf.weights if variable.name != "seed_generator_state"]


def _short(name) -> str:
    """Return the last two parts of a tensor's name: files repeat the layer's name before them."""
    return "/".join(_text(name).split("/")[-2:])


def _text(name) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
