"""Outline references: what the column ``outline`` of cohort.csv may say, and what it means.

A reference is a path relative to the cohort's root, and after ``#`` what to take from that file::

    masks/case1.png                              the bright pixels
    masks/case1.png#level=2                      the pixels of one level of a map of labels
    masks/case1.png#colour=red                   the red pixels of a mask in colours
    masks/case1.png#colour=red&part=2            the second largest region of them
    masks/case1.png#colour=red&fit=image         all of them, brought to the image's size
    outlines.json#image=case1.png&region=0       a polygon out of an annotation file (annotations)
    rois/case1.zip#roi=Mass                      an outline of ImageJ's ROI Manager
    seg/case1.dcm#segment=2                      a segment of a DICOM segmentation
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from scipy import ndimage

from smallmass.cohort import images, mask_levels, medical, outline_shapes, segmentations
from smallmass.cohort.problems import ImageProblem
from smallmass.cohort.references import is_annotation, split_reference
from smallmass.counts import number_of

_CHANNELS = {"red": 0, "green": 1, "blue": 2}
# What may be asked of an image of a mask, each with its pattern; and the numbers among them.
_OF_MASKS = {
    "colour": "|".join(_CHANNELS),
    "level": "[0-9]+",
    "part": "[1-9][0-9]*",
    "fit": "image",
}
_NUMBERS = {
    "part": "1, 2, ...", "segment": "1, 2, ...", "level": "0, 1, ...", "frame": "0, 1, ...",
}  # fmt: skip
# How far the sides of a mask may be from the image's proportions: a mask of the whole image in
# another size is off by its rounded pixels alone, a mask of a part of the image by more.
_PROPORTION = 0.02


def read_outline(
    root: str | Path, reference: str, shape: tuple[int, int] | None = None
) -> np.ndarray:
    """Read the outline that a reference names, filled if it was drawn as a closed line.

    Arguments, result and errors are those of `read_drawn`.
    """
    return outline_shapes.filled(read_drawn(root, reference, shape))[0]


def read_drawn(
    root: str | Path, reference: str, shape: tuple[int, int] | None = None
) -> np.ndarray:
    """Read the outline that a reference names, as it was drawn.

    Args:
        root: The folder that the reference is relative to.
        reference: See the module's text.
        shape: The image's (height, width), px. Polygons are drawn at this size, and a mask with
            ``fit=image`` is brought to it. Where the image could not be read, ``None`` leaves a
            mask at its own size.

    Returns:
        np.ndarray: bool (height, width).

    Raises:
        ImageProblem: If the file is missing or unreadable, a selector is unknown, there is no such
            part, or a mask that is to fit has other proportions than the image.
    """
    name, selectors = split_reference(reference)
    path = Path(root) / name
    if is_annotation(name):
        from smallmass.cohort.annotations import annotation_mask

        return annotation_mask(path, selectors, shape)
    if medical.is_imagej(name):
        _check_selectors(selectors, reference, {"roi": ".+"} if name[-4:].lower() == ".zip" else {})
        return medical.imagej_roi(path, shape, selectors.get("roi"))
    if segmentations.is_segmentation(name):
        _check_selectors(selectors, reference, segmentations.SELECTORS)
        return segmentations.segmentation_mask(path, selectors)
    _check_selectors(selectors, reference, _OF_MASKS)
    if "colour" in selectors:
        outline = colour_mask(images.read_colour(path), selectors["colour"])
    else:
        levels = images.read_levels(path)
        outline = mask_levels.lesion(levels, str(path), selectors.get("level"))
    if "part" in selectors:
        outline = _part(outline, int(selectors["part"]), path)
    if "fit" in selectors and shape is not None:
        return _fitted(outline, shape, path)
    return outline


def case_outline(root: str | Path, case: dict) -> np.ndarray:
    """Read the outline of a case; its image too, where the outline depends on the image's size.

    Args:
        root: The folder that the case's paths are relative to.
        case: A row of cohort.csv with image, frame and outline.

    Returns:
        np.ndarray: bool (height, width).

    Raises:
        ImageProblem: As for `read_outline`, and if the image cannot be read.
    """
    name, selectors = split_reference(case["outline"])
    shape = None
    if "fit" in selectors or is_annotation(name) or medical.is_imagej(name):
        frame = None if pd.isna(case["frame"]) else int(case["frame"])
        shape = images.read_grey(Path(root) / case["image"], frame).shape
    return read_outline(root, case["outline"], shape)


def colour_mask(levels: np.ndarray, colour: str) -> np.ndarray:
    """Return the pixels of one colour in a mask of several.

    A pixel has the colour where this channel exceeds the others by more than half of the most
    that it does anywhere. Softened edges and JPEG's ringing so belong to the side that they are
    nearer to, and a dark green counts like a bright one.

    Args:
        levels: uint8 (height, width, 3), red, green, blue.
        colour: red, green or blue.

    Returns:
        np.ndarray: bool (height, width).
    """
    channel, *others = sorted(range(3), key=lambda place: place != _CHANNELS[colour])
    most = np.maximum(levels[..., others[0]], levels[..., others[1]])
    excess = levels[..., channel].astype(np.int16) - most
    # Of a colour that the mask does not have, JPEG leaves traces next to the others.
    if excess.max() <= levels.max() / 4:
        return np.zeros(excess.shape, dtype=bool)
    return excess > excess.max() / 2


def part_areas(mask: np.ndarray) -> list[int]:
    """Return the areas of a mask's connected regions in px, the largest first.

    Pixels that touch by a corner are connected. The place in the list, from 1, is what ``part``
    means in a reference.

    Args:
        mask: bool (height, width).
    """
    return _labelled(mask)[1]


def fits(mask: tuple[int, int], image: tuple[int, int]) -> bool:
    """Return whether a mask can be the whole image in another size: it has its proportions.

    Args:
        mask: The mask's (height, width), px.
        image: The image's (height, width), px.
    """
    scale_y, scale_x = image[0] / mask[0], image[1] / mask[1]
    return abs(scale_y / scale_x - 1) <= _PROPORTION


def _check_selectors(selectors: dict[str, str], reference: str, allowed: dict[str, str]) -> None:
    for key, value in selectors.items():
        if key not in allowed:
            raise ImageProblem(
                f"{key!r} in {reference!r} means nothing for "
                f"{'a mask image' if allowed is _OF_MASKS else 'such a file'}; use "
                + (f"one of {', '.join(allowed)}" if allowed else "the path alone")
            )
        if not re.fullmatch(allowed[key], value):
            words = _NUMBERS.get(key, allowed[key].replace("|", ", "))
            raise ImageProblem(f"{key} is {value!r} in {reference!r}; use one of {words}")


def _labelled(mask: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Return the regions of a mask, numbered from 1 by decreasing area, and these areas, px."""
    whole = np.zeros(mask.shape, dtype=np.int32)
    box = outline_shapes.box_of(mask)
    if box is None:
        return whole, []
    labels, count = ndimage.label(mask[box], structure=np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    order = np.argsort(-areas, kind="stable")
    rank = np.zeros(count + 1, dtype=np.int32)
    rank[order + 1] = np.arange(1, count + 1)
    whole[box] = rank[labels]
    return whole, areas[order].tolist()


def _part(mask: np.ndarray, part: int, path: Path) -> np.ndarray:
    """Return one region of a mask, see `part_areas`."""
    regions, areas = _labelled(mask)
    if part > len(areas):
        raise ImageProblem(
            f"has {number_of(len(areas), 'region')}, and part {part} was asked for: {path}"
        )
    return regions == part


def _fitted(outline: np.ndarray, shape: tuple[int, int], path: Path) -> np.ndarray:
    """Return a mask at the image's size, by the nearest pixel.

    Args:
        outline: bool (height, width).
        shape: The image's (height, width), px.
        path: The mask, for the message.
    """
    if outline.shape == tuple(shape):
        return outline
    if not fits(outline.shape, shape):
        raise ImageProblem(
            f"the mask is {outline.shape[1]} x {outline.shape[0]} px and the image "
            f"{shape[1]} x {shape[0]} px, so it is not the same picture in another size: {path}"
        )
    small = Image.fromarray(outline.astype(np.uint8))
    resized = small.resize((shape[1], shape[0]), Image.Resampling.NEAREST)
    return np.asarray(resized).astype(bool)
