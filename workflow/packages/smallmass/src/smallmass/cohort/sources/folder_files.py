"""The image files of a hospital's folder, found by what a table says of them."""

import os
import posixpath
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from smallmass.cohort.medical import VOLUMES

ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".jfif", ".tif", ".tiff", ".bmp", ".webp", ".jp2", ".j2k"),
    *VOLUMES,
)
# What holds an outline and no image, when it lies in a folder of outlines or is called so.
SEGMENTATIONS = (".dcm", ".dicom")

# What people add to an image's name for its outline: 7_mask.png, 7-mask_2.png, mask_7.png.
_WORDS = (
    "masks?|seg|segmentation|outline|roi|lesion|tumou?r|contour|label|gt"
    "|rois|roiset|maske?n?|masque|mascara|annotation|annotated|annot|ann|segm|segmentierung|kontur|umriss"
)
_SUFFIX = re.compile(rf"\A(?P<base>.+?)[ _.-]+(?:{_WORDS})(?:[ _.-]?\d+)?\Z", re.I)
_PREFIX = re.compile(rf"\A(?:{_WORDS})[ _.-](?P<base>.+)\Z", re.I)
# Of systems and network drives, no one's images.
_SYSTEMS = (".", "__MACOSX", "@eaDir", "#recycle", "$RECYCLE", "@Recycle")
# Endings of two parts, which are cut off as one.
_DOUBLE = (".nii.gz", ".seg.nrrd")
_DRIVE = re.compile(r"\A[A-Za-z]:")


@dataclass
class Files:
    """The image files below a folder, by name; paths are relative to it, with ``/``.

    Args:
        paths: Every image file, in alphabetical order.
        outside: Files and folders that are links to something outside the folder.
        closed: Folders that may not be listed.
        others: Files of other kinds.
    """

    paths: list[str] = field(default_factory=list)
    outside: set[str] = field(default_factory=set)
    closed: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Sort the files by name and by stem, without regard to capitals."""
        self.paths.sort()
        self._known = set(self.paths)
        self._named: dict[str, list[str]] = {}
        for path in self.paths:
            name = folded(posixpath.basename(path))
            for key in {name, without_ending(name)}:
                self._named.setdefault(key, []).append(path)

    def find(self, name: str) -> list[str]:
        """Return the files that a name may mean: best none or one.

        A name may lack its ending and leading folders ("7" for ``benign/7.png``), and differ in
        capitals; a file of exactly this path is the only answer.
        """
        path = plain_path(name)
        if path is None:
            return []
        if path in self._known:
            return [path]
        tail = folded(f"/{path}")
        fitting = [
            file
            for file in self._named.get(folded(posixpath.basename(path)), [])
            if folded(f"/{file}").endswith(tail)
            or folded(f"/{without_ending(file)}").endswith(tail)
        ]
        exact = [
            file
            for file in fitting
            if f"/{file}".endswith(f"/{path}") or f"/{without_ending(file)}".endswith(f"/{path}")
        ]
        return exact or fitting or self._with_zeros(path)

    def _with_zeros(self, name: str) -> list[str]:
        """Return the files called as a number that lost its leading zeros: 1 for 0001.png."""
        return self._numbered.get(int(name), []) if name.isdecimal() else []

    @cached_property
    def _numbered(self) -> dict[int, list[str]]:
        """The files that are called as a number, by it."""
        numbered: dict[int, list[str]] = {}
        for path in self.paths:
            if stem(path).isdecimal():
                numbered.setdefault(int(stem(path)), []).append(path)
        return numbered

    def leaves(self, name: str) -> bool:
        """Return whether a path leads out of the folder: absolute, by ``..``, or by a link."""
        path = plain_path(name)
        if path is None:
            return True
        parts = path.split("/")
        return any("/".join(parts[: n + 1]) in self.outside for n in range(len(parts)))


def plain_path(name: str) -> str | None:
    """Return a relative path with ``/`` and without detours; None if it leaves its folder."""
    path = name.strip().replace("\\", "/")
    if path.startswith("/") or _DRIVE.match(path) or "\0" in path:
        return None
    path = posixpath.normpath(path)
    return None if path == ".." or path.startswith("../") else path


def is_image(path: str) -> bool:
    """Return whether a file's ending is that of an image, and not of an outline alone."""
    return path.lower().endswith(ENDINGS)


def is_outline(path: str) -> bool:
    """Return whether a file holds an outline of ImageJ, and no image: 7.roi, 7_RoiSet.zip."""
    name = posixpath.basename(path).lower()
    return name.endswith(".roi") or (name.endswith(".zip") and "roi" in name)


def scan(root: Path, folder: str = ".", more: tuple[str, ...] = ()) -> Files:
    """Return the image files below ``root/folder``; hidden files and folders are passed over.

    Links within the folder are followed to files, not to folders, whose files are found anyway.

    Args:
        root: What paths are relative to.
        folder: Where to look, relative to ``root``.
        more: Further endings of files that count.
    """
    top = os.path.realpath(root)
    files = Files()
    waiting = [] if folder == "." else [plain_path(folder) or "."]
    waiting = waiting or [""]
    while waiting:
        below = waiting.pop()
        try:
            entries = list(os.scandir(root / below))
        except OSError:
            files.closed.append(below or ".")
            continue
        for entry in entries:
            if entry.name.startswith(_SYSTEMS):
                continue
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.is_symlink():
                target = os.path.realpath(entry.path)
                if target != top and not target.startswith(os.path.join(top, "")):
                    files.outside.add(path)
                    continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif os.path.isdir(entry.path):
                continue
            elif is_image(path) or is_outline(path) or path.lower().endswith(more):
                files.paths.append(path)
            else:
                files.others.append(path)
    return Files(files.paths, files.outside, sorted(files.closed), sorted(files.others))


def stem(path: str) -> str:
    """Return a file's name without folders and ending, without regard to capitals."""
    return folded(without_ending(posixpath.basename(path)))


def without_ending(path: str) -> str:
    """Return a path without the ending of its file's name, .nii.gz being one."""
    for ending in _DOUBLE:
        if path.lower().endswith(ending):
            return path[: -len(ending)]
    return posixpath.splitext(path)[0]


def folded(name: str) -> str:
    """Return a name without regard to capitals and to how its accents are written.

    macOS writes "ü" as "u" and a mark: two names that look the same are the same.
    """
    return unicodedata.normalize("NFC", name).casefold()


def begins_with(name: str, stems: Collection[str]) -> str | None:
    """Return the longest of the stems that a mask's name begins with, before a word; or None.

    "7 outline by reader A" is a mask of 7, and "7_2" may be another image.
    """
    fitting = [
        given
        for given in stems
        if given and name.startswith(given) and re.match(r"[ _.-]+[^\W\d_]", name[len(given) :])
    ]
    return max(fitting, key=len, default=None)


def mask_of(path: str) -> str | None:
    """Return the stem of the image whose mask a file's name says that it is, or None."""
    name = stem(path)
    for pattern in (_SUFFIX, _PREFIX):
        match = pattern.match(name)
        if match:
            return match["base"].rstrip(" _.-")
    return None
