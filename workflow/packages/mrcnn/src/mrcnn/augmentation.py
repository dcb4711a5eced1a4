"""Random changes of training images by an object with imgaug's interface.

imgaug is no dependency: what it needs to know about masks is told to it through an object with
the methods that it calls on its ``hooks``.
"""

import inspect

import numpy as np

# imgaug's classes that move pixels (a subclass counts as its base), or only group others. All
# else, such as blur or contrast, belongs to the image and must leave masks alone.
GEOMETRIC = frozenset(
    {"Sequential", "SomeOf", "OneOf", "Sometimes", "Identity", "Noop"}
    | {"Fliplr", "Flipud", "Affine", "PiecewiseAffine", "PerspectiveTransform", "Rot90"}
    | {"ElasticTransformation", "Jigsaw", "WithPolarWarping", "Crop", "Pad", "CropAndPad"}
)


class MaskHooks:
    """What imgaug asks of ``hooks`` while it augments a mask: only geometry is active."""

    def is_activated(self, images, augmenter, parents, default) -> bool:
        """Say whether an augmenter applies to masks."""
        return default and any(base.__name__ in GEOMETRIC for base in type(augmenter).__mro__)

    def is_propagating(self, images, augmenter, parents, default) -> bool:
        """Say whether an augmenter hands masks to its children: as it does by itself."""
        return default

    def preprocess(self, images, augmenter, parents):
        """Return masks as they come."""
        return images

    def postprocess(self, images, augmenter, parents):
        """Return masks as they are."""
        return images


def augment(image: np.ndarray, mask: np.ndarray, augmentation) -> tuple[np.ndarray, np.ndarray]:
    """Apply one draw of an augmentation to an image and its masks.

    Args:
        image: (h, w, c).
        mask: (h, w, n) bool.
        augmentation: Any object with imgaug's ``to_deterministic()`` and ``augment_image(image)``;
            the deterministic object must treat a mask, (h, w) uint8 of 0 and 1, as it treated
            the image. If ``augment_image`` takes ``hooks``, as imgaug's does, masks come with
            `MaskHooks`.

    Returns:
        tuple: image and masks, of the same shapes.

    Raises:
        ValueError: If the augmentation changes a size.
    """
    fixed = augmentation.to_deterministic()
    shape = image.shape
    image = np.asarray(fixed.augment_image(image))
    takes_hooks = "hooks" in inspect.signature(fixed.augment_image).parameters
    extra = {"hooks": MaskHooks()} if takes_hooks else {}
    planes = [
        np.asarray(fixed.augment_image(np.ascontiguousarray(mask[:, :, i], np.uint8), **extra))
        for i in range(mask.shape[-1])
    ]
    if image.shape != shape or any(plane.shape != shape[:2] for plane in planes):
        raise ValueError("augmentation must not change the size of an image or its masks")
    return image, np.stack(planes, axis=-1).astype(bool) if planes else mask
