"""What an annotation file holds: its images, and the outlines that were drawn on each."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Region:
    """One annotation of an image.

    Args:
        key: Its identifier in the file: the annotation's for COCO, the region's for VIA.
        kind: ``polygon``, ``ellipse``, ``rle`` or ``unusable``.
        geometry: Polygons: lists of coordinates, px; an ellipse: centre x and y, half axes, and
            direction in radians; run lengths: COCO's ``segmentation``; unusable: the reason.
        name: Its name in messages.
        size: The (height, width) of the image that it was drawn on, px, if the file tells.
        words: What it is called: its category, or the values of its attributes.
        case_id: The case that it is said to belong to, or empty.
    """

    key: str
    kind: str
    geometry: Any
    name: str
    size: tuple[int, int] | None = None
    words: tuple[str, ...] = ()
    case_id: str = ""


@dataclass(frozen=True)
class AnnotatedImage:
    """An image of an annotation file.

    Args:
        key: What a reference calls it: its file's name, or VIA's own key where names repeat.
        file: The file's name, as in the annotation file.
        file_bytes: The file's size in bytes, where the annotation file tells; else ``None``.
        regions: Its annotations.
        original: The file's name before a tool changed it, where the annotation file tells.
        source: The annotation file, relative to the root, where every image has one of its own.
    """

    key: str
    file: str
    file_bytes: int | None = None
    regions: list[Region] = field(default_factory=list)
    original: str = ""
    source: str = ""


@dataclass(frozen=True)
class Annotations:
    """A whole annotation file.

    Args:
        kind: ``coco`` or ``via``.
        images: Its images.
        regions: Each region by its identifier: the annotation, or file and region.
    """

    kind: str
    images: list[AnnotatedImage]
    regions: dict[tuple[str | None, str], Region]

    def find(self, key: str, file: str | None) -> Region | None:
        """Return a region by its identifier; ``file`` is VIA's image, ``None`` for COCO."""
        return self.regions.get((file, key))
