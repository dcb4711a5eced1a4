"""Files of PyTorch (``torch.save``), read without PyTorch, and so that no file can run code.

Such a file is a zip archive: ``data.pkl``, a pickle of a table of tensors by name, beside one entry
of plain numbers for each storage. A pickle may call any function there is. `_Table` knows
``collections.OrderedDict``, the function that makes a tensor, the types of storages, and that a
storage is an entry of the archive; whatever else a pickle asks for is refused. What it makes are
descriptions, and the tensors are cut out of the storages afterwards.
"""

import collections
import pickle
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

# The types of storages that there may be, and what their bytes are.
STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
# How files begin that PyTorch wrote before 1.6: with a pickle of this number.
OLD_FORMAT = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
TABLE = "data.pkl"


class TorchFileError(ValueError):
    """A file of PyTorch that is broken, or holds more than a table of tensors."""


class _Storage(NamedTuple):
    dtype: str
    key: str
    size: int


class _Tensor(NamedTuple):
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def is_torch_file(path: str | Path) -> bool:
    """Say whether PyTorch wrote a file, in its zip format or the old one."""
    with open(path, "rb") as file:
        if file.read(len(OLD_FORMAT)) == OLD_FORMAT:
            return True
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith(f"/{TABLE}") for name in archive.namelist())


def read_tensors(path: str | Path) -> dict[str, np.ndarray]:
    """Return the tensors of a file by name; they cannot be written to.

    Args:
        path: What ``torch.save`` wrote of a network's ``state_dict()``, since PyTorch 1.6.

    Raises:
        TorchFileError: If it is of another format, broken, or holds anything else.
    """
    name = Path(path).name
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive)
    except TorchFileError as error:
        raise TorchFileError(f"{name} {error}") from None
    except OSError:
        raise
    except zipfile.BadZipFile as error:
        raise TorchFileError(
            f"{name} is broken, or older than PyTorch's zip format (1.6): load it with PyTorch and "
            "save its state_dict() again"
        ) from error
    except Exception as error:  # what a pickle of nonsense raises has no limit
        raise TorchFileError(f"{name} is broken ({type(error).__name__}: {error})") from error


def _read(archive: zipfile.ZipFile) -> dict[str, np.ndarray]:
    """Return the tensors of an archive."""
    names = archive.namelist()
    tables = [name for name in names if name.endswith(f"/{TABLE}")]
    if len(tables) != 1:
        raise TorchFileError(f"is no file of PyTorch: it has {len(tables)} {TABLE}")
    folder = tables[0].removesuffix(TABLE)
    if f"{folder}byteorder" in names and archive.read(f"{folder}byteorder") != b"little":
        raise TorchFileError("was saved on a big-endian machine; save it again on another")
    with archive.open(tables[0]) as file:
        table = _Table(file, encoding="utf-8").load()
    if not isinstance(table, dict):
        raise TorchFileError(f"holds a {type(table).__name__} and not a network's state_dict()")
    cut: dict[str, np.ndarray] = {}
    storages: dict[_Storage, np.ndarray] = {}
    for name, tensor in dict(table).items():
        if not isinstance(name, str) or not isinstance(tensor, _Tensor):
            raise TorchFileError(f"holds {name!r}, which is no tensor; save a state_dict() alone")
        if tensor.storage not in storages:
            storages[tensor.storage] = _numbers(archive, folder, tensor.storage)
        cut[name] = _cut(name, tensor, storages[tensor.storage])
    return cut


class _Table(pickle.Unpickler):
    """Reads a table of tensors' descriptions, and refuses what else a pickle asks for."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            # What follows the strides concerns training. A new function each time: pickles can
            # give a function attributes, which nobody then has.
            return lambda storage, offset, shape, strides, *_: _Tensor(
                storage, offset, shape, strides
            )
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        raise TorchFileError(
            f"asks for {module}.{name}, which is no part of a state_dict(): it is not read, and "
            "nothing in it was run"
        )

    def persistent_load(self, pid: Any) -> _Storage:
        """Return a storage: ("storage", type, key of its entry, device, how many numbers)."""
        kind, dtype, key, _, size = pid
        if kind != "storage" or dtype not in STORAGES.values():
            raise TorchFileError(f"refers to {pid!r}, which is no storage")
        return _Storage(dtype, key, size)


def _numbers(archive: zipfile.ZipFile, folder: str, storage: _Storage) -> np.ndarray:
    """Return the numbers of a storage."""
    entry = archive.getinfo(f"{folder}data/{storage.key}")
    # PyTorch compresses nothing; what is small here could fill the memory.
    if entry.compress_type != zipfile.ZIP_STORED:
        raise TorchFileError(f"is compressed ({entry.filename}), which PyTorch's are not")
    numbers = np.frombuffer(archive.read(entry), storage.dtype)
    if numbers.size != storage.size:
        raise TorchFileError(f"has {numbers.size} numbers in {entry.filename}, not {storage.size}")
    return numbers


def _cut(name: str, tensor: _Tensor, numbers: np.ndarray) -> np.ndarray:
    """Return a tensor: every so many numbers of its storage, from an offset on."""
    _, offset, shape, strides = tensor
    pairs = list(zip(shape, strides, strict=True))
    last = offset + sum((length - 1) * stride for length, stride in pairs)
    inside = last < numbers.size or 0 in shape
    if not inside or not all(type(n) is int and n >= 0 for n in (offset, *shape, *strides)):
        raise TorchFileError(
            f"holds {name} of shape {tuple(shape)} and strides {tuple(strides)} from {offset} on, "
            f"of which there are {numbers.size} numbers"
        )
    steps = [stride * numbers.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(numbers[offset:], shape, steps, writeable=False)
