"""ImageNet weights of torchvision's Swin transformers (``swin_t-….pth``) as a backbone.

Those networks and `mrcnn.swin` have the same layers. They differ in

- the input: torchvision's see an RGB image as (x / 255 - MEAN) / STD, this library's one from which
  MEAN_PIXEL is subtracted. The kernel of the patches is divided by 255 STD, and what lies between
  both means is added to their bias, so that the layers compute the same;
- kernels, which PyTorch keeps the other way round;
- the end: a classifier has a normalisation behind the last stage alone, and its head. Neither is
  taken over. The detectors of the paper normalise each stage's output, and begin that anew.

No code of the file is run and PyTorch is not needed (`mrcnn.torch_files`).
"""

import math
import re
from collections.abc import Iterable
from pathlib import Path

import keras
import numpy as np

from mrcnn.config import Config
from mrcnn.swin import relative_positions
from mrcnn.torch_files import TorchFileError, read_tensors
from mrcnn.weights import WeightError, named_layers, tell_what_was_left

# What torchvision's weights expect of an image between 0 and 1, R, G and B.
MEAN = np.array([0.485, 0.456, 0.406])
STD = np.array([0.229, 0.224, 0.225])
PATCHES = "features.0.0"
# torchvision's names of a layer within its block or between stages, and of a layer's tensors.
WITHIN = {"attention": "attn", "fc1": "mlp.0", "fc2": "mlp.3", "norm1": "norm1", "norm2": "norm2"}
BETWEEN = {"norm": "norm", "fc": "reduction"}
TENSORS = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "qkv_kernel": "qkv.weight",
    "qkv_bias": "qkv.bias",
    "proj_kernel": "proj.weight",
    "proj_bias": "proj.bias",
    "relative_position_bias": "relative_position_bias_table",
}
INDEX = "relative_position_index"  # which row of that table is for two cells; no weight


def torchvision_name(layer: str) -> str | None:
    """Return torchvision's name for a layer of `mrcnn.swin`, or None.

    >>> torchvision_name("swin4_6_fc1")
    'features.5.5.mlp.0'
    """
    if layer in ("swin_patches", "swin_patches_norm"):
        return PATCHES if layer == "swin_patches" else "features.0.2"
    match = re.fullmatch(r"swin([345])_merge_(norm|fc)", layer)
    if match:
        return f"features.{2 * int(match[1]) - 4}.{BETWEEN[match[2]]}"
    match = re.fullmatch(r"swin([2345])_(\d+)_(\w+)", layer)
    if match and match[3] in WITHIN:
        return f"features.{2 * int(match[1]) - 3}.{int(match[2]) - 1}.{WITHIN[match[3]]}"
    return None


def load_swin_weights(
    model: keras.Model,
    path: str | Path,
    exclude: Iterable[str] = (),
    mean_pixel: Iterable[float] | None = None,
) -> list[str]:
    """Fill a model's backbone; all of it or, if anything does not fit, nothing.

    A warning names what of the file is left out, and what of the backbone it has not.

    Args:
        model: A model of `mrcnn.network`, or any of `mrcnn.swin`, with three channels.
        path: The ``state_dict()`` of a ``SwinTransformer`` of torchvision.
        exclude: Names of layers that keep their own weights.
        mean_pixel: What is subtracted from R, G and B, in grey levels of 0 to 255; None: the
            MEAN_PIXEL of `mrcnn.config.Config`.

    Returns:
        list: The names of the tensors that were loaded.

    Raises:
        WeightError: If the file is another, tensors are missing or have another shape, or the
            file's network is a deeper one; all of them are listed.
    """
    name = Path(path).name
    stored = _stored(path, Config.MEAN_PIXEL if mean_pixel is None else mean_pixel)
    layers = [layer for layer in named_layers(model) if layer.name.startswith("swin")]
    if not layers:
        raise WeightError(f"{name} is a Swin transformer, and the model's backbone is none")
    known = {theirs for layer in layers for theirs in _names(layer)}
    surplus = [theirs for theirs in stored if theirs not in known]
    problems = [f"{theirs}: not in the model" for theirs in surplus if "features." in theirs]
    taken = [layer for layer in layers if layer.name not in set(exclude)]
    pairs, misfits = _fit(taken, stored)
    if problems + misfits:
        lines = "\n  ".join(problems + misfits)
        raise WeightError(f"{name} does not fit the model:\n  {lines}")
    for _, variable, value in pairs:
        variable.assign(value.astype(np.float32))
    fresh = [layer.name for layer in taken if layer.weights and not _names(layer)]
    tell_what_was_left(path, fresh, surplus)
    return [ours for ours, _, _ in pairs]


def _fit(layers: list, stored: dict[str, np.ndarray]) -> tuple[list[tuple], list[str]]:
    """Return the name, weight and stored value of all tensors that fit, and what does not."""
    pairs, misfits = [], []
    for layer in layers:
        for theirs, variable in _names(layer).items():
            ours = f"{layer.name}/{variable.name}:0"
            if theirs not in stored:
                misfits.append(f"{ours}: the file has no {theirs}")
                continue
            value = _laid_out(variable.name, stored[theirs])
            if value.shape == tuple(variable.shape):
                pairs.append((ours, variable, value))
            else:
                shapes = f"the file has {value.shape}, the model {tuple(variable.shape)}"
                misfits.append(f"{ours}: {shapes}")
    return pairs, misfits


def _stored(path: str | Path, mean_pixel) -> dict[str, np.ndarray]:
    """Return a file's tensors by their names, the patches' for images less ``mean_pixel``."""
    try:
        stored = read_tensors(path)
    except TorchFileError as error:
        raise WeightError(str(error)) from error
    kernel, bias = (stored.get(f"{PATCHES}.{name}") for name in ("weight", "bias"))
    if kernel is None or bias is None or kernel.ndim != 4 or kernel.shape[1] != len(STD):
        raise WeightError(
            f"{Path(path).name} is no Swin transformer of torchvision: it has no {PATCHES}.weight "
            "and bias for R, G and B"
        )
    for name in [name for name in stored if name.endswith(INDEX)]:
        _check_index(path, name, stored.pop(name))
    scaled = kernel / (255 * STD)[:, None, None]
    apart = np.asarray(mean_pixel, np.float64) - 255 * MEAN
    moved = bias + scaled.sum(axis=(2, 3)) @ apart
    return stored | {f"{PATCHES}.weight": scaled, f"{PATCHES}.bias": moved}


def _check_index(path: str | Path, name: str, index: np.ndarray) -> None:
    """Refuse a file whose windows have their cells, or its tables their rows, in another order."""
    window = math.isqrt(math.isqrt(index.size))
    if not np.array_equal(index.ravel(), relative_positions(window).ravel()):
        raise WeightError(f"{Path(path).name}: {name} counts the cells of a window otherwise")


def _names(layer) -> dict:
    """Return a layer's weights by torchvision's names; none: torchvision's has no such layer."""
    name = torchvision_name(layer.name)
    return {f"{name}.{TENSORS[weight.name]}": weight for weight in layer.weights if name}


def _laid_out(name: str, value: np.ndarray) -> np.ndarray:
    """Return a tensor with the axes of this library's weight of a name."""
    if not name.endswith("kernel"):
        return value
    return value.transpose(2, 3, 1, 0) if value.ndim == 4 else value.T
