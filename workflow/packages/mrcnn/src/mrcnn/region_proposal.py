"""(b) The region proposal network and the choice of regions (Ren et al. 2015)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
from keras import ops

from mrcnn.anchors import AnchorGrid
from mrcnn.box_ops import apply_box_deltas, clip_boxes, suppress_repeats, take_rows
from mrcnn.config import Config
from mrcnn.convolution import Conv2D, add_shift
from mrcnn.normalisation import get_frozen, set_frozen
from mrcnn.plain_layer import Float32Layer, to_numbers


class RegionPredictions(NamedTuple):
    """What the region proposal network says of anchors.

    Attributes:
        logits: (batch, anchors, 2) of background and lesion.
        probabilities: (batch, anchors, 2).
        deltas: (batch, anchors, 4): (dy, dx, log dh, log dw).
    """

    logits: Any
    probabilities: Any
    deltas: Any


class Proposals(NamedTuple):
    """Regions, and the anchors that they came from.

    Attributes:
        rois: (batch, n, 4) normalised boxes, zeros where there are fewer.
        anchors: (batch, n) int indices of anchors.
    """

    rois: Any
    anchors: Any


@keras.saving.register_keras_serializable("mrcnn")
class RegionProposalNetwork(keras.Model):
    """The network that reads the pyramid; all levels share it.

    Called with a level (batch, h, w, c) it returns `RegionPredictions`. Called with ``patches``,
    (batch, n, 9 · c), the 3 x 3 cells around n places, and ``as_patches=True``, it returns logits
    (batch, n, shapes, 2) and deltas (batch, n, shapes, 4) of the anchors of each shape there.

    Args:
        anchors_per_cell: Number of anchor shapes.
        anchor_stride: 1: anchors at every cell; 2: at every second.
        channels: Channels of the shared convolution.
        frozen: Names of its layers that are not trained.
    """

    def __init__(
        self,
        anchors_per_cell: int,
        anchor_stride: int,
        channels: int,
        frozen: Sequence[str] = (),
        name: str = "rpn_model",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.anchors_per_cell, self.anchor_stride = anchors_per_cell, anchor_stride
        self.channels = channels
        self.shared = Conv2D(
            channels,
            3,
            strides=anchor_stride,
            padding="same",
            activation="relu",
            name="rpn_conv_shared",
            dtype=self.dtype_policy,
        )
        self.classifier = Conv2D(
            2 * anchors_per_cell, 1, name="rpn_class_raw", dtype=self.dtype_policy
        )
        self.regressor = Conv2D(
            4 * anchors_per_cell, 1, name="rpn_bbox_pred", dtype=self.dtype_policy
        )
        set_frozen(self, frozen)

    @classmethod
    def of(cls, config: Config, **kwargs) -> "RegionProposalNetwork":
        """Return the network that a configuration asks for."""
        shapes = len(config.RPN_ANCHOR_RATIOS)
        return cls(shapes, int(config.RPN_ANCHOR_STRIDE), int(config.RPN_CHANNELS), **kwargs)

    def build(self, input_shape):
        self.shared.build(input_shape)
        hidden = (*input_shape[:-1], self.channels)
        self.classifier.build(hidden)
        self.regressor.build(hidden)
        self.built = True

    def call(self, features, as_patches: bool = False):
        if as_patches:
            return self._read_patches(features)
        hidden = self.shared(features)
        # What is said of anchors is float32: it is compared, and added up in losses.
        logits = ops.cast(_by_anchor(self.classifier(hidden), 2), "float32")
        deltas = ops.cast(_by_anchor(self.regressor(hidden), 4), "float32")
        return RegionPredictions(logits, ops.softmax(logits, axis=-1), deltas)

    def _read_patches(self, patches):
        hidden = ops.relu(_apply(self.shared, patches))
        shape = (-1, patches.shape[1], self.anchors_per_cell)
        return (
            ops.reshape(_apply(self.classifier, hidden), (*shape, 2)),
            ops.reshape(_apply(self.regressor, hidden), (*shape, 4)),
        )

    def get_config(self) -> dict:
        return {
            "anchors_per_cell": self.anchors_per_cell,
            "anchor_stride": self.anchor_stride,
            "channels": self.channels,
            "frozen": get_frozen(self),
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
        }


def _by_anchor(answers, width: int):
    """Return maps (batch, h, w, shapes · width) as (batch, anchors, width)."""
    height, columns, channels = answers.shape[1:]
    if height is None or columns is None:
        return ops.reshape(answers, (ops.shape(answers)[0], -1, width))
    return ops.reshape(answers, (-1, height * columns * (channels // width), width))


def _apply(convolution, x):
    """Apply a convolution's weights to flattened patches (batch, n, h · w · channels)."""
    kernel = ops.cast(ops.reshape(convolution.kernel, (-1, convolution.filters)), x.dtype)
    return add_shift(ops.matmul(x, kernel), ops.cast(convolution.bias, x.dtype))


@keras.saving.register_keras_serializable("mrcnn")
class ProposalLayer(Float32Layer):
    """Choose regions: the best-scored anchors, refined, clipped, without near-repeats.

    Called with probabilities (batch, anchors, 2) and deltas (batch, anchors, 4); returns
    normalised boxes (batch, proposal_count, 4), zeros where there are fewer, or `Proposals`.

    Args:
        grid: The six values of `mrcnn.anchors.AnchorGrid`.
        proposal_count: Regions an image.
        nms_threshold: Overlap (IoU) above which the lower-scored region is dropped.
        pre_nms_limit: Anchors that are looked at, by foreground probability.
        deviations: The four factors by which predicted deltas are scaled.
        with_anchors: Return `Proposals`, with the anchor of each region.
    """

    SETTINGS = (
        "grid",
        "proposal_count",
        "nms_threshold",
        "pre_nms_limit",
        "deviations",
        "with_anchors",
    )

    def __init__(
        self,
        grid,
        proposal_count: int,
        nms_threshold: float,
        pre_nms_limit: int,
        deviations,
        with_anchors: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.grid, self.deviations = to_numbers(tuple(grid)), to_numbers(deviations)
        self.anchors = AnchorGrid(*self.grid).boxes()
        self.proposal_count, self.nms_threshold = proposal_count, nms_threshold
        self.pre_nms_limit = min(pre_nms_limit, len(self.anchors))
        self.with_anchors = with_anchors

    @classmethod
    def of(cls, config: Config, proposal_count: int, **kwargs) -> "ProposalLayer":
        """Return the layer that a configuration asks for, of so many regions an image."""
        return cls(
            AnchorGrid.of(config),
            int(proposal_count),
            config.RPN_NMS_THRESHOLD,
            int(config.PRE_NMS_LIMIT),
            config.RPN_BBOX_STD_DEV,
            **kwargs,
        )

    def call(self, probabilities, deltas):
        scores = ops.stop_gradient(probabilities[..., 1])
        deltas = ops.stop_gradient(deltas)
        _, indices = ops.top_k(scores, self.pre_nms_limit)
        anchors = ops.take(ops.convert_to_tensor(self.anchors), indices, axis=0)
        deviations = ops.convert_to_tensor(self.deviations, "float32")
        boxes = apply_box_deltas(anchors, take_rows(deltas, indices) * deviations)
        boxes = clip_boxes(boxes, ops.convert_to_tensor([[0.0, 0.0, 1.0, 1.0]]))
        kept, real = suppress_repeats(boxes, self.nms_threshold, self.proposal_count)
        rois = take_rows(boxes, kept) * ops.cast(ops.expand_dims(real, -1), "float32")
        if not self.with_anchors:
            return rois
        return Proposals(rois, ops.cast(take_rows(indices, kept), "int32"))

    def compute_output_spec(self, probabilities, deltas):
        shape = (probabilities.shape[0], self.proposal_count)
        rois = keras.KerasTensor((*shape, 4), probabilities.dtype)
        return Proposals(rois, keras.KerasTensor(shape, "int32")) if self.with_anchors else rois
