"""What the tests of public datasets' readers write: images, masks and tables as published."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from smallmass.cohort.roles import Role
from smallmass.cohort.sources import get
from smallmass.errors import UserError
from smallmass.settings import CohortSettings
from study_settings import cohort_settings

SHAPE = (48, 64)


def settings(source: str) -> CohortSettings:
    """The settings of a cohort of one source."""
    return cohort_settings({"sources": {source: Role.DEALT}})


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
        get(source).read(root, settings(source))
    except UserError as error:
        return error.problems
    return []


def rewrite(path: Path, change, **options) -> None:
    """Change a table where it lies: XLSX by its ending, else CSV."""
    if path.suffix == ".xlsx":
        change(pd.read_excel(path, dtype=str)).to_excel(path, index=False)
    else:
        change(pd.read_csv(path, dtype=str, **options)).to_csv(path, index=False, **options)
