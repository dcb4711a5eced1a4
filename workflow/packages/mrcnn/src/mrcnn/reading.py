"""Batches for the network that reads, networks for images of other sizes, and what comes back."""

import copy

import keras
import numpy as np

from mrcnn.boxes import norm_boxes
from mrcnn.config import Config
from mrcnn.molding import unmold
from mrcnn.network import Answers, build_inference_model
from mrcnn.seeding import initialisers_seeded

NETWORKS_KEPT = 3  # for images of other sizes; each has the weights once more


class Networks:
    """The network that reads, built once more for each other size of images.

    Args:
        config: The configuration.
    """

    def __init__(self, config: Config):
        self.config = config
        self._by_size: dict[tuple[int, int], keras.Model] = {}

    def of_size(self, size: tuple[int, int], network: keras.Model) -> keras.Model:
        """Return a network for images of ``size`` (h, w), with the present weights of ``network``.

        The latter is returned if it reads this size itself.
        """
        if tuple(size) == tuple(self.config.IMAGE_SHAPE[:2]):
            return network
        if size not in self._by_size:
            config = copy.copy(self.config)
            config.IMAGE_SHAPE = np.array([*size, config.IMAGE_CHANNEL_COUNT])
            while len(self._by_size) >= NETWORKS_KEPT:
                del self._by_size[next(iter(self._by_size))]
            with initialisers_seeded(0):
                self._by_size[size] = build_inference_model(config)
        self._by_size[size].set_weights(network.get_weights())
        return self._by_size[size]


def check_images(images) -> None:
    """Refuse one image in place of a list, whose rows would be read as images, and what is none.

    Raises:
        ValueError: In these cases.
    """
    shape = np.shape(images) if isinstance(images, np.ndarray) else ()
    if len(shape) == 2 or (len(shape) == 3 and shape[-1] in (1, 3, 4)):
        raise ValueError(f"a list of images is read, not one of shape {shape}: give [image]")
    for number, image in enumerate(images):
        array = np.asarray(image)
        if array.ndim not in (2, 3) or not array.size or array.dtype.kind not in "buif":
            what = f"{array.dtype} of shape {array.shape}" if array.ndim else repr(image)
            raise ValueError(f"image {number} is no array (h, w) or (h, w, c) of numbers: {what}")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError(f"image {number} has values that are not finite")


def fill_batch(molded, windows, batch_size: int) -> dict[str, np.ndarray]:
    """Return the network's inputs by name, filled up to the batch size.

    Always a full batch: one shape, compiled once, and the same arithmetic for any image.

    Args:
        molded: (n, h, w, c), n up to the batch size.
        windows: (n, 4) px, the part of each image that is not padding.
        batch_size: Images of a batch.

    Raises:
        ValueError: If there are more images.
    """
    missing = batch_size - len(molded)
    if missing < 0:
        raise ValueError(f"{len(molded)} images do not fit a batch of {batch_size}")
    padded = np.pad(molded, ((0, missing), (0, 0), (0, 0), (0, 0)))
    normalised = np.pad(norm_boxes(windows, molded.shape[1:3]), ((0, missing), (0, 0)))
    return {"input_image": padded, "input_window": normalised}


def unmold_answers(answers: Answers, image_shape, shapes, frames, config: Config) -> list[dict]:
    """Bring the answers to a batch back to its images.

    Args:
        answers: Of the network.
        image_shape: (h, w, c) of the network's input.
        shapes: (h, w, ...) of each image.
        frames: (n, 4) px of the network's input, the part that becomes the image.
        config: With EVERY_REGION the probabilities of all classes are returned, too.

    Returns:
        list: One dict an image; see `mrcnn.molding.unmold`.
    """
    return [
        unmold(
            answers.detections[i],
            answers.masks[i],
            shape,
            image_shape,
            frames[i],
            probabilities=answers.probabilities[i] if config.EVERY_REGION else None,
            paste=config.MASK_PASTE,
        )
        for i, shape in enumerate(shapes)
    ]
