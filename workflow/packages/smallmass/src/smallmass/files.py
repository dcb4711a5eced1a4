"""Reading and writing the study's files: atomic, and the same bytes for the same content."""

import hashlib
import json
import math
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ID_COLUMNS = ("case_id", "patient_id", "group_id", "seed")


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file under a temporary name, flush it to disk, then rename it into place.

    A crash leaves the old file or none, never half of one.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp gives 0600: others on a cluster must be able to read
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text, atomically."""
    write_bytes(path, text.encode("utf-8"))


def write_csv(path: str | Path, table: pd.DataFrame) -> None:
    r"""Write a table as the project's CSV: UTF-8, ``\n``, a header row, empty where unknown."""
    write_text(path, table.to_csv(index=False, lineterminator="\n", na_rep=""))


def read_csv(path: str | Path) -> pd.DataFrame:
    """Read one of the project's CSV files; identifiers stay text, an empty field is NaN."""
    header = pd.read_csv(path, nrows=0).columns
    text = {name: str for name in header if name in ID_COLUMNS}
    # Only the empty field means unknown: words such as "None" or "NA" are a user's own words.
    return pd.read_csv(path, dtype=text, keep_default_na=False, na_values=[""])


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON with sorted keys; NaN and infinities become null.

    What has a method ``to_json`` is written as what that returns.
    """
    text = json.dumps(_plain(content), indent=2, sort_keys=True, ensure_ascii=False)
    write_text(path, text + "\n")


def read_json(path: str | Path) -> Any:
    """Read a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _plain(value: Any) -> Any:
    """Return ``value`` with NumPy scalars, paths, non-finite numbers and own values made plain."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Path):
        return value.as_posix()
    if hasattr(value, "to_json"):
        return _plain(value.to_json())
    return value
