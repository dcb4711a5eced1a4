"""Where the predictions of a folder lie."""

import hashlib
import re
from pathlib import Path


def place(folder: str | Path) -> str:
    """Return a name for the predictions of a folder, which no folder elsewhere has.

    It is the folder's own name and six digits of a hash of its path.
    """
    full = Path(folder).expanduser().resolve()
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", full.name).strip("._") or "images"
    return f"{name}-{hashlib.sha256(str(full).encode()).hexdigest()[:6]}"
