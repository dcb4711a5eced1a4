"""What a call of `mrcnn.model.MaskRCNN.train` puts around the loop of `mrcnn.training`."""

import math
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from mrcnn.config import Config
from mrcnn.data import BatchLoader
from mrcnn.dataset import Dataset
from mrcnn.events import EventWriter
from mrcnn.progress import Progress
from mrcnn.training import Callbacks


class Data(NamedTuple):
    """The batches of a training, and how many of them an epoch takes."""

    loader: BatchLoader
    steps: int
    validation: BatchLoader | None
    validation_steps: int


def load_data(
    config: Config,
    seed: int,
    train_dataset: Dataset,
    val_dataset: Dataset | None,
    *,
    augmentation=None,
    no_augmentation_sources: Iterable[str] | None = None,
    workers: int = 1,
) -> Data:
    """Return the batches of two data sets; see `mrcnn.model.MaskRCNN.train` for the arguments."""
    sources = {info["source"] for info in train_dataset.image_info}
    unknown = {*(no_augmentation_sources or ())} - sources
    if unknown:
        warnings.warn(
            f"no_augmentation_sources: the data set has no {', '.join(sorted(unknown))}; it has "
            f"{', '.join(sorted(sources))}",
            stacklevel=3,
        )
    loader = BatchLoader(
        train_dataset,
        config,
        augmentation,
        seed,
        workers=workers,
        no_augmentation_sources=no_augmentation_sources or (),
    )
    steps = math.ceil(config.STEPS_PER_EPOCH or loader.steps())
    if val_dataset is None:
        return Data(loader, steps, None, 0)
    validation = BatchLoader(val_dataset, config, None, seed, shuffle=False)
    return Data(loader, steps, validation, math.ceil(config.VALIDATION_STEPS or validation.steps()))


def warn_that_all_is_done(epochs: int, done: int) -> None:
    """Warn the caller of `train` that ``epochs``, which count those of earlier calls, are done."""
    warnings.warn(
        f"nothing to train: epochs={epochs} counts all epochs, and {done} are done; "
        f"ask for more, such as epochs={epochs + done}",
        stacklevel=3,
    )


def warn_of_other_weights(checkpoint_path: str | None, epoch: int) -> None:
    """Warn the caller of `train` that the first file that it writes is there already.

    A folder is called after the minute, so that two trainings may share one.
    """
    if checkpoint_path is not None and Path(checkpoint_path.format(epoch=epoch)).exists():
        warnings.warn(
            f"{checkpoint_path.format(epoch=epoch)} is of another training, which started in the "
            "same minute or had gone further; it is written over. Give each training a config.NAME "
            "or a model_dir of its own",
            stacklevel=3,
        )


class Listeners:
    """Those who hear of a training: its folder, the screen, the caller, callbacks of Keras.

    Args:
        model: The `mrcnn.model.MaskRCNN` that is trained.
        callbacks: Of Keras.
        progress: What is printed.
        on_epoch: Of the caller, as of `mrcnn.training.fit`; or None.
        on_step: The same.
    """

    def __init__(self, model: Any, callbacks: Callbacks, progress: Progress, on_epoch, on_step):
        self.model, self.callbacks, self.progress = model, callbacks, progress
        self.on_epoch, self.on_step = on_epoch, on_step
        self.events = None if model.log_dir is None else EventWriter(model.log_dir)

    def after_epoch(self, epoch: int, row: dict) -> None:
        """Keep the weights of an epoch (from 1) and tell of its losses; callbacks come last."""
        if self.model.checkpoint_path is not None:
            self.model.save_weights(self.model.checkpoint_path.format(epoch=epoch))
        if self.events is not None:
            self.events.add(epoch, {name: loss for name, loss in row.items() if name != "epoch"})
        self.progress.epoch(epoch, row)
        if self.on_epoch:
            self.on_epoch(epoch, row)
        self.callbacks.after_epoch(epoch, row)

    def after_steps(self, epoch: int, step: int, steps: int, loss: float) -> None:
        """Tell of the mean loss so far."""
        self.progress.step(epoch, step, steps, loss)
        if self.on_step:
            self.on_step(epoch, step, steps, loss)
