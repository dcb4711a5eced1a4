"""Files as ``torch.save`` writes them, made without PyTorch: a pickle's instructions by hand."""

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

STORAGES = {"f4": "FloatStorage", "f2": "HalfStorage", "f8": "DoubleStorage", "i8": "LongStorage"}
EMPTY_TABLE = b"ccollections\nOrderedDict\n)R"


def write_torch_file(path: Path, tensors: Mapping[str, np.ndarray], **changes) -> Path:
    """Write a file of tensors by name; each has a storage of its own.

    Args:
        path: Where to; it is returned.
        tensors: Arrays of float or int64.
        changes: Of `write_archive`.
    """
    entries, table = {}, EMPTY_TABLE + b"("
    for number, (name, array) in enumerate(tensors.items()):
        kind = f"{array.dtype.kind}{array.dtype.itemsize}"
        entries[str(number)] = np.ascontiguousarray(array).tobytes()
        strides = [n // array.itemsize for n in np.empty(array.shape, array.dtype).strides]
        table += text(name)
        table += tensor(STORAGES[kind], str(number), array.size, 0, array.shape, strides)
    return write_archive(path, table + b"u.", entries, **changes)


def write_archive(path: Path, table: bytes, entries: Mapping[str, bytes], **changes) -> Path:
    """Write the archive around a pickle.

    Args:
        path: Where to; it is returned.
        table: The pickle, less its first two bytes.
        entries: Bytes of storages by their key.
        changes: ``byteorder``, and ``compression`` of `zipfile`.
    """
    with zipfile.ZipFile(path, "w", changes.get("compression", zipfile.ZIP_STORED)) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + table)
        archive.writestr("archive/version", "3\n")
        archive.writestr("archive/byteorder", changes.get("byteorder", "little"))
        for key, content in entries.items():
            archive.writestr(f"archive/data/{key}", content)
    return path


def tensor(kind: str, key: str, size: int, offset: int, shape, strides) -> bytes:
    """Return the instructions for a tensor, a view of the storage ``key`` of ``size`` numbers."""
    storage = b"(" + text("storage") + f"ctorch\n{kind}\n".encode() + text(key) + text("cpu")
    given = storage + number(size) + b"tQ" + number(offset) + numbers(shape) + numbers(strides)
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + given + b"\x89" + EMPTY_TABLE + b"tR"


def text(value: str) -> bytes:
    """Return the instruction for a text."""
    content = value.encode()
    return b"X" + struct.pack("<I", len(content)) + content


def number(value: int) -> bytes:
    """Return the instruction for a whole number."""
    return b"J" + struct.pack("<i", value)


def numbers(values) -> bytes:
    """Return the instructions for a tuple of whole numbers."""
    return b"(" + b"".join(number(int(value)) for value in values) + b"t"
