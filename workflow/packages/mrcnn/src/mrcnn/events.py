"""TensorBoard's event files, written with the standard library.

A file is a series of records (TensorFlow's "TFRecord": length, its checksum, bytes, their
checksum), each a protocol buffer ``Event`` (tensorflow/core/util/event.proto): time, step, and a
``Summary`` of named numbers.
"""

import struct
import time
from pathlib import Path

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # wire types of protocol buffers


class EventWriter:
    """Adds numbers to an event file of its own in ``folder``, which is made if need be."""

    def __init__(self, folder: str | Path):
        Path(folder).mkdir(parents=True, exist_ok=True)
        self.path = Path(folder) / f"events.out.tfevents.{time.time_ns() // 1000}.mrcnn"
        self._append(_field(3, BYTES, b"brain.Event:2"))

    def add(self, step: int, values: dict[str, float]) -> None:
        """Write ``values`` by name, as of ``step``."""
        summary = b"".join(
            _field(1, BYTES, _field(1, BYTES, name.encode()) + _field(2, FIXED32, float(value)))
            for name, value in values.items()
        )
        self._append(_field(2, VARINT, step) + _field(5, BYTES, summary))

    def _append(self, event: bytes) -> None:
        """Write one event, with the time of now."""
        event = _field(1, FIXED64, time.time()) + event
        length = struct.pack("<Q", len(event))
        with open(self.path, "ab") as file:
            file.write(length + _checksum(length) + event + _checksum(event))


def _field(number: int, wire_type: int, value) -> bytes:
    """Return a field of a protocol buffer."""
    encoders = {
        VARINT: _varint,
        FIXED64: lambda x: struct.pack("<d", x),
        BYTES: lambda x: _varint(len(x)) + x,
        FIXED32: lambda x: struct.pack("<f", x),
    }
    return _varint(number << 3 | wire_type) + encoders[wire_type](value)


def _varint(value: int) -> bytes:
    """Return a whole number, seven bits a byte, the lowest first."""
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def _checksum(data: bytes) -> bytes:
    """Return the masked CRC-32C (Castagnoli) of ``data``, as TFRecord has it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    masked = (crc >> 15 | crc << 17) + 0xA282EAD8
    return struct.pack("<I", masked & 0xFFFFFFFF)


def _table() -> list[int]:
    """Return the remainders of all bytes by the reversed polynomial of Castagnoli."""
    rows = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        rows.append(value)
    return rows


_TABLE = _table()
