"""The classifier: a look at the whole image, a closer look at its patches, and both together.

The idea is that of Shen et al. 2021, "An interpretable classifier for high-resolution breast cancer
screening images utilizing weakly supervised localization" (Med Image Anal 68:101908); the code is
this project's own. The whole image is read by the backbone of the study's image model, its pyramid
gives two maps, one of what speaks for benign and one for malignant. No outline is asked for.
"""

import math
import warnings
from pathlib import Path
from typing import Any

import keras
from keras import layers, ops

from mrcnn.architectures import TRANSFORMERS
from mrcnn.backbone import build_resnet
from mrcnn.config import Config
from mrcnn.convolution import Conv2D
from mrcnn.keras_models import Network
from mrcnn.normalisation import BatchNorm
from mrcnn.precision import find_policy
from mrcnn.seeding import initialisers_seeded
from mrcnn.swin import build_swin
from mrcnn.weight_files import load_file
from mrcnn.weights import WeightError
from smallmass.errors import UserError
from smallmass.weak.attention import GatedAttention
from smallmass.weak.design import Design
from smallmass.weak.patches import CutPatches, GreedyPatches, GroupPatches
from smallmass.weak.saliency import TopMean

LOCAL, READS_PATCHES = "resnet18", "local"
"""Reads the patches, whatever reads the image; as in the article."""
MAPS = 2
PRIOR = 0.2
"""What the maps say everywhere at first."""
GAIN = 6.0
"""How much a map counts at first, as a logit."""
LOSSES = ("whole", "patches", "fused", "maps")


@keras.saving.register_keras_serializable("smallmass")
class WeakModel(Network):
    """A functional model from images to scores and maps, trained with labels alone.

    Attributes:
        map_weight: Of the maps' mean in the loss.
    """

    map_weight = 0.0

    def __init__(self, inputs, outputs, name=None, **kwargs):
        super().__init__(inputs, outputs, name=name, **kwargs)
        self.trackers = {loss: keras.metrics.Mean(name=loss) for loss in LOSSES}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        losses = weak_losses(y, y_pred)
        for name, loss in losses.items():
            self.trackers[name].update_state(loss)
        return (
            losses["whole"]
            + losses["patches"]
            + losses["fused"]
            + (self.map_weight * losses["maps"])
        )

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return self.get_metrics_result()


def weak_losses(malignant, answers: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of the loss, scalars, by the names in `LOSSES`.

    Args:
        malignant: (batch,) 1 or 0.
        answers: Of the network.
    """
    malignant = ops.cast(ops.reshape(malignant, (-1, 1)), "float32")
    both = ops.concatenate([1.0 - malignant, malignant], axis=-1)
    whole = ops.binary_crossentropy(both, answers["whole"])
    scores = {
        name: ops.mean(ops.binary_crossentropy(malignant, answers[name], from_logits=True))
        for name in ("patches", "fused")
    }
    return {"whole": ops.mean(whole), **scores, "maps": ops.mean(answers["maps"])}


def build_network(config: Config, design: Design, seed: int) -> WeakModel:
    """Build the network.

    Args:
        config: Of the study's image model: backbone, width of the pyramid, size, precision.
        design: See `Design`.
        seed: Of the weights.

    Returns:
        WeakModel: From images (batch, h, w, c) float32, mean pixel subtracted, to a dict:
        ``maps`` (batch, h', w', 2) from 0 to 1, of benign and of malignant; ``whole`` (batch, 2),
        the score of each; ``boxes`` (batch, patches, 4) in cells and ``weights`` (batch, patches)
        of the patches; ``patches`` and ``fused`` (batch, 1), logits of malignant.
    """
    with initialisers_seeded(seed):
        image = layers.Input(tuple(map(int, config.IMAGE_SHAPE)), name="image")
        dtype = find_policy(config.PRECISION)
        stages = _build_stages(image, config)
        features = stages[design.level - 1]
        evidence = Conv2D(MAPS, 1, name="evidence", dtype=dtype, **_calm(PRIOR))(features)
        maps = layers.Activation("sigmoid", name="maps", dtype="float32")(evidence)
        cell = 2**design.level
        side = max(1, round(design.patch_share * maps.shape[1]))
        boxes = GreedyPatches(design.patches, side, name="boxes")(maps)
        size = 32 * max(1, round(side * cell * design.detail / 32))
        cut = CutPatches(size, cell, name="cut")(image, boxes)
        local = _build_local(cut.shape[1:], config)
        grouped = GroupPatches(design.patches, name="grouped")(local(cut))
        close, weights = GatedAttention(design.attention, name="attention")(grouped)
        overview = layers.GlobalMaxPooling2D(name="overview", dtype="float32")(stages[-1])
        together = layers.Concatenate(name="together", dtype="float32")([overview, close])
        answers = {
            "maps": maps,
            "whole": _weigh(TopMean(design.top_share, name="highest")(maps)),
            "boxes": boxes,
            "weights": weights,
            "patches": layers.Dense(1, name="patches", dtype="float32", **_calm(0.5))(close),
            "fused": layers.Dense(1, name="fused", dtype="float32", **_calm(0.5))(together),
        }
        model = WeakModel({"image": image}, answers, name="weak")
    model.map_weight = design.map_weight
    return model


def fill_backbones(model: WeakModel, weights: str | Path, backbone: str) -> None:
    """Load what a weight file has of the backbones: of whole images, and of patches if it is alike.

    Args:
        model: Of `build_network`.
        weights: Of a Mask R-CNN, or of an ImageNet backbone. What lies behind the backbone on
            either side is left.
        backbone: That of the file and of the model.

    Raises:
        UserError: If the file has none of the layers, or their shapes are others.
    """
    networks = [model, model.get_layer(READS_PATCHES)] if backbone == LOCAL else [model]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for network in networks:
                load_file(network, weights, by_name=True)
    except WeightError as error:
        raise UserError(f"image_model.weights: {error}") from error


def _weigh(highest):
    """Return the score of each label, from what its map has at its highest and the other's.

    How common a label is, is the layer's bias: a map that had to say it would say it everywhere.
    """
    return layers.Dense(
        MAPS,
        activation="sigmoid",
        name="whole",
        dtype="float32",
        kernel_initializer=keras.initializers.Identity(GAIN),
        bias_initializer=keras.initializers.Constant(-GAIN * PRIOR),
    )(highest)


def _calm(probability: float) -> dict[str, Any]:
    """Return initialisers of a layer that says ``probability`` of everything at first.

    Features of a network of random weights are large, and a sigmoid that is sure learns nothing.
    """
    return {
        "kernel_initializer": keras.initializers.RandomNormal(stddev=0.001),
        "bias_initializer": keras.initializers.Constant(math.log(probability / (1 - probability))),
    }


def _build_stages(image, config: Config) -> list:
    """Return the maps C1 to C5 of the backbone; no pyramid.

    From the top of a pyramid each cell would know the whole image, and the maps, which are asked
    for labels alone, would be as high anywhere.
    """
    if config.BACKBONE in TRANSFORMERS:
        return build_swin(image, TRANSFORMERS[config.BACKBONE], find_policy(config.PRECISION))
    return build_resnet(image, config.BACKBONE, _make_norm(config))


def _make_norm(config: Config) -> BatchNorm:
    return BatchNorm(config.TRAIN_BN, config.BATCH_NORM_MOMENTUM, find_policy(config.PRECISION))


def _build_local(shape, config: Config) -> keras.Model:
    """Return the network that reads patches (n, h, w, c): to (n, features)."""
    patch = layers.Input(shape, name="patch")
    *_, deepest = build_resnet(patch, LOCAL, _make_norm(config))
    pooled = layers.GlobalAveragePooling2D(name="pooled", dtype="float32")(deepest)
    return keras.Model(patch, pooled, name=READS_PATCHES)
