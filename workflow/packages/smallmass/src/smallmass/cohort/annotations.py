"""Outlines out of annotation files: one region, or several that are one lesion, as a mask.

The files themselves are read by `annotation_files`.
"""

from pathlib import Path
from typing import Any

import numpy as np

from smallmass.cohort.annotated import Annotations, Region
from smallmass.cohort.annotation_files import load
from smallmass.cohort.problems import ImageProblem
from smallmass.cohort.run_lengths import decompress, mask_of

# How far a vertex may lie outside the image, px: what rounding and a drawn line's width explain.
SLACK_PX = 1.0
# Of an image that is not known: a wrong number in the file must not fill the memory.
_LARGEST_PX = 10_000


def annotation_mask(
    path: str | Path, selectors: dict[str, str], shape: tuple[int, int] | None = None
) -> np.ndarray:
    """Return the mask of an outline in a COCO or VIA file.

    A pixel belongs to a polygon if its centre lies inside (even-odd rule); coordinates are those
    of pixel edges, so that an image of width w reaches from 0 to w.

    Args:
        path: The annotation file.
        selectors: For COCO ``annotation``, for VIA ``file`` and ``region``: the identifiers of one
            region, or of several, joined by commas, that together are one lesion.
        shape: The image's (height, width), px. A polygon must lie in it. Where it is ``None``, the
            size that the file tells is taken, else one that is just large enough.

    Returns:
        np.ndarray: bool (height, width).

    Raises:
        ImageProblem: If the file cannot be read, has no such region, or the region is not an
            outline inside the image.
    """
    annotations = load(path)
    masks = [
        region_mask(region, shape, str(path)) for region in _selected(annotations, selectors, path)
    ]
    height = max(mask.shape[0] for mask in masks)
    width = max(mask.shape[1] for mask in masks)
    joined = np.zeros((height, width), dtype=bool)
    for mask in masks:
        joined[: mask.shape[0], : mask.shape[1]] |= mask
    return joined


def region_mask(region: Region, shape: tuple[int, int] | None, file: str) -> np.ndarray:
    """Return the mask of one region, bool (height, width); see `annotation_mask`.

    Args:
        region: From `annotation_files`.
        shape: The image's (height, width), px, if known.
        file: The path of the file, for messages.
    """
    where = f"{region.name} in {file}"
    drawn_on = region.size
    if shape is not None and drawn_on is not None and tuple(shape) != tuple(drawn_on):
        raise ImageProblem(
            f"{where} was drawn on an image of {drawn_on[1]} x {drawn_on[0]} px, the image has "
            f"{shape[1]} x {shape[0]} px",
            "Give the images at the size that was drawn on, or export the outlines for these",
        )
    shape = shape or drawn_on
    try:
        match region.kind:
            case "polygon":
                return _polygons(region.geometry, shape, where)
            case "ellipse":
                return _ellipse(region.geometry, shape, where)
            case "rle":
                return _run_lengths(region.geometry, shape, where)
    except (TypeError, ValueError, KeyError, IndexError, OverflowError) as error:
        raise ImageProblem(f"{where} cannot be understood ({error})") from None
    raise ImageProblem(f"{where} {region.geometry}")


def polygon_mask(vertices: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the pixels whose centre lies inside a closed polygon (even-odd rule).

    Pillow's own polygons are larger by half a pixel all around, because they count every pixel
    that the line touches: 3 % of the area at a diameter of 60 px.

    Args:
        vertices: float (n, 2), x and y in px.
        shape: The image's (height, width), px.

    Returns:
        np.ndarray: bool (height, width).
    """
    from matplotlib.path import Path as Polygon

    mask = np.zeros(shape, dtype=bool)
    x1, y1 = np.clip(np.floor(vertices.min(axis=0)), 0, shape[::-1]).astype(int)
    x2, y2 = np.clip(np.ceil(vertices.max(axis=0)), 0, shape[::-1]).astype(int)
    x, y = np.meshgrid(np.arange(x1, x2) + 0.5, np.arange(y1, y2) + 0.5)
    if x.size:
        inside = Polygon(vertices).contains_points(np.column_stack((x.ravel(), y.ravel())))
        mask[y1:y2, x1:x2] = inside.reshape(x.shape)
    return mask


def _selected(
    annotations: Annotations, selectors: dict[str, str], path: str | Path
) -> list[Region]:
    wanted = {"coco": {"annotation"}, "via": {"file", "region"}}[annotations.kind]
    if set(selectors) != wanted:
        raise ImageProblem(
            f"a reference into {path} must say {' and '.join(sorted(wanted))}, and says "
            f"{' and '.join(sorted(selectors)) or 'nothing'}"
        )
    keys = selectors["annotation" if annotations.kind == "coco" else "region"].split(",")
    file = selectors.get("file")
    regions = []
    for key in keys:
        region = annotations.find(key, file)
        if region is None:
            of = f" of {file}" if file else ""
            raise ImageProblem(f"no annotation {key}{of} in {path}")
        regions.append(region)
    return regions


def _polygons(polygons: list[Any], shape: tuple[int, int] | None, where: str) -> np.ndarray:
    """Return the union of polygons, each given as n pairs of x and y."""
    arrays = [np.asarray(polygon, dtype=float).reshape(-1, 2) for polygon in polygons]
    if not arrays or any(len(array) < 3 for array in arrays):
        raise ImageProblem(f"{where} has fewer than three corners")
    corners = np.concatenate(arrays)
    if not np.isfinite(corners).all():
        raise ImageProblem(f"{where} has a corner that is not a number")
    shape = shape or _enclosing(corners)
    height, width = shape
    low, high = corners.min(axis=0), corners.max(axis=0)
    if (low < -SLACK_PX).any() or high[0] > width + SLACK_PX or high[1] > height + SLACK_PX:
        raise ImageProblem(
            f"{where} lies outside the image: x from {low[0]:g} to {high[0]:g} and y from "
            f"{low[1]:g} to {high[1]:g} px, in an image of {width} x {height} px",
            "Look whether it was drawn on this image, in this size, with x before y",
        )
    return np.logical_or.reduce([polygon_mask(array, shape) for array in arrays])


def _ellipse(
    geometry: tuple[float, float, float, float, float],
    shape: tuple[int, int] | None,
    where: str,
) -> np.ndarray:
    """Return the pixels whose centre lies in an ellipse.

    What reaches over the image's border is cut off, but its centre must lie in the image.

    Args:
        geometry: The centre's x and y, the half axes along the direction ``theta`` and across it,
            all px, and ``theta``: radians from the x axis towards the y axis (clockwise on a
            screen).
        shape: The image's (height, width), px, if known.
        where: The region, for messages.
    """
    cx, cy, rx, ry, theta = (float(number) for number in geometry)
    if not np.isfinite([cx, cy, rx, ry, theta]).all() or min(rx, ry) <= 0:
        raise ImageProblem(f"{where} has no size")
    shape = shape or _enclosing(np.array([[cx + max(rx, ry), cy + max(rx, ry)]]))
    height, width = shape
    if not (0 <= cx <= width and 0 <= cy <= height):
        raise ImageProblem(
            f"{where} lies outside the image: its centre is at x {cx:g}, y {cy:g} px, in an image "
            f"of {width} x {height} px"
        )
    x, y = np.arange(width)[None, :] + 0.5 - cx, np.arange(height)[:, None] + 0.5 - cy
    along, across = x * np.cos(theta) + y * np.sin(theta), y * np.cos(theta) - x * np.sin(theta)
    return (along / rx) ** 2 + (across / ry) ** 2 <= 1


def _run_lengths(segmentation: dict, shape: tuple[int, int] | None, where: str) -> np.ndarray:
    """Return COCO's run lengths as a mask: column by column, background first."""
    height, width = (int(side) for side in segmentation["size"])
    if shape is not None and (height, width) != tuple(shape):
        raise ImageProblem(
            f"{where} is {width} x {height} px, the image has {shape[1]} x {shape[0]} px"
        )
    if not (0 < height <= _LARGEST_PX and 0 < width <= _LARGEST_PX):
        raise ImageProblem(f"{where} is said to be {width} x {height} px")
    counts = segmentation["counts"]
    runs = decompress(counts) if isinstance(counts, str) else counts
    try:
        return mask_of(runs, height, width)
    except ValueError as error:
        raise ImageProblem(f"{where} is damaged: {error}") from None


def _enclosing(corners: np.ndarray) -> tuple[int, int]:
    """Return the (height, width) of the smallest image that holds all corners, px."""
    width, height = np.clip(np.ceil(corners.max(axis=0)), 1, _LARGEST_PX).astype(int)
    return int(height), int(width)
