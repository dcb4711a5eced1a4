"""Parts of a built network: layers to train, and tensors on the way to its outputs."""

import difflib
import re
import weakref
from collections import OrderedDict
from collections.abc import Iterator

import keras
import numpy as np
from keras import ops

from mrcnn.box_ops import apply_box_deltas, clip_boxes, suppress_repeats, take_rows
from mrcnn.boxes import norm_boxes
from mrcnn.heads import Fold, Unfold
from mrcnn.images import parse_image_meta
from mrcnn.normalisation import leaf_layers
from mrcnn.region_proposal import ProposalLayer
from mrcnn.weights import named_layers

# Layers to train, by name, as Matterport's users abbreviate them.
HEADS = r"(mrcnn\_.*)|(rpn\_.*)|(fpn\_.*)"
LAYER_GROUPS = {
    "heads": HEADS,
    "3+": r"(res[345].*)|(bn[345].*)|(swin[345].*)|" + HEADS,
    "4+": r"(res[45].*)|(bn[45].*)|(swin[45].*)|" + HEADS,
    "5+": r"(res5.*)|(bn5.*)|(swin5.*)|" + HEADS,
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
        tensor: A symbolic tensor of a functional model, or a list of them.
        name: Name of a layer; a number that Keras added to it may be left out. Of the operations
            of TensorFlow that Matterport's callers name, those within ``ROI`` are known: see
            `ProposalSteps`.

    Returns:
        The tensor, or None.
    """
    if name.startswith("ROI/"):
        return _proposal_step(tensor, name.removeprefix("ROI/").split(":")[0])
    pattern = re.compile(re.escape(name) + r"(_\d+)*")
    return next(
        (t for t in _on_the_way_back(tensor) if pattern.fullmatch(_operation(t).name)), None
    )


def _on_the_way_back(tensors) -> Iterator:
    """Yield the tensors that others were computed from, the nearest first."""
    waiting, seen = _as_list(tensors), set()
    while waiting:
        operation, node, _ = waiting.pop(0)._keras_history
        if (operation.name, node) in seen:
            continue
        seen.add((operation.name, node))
        for parent in operation._inbound_nodes[node].input_tensors:
            yield parent
            waiting.append(parent)


def _operation(tensor):
    """Return the layer that computed a tensor."""
    return tensor._keras_history.operation


def _as_list(tensors) -> list:
    return list(tensors) if isinstance(tensors, list | tuple) else [tensors]


@keras.saving.register_keras_serializable("mrcnn")
class ProposalSteps(ProposalLayer):
    """What the choice of regions passes through, from anchors to regions.

    Called as a `ProposalLayer` of the same settings; returns by the names of Matterport's
    operations ``pre_nms_anchors``, ``refined_anchors`` and ``refined_anchors_clipped``,
    (batch, n, 4) normalised, best first, and ``kept``, (proposal_count,), which of these the first
    image keeps.
    """

    def call(self, probabilities, deltas):
        _, indices = ops.top_k(probabilities[..., 1], self.pre_nms_limit)
        anchors = ops.take(ops.convert_to_tensor(self.anchors), indices, axis=0)
        changes = take_rows(deltas, indices) * ops.convert_to_tensor(self.deviations, "float32")
        refined = apply_box_deltas(anchors, changes)
        clipped = clip_boxes(refined, ops.convert_to_tensor([[0.0, 0.0, 1.0, 1.0]]))
        kept, _ = suppress_repeats(clipped, self.nms_threshold, self.proposal_count)
        return {
            "pre_nms_anchors": anchors,
            "refined_anchors": refined,
            "refined_anchors_clipped": clipped,
            "kept": ops.cast(kept[0], "int32"),  # PyTorch counts in int64
        }

    def compute_output_spec(self, probabilities, deltas):
        boxes = (probabilities.shape[0], self.pre_nms_limit, 4)
        names = ("pre_nms_anchors", "refined_anchors", "refined_anchors_clipped")
        steps = {name: keras.KerasTensor(boxes, "float32") for name in names}
        return {**steps, "kept": keras.KerasTensor((self.proposal_count,), "int32")}


def _proposal_step(tensor, name: str):
    """Return a step of the choice of regions by the name of Matterport's operation, or None."""
    tensors = [*_as_list(tensor), *_on_the_way_back(tensor)]
    found = next((t for t in tensors if isinstance(_operation(t), ProposalLayer)), None)
    if found is None:
        return None
    layer, node, _ = found._keras_history
    settings = {name: value for name, value in layer.get_config().items() if name != "name"}
    steps = ProposalSteps.from_config(settings)(*layer._inbound_nodes[node].input_tensors)
    return steps.get("kept" if name.startswith("rpn_non_max_suppression") else name)


def run(
    model: keras.Model, inputs: dict[str, np.ndarray], outputs
) -> "OrderedDict[str, np.ndarray]":
    """Compute tensors inside a model.

    Args:
        model: A functional model.
        inputs: The model's inputs by name.
        outputs: Pairs (name, tensor of the model), or a dict of them; of a layer with several
            outputs the first is taken.

    Returns:
        OrderedDict: The arrays by name. The first axis is that of images, also in the heads,
        which read the regions of all images as one batch.

    Raises:
        ValueError: If an output is None, as `ancestor` gives for what it does not find.
    """
    wanted = OrderedDict((name, _first(tensor)) for name, tensor in OrderedDict(outputs).items())
    missing = [name for name, tensor in wanted.items() if tensor is None]
    if missing:
        raise ValueError(f"no tensor is given for: {', '.join(missing)}")
    tensors = {tensor.name: tensor for tensor in model.inputs}
    part = keras.Model(tensors, list(wanted.values()))
    images = len(next(iter(inputs.values())))
    arrays: OrderedDict[str, np.ndarray] = OrderedDict()
    for (name, tensor), array in zip(wanted.items(), part.predict_on_batch(inputs), strict=True):
        arrays[name] = np.asarray(array)
        if _is_folded(tensor):
            arrays[name] = arrays[name].reshape(images, -1, *array.shape[1:])
    return arrays


def first_axis_is_images(tensor) -> bool:
    """Say whether a tensor has a row an image; the places of kept anchors have none."""
    return _first(tensor).shape[0] is None


def _first(tensor):
    """Return the first of several outputs."""
    return tensor[0] if isinstance(tensor, list | tuple) else tensor


def _is_folded(tensor) -> bool:
    """Say whether a tensor's first axis is that of regions: between `Fold` and `Unfold`."""
    waiting, seen = [tensor], set()
    while waiting:
        operation, node, _ = waiting.pop()._keras_history
        if isinstance(operation, Fold):
            return True
        if operation.name not in seen and not isinstance(operation, Unfold | ProposalLayer):
            seen.add(operation.name)
            waiting += operation._inbound_nodes[node].input_tensors
    return False


# The inputs of a training step and the outputs of reading, in Matterport's order.
TRAINING_INPUTS = (
    "input_image",
    "input_image_meta",
    "input_rpn_match",
    "input_rpn_bbox",
    "input_gt_class_ids",
    "input_gt_boxes",
    "input_gt_masks",
)
READING_OUTPUTS = (
    "mrcnn_detection",
    "mrcnn_class",
    "mrcnn_bbox",
    "mrcnn_mask",
    "ROI",
    "rpn_class",
    "rpn_bbox",
)
_readers: "weakref.WeakKeyDictionary[keras.Model, keras.Model]" = weakref.WeakKeyDictionary()


def name_inputs(inputs):
    """Return the inputs of a training step by name; a list is taken in Matterport's order."""
    if isinstance(inputs, list | tuple):
        return dict(zip(TRAINING_INPUTS, inputs, strict=True))
    return inputs


def name_batches(data):
    """Return batches with their inputs by name: of a generator each, of a pair the inputs.

    The losses are the network's outputs, so that no targets are needed beside its inputs; all other
    kinds of data stay as they are.
    """
    if isinstance(data, Iterator):
        return (name_batches(batch) for batch in data)
    if isinstance(data, tuple) and data and isinstance(data[0], list):
        return (name_inputs(data[0]),)
    return data


def read_as_matterport(model: keras.Model, inputs, **options) -> list[np.ndarray]:
    """Predict with Matterport's inputs and outputs.

    Args:
        model: The network that reads.
        inputs: Molded images (n, h, w, c), metas (n, size) and anchors (n, a, 4); the anchors
            are not needed.
        options: Of `keras.Model.predict`.

    Returns:
        list: Detections (n, d, 6), class probabilities (n, r, classes), deltas
        (n, r, classes, 4), masks (n, d, h', w', classes), regions (n, r, 4), and the RPN's
        probabilities (n, a, 2) and deltas (n, a, 4); boxes are normalised.
    """
    images, metas, *_ = (np.asarray(array) for array in inputs)
    windows = parse_image_meta(metas)["window"]
    named = {"input_image": images, "input_window": norm_boxes(windows, images.shape[1:3])}
    if model not in _readers:
        # Weakly held: the network would keep its weights twice if it owned this part.
        tensors = [
            model.outputs[2] if n == "mrcnn_mask" else _output(model, n) for n in READING_OUTPUTS
        ]
        _readers[model] = keras.Model({t.name: t for t in model.inputs}, tensors)
    arrays = list(_readers[model].predict(named, **options))
    detections, masks = arrays[0], arrays[3]
    missing = detections.shape[1] - masks.shape[1]
    arrays[3] = np.pad(masks, ((0, 0), (0, missing), (0, 0), (0, 0), (0, 0)))
    return arrays


def _output(model: keras.Model, name: str):
    """Return the first output of a layer; of the masks those with an axis of images."""
    if name == "mrcnn_mask":
        return model.outputs[2]
    return _first(model.get_layer(name).output)
