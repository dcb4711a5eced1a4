"""Which files a folder holds, and all of them as one short text that changes with each."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path


def fingerprint(folder: str | Path, names: Iterable[str] = ()) -> str:
    """Return the SHA-256 of the names, sizes and times of all files; none is opened.

    Hidden files and folders (a name that begins with a dot) are left out: they are a system's or
    a tool's own. Links are followed to files, not to folders.

    Args:
        folder: Where to look, with all folders in it.
        names: Files and folders below ``folder`` that are looked at; empty for all.
    """
    folder = Path(folder)
    digest = hashlib.sha256()
    for name in sorted(names) or [""]:
        for path, status in _files(folder / name):
            relative = os.path.relpath(path, folder)
            digest.update(
                f"{relative}\0{status.st_size}\0{status.st_mtime_ns}\n".encode(
                    errors="surrogateescape"
                )
            )
    return digest.hexdigest()


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


def _files(path: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield (path, status) of a file, or of the files below a folder, in order of their names."""
    if path.is_file():
        yield str(path), path.stat()
        return
    try:
        entries = sorted(os.scandir(path), key=lambda entry: entry.name)
    except OSError:
        return  # what may not be listed is an error of the cohort's check, not of this one
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        else:
            try:
                yield entry.path, entry.stat()
            except OSError:
                continue  # a link to nowhere: missing, as far as a cohort is concerned
