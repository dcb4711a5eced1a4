"""`TrainableMaskRCNN`: the part of `MaskRCNN` that trains, without what only reading needs."""

from pathlib import Path
from typing import Any

import keras

from mrcnn import graph, logs
from mrcnn.callbacks import Callbacks
from mrcnn.config import Config
from mrcnn.data import BatchLoader, check_classes
from mrcnn.dataset import Dataset
from mrcnn.imagenet import find_imagenet_weights, is_imagenet_file, load_imagenet_weights
from mrcnn.logs import log
from mrcnn.network import build_training_model
from mrcnn.training import compile_model, fit, make_optimizer
from mrcnn.weights import WeightError, load_weights, save_weights


class TrainableMaskRCNN:
    """Mask R-CNN for training; its weights are read by `mrcnn.model.MaskRCNN`.

    Args:
        config: The configuration; the sides of the image must be multiples of 32.
        model_dir: Folder under which each training gets one of its own, called after
            ``config.NAME``, with the weights after every epoch; None: nothing is written that is
            not asked for.
        seed: Seed of weights, sampling and order.

    Attributes:
        keras_model: The network.
        epoch: Epochs trained so far.
        log_dir, checkpoint_path: Folder of this training and its weights' path, with a place
            for ``epoch``; None without a model_dir.

    Raises:
        ValueError: If the image size does not suit the pyramid.
    """

    mode = "training"

    def __init__(self, config: Config, model_dir=None, seed: int = 0):
        height, width = (int(n) for n in config.IMAGE_SHAPE[:2])
        if height % 32 or width % 32:
            raise ValueError(f"image size {height} x {width} px must be a multiple of 32")
        if self.mode == "training" and not config.USE_RPN_ROIS:
            raise ValueError("USE_RPN_ROIS = False (regions given from outside) is not supported")
        self.config, self.seed = config, seed
        self.model_dir = None if model_dir is None else Path(model_dir)
        self.epoch = 0
        self.log_dir: str | None = None
        self.checkpoint_path: str | None = None
        if self.model_dir is not None and config.NAME:
            self.set_log_dir()
        keras.utils.set_random_seed(seed % 2**32)
        self.keras_model = self._build()

    def _build(self) -> keras.Model:
        """Return the network with new weights."""
        return build_training_model(self.config, self.seed % 2**31)

    # Weights and folders

    def load_weights(self, filepath, by_name: bool = False, exclude=None) -> list[str]:
        """Load weights by layer name, from a file in Matterport's layout or of ImageNet.

        A file of keras.applications' ResNet without its top fills the backbone; see
        `mrcnn.imagenet`. With a model_dir, a file that an earlier training wrote also gives the
        epoch to go on from.

        Args:
            filepath: The file.
            by_name: True: layers that the file lacks keep their own weights; False: an error.
            exclude: Names of layers that keep their own weights; implies ``by_name``.

        Returns:
            list: The names of the tensors that were loaded.

        Raises:
            WeightError: If a tensor has another shape, the file has no layer of the model, or,
                without ``by_name``, lacks one.
        """
        if is_imagenet_file(filepath):
            loaded = load_imagenet_weights(self.keras_model, filepath, exclude or ())
        else:
            partial = by_name or exclude is not None
            loaded = load_weights(self.keras_model, filepath, exclude or (), partial=partial)
        if not loaded:
            raise WeightError(f"{Path(filepath).name} has none of the model's layers")
        if self.log_dir is not None:
            self.set_log_dir(filepath)
        return loaded

    def save_weights(self, filepath) -> None:
        """Save the weights in Matterport's layout."""
        save_weights(self.keras_model, filepath)

    def get_imagenet_weights(self) -> str:
        """Return the path of the backbone's ImageNet weights in Keras's cache.

        Raises:
            FileNotFoundError: If they are not there; nothing is downloaded.
        """
        return find_imagenet_weights(self.config.BACKBONE)

    def find_last(self) -> str:
        """Return the weights of the last epoch of the newest training in the model_dir.

        Raises:
            FileNotFoundError: If there are none.
        """
        return logs.find_last(self.model_dir, self.config.NAME)

    def set_log_dir(self, model_path=None) -> None:
        """Set folder and epoch: those that a weight file's path tells, or a new training's."""
        if self.model_dir is None:
            raise ValueError("this model was made without a model_dir")
        name = self.config.NAME
        known = logs.continued(model_path, self.model_dir, name) if model_path else None
        folder, self.epoch = known or (logs.new_folder(self.model_dir, name), 0)
        self.log_dir = str(folder)
        self.checkpoint_path = logs.weights_path(folder, name)

    # Training

    def set_trainable(self, layer_regex: str, keras_model=None, indent=0, verbose=0) -> None:
        """Train the layers whose whole name matches, freeze the others (``indent``: unused)."""
        names = graph.set_trainable(keras_model or self.keras_model, layer_regex)
        if verbose:
            log("trained: " + ", ".join(names))

    def compile(self, learning_rate: float, momentum: float) -> None:
        """Give the network its optimiser, for steps by hand; `train` does it by itself."""
        steps = self.config.STEPS_PER_EPOCH or 1
        compile_model(self.keras_model, make_optimizer(self.config, learning_rate, momentum, steps))

    def train(
        self,
        train_dataset: Dataset,
        val_dataset: Dataset | None,
        learning_rate: float,
        epochs: int,
        layers: str = "all",
        augmentation=None,
        custom_callbacks=None,
        no_augmentation_sources=None,
        *,
        checkpoint=None,
        workers: int = 1,
        on_epoch=None,
        on_step=None,
    ) -> list[dict]:
        """Train up to ``epochs`` in all, counting those of earlier calls.

        With a model_dir, weights are written to ``log_dir`` after every epoch.

        Args:
            train_dataset: Prepared data set.
            val_dataset: Prepared data set whose losses are reported each epoch, or None.
            learning_rate: The rate, or the peak of the schedule.
            epochs: Epochs to have trained at the end.
            layers: A key of `mrcnn.graph.LAYER_GROUPS` or a regular expression of layer names.
            augmentation: See `mrcnn.augmentation.augment`.
            custom_callbacks: Callbacks of Keras; one may set ``model.stop_training``.
            no_augmentation_sources: Sources whose images are not augmented.
            checkpoint: File for the whole state after each epoch; an existing one is resumed.
            workers: Threads that prepare batches.
            on_epoch: See `mrcnn.training.fit`.
            on_step: See `mrcnn.training.fit`.

        Returns:
            list: One dict an epoch with its losses, resumed ones included.

        Raises:
            ValueError: If the model is for inference or a data set has other classes. For what
                goes wrong later see `mrcnn.data.BatchLoader` and `mrcnn.training.fit`.
        """
        if self.mode != "training":
            raise ValueError("this model was made for inference; make one with mode='training'")
        for dataset in (train_dataset, val_dataset):
            check_classes(dataset, self.config)
        config = self.config
        loader = BatchLoader(
            train_dataset,
            config,
            augmentation,
            self.seed,
            workers=workers,
            no_augmentation_sources=no_augmentation_sources or (),
        )
        steps = config.STEPS_PER_EPOCH or loader.steps()
        validation, validation_steps = None, 0
        if val_dataset is not None:
            validation = BatchLoader(val_dataset, config, None, self.seed, shuffle=False)
            validation_steps = config.VALIDATION_STEPS or validation.steps()
        if self.log_dir is not None:
            Path(self.log_dir).mkdir(parents=True, exist_ok=True)
        self.set_trainable(graph.LAYER_GROUPS.get(layers, layers))
        optimizer = make_optimizer(
            config, learning_rate, config.LEARNING_MOMENTUM, steps * (epochs - self.epoch)
        )
        compile_model(self.keras_model, optimizer)
        told: Any = Callbacks(custom_callbacks or [], self.keras_model, loader, epochs, steps)

        def after_epoch(epoch: int, row: dict) -> None:
            if self.checkpoint_path is not None:
                self.save_weights(self.checkpoint_path.format(epoch=epoch))
            if on_epoch:
                on_epoch(epoch, row)
            told.after_epoch(epoch, row)

        told.list.on_train_begin()
        rows = fit(
            self.keras_model,
            told if custom_callbacks else loader,
            validation,
            epochs=epochs,
            steps=steps,
            validation_steps=validation_steps,
            first_epoch=self.epoch,
            checkpoint=None if checkpoint is None else Path(checkpoint),
            on_epoch=after_epoch,
            on_step=on_step,
        )
        told.list.on_train_end()
        self.epoch = max(self.epoch, rows[-1]["epoch"] if rows else 0)
        return rows
