"""Which files a folder holds."""

import os
from collections.abc import Iterable
from pathlib import Path


def list_files(root: Path, leave_out: Iterable[Path] = ()) -> list[str]:
    """Return the files below a folder, sorted, relative to it; hidden ones and DICOMDIR left out.

    Folders that are links are not followed.

    Args:
        root: The folder.
        leave_out: Files and folders that are passed over.
    """
    excluded = {os.path.abspath(path) for path in leave_out}
    names = []
    for folder, inner, files in os.walk(root):
        inner[:] = [
            name
            for name in inner
            if not name.startswith(".") and os.path.abspath(Path(folder, name)) not in excluded
        ]
        for name in files:
            path = Path(folder, name)
            hidden = name.startswith(".") or name.upper() in ("DICOMDIR", "THUMBS.DB")
            if not hidden and os.path.abspath(path) not in excluded:
                names.append(path.relative_to(root).as_posix())
    return sorted(names)
