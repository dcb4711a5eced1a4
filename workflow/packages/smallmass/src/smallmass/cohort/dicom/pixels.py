"""The pixels of a DICOM frame as 8-bit grey levels, whatever its colours and compression."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pydicom
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels import (
    apply_color_lut,
    apply_modality_lut,
    apply_voi,
    apply_windowing,
    get_decoder,
    pixel_array,
)

from smallmass.cohort.images import is_coloured

GREY = ("MONOCHROME1", "MONOCHROME2")
COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")
PALETTE = "PALETTE COLOR"
# A frame of an ultrasound machine has a few million pixels; anything larger is an error or a trap.
MOST_PIXELS = 50_000_000


class PixelProblem(Exception):
    """Pixels that cannot be used. The message says why, and holds nothing out of the file."""


@contextmanager
def silence() -> Iterator[None]:
    """Keep pydicom from warning: its warnings quote values, which may name a patient.

    Warnings are a setting of the whole process: enter it once, around all threads.
    """
    logger = logging.getLogger("pydicom")
    level, mode = logger.level, pydicom.config.settings.reading_validation_mode
    logger.setLevel(logging.CRITICAL + 1)
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
        pydicom.config.settings.reading_validation_mode = mode


def frames_of(header: Dataset) -> int:
    """Return how many frames a file says that it has; 1 where it does not say."""
    return max(int(header.get("NumberOfFrames") or 1), 1)


class Frame(NamedTuple):
    """A frame as it was read.

    Args:
        levels: uint8 (Rows, Columns), brighter for a stronger echo.
        coloured: Whether it shows colours, such as Doppler or drawings, and not grey alone: the
            colours of more than one in 200 pixels differ by more than 48 of 255.
    """

    levels: np.ndarray
    coloured: bool


def read_frame(path: str | Path, header: Dataset, frame: int = 0) -> Frame:
    """Read one frame as grey levels.

    Grey images go through their modality and window settings (PS3.3 C.11) or, where they have
    none, from the full range of their stored bits to 0..255; MONOCHROME1 is inverted. Colours
    become luma (ITU-R BT.601). Overlays are not drawn, and bits that do not belong to the image
    are cleared.

    Args:
        path: The DICOM file.
        header: Its data set without pixels, with the whole of group 0028.
        frame: Which frame, from 0.

    Raises:
        PixelProblem: If the pixels are missing, damaged, too many, or of a kind that cannot be
            decoded.
    """
    kind = _check(header)
    if not 0 <= frame < frames_of(header):
        raise PixelProblem(f"there is no frame {frame}: it has {frames_of(header)}, counted from 0")
    stored = _stored(path, header, frame)
    shape = int(header.Rows), int(header.Columns)
    if stored.shape[:2] != shape:
        raise PixelProblem("its pixels have another size than its header says")
    try:
        if kind in GREY:
            return Frame(_grey(stored, header, inverted=kind == "MONOCHROME1"), False)
        if kind == PALETTE:
            colours = _palette(stored, header)
        else:
            colours = _to_8_bit(stored, int(header.BitsStored))
        return Frame(_luma(colours), is_coloured(colours))
    except Exception:
        raise PixelProblem("its window, lookup table or palette is damaged") from None


def _stored(path: str | Path, header: Dataset, frame: int) -> np.ndarray:
    """Return a frame's values; of a file that cannot be read frame by frame, out of all of it."""
    try:
        return pixel_array(path, index=frame)
    except AttributeError:
        problem = PixelProblem("its pixels are missing or cut off")
    except Exception:  # pydicom and its decoders raise anything, with values in the message
        problem = PixelProblem("its pixels are damaged or cut off")
    try:  # deflated files, and those that name another syntax than they are written in
        whole = dcmread(path).pixel_array
    except Exception:
        raise problem from None
    return whole[frame] if frames_of(header) > 1 else whole


def _check(header: Dataset) -> str:
    """Return the photometric interpretation of pixels that can be read."""
    kind = str(header.get("PhotometricInterpretation") or "").strip().upper()
    if kind not in (*GREY, *COLOUR, PALETTE):
        raise PixelProblem("its photometric interpretation is missing or none of ultrasound's")
    needed = ("Rows", "Columns", "BitsAllocated", "BitsStored", "PixelRepresentation")
    if not all(isinstance(header.get(name), int) for name in needed):
        raise PixelProblem("its header does not say how many pixels it has, and of how many bits")
    if not (header.Rows and header.Columns):
        raise PixelProblem("its header says that it has no pixels")
    if header.Rows * header.Columns > MOST_PIXELS:
        raise PixelProblem(
            f"it is {header.Columns} x {header.Rows} px, more than {MOST_PIXELS:,} pixels"
        )
    syntax: Any = getattr(header, "file_meta", {}).get("TransferSyntaxUID")
    try:
        available = get_decoder(syntax).is_available
    except (NotImplementedError, AttributeError, TypeError, ValueError):
        raise PixelProblem("its transfer syntax is missing, unknown or holds no image") from None
    if not available:
        raise PixelProblem(
            f"it is compressed as {syntax.name}, which is not decoded here: install "
            "what decodes it (uv sync --extra formats), or export it uncompressed"
        )
    return kind


def _grey(stored: np.ndarray, header: Dataset, *, inverted: bool) -> np.ndarray:
    """Return uint8 (height, width) out of stored values (PS3.3 C.11.1 and C.11.2)."""
    values = apply_modality_lut(stored, header)
    low, high = _range(header)
    if header.get("VOILUTSequence"):
        values = apply_voi(values, header)
        low, high = 0.0, 2.0 ** int(header.VOILUTSequence[0].LUTDescriptor[2]) - 1
    elif header.get("WindowCenter") is not None and header.get("WindowWidth") is not None:
        values = apply_windowing(values, header)
    share = np.clip((values.astype(np.float64) - low) / (high - low), 0, 1)
    if inverted:
        share = 1 - share
    return np.floor(share * 255 + 0.5).astype(np.uint8)


def _range(header: Dataset) -> tuple[float, float]:
    """Return the lowest and highest value that stored pixels can have after the modality's part."""
    bits = int(header.BitsStored)
    low, high = (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1)
    if header.PixelRepresentation == 0:
        low, high = 0.0, 2.0**bits - 1
    if header.get("ModalityLUTSequence"):
        return 0.0, 2.0 ** int(header.ModalityLUTSequence[0].LUTDescriptor[2]) - 1
    slope, intercept = header.get("RescaleSlope"), header.get("RescaleIntercept")
    if slope is not None and intercept is not None:
        low, high = low * float(slope) + float(intercept), high * float(slope) + float(intercept)
    return min(low, high), max(low, high)


def _palette(stored: np.ndarray, header: Dataset) -> np.ndarray:
    """Return uint8 (height, width, 3) out of places in a palette.

    The palette's entries are 8 or 16 bits wide; entries of 8 bits that are stored in 16 are told
    by their descriptor, or by none being larger.
    """
    colours = apply_color_lut(stored, header)[..., :3]
    _, first, nominal = (int(value) for value in header.RedPaletteColorLookupTableDescriptor)
    if colours.dtype == np.uint8 and int(stored.max()) - first > 255:
        # pydicom keeps places in the palette's own type: 8 bits are too few for these.
        raise ValueError("more than 256 entries of 8 bits")
    narrow = colours.dtype == np.uint8 or nominal == 8 or colours.max() < 256
    return _to_8_bit(colours, 8 if narrow else 16)


def _to_8_bit(levels: np.ndarray, bits: int) -> np.ndarray:
    """Return levels of ``bits`` bits as uint8."""
    if bits == 8:
        return np.clip(levels, 0, 255).astype(np.uint8)
    top = 2**bits - 1
    return ((np.clip(levels, 0, top).astype(np.uint32) * 255 + top // 2) // top).astype(np.uint8)


def _luma(colours: np.ndarray) -> np.ndarray:
    """Return uint8 (height, width) out of red, green and blue: the same luma as for a PNG."""
    return np.asarray(Image.fromarray(np.ascontiguousarray(colours[..., :3])).convert("L"))
