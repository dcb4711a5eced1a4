"""Several patches of an image as one: a weighted mean whose weights are learnt."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("smallmass")
class GatedAttention(layers.Layer):
    """Features of patches (batch, count, c) to their weighted mean (batch, c), and the weights.

    A patch's weight is the softmax over patches of w · (tanh(V h) ⊙ sigmoid(U h)), so that the
    order of patches does not matter.

    Source: Ilse, Tomczak & Welling 2018 (ICML, PMLR 80:2127), equation 9.

    Args:
        width: Rows of V and U.
    """

    def __init__(self, width: int, **kwargs):
        super().__init__(**({"dtype": "float32"} | kwargs))
        self.width = int(width)
        self.view = layers.Dense(self.width, activation="tanh", name="view", dtype="float32")
        self.gate = layers.Dense(self.width, activation="sigmoid", name="gate", dtype="float32")
        self.weigh = layers.Dense(1, use_bias=False, name="weigh", dtype="float32")

    def build(self, shape):
        self.view.build(shape)
        self.gate.build(shape)
        self.weigh.build((*shape[:-1], self.width))

    def call(self, features):
        logits = self.weigh(self.view(features) * self.gate(features))
        weights = ops.softmax(logits, axis=1)
        return ops.sum(weights * features, axis=1), weights[..., 0]

    def compute_output_shape(self, shape):
        return (shape[0], shape[2]), (shape[0], shape[1])

    def get_config(self) -> dict:
        return super().get_config() | {"width": self.width}
