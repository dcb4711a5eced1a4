"""The map of an image: at each place, how much speaks for benign and for malignant."""

import math

import keras
from keras import ops

from mrcnn.plain_layer import Float32Layer


def cells_of(share: float, cells: int) -> int:
    """Return how many of ``cells`` a share is, at least 1."""
    return max(1, math.ceil(share * cells - 1e-9))


@keras.saving.register_keras_serializable("smallmass")
class TopMean(Float32Layer):
    """The mean of the highest cells of each map: (batch, h, w, maps) to (batch, maps).

    Source: the aggregation of Shen et al. 2021 (Med Image Anal 68:101908), equation 3.

    Args:
        share: Of the cells, in (0, 1].
    """

    SETTINGS = ("share",)

    def __init__(self, share: float, **kwargs):
        super().__init__(**kwargs)
        self.share = float(share)

    def call(self, maps):
        cells = maps.shape[1] * maps.shape[2]
        flat = ops.transpose(ops.reshape(maps, (-1, cells, maps.shape[3])), (0, 2, 1))
        highest, _ = ops.top_k(flat, cells_of(self.share, cells))
        return ops.mean(highest, axis=-1)

    def compute_output_shape(self, shape):
        return (shape[0], shape[3])
