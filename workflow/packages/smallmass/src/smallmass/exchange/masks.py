"""Predictions as a folder of masks, as nnU-Net writes them: ``CASE.png`` with a level a class.

Where ``CASE.npz`` lies beside it (nnU-Net's ``--save_probabilities``) the score is read from
probabilities, else from how much of the lesion is said to be malignant.
"""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from smallmass.cohort.images import read_levels
from smallmass.cohort.problems import ImageProblem
from smallmass.exchange.cases import CLASSES
from smallmass.exchange.read import Predicted
from smallmass.words import Label

ENDINGS = (".png", ".bmp", ".tif", ".tiff")
PROBABILITIES = "probabilities"
ROUNDED = 1e-2  # by how much a probability of half precision may lie above 1


def read_masks(folder: Path, shapes: dict[str, tuple[int, int]]) -> tuple[dict, list[str]]:
    """Return what a folder predicts, by case, and what is wrong with it.

    Args:
        folder: Its files are named by case.
        shapes: The (height, width), px, of the images that count, by case.
    """
    found: dict[str, Predicted] = {}
    problems = []
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS):
        case_id = path.stem
        if case_id not in shapes:
            problems.append(f"{path}: there is no case {case_id!r} in the cohort")
            continue
        if case_id in found:
            problems.append(f"{path}: the case {case_id!r} has another mask beside it; keep one")
            continue
        try:
            found[case_id] = _read(path, shapes[case_id])
        except (ImageProblem, ValueError) as error:
            problems.append(f"{path}: {error}")
    return found, problems


def _read(path: Path, shape: tuple[int, int]) -> Predicted:
    """Return what one file predicts.

    Raises:
        ValueError: If it is of another size or has other levels.
    """
    levels = read_levels(path)
    if levels.shape != shape:
        raise ValueError(f"is {levels.shape} px, its image {shape} (height, width)")
    if others := sorted(set(np.unique(levels).tolist()) - {0, *CLASSES.values()}):
        known = ", ".join(f"{number} {label}" for label, number in CLASSES.items())
        raise ValueError(f"has the levels {others[:5]}; a level is 0 background, {known}")
    lesion, malignant = levels > 0, levels == CLASSES[Label.MALIGNANT]
    if not lesion.any():
        return Predicted(0.0, None)
    beside = path.with_suffix(".npz")
    if not beside.exists():
        return Predicted(float(malignant.sum() / lesion.sum()), lesion)
    classes = _probabilities(beside, shape)
    benign, ill = (classes[CLASSES[label]][lesion].sum() for label in Label)
    return Predicted(float(ill / max(benign + ill, 1e-12)), lesion)


def _probabilities(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """Return nnU-Net's probabilities, float ``(classes, h, w)``: one slice of a volume.

    Raises:
        ValueError: If there are none, or of another size, or other numbers.
    """
    try:
        with np.load(path) as file:
            values = file[PROBABILITIES] if PROBABILITIES in file.files else None
    # What NumPy raises of damaged files, and of an array that is no archive (TypeError).
    except (ValueError, OSError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path.name} is no archive of NumPy that can be read") from error
    if values is None:
        raise ValueError(f"{path.name} holds no {PROBABILITIES!r}")
    expected = (1 + len(CLASSES), *shape)
    values = values[:, 0] if values.ndim == 4 and values.shape[1] == 1 else values
    if values.shape != expected:
        raise ValueError(f"{path.name} is {values.shape}, expected {expected}")
    if values.dtype.kind not in "fiu" or not ((values >= 0) & (values <= 1 + ROUNDED)).all():
        raise ValueError(f"{path.name} holds other numbers than probabilities, from 0 to 1")
    return values.astype(float)
