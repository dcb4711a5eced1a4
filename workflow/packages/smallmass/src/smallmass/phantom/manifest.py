"""The manifest of the phantoms' pixels, and whether the files of a folder have these pixels.

``manifest.csv`` beside this module is committed: case_id, image_sha256, outline_sha256 of the
decoded grey pixels (row by row, outlines as 0 and 255) of the 1,041 published phantoms. It is what
every machine, every version of NumPy and every processor has to make.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from smallmass.cohort.images import read_grey
from smallmass.cohort.parallel import map_images
from smallmass.cohort.problems import ImageProblem
from smallmass.errors import UserError
from smallmass.files import read_csv

NAME = "manifest.csv"
PUBLISHED = Path(__file__).with_name(NAME)
FOLDERS = {"image_sha256": "images", "outline_sha256": "outlines"}
SHOWN = 10  # names in a message


@dataclass(frozen=True)
class Difference:
    """Files that are not as the manifest says.

    Args:
        what: What is wrong with them, in words.
        files: Their paths in the folder, sorted.
        total: How many files of the kind were compared.
    """

    what: str
    files: tuple[str, ...]
    total: int

    def __str__(self) -> str:
        """Return a line for a person."""
        more = len(self.files) - SHOWN
        names = ", ".join(self.files[:SHOWN]) + (f" and {more} more" if more > 0 else "")
        return f"{len(self.files)} of {self.total} pictures {self.what}: {names}."


def expected_pixels(manifest: Path) -> dict[str, str]:
    """Return the sha256 of every picture's pixels, by its path in the phantoms' folder.

    Raises:
        UserError: If the manifest is missing or not one.
    """
    wanted = ["case_id", *FOLDERS]
    try:
        table = read_csv(manifest)
        if list(table.columns) != wanted:
            raise ValueError(f"its columns are {', '.join(table.columns)}")
        if table.isna().any(axis=None) or not table["case_id"].is_unique or table.empty:
            raise ValueError("it has empty fields, a case twice, or no case")
    except FileNotFoundError:
        raise UserError(f"no {manifest}. Restore it from the repository.") from None
    except (ValueError, pd.errors.ParserError) as error:
        raise UserError(
            f"{manifest} is no manifest of phantoms ({error}; expected are {', '.join(wanted)}). "
            f"Restore it from the repository."
        ) from None
    return {
        f"{folder}/{case_id}.png": sha
        for column, folder in FOLDERS.items()
        for case_id, sha in zip(table["case_id"], table[column], strict=True)
    }


def pixel_sha256(path: Path) -> str:
    """Return the SHA-256 of a square picture's decoded grey pixels, row by row.

    Raises:
        ImageProblem: If the file is missing, unreadable or not square.
    """
    grey = read_grey(path)
    height, width = grey.shape
    if height != width:
        raise ImageProblem(f"is {width} x {height} px, but phantoms are square: {path}")
    return hashlib.sha256(grey.tobytes()).hexdigest()


def pixel_differences(folder: Path, manifest: Path, workers: int = 2) -> list[Difference]:
    """Compare the pictures on disk with a manifest: every file is decoded and hashed.

    Args:
        folder: The phantoms' folder, with ``images`` and ``outlines``.
        manifest: The manifest.
        workers: Threads.

    Returns:
        list: Pictures that are missing, unreadable, other pixels, or not in the manifest; empty if
        all is as it should be.

    Raises:
        UserError: If the manifest is missing or not one.
    """
    expected = expected_pixels(manifest)
    names = {
        path.relative_to(folder).as_posix()
        for name in FOLDERS.values()
        for path in (folder / name).glob("*.png")
    }
    present = sorted(expected.keys() & names)
    states = map_images(
        lambda name: _state(folder / name, expected[name]), present, workers=workers
    )
    kinds = {
        "are missing": sorted(expected.keys() - names),
        "cannot be read": [n for n, state in zip(present, states, strict=True) if state is None],
        "have other pixels": [
            n for n, state in zip(present, states, strict=True) if state is False
        ],
        "are not in the manifest": sorted(names - expected.keys()),
    }
    return [Difference(what, tuple(files), len(expected)) for what, files in kinds.items() if files]


def _state(path: Path, sha256: str) -> bool | None:
    """Return whether a picture has its pixels; None if it cannot be read."""
    try:
        return pixel_sha256(path) == sha256
    except ImageProblem:
        return None
