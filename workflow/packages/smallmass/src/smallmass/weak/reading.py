"""Read images with the classifier: a score and a map each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mrcnn.config import Config
from mrcnn.images import mold_image
from smallmass.weak.images import read_image


@dataclass(frozen=True)
class Readings:
    """What the classifier says of images.

    Attributes:
        score: float64 (images,), the probability of malignant as the fused score has it.
        maps: float32 (images, h, w), from 0 to 1: what speaks for either label, whichever says
            more. Nobody taught it lesions: it is high where labels can be read.
    """

    score: np.ndarray
    maps: np.ndarray


def read_images(
    model: Any,
    config: Config,
    case_ids: Sequence[str],
    images: str | Path,
    *,
    mirrored: bool,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Readings:
    """Read prepared images.

    Args:
        model: Of `build_network`, trained.
        config: Its configuration.
        case_ids: Names of images.
        images: Their folder.
        mirrored: Read each mirror image, too; scores and maps are averaged.
        progress: Called with the number of images read and their total.
    """
    scores, maps = [], []
    for start in range(0, len(case_ids), config.BATCH_SIZE):
        names = case_ids[start : start + config.BATCH_SIZE]
        molded = np.stack([mold_image(read_image(images, name, config), config) for name in names])
        score, seen = _read(model, molded)
        if mirrored:
            again, other = _read(model, molded[:, :, ::-1])
            score, seen = (score + again) / 2, (seen + other[:, :, ::-1]) / 2
        scores.append(score)
        maps.append(seen.max(axis=-1))
        progress(start + len(names), len(case_ids))
    return Readings(np.concatenate(scores), np.concatenate(maps))


def _read(model: Any, molded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return scores (n,) and maps (n, h, w, 2) of images (n, h, w, c)."""
    answers = model.predict_on_batch({"image": molded.astype(np.float32)})
    logit = np.asarray(answers["fused"], np.float64)[:, 0]
    return 1 / (1 + np.exp(-logit)), np.asarray(answers["maps"], np.float32)
