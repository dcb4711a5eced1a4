"""`MaskRCNN`, the model as its users see it: Matterport's class on Keras 3."""

import keras
import numpy as np

from mrcnn import graph
from mrcnn.anchors import compute_backbone_shapes, generate_pyramid_anchors
from mrcnn.boxes import norm_boxes
from mrcnn.config import Config
from mrcnn.data import data_generator, load_image_gt
from mrcnn.images import (
    compose_image_meta,
    mold_image,
    parse_image_meta,
    unmold_image,
)
from mrcnn.logs import log
from mrcnn.molding import mold, unmold
from mrcnn.reading_network import build_inference_model
from mrcnn.trainable import TrainableMaskRCNN

__all__ = [
    "MaskRCNN",
    "compose_image_meta",
    "compute_backbone_shapes",
    "data_generator",
    "load_image_gt",
    "log",
    "mold_image",
    "parse_image_meta",
    "unmold_image",
]


class MaskRCNN(TrainableMaskRCNN):
    """Mask R-CNN for training or for reading.

    Args:
        mode: "training" or "inference".
        config, model_dir, seed: See `mrcnn.trainable.TrainableMaskRCNN`, where the attributes
            and what trains stand, too.

    Raises:
        ValueError: If the mode is unknown or the image size does not suit the pyramid.
    """

    def __init__(self, mode: str, config: Config, model_dir=None, seed: int = 0):
        if mode not in ("training", "inference"):
            raise ValueError(f"mode must be 'training' or 'inference', not {mode!r}")
        self.mode = mode
        super().__init__(config, model_dir, seed)

    def _build(self) -> keras.Model:
        return super()._build() if self.mode == "training" else build_inference_model(self.config)

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
        found = unmold(
            detections, mrcnn_mask, original_image_shape, image_shape, window, paste=paste
        )
        return found["rois"], found["class_ids"], found["scores"], found["masks"]

    def detect(self, images: list[np.ndarray], verbose: int = 0) -> list[dict[str, np.ndarray]]:
        """Read images.

        Args:
            images: (h, w) or (h, w, c) arrays of any size, as many as one likes.
            verbose: 1: print what goes into the network.

        Returns:
            list: One dict an image; see `mrcnn.molding.unmold`. With EVERY_REGION in the
            configuration every region is reported, with the probabilities of all classes.
        """
        results = []
        for start in range(0, len(images), self.config.BATCH_SIZE):
            batch = images[start : start + self.config.BATCH_SIZE]
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
        detections, probabilities, masks = self.read(molded, windows)
        every = self.config.EVERY_REGION
        return [
            unmold(
                detections[i],
                masks[i],
                shape,
                molded.shape[1:],
                frames[i],
                probabilities[i] if every else None,
                self.config.MASK_PASTE,
            )
            for i, shape in enumerate(shapes)
        ]

    def read(self, molded: np.ndarray, windows: np.ndarray):
        """Run the network on molded images (n, h, w, c), n up to the batch size.

        Args:
            molded: As `mold_inputs` returns them.
            windows: (n, 4) px, the part of each image that is not padding.

        Returns:
            tuple: detections (n, d, 6), probabilities (n, d, classes) and masks
            (n, d, h', w', classes), for `mrcnn.molding.unmold`.
        """
        outputs = self.keras_model.predict_on_batch(self._inputs(molded, windows))
        return tuple(output[: len(molded)] for output in outputs)

    def _inputs(self, molded, windows) -> list[np.ndarray]:
        """Return the network's inputs, filled up to the batch size."""
        if self.mode != "inference":
            raise ValueError("this model was made for training; make one with mode='inference'")
        # Always a full batch: one shape, compiled once, and the same arithmetic for any image.
        missing = self.config.BATCH_SIZE - len(molded)
        if missing < 0:
            raise ValueError(f"{len(molded)} images do not fit a batch of {self.config.BATCH_SIZE}")
        padded = np.pad(molded, ((0, missing), (0, 0), (0, 0), (0, 0)))
        normalised = np.pad(norm_boxes(windows, molded.shape[1:3]), ((0, missing), (0, 0)))
        return [padded, normalised]

    # Looking inside

    def run_graph(self, images, outputs, image_metas=None):
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
        found = graph.run(self.keras_model, self._inputs(molded, windows), outputs)
        for name, value in found.items():
            found[name] = value[: len(molded)]
            log(name, found[name])
        return found

    def get_anchors(self, image_shape) -> np.ndarray:
        """Return the normalised anchors (n, 4) of an image shape; in px they are ``anchors``."""
        config = self.config
        self.anchors = generate_pyramid_anchors(
            config.RPN_ANCHOR_SCALES,
            config.RPN_ANCHOR_RATIOS,
            compute_backbone_shapes(config, image_shape),
            config.BACKBONE_STRIDES,
            config.RPN_ANCHOR_STRIDE,
        )
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
