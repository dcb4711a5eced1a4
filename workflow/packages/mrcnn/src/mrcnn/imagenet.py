"""ImageNet weights of keras.applications' ResNet50 and ResNet101 (``notop`` files) as a backbone.

Those networks and this one have the same convolutions, strides included. They differ in

- colour: they were trained with Caffe on BGR images, this library feeds RGB, so that the input
  channels of ``conv1`` are swapped (their mean pixel is MEAN_PIXEL's within 0.04);
- the epsilon of batch normalisation, 1.001e-5 there and 1e-3 here: every gamma is multiplied by
  √((variance + 1e-3) / (variance + 1.001e-5)), so that the layers compute the same;
- the padding of the max-pooling: theirs pads by one on all sides, this one ("same") at the bottom
  and right, as Matterport's does. The features therefore lie as if the image were moved by two
  pixels; within that shift, and away from the borders, they are the same.

(torchvision's Swin transformers: `mrcnn.swin_files`.)

A file with nothing but a backbone is taken for one of these, under the old names
(``res2a_branch2a``) too; a backbone that was trained on RGB loads with
`mrcnn.weights.load_weights`. Arrays alone are read: no pickle and no code.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

import h5py
import keras
import numpy as np

from mrcnn.architectures import OLD_NAMES, layer_name
from mrcnn.download import IMAGENET, download
from mrcnn.normalisation import EPSILON
from mrcnn.weights import WeightError, named_layers

KERAS_EPSILON = 1.001e-5
TENSORS = {4: ("gamma", "beta", "moving_mean", "moving_variance"), 2: ("kernel", "bias")}


def get_imagenet_weights(backbone: str, verbose: int = 1) -> str:
    """Return the path of a backbone's weight file in Keras's cache; fetch it if it is not there.

    Raises:
        ValueError: If there is no such file for the backbone.
        mrcnn.download.DownloadError: If it could not be fetched.
    """
    if backbone not in IMAGENET:
        known = ", ".join(IMAGENET)
        raise ValueError(f"no ImageNet weights for backbone {backbone!r}; there are: {known}")
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    path = home / "models" / Path(IMAGENET[backbone].url).name
    download(IMAGENET[backbone], path, verbose)
    return str(path)


def is_imagenet_file(path: str | Path) -> bool:
    """Say whether a weight file holds a residual network and nothing of a Mask R-CNN."""
    with h5py.File(path, "r") as file:
        names = set(_root(file))
    backbone = any(layer_name(name) for name in names)
    return backbone and not any(re.match(r"fpn_|rpn_|mrcnn_", name) for name in names)


def load_imagenet_weights(
    model: keras.Model,
    path: str | Path,
    exclude: Iterable[str] = (),
    fold_epsilon: bool = True,
) -> list[str]:
    """Fill a model's backbone; all of it or, if anything does not fit, nothing.

    Args:
        model: A model of `mrcnn.network`, backbone "resnet50" or "resnet101", three channels.
        path: A ``notop`` file of keras.applications, with present or old layer names.
        exclude: Names of layers that keep their own weights.
        fold_epsilon: Make up for the other epsilon in gamma (see above); False: as stored.

    Returns:
        list: The names of the tensors that were loaded.

    Raises:
        WeightError: If tensors are missing or have another shape, or the file's network is a
            deeper one; all of them are listed.
    """
    layers = {
        layer.name: layer
        for layer in named_layers(model)
        if OLD_NAMES.fullmatch(layer.name) and layer.weights
    }
    stored = _read(path)
    problems = [f"{name}: not in the model" for name in stored if name not in layers]
    pairs = []
    for name in sorted(set(layers) - set(exclude)):
        if name not in stored:
            problems.append(f"{name}: not in the file")
            continue
        tensors = _fitted(name, stored[name], fold_epsilon)
        for variable in layers[name].weights:
            value = tensors[variable.name]
            if tuple(value.shape) == tuple(variable.shape):
                pairs.append((f"{name}/{variable.name}:0", variable, value))
            else:
                problems.append(
                    f"{name}/{variable.name}:0: the file has {tuple(value.shape)}, the model "
                    f"{tuple(variable.shape)}"
                )
    if problems:
        raise WeightError(f"{Path(path).name} does not fit the model:\n  " + "\n  ".join(problems))
    for _, variable, value in pairs:
        variable.assign(value)
    return [name for name, _, _ in pairs]


def _read(path) -> dict[str, dict[str, np.ndarray]]:
    """Return the file's tensors by the backbone's layer name and the tensor's own name."""
    layers: dict[str, dict[str, np.ndarray]] = {}
    with h5py.File(path, "r") as file:
        root = _root(file)
        for name in root:
            ours = layer_name(name)
            names = root[name].attrs.get("weight_names", ())
            if ours is None or not len(names):
                continue
            # Tensors by their order, as Keras does: their names changed from version to version.
            arrays = [np.asarray(root[name][_text(n)], np.float32) for n in names]
            if len(arrays) not in TENSORS:
                raise WeightError(f"{Path(path).name}: layer {name} has {len(arrays)} tensors")
            layers[ours] = dict(zip(TENSORS[len(arrays)], arrays, strict=True))
    return layers


def _fitted(name: str, tensors: dict[str, np.ndarray], fold_epsilon: bool) -> dict:
    """Return a layer's tensors for RGB input and this library's epsilon."""
    tensors = dict(tensors)
    if name == "conv1":
        tensors["kernel"] = tensors["kernel"][:, :, ::-1]
    if fold_epsilon and "gamma" in tensors:
        variance = tensors["moving_variance"].astype(np.float64)
        factor = np.sqrt((variance + EPSILON) / (variance + KERAS_EPSILON))
        tensors["gamma"] = (tensors["gamma"] * factor).astype(np.float32)
    return tensors


def _root(file: h5py.File):
    """Return the group that holds the layers."""
    whole = "layer_names" not in file.attrs and "model_weights" in file
    return file["model_weights"] if whole else file


def _text(name) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
