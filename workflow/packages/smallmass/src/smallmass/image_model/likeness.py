"""How far an image is from those that taught the image model.

An image is described by a few numbers of how it looks as the model sees it (`FEATURES`): its size,
its grey levels, how sharp it is and how its speckle is. The distance is Mahalanobis', to the mean
of the training images. What is farther than 99 in 100 training images of patients whom the
description was made without is called unlike.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from sklearn.covariance import LedoitWolf
from sklearn.model_selection import GroupKFold

from smallmass.cohort.groups import units
from smallmass.cohort.parallel import map_images
from smallmass.cohort.prepare import Transform
from smallmass.errors import UserError

# The share of images like those of training that lie beyond the limit.
SHARE = 0.01
FOLDS = 10
# A number more spreads off than this counts by its logarithm: else a few odd training images push
# the limit so far out that noise and photographs lie within.
_BEND = 2.0
_SIDE_PX = 8  # of the blocks in which speckle is looked at
_DARK, _BRIGHT = 8, 247
_FEW = 0.02  # a share of pixels that is next to none


@dataclass(frozen=True)
class Feature:
    """One number of an image.

    Args:
        words: What it tells, for people.
        least: The spread that it has at least: less than this is no difference.
    """

    words: str
    least: float


FEATURES = {
    "size": Feature("size", 0.1),
    "aspect": Feature("height to width", 0.1),
    "mean": Feature("brightness", 0.02),
    "deviation": Feature("contrast", 0.01),
    "dark": Feature("black area", 0.2),
    "bright": Feature("white area", 0.1),
    "entropy": Feature("grey levels", 0.1),
    "sharpness": Feature("sharpness", 0.1),
    "grain": Feature("grain of the speckle", 0.02),
    "coarse_grain": Feature("grain of the speckle", 0.02),
    "direction": Feature("direction of the speckle", 0.1),
    "edges": Feature("edges", 0.04),
    "speckle": Feature("strength of the speckle", 0.01),
    "depth": Feature("change of brightness with depth", 0.02),
}


def features(square: np.ndarray, transform: Transform) -> np.ndarray:
    """Return an image's numbers, in the order of `FEATURES`.

    Args:
        square: The prepared image, uint8 (size_px, size_px).
        transform: How it became so.

    Returns:
        np.ndarray: float64 (features,).
    """
    levels = square[transform.window]
    grey = levels.astype(np.float64) / 255
    height = len(grey)
    shares = np.bincount(levels.ravel() // 4, minlength=64) / levels.size
    known = shares[shares > 0]
    down, across = _differences(grey, 1)
    steps = [_roughness(grey, step) for step in (1, 2, 4)]
    third = max(1, height // 3)
    numbers = {
        "size": np.log2(transform.height * transform.width) / 2,
        "aspect": np.log2(transform.height / transform.width),
        "mean": grey.mean(),
        "deviation": grey.std(),
        "dark": np.log2((levels <= _DARK).mean() + _FEW),
        "bright": np.log2((levels >= _BRIGHT).mean() + _FEW),
        "entropy": -(known * np.log2(known)).sum(),
        "sharpness": _ratio(steps[0], grey.std()),
        "grain": _ratio(steps[0], steps[1]),
        "coarse_grain": _ratio(steps[1], steps[2]),
        "direction": _ratio(np.abs(across).mean(), np.abs(down).mean()),
        "edges": _ratio(np.sqrt((down**2).mean()), np.abs(down).mean()),
        "speckle": _speckle(grey),
        "depth": grey[:third].mean() - grey[-third:].mean(),
    }
    return np.array([numbers[name] for name in FEATURES])


def measure(
    cases: pd.DataFrame, images: str | Path, transforms: pd.DataFrame, workers: int = 1
) -> np.ndarray:
    """Return the numbers of prepared images, float64 (cases, features).

    Args:
        cases: With ``case_id``.
        images: Folder of prepared images.
        transforms: ``transforms.csv``.
        workers: How many images are read at once.
    """
    names = list(Transform.__dataclass_fields__)
    of_case = transforms.set_index("case_id")[names].to_dict("index")

    def one(case_id: str) -> np.ndarray:
        with Image.open(Path(images) / f"{case_id}.png") as file:
            return features(np.asarray(file), Transform(**of_case[case_id]))

    rows = map_images(one, list(cases["case_id"]), workers=workers)
    return np.stack(rows) if rows else np.empty((0, len(FEATURES)))


@dataclass(frozen=True)
class Likeness:
    """What the training images are like, and from which distance on an image is unlike them.

    Args:
        mean: Of each of `FEATURES` over the training images.
        spread: The standard deviation of each.
        covariance: Of the numbers in units of their spread, bent; (features, features).
        limit: The distance beyond which an image is unlike.
        images: How many images it was made from.
        beyond: The share of images like these that lie beyond the limit.
    """

    mean: list[float]
    spread: list[float]
    covariance: list[list[float]]
    limit: float
    images: int
    beyond: float

    def distances(self, numbers: np.ndarray) -> np.ndarray:
        """Return the distance of images by their numbers (images, features), float64 (images,)."""
        bent = _bent((numbers - self.mean) / self.spread)
        solved = np.linalg.solve(np.array(self.covariance), bent.T).T
        return np.sqrt(np.maximum((bent * solved).sum(axis=1), 0))

    def foremost(self, numbers: np.ndarray, count: int = 2) -> Iterator[list[str]]:
        """Yield, for each image, in what it differs most from the mean, in words."""
        words = [feature.words for feature in FEATURES.values()]
        for row in np.abs((numbers - self.mean) / self.spread):
            order = dict.fromkeys(words[i] for i in np.argsort(-row, kind="stable"))
            yield list(order)[:count]

    def plain(self) -> dict:
        """Return what ``likeness.json`` holds."""
        return {"features": list(FEATURES), **asdict(self)}


def from_plain(content: dict) -> Likeness:
    """Return what ``likeness.json`` says.

    Raises:
        UserError: If it was made from other numbers than this version's.
    """
    if content.get("features") != list(FEATURES):
        raise UserError(
            "likeness.json: it describes the training images by other numbers than this version. "
            "Finish the study again: its image model stays"
        )
    values = {name: content[name] for name in Likeness.__dataclass_fields__}
    if values["limit"] is None:  # JSON has no infinity
        values["limit"] = np.inf
    return Likeness(**values)


def describe(cases: pd.DataFrame, numbers: np.ndarray) -> Likeness:
    """Return what images are like, with the limit that held-out ones of them give.

    The limit is that of conformal prediction (Vovk, Gammerman and Shafer, Algorithmic Learning in
    a Random World, 2005): among n held-out distances the one of rank (n + 1)(1 - SHARE), so that
    no more than the share of images of the same kind lies beyond; the largest where n is too small.
    An image of which each number is one spread off is never unlike.

    Args:
        cases: The training cases, with the columns of `smallmass.cohort.groups.units`.
        numbers: Of `measure`, (cases, features).
    """
    groups = units(cases).to_numpy()
    folds = min(FOLDS, len(set(groups)))
    held_out = np.zeros(0)
    if folds > 1:
        held_out = np.empty(len(cases))
        for others, left_out in GroupKFold(folds).split(numbers, groups=groups):
            held_out[left_out] = _fitted(numbers[others]).distances(numbers[left_out])
    count = len(held_out)
    rank = min(count, int(np.ceil((count + 1) * (1 - SHARE))))
    limit = float(np.sort(held_out)[rank - 1]) if count else np.inf
    limit = max(limit, float(np.sqrt(len(FEATURES))))
    return _fitted(numbers, limit=limit, beyond=1 - rank / (count + 1))


def _fitted(numbers: np.ndarray, limit: float = np.inf, beyond: float = 0.0) -> Likeness:
    """Return what images are like, by their numbers (images, features)."""
    mean, deviation = numbers.mean(axis=0), numbers.std(axis=0)
    spread = np.maximum(deviation, [feature.least for feature in FEATURES.values()])
    bent = _bent((numbers - mean) / spread)
    # Shrunk towards equal variances (Ledoit and Wolf, J Multivar Anal 2004;88:365): images may be
    # few. A number that is the same in all of them has the variance of the spread it is given.
    covariance = LedoitWolf(assume_centered=True).fit(bent).covariance_
    covariance = covariance + np.diag(1 - (deviation / spread) ** 2)
    return Likeness(
        mean.tolist(), spread.tolist(), covariance.tolist(), limit, len(numbers), beyond
    )


def _bent(spreads: np.ndarray) -> np.ndarray:
    return _BEND * np.arcsinh(spreads / _BEND)


def _differences(grey: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how pixels differ from those ``step`` below, and from those to the right."""
    zero = np.zeros((1, 1))
    down = grey[step:] - grey[:-step] if grey.shape[0] > step else zero
    across = grey[:, step:] - grey[:, :-step] if grey.shape[1] > step else zero
    return down, across


def _roughness(grey: np.ndarray, step: int) -> float:
    return float(np.mean([np.sqrt((part**2).mean()) for part in _differences(grey, step)]))


def _ratio(a: float, b: float) -> float:
    """Return log2(a / b), where nothing is under a hundredth of a grey level."""
    return float(np.log2((a + 4e-5) / (b + 4e-5)))


def _speckle(grey: np.ndarray) -> float:
    """Return the median over blocks of their standard deviation by their mean."""
    rows, columns = (max(1, side // _SIDE_PX) for side in grey.shape)
    part = grey[: rows * _SIDE_PX, : columns * _SIDE_PX]
    if part.shape != (rows * _SIDE_PX, columns * _SIDE_PX):
        return float(grey.std() / (grey.mean() + 1 / 255))
    blocks = part.reshape(rows, _SIDE_PX, columns, _SIDE_PX)
    means, deviations = blocks.mean(axis=(1, 3)), blocks.std(axis=(1, 3))
    seen = means > _DARK / 255
    if not seen.any():
        return 0.0
    return float(np.median(deviations[seen] / means[seen]))
