"""Which starts there are for an image model, and what the settings alone can tell of them (A40)."""

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING

from smallmass.errors import closest

if TYPE_CHECKING:
    from smallmass.settings import ImageModelSettings

PHANTOMS = "phantoms"
STUDY = "study:"
# Whose published weights there are, by the backbone that they are of.
PUBLISHED = {"imagenet": ("resnet50", "resnet101", "swin_tiny"), "coco": ("resnet101",)}
SUFFIXES = (".h5", ".hdf5")


class Kind(StrEnum):
    """Where a start's weights come from."""

    IMAGENET = "imagenet"
    COCO = "coco"
    STUDY = "study"
    FILE = "file"


def kind_of(weights: str) -> Kind:
    """Return the kind of a start.

    Args:
        weights: ``image_model.weights``, not empty.
    """
    if weights in PUBLISHED:
        return Kind(weights)
    return Kind.STUDY if study_of(weights) else Kind.FILE


def study_of(weights: str | None) -> str | None:
    """Return the name of the study whose model is the start; None for every other start.

    ``phantoms`` is short for ``study:phantoms``.

    Args:
        weights: ``image_model.weights``.
    """
    if weights == PHANTOMS:
        return PHANTOMS
    return weights.removeprefix(STUDY) if weights and weights.startswith(STUDY) else None


def in_words(weights: str | None) -> str:
    """Return what an image model started from, for a page; the name alone of a file.

    Args:
        weights: ``image_model.weights``.
    """
    if not weights:
        return "not pretrained"
    name = study_of(weights)
    if name == PHANTOMS:
        return "pretrained on phantoms"
    if name:
        return f"pretrained in the study {name}"
    words = {"imagenet": "ImageNet", "coco": "COCO"}.get(weights)
    return f"pretrained on {words}" if words else f"pretrained ({PurePath(weights).name})"


def problems(settings: "ImageModelSettings") -> Iterator[str]:
    """Yield what is wrong with a start before any file is looked for.

    Args:
        settings: ``weights``, ``weights_sha256`` and ``backbone``.
    """
    weights, sha256 = settings.weights, settings.weights_sha256
    if not weights:
        return
    if weights in PUBLISHED:
        known = PUBLISHED[weights]
        if settings.backbone not in known:
            yield (
                f"image_model.weights: there are {weights} weights of {', '.join(known)} alone, "
                f"and image_model.backbone is {settings.backbone}"
            )
        return
    name = study_of(weights)
    if weights.startswith(STUDY) and not re.fullmatch("[a-z][a-z0-9_]*", name or ""):
        yield f"image_model.weights: {weights} names no study; write study:NAME"
    elif name is None and not _is_file_name(weights):
        words = [*PUBLISHED, PHANTOMS]
        yield (
            f"image_model.weights: {weights!r} is no start{closest(weights, words)}. Allowed: "
            f"null, {', '.join(words)}, study:NAME, or a file ({' or '.join(SUFFIXES)})"
        )
    elif name is None and not sha256:
        yield (
            "image_model.weights_sha256: missing; a weight file is read only if its sha256 is named"
        )
    elif name is not None and sha256:
        yield (
            f"image_model.weights_sha256: is for a file; what {weights} must be is recorded beside "
            "it. Leave it out"
        )


def _is_file_name(weights: str) -> bool:
    """Return whether a text can be meant as a weight file."""
    return PurePath(weights).suffix.lower() in SUFFIXES
