"""What changes the weights: Matterport's gradient descent, AdamW, and the rate's schedule."""

import math

import keras
from keras import ops

from mrcnn.config import Config
from mrcnn.losses import sum_of_squares

NOT_DECAYED = ("gamma", "beta", "bias")


def make_optimizer(
    config: Config, learning_rate: float, momentum: float, steps: int
) -> keras.optimizers.Optimizer:
    """Return the optimiser that a configuration asks for.

    Args:
        config: Names optimiser, schedule, clipping and weight decay.
        learning_rate: The rate, or the peak of a schedule.
        momentum: Of SGD.
        steps: Steps of the whole training, for the schedule.

    Raises:
        ValueError: If optimiser or schedule are unknown, or the rate is negative or no number.
    """
    is_schedule = isinstance(learning_rate, keras.optimizers.schedules.LearningRateSchedule)
    if not is_schedule and not 0 <= learning_rate < math.inf:
        raise ValueError(f"learning_rate is {learning_rate!r}; it must be a number from 0 on")
    schedule, optimizer = config.LEARNING_RATE_SCHEDULE, config.OPTIMIZER
    if schedule not in SCHEDULES:
        raise ValueError(f"unknown schedule {schedule!r}; known: one_cycle")
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"unknown optimizer {optimizer!r}; known: {', '.join(OPTIMIZERS)}")
    return OPTIMIZERS[optimizer](config, SCHEDULES[schedule](learning_rate, steps), momentum)


@keras.saving.register_keras_serializable("mrcnn")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """One-cycle rate (Smith & Topin 2018): up to the peak and down again, along cosines.

    Args:
        peak: Highest learning rate.
        steps: Steps of the whole training.
        warm_up: Share of the steps on the way up.
        start: The first rate is ``peak · start``; the last one is ``peak · start / 100``.
    """

    def __init__(self, peak: float, steps: int, warm_up: float = 0.2, start: float = 0.05):
        self.peak, self.steps, self.warm_up, self.start = peak, steps, warm_up, start

    def __call__(self, step):
        progress = ops.cast(step, "float32") / float(max(1, self.steps))
        up = ops.clip(progress / self.warm_up, 0.0, 1.0)
        down = ops.clip((progress - self.warm_up) / (1 - self.warm_up), 0.0, 1.0)
        low, end = self.peak * self.start, self.peak * self.start / 100
        rising = low + (self.peak - low) * 0.5 * (1 - ops.cos(math.pi * up))
        falling = end + (self.peak - end) * 0.5 * (1 + ops.cos(math.pi * down))
        return ops.where(progress < self.warm_up, rising, falling)

    def get_config(self) -> dict:
        return {
            "peak": self.peak,
            "steps": self.steps,
            "warm_up": self.warm_up,
            "start": self.start,
        }


@keras.saving.register_keras_serializable("mrcnn")
class ClippedSGD(keras.optimizers.SGD):
    """SGD with momentum as Matterport's library has it, in few passes over the weights.

    Mask R-CNN has 64 million weights. At the size of an ultrasound image, what an optimiser reads
    and writes for each of them takes as long as a stage of the network.

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
            self._factor = clip_factor(grads, self.clip_norm)
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


@keras.saving.register_keras_serializable("mrcnn")
class ClippedAdamW(keras.optimizers.Adam):
    """AdamW (Loshchilov & Hutter 2019) in few passes over the weights.

    The rule is that of ``keras.optimizers.AdamW``: clip, take the decay off the weights, step.

    Args:
        learning_rate: Rate or schedule.
        decay: Share of a weight that is taken off at each step, times the rate; gammas, betas and
            biases keep theirs.
        clip_norm: The largest norm of all gradients together; None or 0: no limit.
    """

    def __init__(self, learning_rate, decay=0.0, clip_norm=None, name="adamw", **kwargs):
        super().__init__(learning_rate, name=name, **kwargs)
        self.decay = decay
        self.clip_norm = clip_norm

    def apply(self, grads, trainable_variables=None):
        if self.clip_norm:
            factor = clip_factor(grads, self.clip_norm)
            grads = [None if g is None else g * factor for g in grads]
        variables = (
            self._trainable_variables if trainable_variables is None else trainable_variables
        )
        kept = 1.0 - ops.cast(self.learning_rate, "float32") * self.decay
        for variable, gradient in zip(variables, grads, strict=True):
            if self.decay and gradient is not None and variable.name not in NOT_DECAYED:
                variable.assign(variable * kept)
        super().apply(grads, trainable_variables)

    def update_step(self, gradient, variable, learning_rate):
        if keras.backend.backend() == "tensorflow":
            self._tensorflow_step(gradient, variable, learning_rate)
        else:
            super().update_step(gradient, variable, learning_rate)

    def _tensorflow_step(self, gradient, variable, learning_rate):
        """Update both moments and the weights in one operation of TensorFlow."""
        import tensorflow as tf

        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, variable.dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(tf.cast(self.beta_1, variable.dtype), step),
            beta2_power=tf.pow(tf.cast(self.beta_2, variable.dtype), step),
            lr=tf.cast(learning_rate, variable.dtype),
            beta1=tf.cast(self.beta_1, variable.dtype),
            beta2=tf.cast(self.beta_2, variable.dtype),
            epsilon=tf.cast(self.epsilon, variable.dtype),
            grad=tf.cast(gradient, variable.dtype),
        )

    def get_config(self):
        return super().get_config() | {"decay": self.decay, "clip_norm": self.clip_norm}


def clip_factor(gradients, clip_norm: float):
    """Return what all gradients are multiplied with, so that their norm is ``clip_norm`` at most.

    Pascanu et al. 2013, algorithm 1.
    """
    known = [g for g in gradients if g is not None]  # None: the loss does not depend on a weight
    norm = ops.sqrt(sum(sum_of_squares(ops.cast(g, "float32")) for g in known))
    return clip_norm / ops.maximum(norm, clip_norm)


def _make_sgd(config: Config, rate, momentum: float) -> ClippedSGD:
    return ClippedSGD(rate, momentum=momentum, clip_norm=config.GRADIENT_CLIP_NORM)


def _make_adamw(config: Config, rate, momentum: float) -> ClippedAdamW:
    return ClippedAdamW(
        rate, decay=config.DECOUPLED_WEIGHT_DECAY, clip_norm=config.GRADIENT_CLIP_NORM
    )


SCHEDULES = {None: lambda rate, steps: rate, "one_cycle": OneCycle}
OPTIMIZERS = {"sgd": _make_sgd, "adamw": _make_adamw}
