"""The training loop: checkpoints, callbacks, and a halt at the first loss that is not finite.

A network of this library trains through `keras.Model.fit` as well, with the same steps to the last
bit (``tests/unit/mrcnn/test_mrcnn_keras_citizen.py``), on TensorFlow with ``steps_per_execution``,
too. The loop here is the library's own for what would be lost there:

- a loss that is not finite stops at its step and names the batch's cases: `fit` fetches batches
  ahead of the step, and only inputs of the network pass through it;
- the state after an epoch is one file with its history, from which training goes on bit by bit;
  Keras's BackupAndRestore keeps no history and none of the loader's place;
- validation samples the same anchors after each epoch, so that epochs can be compared;
- losses of an epoch are means in float64, of which an interrupted epoch leaves nothing behind.

Callbacks of Keras are told of the same events here as there.
"""

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import keras
import numpy as np

from mrcnn.checkpoint import load_checkpoint, save_checkpoint
from mrcnn.losses import LOSSES

SECONDS_BETWEEN_NEWS = 10


class NonFiniteLossError(RuntimeError):
    """Training met a loss that is NaN or infinite."""


class Batches(Protocol):
    """Where batches come from: a `mrcnn.data.BatchLoader`, or something around one."""

    def epoch(self, epoch: int, steps: int) -> Iterator[dict[str, np.ndarray]]:
        """Yield the batches of an epoch, inputs by name, and "case_ids"."""
        ...


def compile_model(model: keras.Model, optimizer) -> None:
    """Compile for the backend: JAX needs XLA; elsewhere it slows convolutions on a CPU.

    What is trainable must be settled before.
    """
    model.compile(optimizer=optimizer, jit_compile=keras.backend.backend() == "jax")
    # With its variables made now, TensorFlow need not trace the step a second time.
    optimizer.build(model.trainable_variables)


def fit(
    model: keras.Model,
    loader: Batches,
    validation: Batches | None,
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


def _train_epoch(
    model: keras.Model, loader: Batches, epoch: int, steps: int, on_step
) -> dict[str, float]:
    """Train one epoch; return the mean losses."""
    means = _Means()
    last_news = time.monotonic()
    for step, batch in enumerate(loader.epoch(epoch, steps), start=1):
        cases = batch.pop("case_ids")
        model.reset_metrics()
        losses = model.train_on_batch(batch, return_dict=True)
        means.add(losses, cases, f"epoch {epoch + 1}, step {step}")
        if on_step and time.monotonic() - last_news > SECONDS_BETWEEN_NEWS:
            last_news = time.monotonic()
            on_step(epoch + 1, step, steps, means.result()["loss"])
    return means.result()


def _evaluate(model: keras.Model, loader: Batches, steps: int) -> dict[str, float]:
    """Return the mean losses of the validation batches; nothing is learnt from them."""
    means = _Means()
    # Epoch 0 each time: the same sampled anchors, so that epochs can be compared.
    for batch in loader.epoch(0, steps):
        cases = batch.pop("case_ids")
        model.reset_metrics()
        means.add(model.test_on_batch(batch, return_dict=True), cases, "validation")
    return means.result()


class Callbacks:
    """Stands for a `BatchLoader` and tells Keras callbacks of every epoch and batch.

    Args:
        callbacks: Of `keras.callbacks.Callback`.
        model: The compiled model.
        loader: Training batches.
        epochs: Epoch that is trained up to.
        steps: Batches an epoch.
    """

    def __init__(
        self, callbacks: list, model: keras.Model, loader: Batches, epochs: int, steps: int
    ):
        model.stop_training = False
        self.model, self.loader = model, loader
        self.list = keras.callbacks.CallbackList(
            list(callbacks), add_history=True, model=model, epochs=epochs, steps=steps, verbose=0
        )

    def epoch(self, epoch: int, steps: int) -> Iterator[dict]:
        """Yield the loader's batches; what follows a batch is told before the next."""
        self.list.on_epoch_begin(epoch)
        for step, batch in enumerate(self.loader.epoch(epoch, steps)):
            self.list.on_train_batch_begin(step)
            yield batch
            losses = self.model.get_metrics_result()
            self.list.on_train_batch_end(step, {k: float(v) for k, v in losses.items()})

    def after_epoch(self, epoch: int, row: dict) -> None:
        """Tell the callbacks of an epoch (from 1) and its losses."""
        self.list.on_epoch_end(epoch - 1, {k: v for k, v in row.items() if k != "epoch"})


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
