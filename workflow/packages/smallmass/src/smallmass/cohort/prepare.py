"""Resized images, target masks, and the transform of each (A30)."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from smallmass.cohort.images import pixel_sha256, read_grey, write_grey
from smallmass.cohort.outline_files import read_outline
from smallmass.cohort.parallel import Progress, map_images
from smallmass.cohort.problems import ImageProblem
from smallmass.errors import UserError

TRANSFORM_COLUMNS = [
    "case_id",
    "height",
    "width",
    "scale_y",
    "scale_x",
    "top",
    "left",
    "size_px",
]


@dataclass(frozen=True)
class Transform:
    """How an image became a square: ``resized = original * scale + (top, left)``.

    Coordinates are those of pixel edges: an image of height h reaches from 0 to h.

    Args:
        height: Of the original, px.
        width: Of the original, px.
        scale_y: Resized px for a px of the original, down.
        scale_x: The same, to the right.
        top: Padding above, px of the square.
        left: Padding to the left, px of the square.
        size_px: The square's side.
    """

    height: int
    width: int
    scale_y: float
    scale_x: float
    top: int
    left: int
    size_px: int

    @property
    def inner(self) -> tuple[int, int]:
        """The resized image's (height, width) inside the square, px."""
        return round(self.height * self.scale_y), round(self.width * self.scale_x)

    @property
    def window(self) -> tuple[slice, slice]:
        """Where the resized image lies in the square: rows, columns."""
        height, width = self.inner
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


def fit(height: int, width: int, size_px: int, resize: str = "pad") -> Transform:
    """Return the transform of an image into a square.

    Args:
        height: Of the original, px.
        width: Of the original, px.
        size_px: The square's side.
        resize: ``pad`` keeps the aspect ratio, centres, and leaves zeros around; ``stretch`` fills
            the square.
    """
    if resize not in ("pad", "stretch"):
        raise ValueError(f"resize is {resize!r}, neither pad nor stretch")
    longest = max(height, width)
    inner_height, inner_width = (
        (max(1, round(side * size_px / longest)) for side in (height, width))
        if resize == "pad"
        else (size_px, size_px)
    )
    return Transform(
        height=height,
        width=width,
        # Of whole pixels, and so a little different in the two directions even when padding.
        scale_y=inner_height / height,
        scale_x=inner_width / width,
        top=(size_px - inner_height) // 2,
        left=(size_px - inner_width) // 2,
        size_px=size_px,
    )


def resize_image(grey: np.ndarray, transform: Transform) -> np.ndarray:
    """Return an image in its square: bilinear, with antialiasing where it shrinks.

    Args:
        grey: uint8 (height, width).
        transform: From `fit`.

    Returns:
        np.ndarray: uint8 (size_px, size_px), 0 in the padding.
    """
    inner_height, inner_width = transform.inner
    resized = Image.fromarray(grey).resize((inner_width, inner_height), Image.Resampling.BILINEAR)
    return _in_square(np.asarray(resized), transform)


def resize_mask(mask: np.ndarray, transform: Transform) -> np.ndarray:
    """Return a mask in its square: pixels of which the lesion covers at least half.

    A lesion too small to cover half of any pixel keeps the pixels that it covers most.

    Args:
        mask: bool (height, width).
        transform: From `fit`.

    Returns:
        np.ndarray: bool (size_px, size_px).
    """
    inner_height, inner_width = transform.inner
    columns = np.flatnonzero(mask.any(axis=0))
    seen = slice(columns[0], columns[-1] + 1) if columns.size else slice(0, 0)
    down = np.zeros((inner_height, mask.shape[1]))
    down[:, seen] = _bin(mask[:, seen].astype(np.float64), inner_height)
    share = _bin(down.T, inner_width).T
    covered = share >= 0.5 - 1e-9  # half, whatever the last bits of the sum
    if mask.any() and not covered.any():
        covered = share >= share.max() - 1e-9
    return _in_square(covered, transform)


def prepare(
    cases: pd.DataFrame,
    root: str | Path,
    images: str | Path,
    masks: str | Path,
    *,
    size_px: int,
    resize: str,
    workers: int = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Write the resized image and the target mask of every case.

    A mask is the lesion's outline, whatever its label; the label is joined when the image model
    builds its classes (A05, A07). A case without an outline has no mask.

    Args:
        cases: The checked cohort.
        root: The folder that ``image`` and ``outline`` are relative to.
        images: The folder for ``{case_id}.png``, uint8 squares.
        masks: The folder for ``{case_id}.png``, 0 and 255.
        size_px: The squares' side.
        resize: ``pad`` or ``stretch``, see `fit`.
        workers: How many images are worked on at once.
        progress: Told how far it is.

    Returns:
        pd.DataFrame: transforms.csv, in the cohort's order.

    Raises:
        UserError: If a file has gone or changed since the cohort was checked. Lists every one.
    """
    root, images, masks = Path(root), Path(images), Path(masks)
    images.mkdir(parents=True, exist_ok=True)
    masks.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []

    def one(case: dict) -> dict | None:
        try:
            transform = _prepare_case(case, root, images, masks, size_px, resize)
        except ImageProblem as problem:
            problems.append(f"case {case['case_id']}: {problem}. Check the cohort again.")
            return None
        return {"case_id": case["case_id"], **asdict(transform)}

    rows = map_images(one, cases.to_dict("records"), workers=workers, progress=progress)
    if problems:
        raise UserError(sorted(problems))
    return pd.DataFrame(rows, columns=TRANSFORM_COLUMNS)


def _prepare_case(
    case: dict, root: Path, images: Path, masks: Path, size_px: int, resize: str
) -> Transform:
    frame = None if pd.isna(case["frame"]) else int(case["frame"])
    grey = read_grey(root / case["image"], frame)
    if pixel_sha256(grey) != case["pixel_sha256"]:
        raise ImageProblem(f"{case['image']} has changed since the cohort was checked")
    height, width = grey.shape
    transform = fit(height, width, size_px, resize)
    name = f"{case['case_id']}.png"
    write_grey(images / name, resize_image(grey, transform))
    if isinstance(case["outline"], str) and case["outline"]:
        outline = read_outline(root, case["outline"], grey.shape)
        if outline.shape != grey.shape or not outline.any():
            raise ImageProblem(f"{case['outline']} has changed since the cohort was checked")
        write_grey(masks / name, resize_mask(outline, transform).astype(np.uint8) * 255)
    return transform


def _bin(values: np.ndarray, count: int) -> np.ndarray:
    """Return the means of ``count`` equal bins of rows; a row on an edge counts by its share.

    Pillow's box filter takes whole pixels alone, which moves outlines by up to half a pixel.
    """
    rows = len(values)
    total = np.concatenate((np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)))
    edges = np.arange(count + 1) * rows / count
    below = np.minimum(edges.astype(int), rows - 1)
    share = (edges - below)[:, None]
    at_edges = total[below] * (1 - share) + total[below + 1] * share
    return np.diff(at_edges, axis=0) * count / rows


def _in_square(inner: np.ndarray, transform: Transform) -> np.ndarray:
    square = np.zeros((transform.size_px, transform.size_px), dtype=inner.dtype)
    square[transform.window] = inner
    return square
