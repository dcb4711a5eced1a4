"""Batch normalisation as all parts of the network use it."""

from dataclasses import dataclass

from keras import layers

EPSILON = 1e-3


@dataclass(frozen=True)
class BatchNorm:
    """Adds batch-normalisation layers of one kind.

    Args:
        training: False: frozen statistics, while gamma and beta still learn (calling the layer
            that way does it; ``trainable=False`` would freeze these too). None: statistics are
            learnt in training and used in reading. True: always those of the batch.
        momentum: Share of the old moving statistics that a step keeps.
    """

    training: bool | None = False
    momentum: float = 0.99

    def __call__(self, x, name: str):
        """Return ``x`` normalised over its last axis by a layer called ``name``."""
        layer = layers.BatchNormalization(epsilon=EPSILON, momentum=self.momentum, name=name)
        return layer(x, training=self.training)
