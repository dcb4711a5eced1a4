"""A network that takes images as they come: what `mold` and `unmold` do is part of its graph.

`build_serving_model` gives a Keras model that can be saved and exported (SavedModel, ONNX, TFLite)
and needs no Python where it is served. See ``docs/serving.md`` of the package.
"""

import keras
import numpy as np
from keras import layers, ops

from mrcnn.box_ops import take_rows
from mrcnn.config import Config
from mrcnn.plain_layer import Float32Layer, to_numbers


def build_serving_model(
    network: keras.Model,
    config: Config,
    image_shape: tuple[int | None, int | None] = (None, None),
    batch_size: int | None = None,
) -> keras.Model:
    """Return a network with its preparation of images before it and of answers behind it.

    Args:
        network: ``keras_model`` of a `mrcnn.model.MaskRCNN` made for "inference".
        config: Its configuration; the resize mode must be "square".
        image_shape: (height, width) of the images in pixels; None: any. All images of a batch have
            one size; TFLite needs a size that is known.
        batch_size: Images a batch; None: any.

    Returns:
        keras.Model: From ``image`` (batch, h, w, channels) float32, in the units of MEAN_PIXEL, to
        a dict: what `PlaceDetections` returns.

    Raises:
        ValueError: If the resize mode is another.
    """
    if config.IMAGE_RESIZE_MODE != "square":
        raise ValueError(
            f"resize mode {config.IMAGE_RESIZE_MODE!r} cannot be part of a graph; use 'square'"
        )
    channels = int(config.IMAGE_SHAPE[2])
    image = layers.Input((*image_shape, channels), batch_size, name="image")
    prepared = PrepareImages.of(config, name="prepared")(image)
    answers = network({"input_image": prepared["image"], "input_window": prepared["window"]})
    detections, probabilities, masks = answers
    placed = PlaceDetections(name="placed")(
        image, prepared["window"], detections, probabilities=probabilities, masks=masks
    )
    outputs = {
        name: layers.Identity(name=name, dtype=tensor.dtype)(tensor)
        for name, tensor in placed.items()
    }
    return keras.Model(image, outputs, name="serving")


@keras.saving.register_keras_serializable("mrcnn")
class PrepareImages(Float32Layer):
    """Resize, pad and shift images as `mrcnn.molding.mold` does with resize mode "square".

    Called with images (batch, h, w, c); returns a dict: ``image`` (batch, side, side, c) and
    ``window`` (batch, 4), normalised, the part that is not padding. Interpolation is written as
    two products with matrices, so that it is the same in every format that a graph is exported to.

    Args:
        side: Of the network's input in pixels.
        mean_pixel: Value of each channel that is subtracted.
        min_side: Length that the shorter side is scaled up to; 0: not.
        min_scale: Smallest scale, whatever ``min_side`` asks for; 0: none.
        anti_aliasing: Whether images are smoothed before they shrink.
    """

    SETTINGS = ("side", "mean_pixel", "min_side", "min_scale", "anti_aliasing")

    def __init__(
        self,
        side: int,
        mean_pixel,
        min_side: int = 0,
        min_scale: float = 0,
        anti_aliasing: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.side, self.mean_pixel = side, to_numbers(mean_pixel)
        self.min_side, self.min_scale = min_side, min_scale
        self.anti_aliasing = anti_aliasing

    @classmethod
    def of(cls, config: Config, **kwargs) -> "PrepareImages":
        """Return the layer that a configuration asks for."""
        return cls(
            int(config.IMAGE_MAX_DIM),
            config.MEAN_PIXEL,
            int(config.IMAGE_MIN_DIM or 0),
            float(config.IMAGE_MIN_SCALE or 0),
            bool(config.IMAGE_ANTI_ALIASING),
            **kwargs,
        )

    def call(self, images):
        height, width = ops.shape(images)[1:3]
        scale = self._scale(*(ops.cast(n, "float32") for n in (height, width)))
        rows, top, new_height = self._interpolation(height, scale)
        columns, left, new_width = self._interpolation(width, scale)
        side, channels = self.side, images.shape[3]
        resized = ops.matmul(rows, ops.reshape(images, (-1, height, width * channels)))
        resized = ops.matmul(columns, ops.reshape(resized, (-1, width, channels)))
        resized = ops.reshape(resized, (-1, side, side, channels))
        # A border that fades towards the zeros outside does not fall below the smallest value.
        lowest = ops.min(images, axis=(1, 2, 3), keepdims=True)
        inside = ops.expand_dims(self._inside(top, new_height), 1) * ops.expand_dims(
            self._inside(left, new_width), 0
        )
        resized = ops.maximum(resized, lowest) * ops.reshape(inside, (1, side, side, 1))
        window = ops.stack([top, left, top + new_height - 1, left + new_width - 1])
        window = ops.expand_dims(window / (self.side - 1.0), 0)
        batch = ops.ones_like(images[:, 0, 0, :1])
        mean = ops.convert_to_tensor(np.array(self.mean_pixel, np.float32))
        return {"image": resized - mean, "window": window * batch}

    def _scale(self, height, width):
        """Return by what an image is enlarged."""
        shorter, longer = ops.minimum(height, width), ops.maximum(height, width)
        scale = ops.maximum(self.min_side / shorter, max(1.0, self.min_scale))
        too_large = ops.round(longer * scale) > self.side
        return ops.where(too_large, self.side / longer, scale)

    def _interpolation(self, length, scale):
        """Return an axis's matrix (side, length), where the image begins, and its new length."""
        source = ops.cast(ops.arange(length), "float32")
        length = ops.cast(length, "float32")
        new = ops.maximum(ops.round(length * scale), 1.0)
        first = ops.floor((self.side - new) / 2)
        # Pixel centres at half-integers, zeros outside: `mrcnn.interpolation.resize_bilinear`.
        target = ops.arange(self.side, dtype="float32") - first
        position = (target + 0.5) * length / new - 0.5
        distance = ops.abs(ops.expand_dims(position, 1) - ops.expand_dims(source, 0))
        matrix = ops.relu(1.0 - distance)
        if self.anti_aliasing:
            matrix = ops.matmul(matrix, _smoothing(source, length / new))
        return matrix, first, new

    def _inside(self, first, length):
        """Return 1 for the ``length`` pixels from ``first`` of an axis, else 0, (side,)."""
        position = ops.arange(self.side, dtype="float32")
        inside = ops.logical_and(position >= first, position < first + length)
        return ops.cast(inside, "float32")

    def compute_output_spec(self, images):
        batch, channels = images.shape[0], images.shape[3]
        return {
            "image": keras.KerasTensor((batch, self.side, self.side, channels), "float32"),
            "window": keras.KerasTensor((batch, 4), "float32"),
        }


def _smoothing(positions, factor):
    """Return the matrix (n, n) that smooths an axis before it shrinks by ``factor``.

    A Gaussian of σ = (factor - 1) / 2, cut off at 4 σ, zeros outside; as
    `mrcnn.interpolation.gaussian_filter`.

    Args:
        positions: 0 to n - 1.
        factor: Old length by new length.
    """
    sigma = ops.maximum((factor - 1.0) / 2.0, 1e-3)

    def weigh(distance):
        inside = ops.cast(distance <= ops.floor(4.0 * sigma + 0.5), "float32")
        return ops.exp(-0.5 * ops.square(distance / sigma)) * inside

    total = 2.0 * ops.sum(weigh(positions)) - 1.0
    distance = ops.abs(ops.expand_dims(positions, 1) - ops.expand_dims(positions, 0))
    return weigh(distance) / total


@keras.saving.register_keras_serializable("mrcnn")
class PlaceDetections(Float32Layer):
    """Bring detections back to the images' own pixels, as `mrcnn.molding.unmold` does.

    Called with images (batch, h, w, c), windows (batch, 4), normalised, and detections (batch, d,
    6), probabilities (batch, d, classes) and masks (batch, n, h', w', classes) of the network.
    Returns a dict, best first, zeros where an image has fewer than n:

    - ``boxes`` (batch, n, 4): (y1, x1, y2, x2) in pixels, whole numbers;
    - ``class_ids`` (batch, n) int32, 0 for rows that are padding;
    - ``scores`` (batch, n);
    - ``probabilities`` (batch, n, classes);
    - ``masks`` (batch, n, h', w'): of the class, spread over the box.
    """

    def call(self, images, windows, detections, probabilities, masks):
        rows = ops.shape(masks)[1]
        detections, probabilities = detections[:, :rows], probabilities[:, :rows]
        class_ids = ops.cast(detections[..., 4], "int32")
        height, width = (ops.cast(n, "float32") for n in ops.shape(images)[1:3])
        origin = ops.expand_dims(ops.concatenate([windows[:, :2], windows[:, :2]], axis=-1), 1)
        extent = windows[:, 2:] - windows[:, :2]
        extent = ops.expand_dims(ops.concatenate([extent, extent], axis=-1), 1)
        last = ops.stack([height - 1, width - 1, height - 1, width - 1])
        shift = ops.convert_to_tensor(np.array([0, 0, 1, 1], np.float32))
        relative = (detections[..., :4] - origin) / ops.maximum(extent, 1e-8)
        real = ops.cast(class_ids > 0, "float32")
        boxes = ops.round(relative * last + shift) * ops.expand_dims(real, -1)
        return {
            "boxes": boxes,
            "class_ids": class_ids,
            "scores": detections[..., 5],
            "probabilities": probabilities,
            "masks": self._own_masks(masks, class_ids),
        }

    def _own_masks(self, masks, class_ids):
        """Return of each region the mask of its class, (batch, n, h', w')."""
        height, width, classes = masks.shape[2:]
        by_class = ops.transpose(masks, (0, 1, 4, 2, 3))
        flat = ops.reshape(by_class, (-1, classes, height, width))
        own = take_rows(flat, ops.reshape(class_ids, (-1, 1)))
        return ops.reshape(own, (-1, ops.shape(masks)[1], height, width))

    def compute_output_spec(self, images, windows, detections, probabilities, masks):
        batch, rows = masks.shape[:2]
        return {
            "boxes": keras.KerasTensor((batch, rows, 4), "float32"),
            "class_ids": keras.KerasTensor((batch, rows), "int32"),
            "scores": keras.KerasTensor((batch, rows), "float32"),
            "probabilities": keras.KerasTensor((batch, rows, probabilities.shape[2]), "float32"),
            "masks": keras.KerasTensor((batch, rows, *masks.shape[2:4]), "float32"),
        }
