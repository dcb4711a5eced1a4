"""The training loop: optimiser, schedule, checkpoints, and a halt at the first loss that is NaN."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import ops

from mrcnn.checkpoint import load_checkpoint, save_checkpoint
from mrcnn.config import Config
from mrcnn.data import BatchLoader
from mrcnn.network import LOSSES
from mrcnn.optimizer import ClippedSGD

SECONDS_BETWEEN_NEWS = 10


class NonFiniteLossError(RuntimeError):
    """Training met a loss that is NaN or infinite."""


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
        place = ops.cast(step, "float32") / float(max(1, self.steps))
        up = ops.clip(place / self.warm_up, 0.0, 1.0)
        down = ops.clip((place - self.warm_up) / (1 - self.warm_up), 0.0, 1.0)
        low, end = self.peak * self.start, self.peak * self.start / 100
        rising = low + (self.peak - low) * 0.5 * (1 - ops.cos(math.pi * up))
        falling = end + (self.peak - end) * 0.5 * (1 + ops.cos(math.pi * down))
        return ops.where(place < self.warm_up, rising, falling)

    def get_config(self) -> dict:
        return {
            "peak": self.peak,
            "steps": self.steps,
            "warm_up": self.warm_up,
            "start": self.start,
        }


def make_optimizer(config: Config, learning_rate: float, momentum: float, steps: int):
    """Return the optimiser that a configuration asks for.

    Args:
        config: Names optimiser, schedule, clipping and weight decay.
        learning_rate: The rate, or the peak of a schedule.
        momentum: Of SGD.
        steps: Steps of the whole training, for the schedule.

    Raises:
        ValueError: If optimiser or schedule are unknown.
    """
    rate: object = learning_rate
    if config.LEARNING_RATE_SCHEDULE == "one_cycle":
        rate = OneCycle(learning_rate, steps)
    elif config.LEARNING_RATE_SCHEDULE is not None:
        raise ValueError(f"unknown schedule {config.LEARNING_RATE_SCHEDULE!r}; known: one_cycle")
    clip = config.GRADIENT_CLIP_NORM
    if config.OPTIMIZER == "sgd":
        return ClippedSGD(rate, momentum=momentum, clip_norm=clip)
    if config.OPTIMIZER == "adamw":
        optimizer = keras.optimizers.AdamW(
            rate, weight_decay=config.DECOUPLED_WEIGHT_DECAY, global_clipnorm=clip
        )
        optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
        return optimizer
    raise ValueError(f"unknown optimizer {config.OPTIMIZER!r}; known: sgd, adamw")


def compile_model(model: keras.Model, optimizer) -> None:
    """Compile for the backend: JAX needs XLA; elsewhere it slows convolutions on a CPU.

    What is trainable must be settled before.
    """
    model.compile(optimizer=optimizer, jit_compile=keras.backend.backend() == "jax")
    # With its variables made now, TensorFlow need not trace the step a second time.
    optimizer.build(model.trainable_variables)


def fit(
    model: keras.Model,
    loader: BatchLoader,
    validation: BatchLoader | None,
    *,
    epochs: int,
    steps: int,
    validation_steps: int,
    first_epoch: int = 0,
    checkpoint: Path | None = None,
    on_epoch: Callable[[int, dict], None] | None = None,
    on_step: Callable[[int, int, int, float], None] | None = None,
) -> list[dict]:
    """Train a compiled model; resume from a checkpoint where there is one.

    Args:
        model: Of `mrcnn.network.build_training_model`, compiled.
        loader: Training batches.
        validation: Validation batches, or None.
        epochs: Epoch to train up to.
        steps: Batches an epoch.
        validation_steps: Validation batches an epoch.
        first_epoch: Epochs already trained (without checkpoint).
        checkpoint: File that holds the state after the last complete epoch.
        on_epoch: Called with the epoch (from 1) and its losses.
        on_step: Called with epoch, step (both from 1), steps and the mean loss so far.

    Returns:
        list: One dict an epoch: epoch, the losses, and the validation losses as ``val_…``.

    Raises:
        NonFiniteLossError: At once when a loss is NaN or infinite; names the batch's cases.
    """
    history: list[dict] = []
    if checkpoint is not None and checkpoint.exists():
        history = load_checkpoint(checkpoint, model)
        first_epoch = history[-1]["epoch"] if history else 0
    for epoch in range(first_epoch, epochs):
        row = {"epoch": epoch + 1, **_train_epoch(model, loader, epoch, steps, on_step)}
        if validation is not None and validation_steps:
            losses = _evaluate(model, validation, validation_steps)
            row |= {f"val_{name}": value for name, value in losses.items()}
        history.append(row)
        if checkpoint is not None:
            save_checkpoint(checkpoint, model, history)
        if on_epoch:
            on_epoch(epoch + 1, row)
        if model.stop_training:  # a callback asked for it
            break
    return history


def _train_epoch(model, loader, epoch, steps, on_step) -> dict[str, float]:
    """Train one epoch; return the mean losses."""
    means = _Means()
    told = time.monotonic()
    for step, batch in enumerate(loader.epoch(epoch, steps), start=1):
        cases = batch.pop("case_ids")
        model.reset_metrics()
        losses = model.train_on_batch(batch, return_dict=True)
        means.add(losses, cases, f"epoch {epoch + 1}, step {step}")
        if on_step and time.monotonic() - told > SECONDS_BETWEEN_NEWS:
            told = time.monotonic()
            on_step(epoch + 1, step, steps, means.result()["loss"])
    return means.result()


def _evaluate(model, loader, steps) -> dict[str, float]:
    """Return the mean losses of the validation batches; nothing is learnt from them."""
    means = _Means()
    # Epoch 0 each time: the same sampled anchors, so that epochs can be compared.
    for batch in loader.epoch(0, steps):
        cases = batch.pop("case_ids")
        model.reset_metrics()
        means.add(model.test_on_batch(batch, return_dict=True), cases, "validation")
    return means.result()


class _Means:
    """Running means of the losses, which refuse what is not finite."""

    def __init__(self):
        self.steps = 0
        self.sums = dict.fromkeys(("loss", *LOSSES), 0.0)

    def add(self, losses: dict, cases: np.ndarray, where: str) -> None:
        """Add the losses of one batch of ``cases``."""
        values = {name: float(losses[name]) for name in self.sums}
        bad = [name for name, value in values.items() if not math.isfinite(value)]
        if bad:
            raise NonFiniteLossError(
                f"{where}: {', '.join(bad)} is not finite; cases of the batch: "
                f"{', '.join(map(str, cases))}. Lower the learning rate, or check these cases."
            )
        self.steps += 1
        for name, value in values.items():
            self.sums[name] += value

    def result(self) -> dict[str, float]:
        """Return the means so far."""
        return {name: value / self.steps for name, value in self.sums.items()}
