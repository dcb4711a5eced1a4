"""Reading images and outlines of any common format, and the identity of an image."""

import hashlib
import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
# No ultrasound image comes near it; a file that says so would take the computer's memory.
MAX_PIXELS = 50_000_000
_SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N")


class ImageProblem(Exception):
    """An image file that cannot be used; the message says why, without naming the case.

    Args:
        message: What is wrong.
        remedy: What to do about it, where that is not to restore the file.
    """

    def __init__(self, message: str, remedy: str = ""):
        super().__init__(message)
        self.remedy = remedy


def read_grey(path: str | Path, frame: int | None = None) -> np.ndarray:
    """Read an image as 8-bit grey levels.

    Colour becomes luma (ITU-R BT.601), transparency is laid over black, and 16-bit grey is scaled
    from its full range 0..65535. The orientation that a camera recorded is applied.

    Args:
        path: A PNG, JPEG, TIFF or BMP file.
        frame: Which frame of a file with several, from 0; ``None`` is the first.

    Returns:
        np.ndarray: uint8 (height, width).

    Raises:
        ImageProblem: If the file is missing, may not be read, is empty, truncated, no image, of an
            unknown pixel type, or says in its header that it has more than `MAX_PIXELS`.
    """
    levels = _decode(path, frame)
    if levels.dtype == np.uint16:
        return ((levels.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    return levels


def read_outline(path: str | Path, frame: int | None = None) -> np.ndarray:
    """Read a filled outline.

    A pixel belongs to the lesion where it is brighter than half of the file's brightest pixel, so
    that outlines stored as 0/1, 0/255 or with JPEG's ringing mean the same.

    Returns:
        np.ndarray: bool (height, width).

    Raises:
        ImageProblem: As for `read_grey`.
    """
    levels = _decode(path, frame)
    return levels > levels.max() / 2


def read_colour(path: str | Path, frame: int | None = None) -> np.ndarray:
    """Read an image with its colours; transparency is laid over black, as for `read_grey`.

    Returns:
        np.ndarray: uint8 (height, width, 3), red, green, blue.

    Raises:
        ImageProblem: As for `read_grey`.
    """
    image = _load(path, frame)
    if image.mode in (*_SIXTEEN_BIT, "I", "F"):
        return np.repeat(read_grey(path, frame)[..., None], 3, axis=-1)
    return np.asarray(_opaque(image).convert("RGB"))


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


def _decode(path: str | Path, frame: int | None) -> np.ndarray:
    """Return a file's grey levels (height, width): uint16 where it has 16 bits, else uint8."""
    return _grey(_load(path, frame), Path(path))


def _load(path: str | Path, frame: int | None) -> Image.Image:
    """Return a decoded file, turned as its camera says."""
    path = Path(path)
    try:
        with Image.open(path, formats=FORMATS) as file:
            if frame:
                file.seek(frame)
            if file.width * file.height > MAX_PIXELS:
                raise _too_large(f"{file.width} x {file.height}", path)
            file.load()
            return ImageOps.exif_transpose(file)
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


def _grey(image: Image.Image, path: Path) -> np.ndarray:
    if image.mode in _SIXTEEN_BIT:
        return np.asarray(image).astype(np.uint16)
    if image.mode == "I":
        levels = np.asarray(image)
        if levels.min() < 0 or levels.max() > 65535:
            raise ImageProblem(f"has 32-bit pixels outside 0..65535: {path}")
        return levels.astype(np.uint16)
    if image.mode == "F":
        raise ImageProblem(f"has floating-point pixels; save it as 8-bit or 16-bit grey: {path}")
    return np.asarray(_opaque(image).convert("L"))


def _opaque(image: Image.Image) -> Image.Image:
    """Return an 8-bit image without transparency: in mode 1, L or RGB."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        black = Image.new("RGBA", image.size, (0, 0, 0, 255))
        return Image.alpha_composite(black, image).convert("RGB")
    return image if image.mode in ("1", "L", "RGB") else image.convert("RGB")
