"""Random changes of training images that keep what a radiologist would read from them.

Only left-right flips: up and down differ in ultrasound, since shadows and enhancement lie behind
a lesion. No rotation, for the same reason.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from smallmass.image_model import appearance
from smallmass.settings.model import AugmentationSettings

BLUR_AT_PX = 192  # image size at which ``blur`` counts in pixels; speckle's grain likewise
LEAST_BLUR_PX = 0.15  # less changes nothing


class Augmentation:
    """A draw-able change, with the part of imgaug's interface that `mrcnn` uses.

    Args:
        settings: How large each change may be.
    """

    def __init__(self, settings: AugmentationSettings):
        self.settings = settings
        self._rng = np.random.default_rng(0)

    def seeded(self, seed: int) -> "Augmentation":
        """Return a copy whose draws are those of ``seed``."""
        copy = Augmentation(self.settings)
        copy._rng = np.random.default_rng(seed)
        return copy

    def to_deterministic(self) -> "FixedAugmentation":
        """Draw one change, to be applied to an image and its masks alike."""
        rng, most = self._rng, self.settings
        # Every number is drawn always, so that one setting does not shift the draws of another.
        flip = rng.random() < 0.5
        gain, contrast = 1 + most.gain * rng.uniform(-1, 1, 2)
        shift = most.shift * rng.uniform(-1, 1, 2)
        scale = 1 + most.scale * rng.uniform(-1, 1)
        return FixedAugmentation(
            flip=bool(most.flip and flip),
            shift=shift,
            scale=scale,
            gain=gain,
            contrast=contrast,
            gamma=float(np.exp(most.gamma * rng.uniform(-1, 1))),
            depth_gain=1 + most.depth_gain * rng.uniform(-1, 1, appearance.DEPTHS),
            shadow=_draw_shadow(rng, most.shadow),
            speckle=most.speckle * rng.random(),
            grain=rng.uniform(1.0, 2.5),
            blur=most.blur * max(0.0, rng.uniform(-1, 1)),  # half of the images stay sharp
            seed=int(rng.integers(2**31)),
        )


def _draw_shadow(rng: np.random.Generator, probability: float) -> tuple | None:
    """Return centre, width, start and share of a shadow, or None."""
    drawn = rng.random() < probability
    band = rng.random(), rng.uniform(0.03, 0.12), rng.uniform(0.0, 0.6), rng.uniform(0.3, 0.8)
    return band if drawn else None


@dataclass(frozen=True)
class FixedAugmentation:
    """One drawn change. Masks (values 0 and 1) are moved, nothing else.

    Attributes:
        flip: Mirror left and right.
        shift: (dy, dx) as shares of the image's sides.
        scale: Factor of size about the centre.
        gain: Factor of the mean grey level.
        contrast: Factor of differences from the mean.
        gamma: Exponent of the grey map.
        depth_gain: Gains at `appearance.DEPTHS` depths.
        shadow: See `appearance.cast_shadow`, or None.
        speckle: Standard deviation of the noise that is multiplied in.
        grain: Its grain, px of an image of `BLUR_AT_PX`.
        blur: Radius, px of an image of `BLUR_AT_PX`.
        seed: Of the noise.
    """

    flip: bool
    shift: np.ndarray
    scale: float
    gain: float
    contrast: float
    gamma: float
    depth_gain: np.ndarray
    shadow: tuple | None
    speckle: float
    grain: float
    blur: float
    seed: int

    def augment_image(self, image: np.ndarray) -> np.ndarray:
        """Return the changed image (h, w, c), or mask (h, w) of 0 and 1; same shape and dtype."""
        if image.ndim == 2:
            return self._move(image, Image.Resampling.NEAREST)
        planes = [
            self._move(image[..., i], Image.Resampling.BILINEAR) for i in range(image.shape[-1])
        ]
        if all(np.array_equal(planes[0], plane) for plane in planes[1:]):  # grey, repeated
            looks = [self._look(planes[0])] * len(planes)
        else:
            looks = [self._look(plane) for plane in planes]
        return np.stack(looks, axis=-1)

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

    def _look(self, plane: np.ndarray) -> np.ndarray:
        """Change how the tissue looks; black padding stays black."""
        seen = plane > 0
        unit = plane.shape[0] / BLUR_AT_PX
        grey = plane.astype(np.float32)
        if self.blur > LEAST_BLUR_PX:
            grey = appearance.blur(grey, self.blur * unit)
        if self.gamma != 1:
            grey = appearance.change_gamma(grey, self.gamma)
        grey = appearance.change_gain(grey, self.gain, self.contrast, seen)
        if np.any(self.depth_gain != 1):
            grey = appearance.change_depth_gain(grey, self.depth_gain)
        if self.shadow is not None:
            grey = appearance.cast_shadow(grey, *self.shadow)
        if self.speckle:
            grey = appearance.add_speckle(grey, self.speckle, self.grain * unit, self.seed)
        return np.where(seen, np.rint(grey).clip(1, 255), 0).astype(plane.dtype)
