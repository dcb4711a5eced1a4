"""Keras callbacks around the training loop of `mrcnn.training`."""

from collections.abc import Iterator

import keras


class Callbacks:
    """Stands for a `BatchLoader` and tells Keras callbacks of every epoch and batch.

    Args:
        callbacks: Of `keras.callbacks.Callback`.
        model: The compiled model.
        loader: Training batches.
        epochs: Epoch that is trained up to.
        steps: Batches an epoch.
    """

    def __init__(self, callbacks: list, model: keras.Model, loader, epochs: int, steps: int):
        model.stop_training = False
        self.model, self.loader = model, loader
        self.list = keras.callbacks.CallbackList(
            list(callbacks), model=model, epochs=epochs, steps=steps, verbose=0
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
