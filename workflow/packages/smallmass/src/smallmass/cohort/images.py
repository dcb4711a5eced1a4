"""Reading images and outlines of any common format, and the identity of an image."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from smallmass.cohort import grey_levels, mask_levels, medical
from smallmass.cohort.problems import ImageProblem
from smallmass.cohort.references import path_of, split_reference

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "JPEG2000")
_ORIENTATION = 0x0112  # tag of EXIF
# No ultrasound image comes near it; a file that says so would take the computer's memory.
MAX_PIXELS = 50_000_000
# Opacity from which on a pixel is as good as solid; and the share of others that a cut-out's soft
# edge explains.
_OPAQUE, _SHINING = 240, 0.1


@dataclass(frozen=True)
class Facts:
    """What a file's header says of it.

    Args:
        pages: How many pictures it holds that could be the one that is meant.
        orientation: As a camera records it (EXIF), 1 to 8; 1 is as stored.
    """

    pages: int = 1
    orientation: int = 1


def facts(path: str | Path) -> Facts:
    """Return what a file's header says; that of one picture where it cannot be read."""
    try:
        with Image.open(path_of(str(path)), formats=FORMATS) as file:
            # Of a camera's JPEG further pictures are previews.
            pages = 1 if file.format in ("JPEG", "MPO") else getattr(file, "n_frames", 1)
            return Facts(pages, _exif(file).get(_ORIENTATION, 1))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return Facts()


def read_grey(path: str | Path, frame: int | None = None) -> np.ndarray:
    """Read an image as 8-bit grey levels.

    Colour becomes luma (ITU-R BT.601), transparency is laid over black, and what has more than
    eight bits is scaled from its own range (see `grey_levels`). The orientation that a camera
    recorded is applied.

    Args:
        path: A reference to a file of `FORMATS`, or to a volume (see `references`).
        frame: Which frame of a file with several, from 0; ``None`` is the first.

    Returns:
        np.ndarray: uint8 (height, width).

    Raises:
        ImageProblem: If the file is missing, may not be read, is empty, truncated, no image, of an
            unknown range of levels, half-transparent, or says in its header that it has more than
            `MAX_PIXELS`.
    """
    name, selectors = split_reference(str(path))
    image, reduced = _load(name, frame)
    if image.mode in grey_levels.DEEP:
        return grey_levels.eight_bits(image, selectors.get("levels"), name)
    _check_opacity(image, name)
    grey = np.asarray(_opaque(image).convert("L"))
    if reduced:
        grey_levels.check_colours(grey, name)
    return grey


def stored_shape(path: str | Path) -> tuple[int, int]:
    """Return the (height, width) that a file's header says, px; its pixels are not read.

    Raises:
        ImageProblem: If it is missing or no image.
    """
    try:
        with Image.open(path, formats=FORMATS) as file:
            return file.height, file.width
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ImageProblem(f"cannot be read ({error}): {path}") from None


def read_outline(path: str | Path, frame: int | None = None) -> np.ndarray:
    """Read a filled outline.

    A pixel belongs to the lesion where it is brighter than half of the file's brightest pixel, so
    that outlines stored as 0/1, 0/255 or with JPEG's ringing mean the same.

    Returns:
        np.ndarray: bool (height, width).

    Raises:
        ImageProblem: As for `read_levels`, and if it has more than black and white.
    """
    return mask_levels.lesion(read_levels(path, frame), str(path))


def read_levels(path: str | Path, frame: int | None = None) -> np.ndarray:
    """Read a file's grey levels as they are stored, such as those of a mask.

    Returns:
        np.ndarray: (height, width), of the file's own type where it is grey, else uint8 luma; of
        black on transparency, the opacity.

    Raises:
        ImageProblem: As for `read_grey`, but for the range of levels.
    """
    image, _ = _load(path, frame)
    if image.mode in grey_levels.DEEP:
        return grey_levels.deep_values(image, str(path))
    levels = np.asarray(_opaque(image).convert("L"))
    if image.mode in ("RGBA", "LA") and not levels.any():
        return np.asarray(image.getchannel("A"))  # black on transparency, as drawing programs save
    return levels


def read_colour(path: str | Path, frame: int | None = None) -> np.ndarray:
    """Read an image with its colours; transparency is laid over black, as for `read_grey`.

    Returns:
        np.ndarray: uint8 (height, width, 3), red, green, blue.

    Raises:
        ImageProblem: As for `read_grey`.
    """
    image, _ = _load(path, frame)
    if image.mode in grey_levels.DEEP:
        return np.repeat(read_grey(path, frame)[..., None], 3, axis=-1)
    return np.asarray(_opaque(image).convert("RGB"))


def is_coloured(colours: np.ndarray) -> bool:
    """Return whether more than a few pixels of uint8 (height, width, 3 or more) are no grey."""
    return float((np.ptp(colours[..., :3], axis=-1) > 48).mean()) > 0.005


def pixel_sha256(grey: np.ndarray) -> str:
    """Return the identity of an image: SHA-256 of its height, width and uint8 pixels.

    PNG bytes are no identity, because the compressor's output varies by version and processor.
    """
    height, width = grey.shape
    digest = hashlib.sha256(f"{height}x{width}:".encode())
    digest.update(np.ascontiguousarray(grey, dtype=np.uint8).data)
    return digest.hexdigest()


def write_grey(path: str | Path, levels: np.ndarray) -> None:
    """Write uint8 (height, width) as PNG; fast rather than small, since these files are rebuilt."""
    Image.fromarray(levels).save(path, format="PNG", compress_level=1)


def _load(path: str | Path, frame: int | None) -> tuple[Image.Image, bool]:
    """Return a decoded file, turned as its camera says, and whether 16 bits became eight."""
    path = Path(path)
    if medical.is_volume(path):
        return _of_volume(medical.volume_levels(path, frame), path), False
    try:
        with Image.open(path, formats=FORMATS) as file:
            if frame:
                file.seek(frame)
            if file.width * file.height > MAX_PIXELS:
                raise _too_large(f"{file.width} x {file.height}", path)
            reduced = grey_levels.of_sixteen_bits(file)
            file.load()
            return _turned(file), reduced
    except FileNotFoundError:
        raise ImageProblem(f"no such file: {path}") from None
    except IsADirectoryError:
        raise ImageProblem(f"is a folder, not a file: {path}") from None
    except PermissionError:
        raise ImageProblem(
            f"may not be read by this user (file permissions): {path}",
            "Ask whoever owns the file for leave to read it",
        ) from None
    except UnidentifiedImageError:
        raise ImageProblem(f"{_what_it_is(path)}: {path}") from None
    except EOFError:
        raise ImageProblem(
            f"has no frame {frame}, counted from 0: {path}", "Correct the column frame"
        ) from None
    except Image.DecompressionBombError as error:
        # Pillow refuses far larger ones itself, before their width and height are known here.
        count = re.search(r"\d+", str(error))
        raise _too_large(f"{int(count[0]):,}" if count else "too many", path) from None
    except (OSError, SyntaxError, ValueError) as error:
        # Pillow reports a damaged PNG chunk as a SyntaxError.
        raise ImageProblem(f"is cut off or damaged ({error}): {path}") from None


def _exif(file: Image.Image) -> Mapping[int, Any]:
    """Return what a camera wrote into an opened file; of a PNG only what stands before the pixels.

    What stands behind them Pillow finds by reading all of them.
    """
    if file.format == "PNG" and "exif" not in file.info and "XML:com.adobe.xmp" not in file.info:
        return {}
    return file.getexif()


def _of_volume(values: np.ndarray, path: Path) -> Image.Image:
    """Return a volume's picture; levels of eight bits, or deeper ones of an unknown range."""
    if values.dtype in (np.uint8, np.uint16):
        return Image.fromarray(values)
    if values.ndim != 2:
        raise ImageProblem(f"has several values a pixel, of {values.dtype}: {path}")
    if np.issubdtype(values.dtype, np.floating):
        return Image.fromarray(values.astype(np.float32))
    if not -(2**31) <= values.min() <= values.max() < 2**31:
        raise ImageProblem(f"has levels over 2,147,483,647: {path}")
    return Image.fromarray(values.astype(np.int32))


def _too_large(pixels: str, path: Path) -> ImageProblem:
    return ImageProblem(
        f"says that it has {pixels} pixels, more than the {MAX_PIXELS:,} that are read: {path}",
        "Export the image at the size of the scanner's screen, or take the case out of the table",
    )


def _what_it_is(path: Path) -> str:
    """Return in words what a file is that is no image of a known format."""
    with open(path, "rb") as file:
        head = file.read(512)
    known = f"not a {', '.join(FORMATS)} image"
    if not head:
        return "the file is empty (0 bytes)"
    if head[128:132] == b"DICM":
        return f"is DICOM, {known}"
    if not any(byte < 9 or 13 < byte < 32 for byte in head):
        return f"is text, {known}, whatever its name says"
    return known


def _turned(file: Image.Image) -> Image.Image:
    """Return a loaded file as its camera says, with its tags where it is no plain picture."""
    if file.getexif().get(_ORIENTATION, 1) == 1:
        return file
    if file.mode not in grey_levels.DEEP:
        return ImageOps.exif_transpose(file)
    file.getexif()
    turned = ImageOps.exif_transpose(file)
    for name in ("tag_v2", "format"):
        if turned is not file and hasattr(file, name):
            setattr(turned, name, getattr(file, name))
    return turned


def _check_opacity(image: Image.Image, where: str) -> None:
    """Refuse a picture that shines through: laid over black it is darker than on the scanner.

    What is cut away, and its soft edge, may be transparent.
    """
    if image.mode not in ("RGBA", "LA", "PA") and "transparency" not in image.info:
        return
    opacity = np.bincount(np.asarray(image.convert("RGBA").getchannel("A")).ravel(), minlength=256)
    visible, half = int(opacity[1:].sum()), int(opacity[1:_OPAQUE].sum())
    if half > _SHINING * visible:
        raise ImageProblem(
            f"is half-transparent in {half / visible:.0%} of what it shows: {where}", code="I010"
        )


def _opaque(image: Image.Image) -> Image.Image:
    """Return an 8-bit image without transparency: in mode 1, L or RGB."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        black = Image.new("RGBA", image.size, (0, 0, 0, 255))
        return Image.alpha_composite(black, image).convert("RGB")
    return image if image.mode in ("1", "L", "RGB") else image.convert("RGB")
