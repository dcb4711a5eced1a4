"""Where on the screen the tissue is, how large a pixel is there, and the crop that follows.

An ultrasound frame is a picture of the machine's screen: around the tissue stand the patient's
name, the date, scales and buttons. The machine says in SequenceOfUltrasoundRegions (PS3.3
C.8.5.5) which rectangle holds what.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset

Box = tuple[int, int, int, int]  # y1, x1, y2, x2, px; y2 and x2 lie outside

TWO_DIMENSIONAL, TISSUE, CENTIMETRES = 1, 1, 3  # enumerated values of PS3.3 C.8.5.5.1
# Pixels are called square where width and height differ by less than this share.
SQUARE = 0.01
MOST_STRETCH = 4.0


@dataclass(frozen=True)
class Region:
    """A rectangle of B-mode tissue.

    Args:
        box: y1, x1, y2, x2 in px of the frame; y2 and x2 lie outside.
        pixel_cm: Height and width of a pixel in cm, or None where it is not calibrated.
    """

    box: Box
    pixel_cm: tuple[float, float] | None

    @property
    def area(self) -> int:
        """The number of pixels."""
        return (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])


def tissue_regions(header: Dataset) -> tuple[list[Region], bool]:
    """Return the regions of two-dimensional tissue, the largest first.

    A rectangle that sticks out of the frame was made for another size: the frame was shrunk or
    cut after the machine had measured it, so that neither place nor scale can be believed.

    Returns:
        tuple: The regions, and whether one was left out because it does not fit the frame.
    """
    height, width = int(header.Rows), int(header.Columns)
    by_box: dict[Box, Region] = {}
    misfit = False
    for item in header.get("SequenceOfUltrasoundRegions") or ():
        if (
            item.get("RegionSpatialFormat") != TWO_DIMENSIONAL
            or item.get("RegionDataType") != TISSUE
        ):
            continue
        box = _box(item)
        # The right and lower bounds are pixels of the region; some machines write the one after.
        if box is None or box[0] < 0 or box[1] < 0 or box[2] > height + 1 or box[3] > width + 1:
            misfit = True
            continue
        box = box[0], box[1], min(box[2], height), min(box[3], width)
        if box[2] - box[0] < 2 or box[3] - box[1] < 2:
            misfit = True
            continue
        by_box.setdefault(box, Region(box, _calibration(item)))
    return sorted(by_box.values(), key=lambda region: (-region.area, region.box)), misfit


def frame_spacing_cm(header: Dataset) -> tuple[float, float] | None:
    """Return height and width of a pixel in cm out of PixelSpacing (mm), or None."""
    try:
        high, wide = (float(value) / 10 for value in header.get("PixelSpacing") or ())
    except (TypeError, ValueError):
        return None
    return (high, wide) if high > 0 and wide > 0 else None


def aspect(header: Dataset) -> float:
    """Return a pixel's height divided by its width, out of PixelAspectRatio; 1 where unknown."""
    try:
        high, wide = (int(value) for value in header.get("PixelAspectRatio") or ())
    except (TypeError, ValueError):
        return 1.0
    return high / wide if high > 0 and wide > 0 else 1.0


@dataclass(frozen=True)
class Crop:
    """What becomes of a frame: parts made black, a rectangle cut out, pixels made square.

    Args:
        box: y1, x1, y2, x2 in px of the frame; y2 and x2 lie outside.
        shape: (height, width) of the result, px.
        pixel_cm: Size of the result's pixels in cm, or None where unknown.
        masks: Rectangles that become black, as ``box``; they may stick out of the frame.
    """

    box: Box
    shape: tuple[int, int]
    pixel_cm: float | None
    masks: tuple[Box, ...] = ()

    def of_image(self, levels: np.ndarray) -> np.ndarray:
        """Return a frame's part, made black, cut out and resized.

        Args:
            levels: uint8 (height, width) of the whole frame.

        Returns:
            np.ndarray: uint8 of ``shape``.
        """
        clean = levels.copy()
        for y1, x1, y2, x2 in self.masks:
            clean[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)] = 0
        return self._resized(self._cut(clean), Image.Resampling.BILINEAR)

    def of_outline(self, outline: np.ndarray) -> np.ndarray:
        """Return an outline, drawn on the whole frame, in the coordinates of the result.

        Args:
            outline: bool (height, width) of the whole frame.

        Returns:
            np.ndarray: bool of ``shape``.
        """
        levels = self._cut(np.asarray(outline, dtype=np.uint8))
        return self._resized(levels, Image.Resampling.NEAREST).astype(bool)

    def _cut(self, levels: np.ndarray) -> np.ndarray:
        y1, x1, y2, x2 = self.box
        return levels[y1:y2, x1:x2]

    def _resized(self, levels: np.ndarray, how: Image.Resampling) -> np.ndarray:
        if levels.shape == self.shape:
            return levels
        return np.asarray(Image.fromarray(levels).resize(self.shape[::-1], how))


def make_crop(
    box: Box, pixel: tuple[float, float] | None, ratio: float = 1.0, masks: Sequence[Box] = ()
) -> Crop:
    """Return the crop to a rectangle, with square pixels.

    Pixels that are not square become so by stretching the coarser direction, so that no detail
    is lost.

    Args:
        box: y1, x1, y2, x2 in px of the frame.
        pixel: Height and width of a pixel in cm, or None where unknown.
        ratio: A pixel's height divided by its width; used where ``pixel`` is None.
        masks: Rectangles that become black.

    Raises:
        ValueError: If a pixel is more than four times as long as wide, or the reverse.
    """
    ratio = pixel[0] / pixel[1] if pixel else ratio
    height, width = box[2] - box[0], box[3] - box[1]
    fine = min(pixel) if pixel else None
    masks = tuple((y1, x1, y2, x2) for y1, x1, y2, x2 in masks)
    if abs(ratio - 1) <= SQUARE:
        mean = (pixel[0] * pixel[1]) ** 0.5 if pixel else None
        return Crop(box, (height, width), mean, masks)
    if not 1 / MOST_STRETCH <= ratio <= MOST_STRETCH:
        raise ValueError(f"a pixel's height is {ratio:.3g} times its width")
    shape = (round(height * ratio), width) if ratio > 1 else (height, round(width / ratio))
    return Crop(box, shape, fine, masks)


def _box(item: Dataset) -> Box | None:
    names = ("RegionLocationMinY0", "RegionLocationMinX0")
    ends = ("RegionLocationMaxY1", "RegionLocationMaxX1")
    try:
        y1, x1 = (int(item.get(name)) for name in names)
        y2, x2 = (int(item.get(name)) + 1 for name in ends)
    except (TypeError, ValueError):
        return None
    return y1, x1, y2, x2


def _calibration(item: Dataset) -> tuple[float, float] | None:
    """Return height and width of a region's pixel in cm, if it is calibrated in cm."""
    units = item.get("PhysicalUnitsYDirection"), item.get("PhysicalUnitsXDirection")
    if units != (CENTIMETRES, CENTIMETRES):
        return None
    try:
        # A negative increment says that the axis runs upwards.
        high, wide = abs(float(item.PhysicalDeltaY)), abs(float(item.PhysicalDeltaX))
    except (AttributeError, TypeError, ValueError):
        return None
    usable = 0 < high < float("inf") and 0 < wide < float("inf")
    return (high, wide) if usable else None
