"""Where the predictions of a folder lie."""

import hashlib
import json
import re
from pathlib import Path


def place(folder: str | Path, *read: object, named: bool = True) -> str:
    """Return a name for the predictions of a folder, which no other call has.

    It is the folder's own name and eight digits of a hash of its path and of what is read.

    Args:
        folder: The folder of new images.
        read: What else another prediction hangs on: the state of the files, the models, the
            settings; each anything that JSON can hold.
        named: Whether the folder's own name, which may be a patient's, may stand in it.
    """
    full = Path(folder).expanduser().resolve()
    own = full.name if named else "dicom"
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", own).strip("._") or "images"
    text = json.dumps([str(full), *read], sort_keys=True, default=str)
    return f"{name}-{hashlib.sha256(text.encode(errors='surrogateescape')).hexdigest()[:8]}"
