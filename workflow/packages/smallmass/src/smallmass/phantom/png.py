r"""8-bit grey PNG files without compression, so that their bytes cannot vary.

What a compressor returns depends on the library behind it (zlib, zlib-ng, libdeflate); stored
deflate blocks (RFC 1951, 3.2.4) depend on nothing. DVC names files by their bytes.
"""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
BLOCK = 65535  # the longest stored block


def encode(pixels: np.ndarray) -> bytes:
    """Return a PNG file.

    Args:
        pixels: (height, width), uint8 for 8-bit grey, bool for 1-bit black and white.

    Raises:
        ValueError: Another shape or dtype.
    """
    if pixels.ndim != 2 or pixels.dtype not in (np.uint8, np.bool_) or not pixels.size:
        raise ValueError(
            f"expected (height, width) uint8 or bool, got {pixels.dtype} {pixels.shape}"
        )
    depth = 1 if pixels.dtype == np.bool_ else 8
    rows = np.packbits(pixels, axis=1) if depth == 1 else pixels
    # Each row starts with its filter type: 0, none.
    data = np.pad(rows, ((0, 0), (1, 0))).tobytes()
    height, width = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", _stored(data)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    """Return a PNG chunk: length, name, content, CRC."""
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum


def _stored(data: bytes) -> bytes:
    """Return a zlib stream of stored blocks."""
    parts = [b"\x78\x01"]  # 32 KiB window, no dictionary, fastest
    for start in range(0, len(data), BLOCK):
        block = data[start : start + BLOCK]
        last = start + BLOCK >= len(data)
        parts.append(struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF) + block)
    parts.append(struct.pack(">I", zlib.adler32(data)))
    return b"".join(parts)
