"""Stochastic gradient descent as Matterport's library does it, in few passes over the weights.

Mask R-CNN has 64 million weights. At the size of an ultrasound image, what an optimiser reads and
writes for each of them takes as long as a stage of the network.
"""

import keras
from keras import ops


@keras.saving.register_keras_serializable("mrcnn")
class ClippedSGD(keras.optimizers.SGD):
    """SGD with momentum, the global norm of the gradients clipped.

    Clipping (Pascanu et al. 2013) multiplies every gradient by the same factor, and so does the
    learning rate: the two are multiplied with each other first, instead of each with all weights.

    Args:
        learning_rate: Rate or schedule.
        momentum: Share of the last step that is kept.
        clip_norm: The largest norm of all gradients together; None or 0: no limit.
    """

    def __init__(self, learning_rate, momentum=0.9, clip_norm=None, name="sgd", **kwargs):
        super().__init__(learning_rate, momentum=momentum, name=name, **kwargs)
        self.clip_norm = clip_norm
        self._factor = 1.0

    def apply(self, grads, trainable_variables=None):
        self._factor = 1.0
        if self.clip_norm:
            norm = ops.sqrt(sum(ops.sum(ops.square(ops.cast(g, "float32"))) for g in grads))
            self._factor = self.clip_norm / ops.maximum(norm, self.clip_norm)
        super().apply(grads, trainable_variables)
        self._factor = 1.0

    def update_step(self, gradient, variable, learning_rate):
        rate = ops.cast(learning_rate, variable.dtype) * self._factor
        if keras.backend.backend() == "tensorflow" and self.momentum:
            self._tensorflow_step(gradient, variable, rate)
        else:
            super().update_step(gradient, variable, rate)

    def _tensorflow_step(self, gradient, variable, rate):
        """Update momentum and weights in one operation of TensorFlow."""
        import tensorflow as tf

        velocity = self.momentums[self._get_variable_index(variable)].value
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=variable.handle,
            accum=velocity.handle,
            lr=rate,
            grad=tf.cast(gradient, variable.dtype),
            momentum=tf.cast(self.momentum, variable.dtype),
        )

    def get_config(self):
        return super().get_config() | {"clip_norm": self.clip_norm}
