"""What the tests of public datasets' readers write: images, masks and tables as published."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from smallmass.cohort.roles import Role
from smallmass.cohort.sources import get
from smallmass.errors import UserError

SHAPE = (48, 64)


def settings(source: str, max_diameter_cm: float | None = 1.0) -> dict:
    """The part of a study's settings that a reader and the check of a cohort use."""
    return {"sources": {source: Role.DEALT}, "max_diameter_cm": max_diameter_cm, "inclusive": False}


def write_image(path: Path, seed: int, shape: tuple[int, int] = SHAPE) -> None:
    """Write an image that is like no other: grey noise of its own seed, RGB as published."""
    path.parent.mkdir(parents=True, exist_ok=True)
    grey = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(grey).convert("RGB").save(path)


def write_mask(path: Path, mask: np.ndarray, mode: str = "1") -> None:
    """Write a filled outline."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mask).convert(mode).save(path)


def rectangle(rows: slice, columns: slice, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """Return a mask, bool (height, width)."""
    mask = np.zeros(shape, dtype=bool)
    mask[rows, columns] = True
    return mask


def problems(source: str, root: Path) -> list[str]:
    """Return what is said about a broken dataset."""
    missing = get(source).folder_problems(root)
    if missing:
        return missing
    try:
        get(source).read(None, root, settings(source))
    except UserError as error:
        return error.problems
    return []


def rewrite(path: Path, change, **options) -> None:
    """Change a table where it lies: XLSX by its ending, else CSV."""
    if path.suffix == ".xlsx":
        change(pd.read_excel(path, dtype=str)).to_excel(path, index=False)
    else:
        change(pd.read_csv(path, dtype=str, **options)).to_csv(path, index=False, **options)
