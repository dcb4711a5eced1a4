"""`MaskRCNN`, the model as its users see it: Matterport's class on Keras 3."""

import re
from pathlib import Path

import keras
import numpy as np

from mrcnn.boxes import denorm_boxes, norm_boxes
from mrcnn.config import Config
from mrcnn.data import BatchLoader, load_image_gt
from mrcnn.dataset import Dataset
from mrcnn.images import compose_image_meta, mold_image, resize_image, unmold_mask
from mrcnn.network import build_inference_model, build_training_model
from mrcnn.training import compile_model, fit, make_optimizer
from mrcnn.weights import load_weights, save_weights

__all__ = ["MaskRCNN", "load_image_gt", "mold_image"]

# Layers to train, by name, as Matterport's users abbreviate them.
HEADS = r"(mrcnn\_.*)|(rpn\_.*)|(fpn\_.*)"
LAYER_GROUPS = {
    "heads": HEADS,
    "3+": r"(res3.*)|(bn3.*)|(res4.*)|(bn4.*)|(res5.*)|(bn5.*)|" + HEADS,
    "4+": r"(res4.*)|(bn4.*)|(res5.*)|(bn5.*)|" + HEADS,
    "5+": r"(res5.*)|(bn5.*)|" + HEADS,
    "all": ".*",
}


class MaskRCNN:
    """Mask R-CNN for training or for reading.

    Args:
        mode: "training" or "inference".
        config: The configuration; image sides must be multiples of 64 or divide so that the
            pyramid's levels fit (a multiple of 32).
        model_dir: Folder for checkpoints, or None.
        seed: Seed of weights, sampling and order.

    Raises:
        ValueError: If the mode is unknown or the image size does not suit the pyramid.
    """

    def __init__(self, mode: str, config: Config, model_dir=None, seed: int = 0):
        if mode not in ("training", "inference"):
            raise ValueError(f"mode must be 'training' or 'inference', not {mode!r}")
        height, width = (int(n) for n in config.IMAGE_SHAPE[:2])
        if height % 32 or width % 32:
            raise ValueError(f"image size {height} x {width} px must be a multiple of 32")
        self.mode, self.config, self.seed = mode, config, seed
        self.model_dir = None if model_dir is None else Path(model_dir)
        self.epoch = 0
        keras.utils.set_random_seed(seed % 2**32)
        if mode == "training":
            self.keras_model = build_training_model(config, seed % 2**31)
        else:
            self.keras_model = build_inference_model(config)

    def load_weights(self, filepath, by_name: bool = True, exclude=None) -> list[str]:
        """Load weights in Matterport's layout by layer name; see `mrcnn.weights.load_weights`.

        With ``exclude`` the file may also lack layers, as a backbone's weights do.
        """
        return load_weights(self.keras_model, filepath, exclude or (), partial=exclude is not None)

    def save_weights(self, filepath) -> None:
        """Save the weights in Matterport's layout."""
        save_weights(self.keras_model, filepath)

    def set_trainable(self, layer_regex: str) -> None:
        """Train the layers whose whole name matches, freeze the others."""
        for layer in self.keras_model.layers:
            inner = layer.layers if isinstance(layer, keras.Model) else [layer]
            for part in inner:
                part.trainable = bool(re.fullmatch(layer_regex, part.name))

    def train(
        self,
        train_dataset: Dataset,
        val_dataset: Dataset | None,
        learning_rate: float,
        epochs: int,
        layers: str = "all",
        augmentation=None,
        checkpoint=None,
        workers: int = 1,
        on_epoch=None,
        on_step=None,
    ) -> list[dict]:
        """Train up to ``epochs`` in all, counting those of earlier calls.

        Args:
            train_dataset: Prepared data set.
            val_dataset: Prepared data set whose losses are reported each epoch, or None.
            learning_rate: The rate, or the peak of the schedule.
            epochs: Epochs to have trained at the end.
            layers: A key of `LAYER_GROUPS` or a regular expression of layer names.
            augmentation: See `mrcnn.data.load_image_gt`.
            checkpoint: File for the state after each epoch; an existing one is resumed.
            workers: Threads that prepare batches.
            on_epoch: See `mrcnn.training.fit`.
            on_step: See `mrcnn.training.fit`.

        Returns:
            list: One dict an epoch with its losses.
        """
        if self.mode != "training":
            raise ValueError("this model was made for inference; make one with mode='training'")
        config = self.config
        loader = BatchLoader(train_dataset, config, augmentation, self.seed, workers=workers)
        steps = config.STEPS_PER_EPOCH or loader.steps()
        validation, validation_steps = None, 0
        if val_dataset is not None:
            validation = BatchLoader(val_dataset, config, None, self.seed, shuffle=False)
            validation_steps = config.VALIDATION_STEPS or validation.steps()
        self.set_trainable(LAYER_GROUPS.get(layers, layers))
        optimizer = make_optimizer(
            config, learning_rate, config.LEARNING_MOMENTUM, steps * (epochs - self.epoch)
        )
        compile_model(self.keras_model, optimizer)
        history = fit(
            self.keras_model,
            loader,
            validation,
            epochs=epochs,
            steps=steps,
            validation_steps=validation_steps,
            first_epoch=self.epoch,
            checkpoint=None if checkpoint is None else Path(checkpoint),
            on_epoch=on_epoch,
            on_step=on_step,
        )
        self.epoch = max(self.epoch, epochs)
        return history

    def mold_inputs(self, images: list[np.ndarray]):
        """Resize and shift images for the network.

        Returns:
            tuple: molded images (batch, h, w, c), metas (batch, size), windows (batch, 4) px.
        """
        molded, metas, windows = [], [], []
        for image in images:
            resized, window, scale, _ = resize_image(
                image,
                min_dim=self.config.IMAGE_MIN_DIM,
                max_dim=self.config.IMAGE_MAX_DIM,
                min_scale=self.config.IMAGE_MIN_SCALE,
                mode=self.config.IMAGE_RESIZE_MODE,
            )
            molded.append(mold_image(resized, self.config))
            windows.append(window)
            nothing = np.zeros(self.config.NUM_CLASSES, np.int32)
            metas.append(compose_image_meta(0, image.shape, resized.shape, window, scale, nothing))
        return np.stack(molded), np.stack(metas), np.stack(windows)

    def unmold_detections(
        self, detections, mrcnn_mask, original_image_shape, image_shape, window, probabilities=None
    ) -> dict[str, np.ndarray]:
        """Bring one image's detections back to its own pixels.

        Args:
            detections: (d, 6) normalised boxes, class id, score; rows of class 0 are padding.
            mrcnn_mask: (d, h', w', classes).
            original_image_shape: (h, w, ...) of the image as it came.
            image_shape: (h, w, ...) of the network's input.
            window: (y1, x1, y2, x2) px of the input that is not padding.
            probabilities: (d, classes), or None.

        Returns:
            dict: rois (n, 4) int32 px, class_ids (n,), scores (n,), masks (h, w, n) bool, and,
            where given, probabilities (n, classes).
        """
        count = int((detections[:, 4] > 0).sum())
        window = norm_boxes(np.asarray(window)[None], image_shape[:2])[0]
        origin = np.concatenate([window[:2], window[:2]])
        extent = np.concatenate([window[2:] - window[:2]] * 2)
        boxes = denorm_boxes((detections[:count, :4] - origin) / extent, original_image_shape[:2])
        real = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        boxes, rows = boxes[real], np.flatnonzero(real)
        class_ids = detections[rows, 4].astype(np.int32)
        masks = np.zeros((*original_image_shape[:2], len(rows)), bool)
        for i, row in enumerate(rows):
            small = mrcnn_mask[row, :, :, class_ids[i]]
            masks[:, :, i] = unmold_mask(small, boxes[i], original_image_shape)
        result = {
            "rois": boxes,
            "class_ids": class_ids,
            "scores": detections[rows, 5],
            "masks": masks,
        }
        if probabilities is not None:
            result["probabilities"] = probabilities[rows]
        return result

    def detect(self, images: list[np.ndarray], verbose: int = 0) -> list[dict[str, np.ndarray]]:
        """Read images.

        Args:
            images: (h, w, c) arrays of any size, at most one batch as configured, or fewer.
            verbose: Unused; kept for Matterport's callers.

        Returns:
            list: One dict an image; see `unmold_detections`. With EVERY_REGION in the
            configuration every region is reported, with the probabilities of all classes.
        """
        molded, _, windows = self.mold_inputs(images)
        detections, probabilities, masks = self.read(molded, windows)
        return [
            self.unmold_detections(
                detections[i],
                masks[i],
                image.shape,
                molded.shape[1:],
                windows[i],
                probabilities[i] if self.config.EVERY_REGION else None,
            )
            for i, image in enumerate(images)
        ]

    def read(self, molded: np.ndarray, windows: np.ndarray):
        """Run the network on molded images (n, h, w, c), n up to the batch size.

        Args:
            molded: As `mold_inputs` returns them.
            windows: (n, 4) px, the part of each image that is not padding.

        Returns:
            tuple: detections (n, d, 6), probabilities (n, d, classes) and masks
            (n, d, h', w', classes), for `unmold_detections`.
        """
        if self.mode != "inference":
            raise ValueError("this model was made for training; make one with mode='inference'")
        # Always a full batch: one shape, compiled once, and the same arithmetic for any image.
        missing = self.config.BATCH_SIZE - len(molded)
        padded = np.pad(molded, ((0, missing), (0, 0), (0, 0), (0, 0)))
        normalised = np.pad(norm_boxes(windows, molded.shape[1:3]), ((0, missing), (0, 0)))
        outputs = self.keras_model.predict_on_batch([padded, normalised])
        return tuple(output[: len(molded)] for output in outputs)
