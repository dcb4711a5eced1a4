"""Random changes of training images that keep what a radiologist would read from them.

Only left-right flips: up and down differ in ultrasound, since shadows and enhancement lie behind
a lesion. No rotation, for the same reason.
"""

import numpy as np
from PIL import Image


class Augmentation:
    """A draw-able change, with the part of imgaug's interface that `mrcnn` uses.

    Args:
        flip: Flip half of the images from left to right.
        gain: Largest relative change of brightness and of contrast.
        shift: Largest shift as a share of the image's side, in both directions.
        scale: Largest relative change of size.
    """

    def __init__(self, flip: bool, gain: float, shift: float, scale: float):
        self.flip, self.gain, self.shift, self.scale = flip, gain, shift, scale
        self._rng = np.random.default_rng(0)

    def seeded(self, seed: int) -> "Augmentation":
        """Return a copy whose draws are those of ``seed``."""
        copy = Augmentation(self.flip, self.gain, self.shift, self.scale)
        copy._rng = np.random.default_rng(seed)
        return copy

    def to_deterministic(self) -> "FixedAugmentation":
        """Draw one change, to be applied to an image and its masks alike."""
        rng = self._rng
        # Every number is drawn always, so that one setting does not shift the draws of another.
        flip = rng.random() < 0.5
        gain, contrast = 1 + self.gain * rng.uniform(-1, 1, 2)
        shift = self.shift * rng.uniform(-1, 1, 2)
        scale = 1 + self.scale * rng.uniform(-1, 1)
        return FixedAugmentation(self.flip and flip, gain, contrast, shift, scale)


class FixedAugmentation:
    """One drawn change. Masks (values 0 and 1) are moved but not brightened."""

    def __init__(self, flip: bool, gain: float, contrast: float, shift, scale: float):
        self.flip, self.gain, self.contrast = flip, gain, contrast
        self.shift, self.scale = shift, scale

    def augment_image(self, image: np.ndarray) -> np.ndarray:
        """Return the changed image (h, w, c), or mask (h, w) of 0 and 1; same shape and dtype."""
        if image.ndim == 2:
            return self._move(image, Image.Resampling.NEAREST)
        planes = [
            self._move(image[..., i], Image.Resampling.BILINEAR) for i in range(image.shape[-1])
        ]
        return self._brighten(np.stack(planes, axis=-1))

    def _move(self, plane: np.ndarray, resampling) -> np.ndarray:
        """Flip, shift and scale about the centre; what comes from outside is 0."""
        if self.flip:
            plane = plane[:, ::-1]
        if self.scale == 1 and not np.any(self.shift):
            return plane
        height, width = plane.shape
        zoom = 1 / self.scale
        dy, dx = self.shift * (height, width)
        # Pillow asks where each output pixel comes from: x' = a x + b y + c.
        matrix = (
            zoom,
            0,
            width / 2 * (1 - zoom) - dx * zoom,
            0,
            zoom,
            height / 2 * (1 - zoom) - dy * zoom,
        )
        source = Image.fromarray(np.ascontiguousarray(plane))
        moved = source.transform((width, height), Image.Transform.AFFINE, matrix, resampling)
        return np.asarray(moved)

    def _brighten(self, image: np.ndarray) -> np.ndarray:
        """Change gain, and contrast about the image's mean; black padding stays black."""
        seen = image > 0
        values = image.astype(np.float32)
        mean = values[seen].mean() if seen.any() else 0.0
        values = (values - mean) * self.contrast + mean * self.gain
        return np.where(seen, np.rint(values).clip(1, 255), 0).astype(image.dtype)
