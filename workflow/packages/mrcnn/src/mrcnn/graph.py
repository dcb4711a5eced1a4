"""Parts of a built network: layers to train, and tensors on the way to its outputs."""

import difflib
import re
from collections import OrderedDict

import keras
import numpy as np

from mrcnn.normalisation import leaf_layers
from mrcnn.weights import named_layers

# Layers to train, by name, as Matterport's users abbreviate them.
HEADS = r"(mrcnn\_.*)|(rpn\_.*)|(fpn\_.*)"
LAYER_GROUPS = {
    "heads": HEADS,
    "3+": r"(res3.*)|(bn3.*)|(res4.*)|(bn4.*)|(res5.*)|(bn5.*)|" + HEADS,
    "4+": r"(res4.*)|(bn4.*)|(res5.*)|(bn5.*)|" + HEADS,
    "5+": r"(res5.*)|(bn5.*)|" + HEADS,
    "all": ".*",
}


def check_layers(model: keras.Model, layers: str, layer_regex: str) -> None:
    """Refuse a choice of layers to train that matches none.

    Raises:
        ValueError: In this case; the message tells of the groups and of names that are near.
    """
    names = [layer.name for layer in leaf_layers(model) if layer.weights]
    if any(re.fullmatch(layer_regex, name) for name in names):
        return
    near = difflib.get_close_matches(layers, [*LAYER_GROUPS, *names], n=3)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise ValueError(
        f"layers={layers!r} matches no layer with weights: nothing would be trained. It must be "
        f"one of {', '.join(LAYER_GROUPS)}, or a regular expression that a layer's whole name "
        f"matches.{hint}"
    )


def set_trainable(model: keras.Model, layer_regex: str) -> list[str]:
    """Train the layers whose whole name matches, freeze the others; return the names."""
    leaves = leaf_layers(model)
    for layer in leaves:
        layer.trainable = bool(re.fullmatch(layer_regex, layer.name))
    return [layer.name for layer in trained_layers(model)]


def trained_layers(model: keras.Model) -> list:
    """Return the layers with weights that are not frozen."""
    return [layer for layer in leaf_layers(model) if layer.trainable and layer.weights]


def trainable_layers(model: keras.Model) -> list:
    """Return a model's layers that have weights; a model inside it counts as one layer."""
    return [layer for layer in named_layers(model) if layer.weights]


def ancestor(tensor, name: str):
    """Return the nearest tensor, on the way back from ``tensor``, whose layer has this name.

    Args:
        tensor: A symbolic tensor of a functional model.
        name: Name of a layer; a number that Keras added to it may be left out. Matterport's
            callers name TensorFlow operations (``"ROI/refined_anchors:0"``), of which a Keras 3
            model knows nothing: none is found.

    Returns:
        The tensor, or None.
    """
    pattern = re.compile(re.escape(name) + r"(_\d+)*")
    waiting, seen = [tensor], set()
    while waiting:
        operation, node, _ = waiting.pop(0)._keras_history
        if (operation.name, node) in seen:
            continue
        seen.add((operation.name, node))
        for parent in operation._inbound_nodes[node].input_tensors:
            if pattern.fullmatch(parent._keras_history.operation.name):
                return parent
            waiting.append(parent)
    return None


def run(
    model: keras.Model, inputs: dict[str, np.ndarray], outputs
) -> "OrderedDict[str, np.ndarray]":
    """Compute tensors inside a model.

    Args:
        model: A functional model.
        inputs: The model's inputs by name.
        outputs: Pairs (name, tensor of the model), or a dict of them.

    Returns:
        OrderedDict: The arrays by name.

    Raises:
        ValueError: If an output is None, as `ancestor` gives for what it does not find.
    """
    wanted = OrderedDict(outputs)
    missing = [name for name, tensor in wanted.items() if tensor is None]
    if missing:
        raise ValueError(f"no tensor is given for: {', '.join(missing)}")
    tensors = {tensor.name: tensor for tensor in model.inputs}
    part = keras.Model(tensors, list(wanted.values()))
    return OrderedDict(zip(wanted, part.predict_on_batch(inputs), strict=True))
