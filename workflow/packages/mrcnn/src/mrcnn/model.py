"""`MaskRCNN`, the model as its users see it: Matterport's class on Keras 3."""

from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

import keras
import numpy as np

from mrcnn import graph, incidental_names, logs, matterport_names, training_run
from mrcnn.anchors import build_anchors, compute_backbone_shapes
from mrcnn.boxes import norm_boxes
from mrcnn.config import Config
from mrcnn.config_check import check_config, complete, prepare_config
from mrcnn.data import check_classes, load_image_gt
from mrcnn.dataset import Dataset
from mrcnn.generator import data_generator
from mrcnn.given_regions import build_detection_targets, generate_random_rois
from mrcnn.imagenet import get_imagenet_weights
from mrcnn.images import compose_image_meta, mold_image, parse_image_meta, unmold_image
from mrcnn.logs import log
from mrcnn.matterport_names import *  # noqa: F403 (names that Matterport's users import)
from mrcnn.molding import OWN_SIZE, mold, unmold
from mrcnn.network import Answers, build_inference_model, build_training_model
from mrcnn.optimizer import make_optimizer
from mrcnn.progress import Progress, Rows, shortened
from mrcnn.reading import Networks, check_images, fill_batch, unmold_answers
from mrcnn.seeding import fresh_seed, initialisers_seeded
from mrcnn.training import Callbacks, compile_model, fit
from mrcnn.weight_files import load_file
from mrcnn.weights import save_weights

__all__ = [
    *matterport_names.__all__,
    "MaskRCNN",
    "build_detection_targets",
    "compose_image_meta",
    "compute_backbone_shapes",
    "data_generator",
    "generate_random_rois",
    "load_image_gt",
    "log",
    "mold_image",
    "parse_image_meta",
    "unmold_image",
    *incidental_names.installed(__name__),
]
__getattr__ = incidental_names.getter(__name__)


class MaskRCNN:
    """Mask R-CNN for training or for reading.

    Args:
        mode: "training" or "inference".
        config: The configuration; the sides of the image must be multiples of 32.
        model_dir: Folder under which each training gets one of its own, called after
            ``config.NAME``, with the weights after every epoch; None: nothing is written that is
            not asked for.
        seed: Seed of weights, sampling and order; None: a new one, kept in ``seed``. The
            caller's own generators are neither read nor set.

    Attributes:
        keras_model: The network.
        epoch: Epochs trained so far.
        anchors: (n, 4) px, those of `get_anchors`' last image or else of the network's own size.
        log_dir, checkpoint_path: Folder of this training and its weights' path, with a place
            for ``epoch``; None without a model_dir.

    Raises:
        ValueError: If the mode is unknown or the image size does not suit the pyramid.
    """

    def __init__(
        self,
        mode: str,
        config: Config,
        model_dir: str | Path | None = None,
        seed: int | None = None,
    ):
        config = prepare_config(config, mode)
        self.mode, self.config = mode, config
        self.seed: int = fresh_seed() if seed is None else seed
        self.model_dir = None if model_dir is None else str(model_dir)
        self.epoch = 0
        self.log_dir: str | None = None
        self.checkpoint_path: str | None = None
        if self.model_dir is not None and config.NAME:
            self.set_log_dir()
        self._networks = Networks(config)
        self.keras_model: keras.Model = self.build(mode, config)
        self.anchors = build_anchors(config)

    def build(self, mode: str, config: Config) -> keras.Model:
        """Return a new network for training or for reading; ``keras_model`` stays as it is."""
        check_config(complete(config), mode)
        with initialisers_seeded(self.seed % 2**32):
            if mode == "training":
                return build_training_model(config, self.seed % 2**31)
            return build_inference_model(config)

    # Weights and folders

    def load_weights(
        self,
        filepath: str | Path,
        by_name: bool = False,
        exclude: Iterable[str] | None = None,
    ) -> list[str]:
        """Load weights by layer name, from any file that `mrcnn.weight_files` knows.

        With a model_dir, a file that an earlier training wrote also gives the epoch to go on from.

        Args:
            filepath: The file.
            by_name: True: layers that the file lacks keep their own weights, and a warning names
                them; False: an error.
            exclude: Names of layers that keep their own weights; implies ``by_name``.

        Returns:
            list: The names of the tensors that were loaded.

        Raises:
            WeightError: As of `mrcnn.weight_files.load_file`.
        """
        mean_pixel = self.config.MEAN_PIXEL
        loaded = load_file(self.keras_model, filepath, by_name, exclude, mean_pixel=mean_pixel)
        if self.log_dir is not None:
            self.set_log_dir(filepath)
        return Rows(loaded)

    def save_weights(self, filepath: str | Path) -> None:
        """Save the weights in Matterport's layout."""
        save_weights(self.keras_model, filepath)

    def get_imagenet_weights(self) -> str:
        """Return the path of the backbone's ImageNet weights, fetched if Keras's cache lacks them.

        Raises:
            ValueError: If there are none for the backbone.
            mrcnn.download.DownloadError: If they could not be fetched.
        """
        return get_imagenet_weights(self.config.BACKBONE)

    def find_last(self) -> str:
        """Return the weights of the last epoch of the newest training in the model_dir.

        Raises:
            FileNotFoundError: If there are none.
        """
        return logs.find_last(self.model_dir, self.config.NAME)

    def set_log_dir(self, model_path: str | Path | None = None) -> None:
        """Set folder and epoch: those that a weight file's path tells, or a new training's."""
        if self.model_dir is None:
            raise ValueError("this model was made without a model_dir")
        name = self.config.NAME
        earlier = logs.find_earlier(model_path, self.model_dir, name) if model_path else None
        folder, self.epoch = earlier or (logs.name_folder(self.model_dir, name), 0)
        self.log_dir = str(folder)
        self.checkpoint_path = logs.name_weights(folder, name)

    # Training

    def set_trainable(self, layer_regex: str, keras_model=None, indent=0, verbose=1) -> None:
        """Train the layers whose whole name matches, freeze the others (``indent``: unused)."""
        names = graph.set_trainable(keras_model or self.keras_model, layer_regex)
        if verbose:
            log(f"Training {len(names)} layers: {shortened(names)}")

    def compile(self, learning_rate: float, momentum: float, steps: int | None = None) -> None:
        """Give the network its optimiser, for steps by hand; `train` does it by itself.

        A schedule lasts ``steps``; None: an epoch's.
        """
        steps = steps or self.config.STEPS_PER_EPOCH or 1
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
        verbose: int = 1,
    ) -> list[dict]:
        """Train up to ``epochs`` in all, counting those of earlier calls.

        With a model_dir, weights are written to ``log_dir`` after every epoch, and the losses for
        TensorBoard. ``keras_model.history`` is the `keras.callbacks.History` of this call.

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
            verbose: 1: print what is trained, and a line an epoch; 0: nothing.

        Returns:
            list: One dict an epoch with its losses, resumed ones included.

        Raises:
            ValueError: If the model is for inference, a data set has no images or other classes,
                or ``layers`` matches none. For what goes wrong later see
                `mrcnn.data.BatchLoader` and `mrcnn.training.fit`.
        """
        if self.mode != "training":
            raise ValueError("this model was made for inference; make one with mode='training'")
        for dataset in (train_dataset, val_dataset):
            check_classes(dataset, self.config)
        layer_regex = graph.LAYER_GROUPS.get(layers, layers)
        graph.check_layers(self.keras_model, layers, layer_regex)
        if checkpoint is None and epochs <= self.epoch:
            training_run.warn_that_all_is_done(epochs, self.epoch)
            return Rows()
        training_run.warn_of_other_weights(self.checkpoint_path, self.epoch + 1)
        data = training_run.load_data(
            self.config,
            self.seed,
            train_dataset,
            val_dataset,
            augmentation=augmentation,
            no_augmentation_sources=no_augmentation_sources,
            workers=workers,
        )
        self.set_trainable(layer_regex, verbose=0)
        steps = data.steps * (epochs - self.epoch)
        self.compile(learning_rate, self.config.LEARNING_MOMENTUM, steps)
        callbacks = Callbacks(
            custom_callbacks or [], self.keras_model, data.loader, epochs, data.steps
        )
        progress = Progress(epochs, verbose)
        trained = [layer.name for layer in graph.trained_layers(self.keras_model)]
        progress.begin(self.epoch + 1, learning_rate, trained, self.checkpoint_path)
        listeners = training_run.Listeners(self, callbacks, progress, on_epoch, on_step)
        callbacks.list.on_train_begin()
        rows = fit(
            self.keras_model,
            callbacks if custom_callbacks else data.loader,
            data.validation,
            epochs=epochs,
            steps=data.steps,
            validation_steps=data.validation_steps,
            first_epoch=self.epoch,
            checkpoint=None if checkpoint is None else Path(checkpoint),
            on_epoch=listeners.after_epoch,
            on_step=listeners.after_steps,
        )
        callbacks.list.on_train_end()
        self.epoch = max(self.epoch, rows[-1]["epoch"] if rows else 0)
        return Rows(rows)

    # Reading

    def mold_inputs(self, images: list[np.ndarray]):
        """Resize and shift images for the network.

        See `mrcnn.molding.mold`: molded images (n, h, w, c), metas (n, size), windows (n, 4) px.
        """
        return mold(images, self.config)

    def unmold_detections(
        self, detections, mrcnn_mask, original_image_shape, image_shape, window
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Bring one image's detections back to its own pixels; see `mrcnn.molding.unmold`.

        Returns:
            tuple: rois (n, 4) int32 px, class_ids (n,), scores (n,), masks (h, w, n) bool.
        """
        paste = self.config.MASK_PASTE
        result = unmold(
            detections, mrcnn_mask, original_image_shape, image_shape, window, paste=paste
        )
        return result["rois"], result["class_ids"], result["scores"], result["masks"]

    def detect(self, images: list[np.ndarray], verbose: int = 0) -> list[dict[str, np.ndarray]]:
        """Read images.

        Args:
            images: (h, w) or (h, w, c) arrays of any size, as many as one likes.
            verbose: 1: print what goes into the network.

        Returns:
            list: One dict an image; see `mrcnn.molding.unmold`. With EVERY_REGION in the
            configuration every region is reported, with the probabilities of all classes.
        """
        check_images(images)
        results = []
        # Images of their own sizes are read one by one.
        size = 1 if self.config.IMAGE_RESIZE_MODE in OWN_SIZE else self.config.BATCH_SIZE
        for start in range(0, len(images), size):
            batch = images[start : start + size]
            molded, metas, windows = self.mold_inputs(batch)
            if verbose:
                log(f"Processing {len(batch)} images")
                log("molded_images", molded)
                log("image_metas", metas)
            shapes = [image.shape for image in batch]
            results += self._read(molded, windows, shapes, windows)
        return results

    def detect_molded(self, molded_images, image_metas, verbose: int = 0) -> list[dict]:
        """Read molded images; boxes and masks are in pixels of these.

        Args:
            molded_images: (n, h, w, c) as of `mold_inputs`, n up to the batch size.
            image_metas: (n, size) as of `mold_inputs`.
            verbose: As of `detect`, which also says what is returned.
        """
        if verbose:
            log("molded_images", molded_images)
            log("image_metas", image_metas)
        shapes = [image.shape for image in molded_images]
        whole = np.array([(0, 0, *shape[:2]) for shape in shapes])
        return self._read(molded_images, parse_image_meta(image_metas)["window"], shapes, whole)

    def _read(self, molded, windows, shapes, frames) -> list[dict[str, np.ndarray]]:
        """Read molded images; ``frames`` (px of these) are brought to the sizes ``shapes``."""
        answers = self.read(molded, windows)
        return unmold_answers(answers, molded.shape[1:], shapes, frames, self.config)

    def read(self, molded: np.ndarray, windows: np.ndarray) -> Answers:
        """Run the network on molded images (n, h, w, c), n up to the batch size.

        Args:
            molded: As `mold_inputs` returns them.
            windows: (n, 4) px, the part of each image that is not padding.

        Returns:
            Answers: Arrays, detections (n, d, 6), probabilities (n, d, classes) and masks
            (n, d, h', w', classes), for `mrcnn.molding.unmold`.
        """
        inputs = self._inputs(molded, windows)
        network = self._networks.of_size(molded.shape[1:3], self.keras_model)
        outputs = network.predict_on_batch(inputs)
        return Answers(*(output[: len(molded)] for output in outputs))

    def _inputs(self, molded, windows) -> dict[str, np.ndarray]:
        """Return the network's inputs by name."""
        if self.mode != "inference":
            raise ValueError("this model was made for training; make one with mode='inference'")
        return fill_batch(molded, windows, self.config.BATCH_SIZE)

    # Looking inside

    def run_graph(self, images, outputs, image_metas=None) -> "OrderedDict[str, np.ndarray]":
        """Compute tensors inside the network that reads.

        Args:
            images: As for `detect`, at most one batch; molded ones if ``image_metas`` is given.
            outputs: Pairs (name, tensor), such as
                ``("rpn_class", model.keras_model.get_layer("rpn_class").output)``.
            image_metas: As of `mold_inputs`, or None.

        Returns:
            OrderedDict: Arrays by name, first axis as many as ``images``.
        """
        if image_metas is None:
            molded, _, windows = self.mold_inputs(images)
        else:
            molded, windows = np.asarray(images), parse_image_meta(image_metas)["window"]
        arrays = graph.run(self.keras_model, self._inputs(molded, windows), outputs)
        for name, array in arrays.items():
            whole = graph.first_axis_is_images(dict(outputs)[name])
            arrays[name] = array[: len(molded)] if whole else array
            log(name, arrays[name])
        return arrays

    def get_anchors(self, image_shape) -> np.ndarray:
        """Return the normalised anchors (n, 4) of an image shape; in px they are ``anchors``."""
        self.anchors = build_anchors(self.config, image_shape)
        return norm_boxes(self.anchors, image_shape[:2])

    def ancestor(self, tensor, name: str, checked=None):
        """Return the nearest tensor before ``tensor`` of the layer ``name``, or None."""
        return graph.ancestor(tensor, name)

    def find_trainable_layer(self, layer):
        """Return the layer that holds a layer's weights: itself, for nothing is wrapped here."""
        return layer

    def get_trainable_layers(self) -> list:
        """Return the layers that have weights."""
        return graph.trainable_layers(self.keras_model)
