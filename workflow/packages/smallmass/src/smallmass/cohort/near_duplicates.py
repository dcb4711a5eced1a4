"""Images that are nearly the same: saved again, resized, brightened, trimmed, or marked.

Two frames of one lesion look alike, but their speckle differs; a copy keeps its speckle through
all of these. So every image is reduced to a small square, its brightness and contrast are evened
out locally, likely pairs are found by their correlation, and each such pair is laid over one
another before it is judged, because trimming a border moves everything in the square.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

_COARSE_PX = 32
# What is wider than this is evened out, px of the square: tissue for the search, speckle to judge.
_COARSE_BLUR_PX = 4.0
_FINE_BLUR_PX = 2.0
# A mark or a letter is far brighter than its surround; it must not outweigh the tissue.
_CLIP = 2.5
_NOISE = 2.0
# Each measured on BUS-BRA's training folds, see `find`.
_CANDIDATE = 0.45
_PROMISING = 0.6
THRESHOLD = 0.68
_BLOCK = 1024
_BATCH = 256
# A copy that lost more of its borders than this is not looked for.
_LARGEST_CHANGE = 0.15


@dataclass(frozen=True)
class Pair:
    """Two images that are nearly the same.

    Args:
        first: The index of one image.
        second: The index of the other, greater than ``first``.
        similarity: The correlation of the two after one was laid over the other, at most 1.
    """

    first: int
    second: int
    similarity: float


def find(
    thumbnails: np.ndarray, *, apart: np.ndarray | None = None, threshold: float = THRESHOLD
) -> list[Pair]:
    """Return all pairs of images that are nearly the same.

    Memory grows with the number of images, not with that of pairs: the correlations are computed
    and forgotten in blocks.

    Args:
        thumbnails: uint8 (n, THUMBNAIL_PX, THUMBNAIL_PX) from `thumbnails.thumbnail`.
        apart: int (n,), the file of each image; images of one file are not compared.
        threshold: The least correlation of two copies. Measured on BUS-BRA's training folds: of
            its 620,000 pairs the two most alike, frames of one patient, reach 0.60 and those of
            different patients stay below 0.4; copies that were saved as JPEG, resized, brightened,
            trimmed by up to 3 % a side and marked all reach 0.74.

    Returns:
        list: The pairs, by index.
    """
    if len(thumbnails) < 2:
        return []
    coarse = np.concatenate(
        [
            _evened(_halved(thumbnails[start : start + _BLOCK]), _COARSE_BLUR_PX)
            for start in range(0, len(thumbnails), _BLOCK)
        ]
    )
    pairs = np.concatenate(list(_candidates(coarse)))
    if apart is not None:
        pairs = pairs[apart[pairs[:, 0]] != apart[pairs[:, 1]]]
    alike: list[Pair] = []
    for start in range(0, len(pairs), _BATCH):
        batch = pairs[start : start + _BATCH]
        change, score = _align(coarse[batch[:, 0]], coarse[batch[:, 1]], rounds=8)
        batch, change = batch[score >= _PROMISING], change[score >= _PROMISING]
        if not len(batch):
            continue
        one, other = (
            _evened(thumbnails[indices].astype(np.float32), _FINE_BLUR_PX) for indices in batch.T
        )
        _, score = _align(one, other, rounds=4, change=change)
        alike += [
            Pair(int(first), int(second), float(value))
            for (first, second), value in zip(batch, score, strict=True)
            if value >= threshold
        ]
    return sorted(alike, key=lambda pair: (pair.first, pair.second))


def _halved(thumbnails: np.ndarray) -> np.ndarray:
    """Return float32 (n, THUMBNAIL_PX / 2, THUMBNAIL_PX / 2), the means of 2 x 2 px."""
    n = len(thumbnails)
    quads = thumbnails.reshape(n, _COARSE_PX, 2, _COARSE_PX, 2)
    return quads.mean(axis=(2, 4), dtype=np.float32)


def _evened(squares: np.ndarray, blur_px: float) -> np.ndarray:
    """Return squares without their local mean and contrast, of mean 0 and norm 1.

    Args:
        squares: float32 (n, side, side).
        blur_px: The standard deviation of the Gaussian that is local.
    """
    blur = (0, blur_px, blur_px)
    detail = squares - gaussian_filter(squares, blur, mode="nearest")
    contrast = np.sqrt(gaussian_filter(detail**2, blur, mode="nearest")) + _NOISE
    detail = np.clip(detail / contrast, -_CLIP, _CLIP)
    detail -= detail.mean(axis=(1, 2), keepdims=True)
    norm = np.sqrt((detail**2).sum(axis=(1, 2), keepdims=True))
    return detail / np.maximum(norm, 1e-6)


def _candidates(coarse: np.ndarray) -> Iterator[np.ndarray]:
    """Yield int (pairs, 2), block by block: what correlates enough to be looked at closely."""
    flat = coarse.reshape(len(coarse), -1)
    for row in range(0, len(flat), _BLOCK):
        for column in range(row, len(flat), _BLOCK):
            product = flat[row : row + _BLOCK] @ flat[column : column + _BLOCK].T
            if row == column:
                product = np.triu(product, 1)
            yield np.argwhere(product >= _CANDIDATE) + np.array([row, column])


def _align(
    fixed: np.ndarray, moving: np.ndarray, rounds: int, change: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Lay squares over squares: shift and stretch along each axis (Gauss-Newton).

    Args:
        fixed: float32 (pairs, side, side) from `_evened`.
        moving: The same; what is moved.
        rounds: How many steps.
        change: float (pairs, 4): shift and relative stretch down, and to the right, in halves of
            the square's side; where to begin. ``None`` is no change.

    Returns:
        tuple: The change, and the correlation (pairs,) where the two overlap; of all rounds' the
        best.
    """
    count, side, _ = fixed.shape
    centres = ((np.arange(side) + 0.5) / side * 2 - 1).astype(np.float32)
    change = np.zeros((count, 4), np.float32) if change is None else change
    slope_y, slope_x = (np.gradient(moving, 2 / side, axis=axis) for axis in (1, 2))
    best, best_score = change, np.full(count, -1, np.float32)
    for step in range(rounds + 1):
        y, inside_y = _sample(centres, change[:, 0:2])
        x, inside_x = _sample(centres, change[:, 2:4])
        weight = (inside_y[:, :, None] & inside_x[:, None, :]).astype(np.float32)
        moved = _resample(moving, y, x)
        score = _correlation(fixed, moved, weight)
        better = score > best_score
        best = np.where(better[:, None], change, best)
        best_score = np.where(better, score, best_score)
        if step == rounds:
            break
        down, right = _resample(slope_y, y, x), _resample(slope_x, y, x)
        columns = np.stack(
            [
                down,
                down * centres[:, None],
                right,
                right * centres[None, :],
                moved,
                np.ones_like(moved),
            ],
            axis=1,
        ).reshape(count, 6, -1)
        weighted = columns * weight.reshape(count, 1, -1)
        normal = weighted @ columns.transpose(0, 2, 1)
        scale = np.trace(normal, axis1=1, axis2=2)[:, None, None]
        normal = normal + (1e-6 * scale + 1e-9) * np.eye(6, dtype=np.float32)
        right_side = weighted @ fixed.reshape(count, -1, 1)
        solution = np.linalg.solve(normal, right_side)[:, :, 0]
        gain = np.where(np.abs(solution[:, 4:5]) > 0.1, solution[:, 4:5], 1)
        change = np.clip(change + solution[:, :4] / gain, -_LARGEST_CHANGE, _LARGEST_CHANGE)
    return best, best_score


def _sample(centres: np.ndarray, change: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where each pixel comes from along one axis, px of the square, and whether inside."""
    side = len(centres)
    position = (centres * (1 + change[:, 1:2]) + change[:, 0:1] + 1) * side / 2 - 0.5
    return np.clip(position, 0, side - 1), (position >= -0.5) & (position <= side - 0.5)


def _resample(squares: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return squares read at rows ``y`` and columns ``x`` (pairs, side), linearly between px."""
    last = squares.shape[1] - 2
    row, column = np.minimum(y.astype(int), last), np.minimum(x.astype(int), last)
    below, beside = (y - row)[:, :, None], (x - column)[:, None, :]
    pair = np.arange(len(squares))[:, None]
    rows = squares[pair, row] * (1 - below) + squares[pair, row + 1] * below
    columns = rows.transpose(0, 2, 1)
    left, right = (columns[pair, column + i].transpose(0, 2, 1) for i in (0, 1))
    return (left * (1 - beside) + right * beside).astype(np.float32)


def _correlation(a: np.ndarray, b: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the weighted correlation of (pairs, side, side) with the same, one a pair."""
    total = np.maximum(weight.sum(axis=(1, 2)), 1)

    def centred(values: np.ndarray) -> np.ndarray:
        return values - ((values * weight).sum(axis=(1, 2)) / total)[:, None, None]

    a, b = centred(a), centred(b)
    norms = (a * a * weight).sum(axis=(1, 2)) * (b * b * weight).sum(axis=(1, 2))
    return (a * b * weight).sum(axis=(1, 2)) / np.sqrt(np.maximum(norms, 1e-12))
