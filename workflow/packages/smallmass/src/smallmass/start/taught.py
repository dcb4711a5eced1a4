"""Which images taught a model, through all stages: recorded in its weight file.

The file holds, beside the layers, a group with the hash of each image's pixels, whether it trained
or validated, and a square of 64 px, by which copies and near-copies are found in another study.
Of a hospital's patients there is no square: no picture of theirs leaves with a model.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from smallmass.cohort.thumbnails import THUMBNAIL_PX, thumbnail

GROUP = "taught"
USES = ("training", "validation")
HOSPITAL = "own"
"""The cohort of a hospital's own patients (`cohort.roles.HOSPITALS`)."""


@dataclass(frozen=True)
class Taught:
    """Images that taught a model.

    Attributes:
        sha256: The hash of each image's pixels, as in ``cohort.csv``.
        use: "training" or "validation", one an image; an image may be there as both.
        thumbnails: uint8 (n, THUMBNAIL_PX, THUMBNAIL_PX); black where none is kept.
    """

    sha256: np.ndarray
    use: np.ndarray
    thumbnails: np.ndarray

    def plain(self) -> dict[str, list[str]]:
        """Return the hashes by use, sorted, for ``model.json``."""
        return {use: sorted(self.sha256[self.use == use].tolist()) for use in USES}


def taught_by(
    parts: dict[str, pd.DataFrame], images: str | Path, transforms: pd.DataFrame
) -> Taught:
    """Return the images of a training.

    Args:
        parts: Cases (case_id, cohort, pixel_sha256) by use.
        images: Folder of prepared images.
        transforms: ``transforms.csv``.
    """
    rows = pd.concat(
        [cases.drop_duplicates("pixel_sha256").assign(use=use) for use, cases in parts.items()],
        ignore_index=True,
    )
    squares = thumbnails_of(rows["case_id"], images, transforms)
    squares[(rows["cohort"] == HOSPITAL).to_numpy()] = 0
    return Taught(rows["pixel_sha256"].to_numpy(str), rows["use"].to_numpy(str), squares)


def thumbnails_of(
    case_ids: Iterable[str], images: str | Path, transforms: pd.DataFrame
) -> np.ndarray:
    """Return the squares of prepared images, uint8 (n, THUMBNAIL_PX, THUMBNAIL_PX).

    The padding is cut off, so that the image's size in another study does not matter.

    Args:
        case_ids: The cases.
        images: Folder of prepared images.
        transforms: ``transforms.csv``.
    """
    where = transforms.set_index("case_id")
    squares = [_square(Path(images) / f"{name}.png", where.loc[name]) for name in case_ids]
    return np.stack(squares) if squares else np.zeros((0, THUMBNAIL_PX, THUMBNAIL_PX), np.uint8)


def join(one: Taught, other: Taught | None) -> Taught:
    """Return the images of two stages, each once a use."""
    if other is None:
        return one
    sha256 = np.concatenate([one.sha256, other.sha256])
    use = np.concatenate([one.use, other.use])
    first = ~pd.DataFrame({"sha256": sha256, "use": use}).duplicated().to_numpy()
    squares = np.concatenate([one.thumbnails, other.thumbnails])
    return Taught(sha256[first], use[first], squares[first])


def write(path: str | Path, taught: Taught) -> None:
    """Add what taught a model to its weight file; the same images give the same bytes."""
    import h5py

    with h5py.File(path, "a") as file:
        group = file.create_group(GROUP)
        for name in ("sha256", "use"):
            group.create_dataset(name, data=getattr(taught, name).astype("S"), track_times=False)
        group.create_dataset(
            "thumbnails", data=taught.thumbnails, compression="gzip", track_times=False
        )


def read(path: str | Path) -> Taught | None:
    """Return what taught the model of a weight file; None where it does not say."""
    import h5py

    with h5py.File(path, "r") as file:
        if GROUP not in file:
            return None
        group = file[GROUP]
        sha256, use = (group[name][()].astype(str) for name in ("sha256", "use"))
        return Taught(sha256, use, group["thumbnails"][()])


def _square(path: Path, transform: pd.Series) -> np.ndarray:
    """Return the square of a prepared image without its padding."""
    y1, x1 = int(transform["top"]), int(transform["left"])
    height = round(transform["height"] * transform["scale_y"])
    width = round(transform["width"] * transform["scale_x"])
    with Image.open(path) as file:
        return thumbnail(np.asarray(file)[y1 : y1 + height, x1 : x1 + width])
