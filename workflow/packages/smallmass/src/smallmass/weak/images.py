"""Images and their labels, and batches of them: no outline is read.

Every random draw comes from (seed, epoch, step, place in the batch), as in `mrcnn.data`.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from mrcnn.config import Config
from mrcnn.data import draw_weighted
from mrcnn.images import mold_image
from smallmass.image_model.augmentation import Augmentation
from smallmass.image_model.dataset import image_weights
from smallmass.words import Label

OF_IMAGE = ["cohort", "image", "frame"]


def labelled_images(cases: pd.DataFrame) -> pd.DataFrame:
    """Return one row an image: case_id (of its first case), cohort, malignant.

    An image of several lesions is malignant if one of them is: that is all that a label of an
    image can say.

    Args:
        cases: case_id, cohort, label, and image and frame as in ``cohort.csv``.
    """
    malignant = cases["label"] == Label.MALIGNANT
    by_image = cases.assign(malignant=malignant).groupby(OF_IMAGE, sort=False, dropna=False)
    found = by_image.agg(case_id=("case_id", "first"), malignant=("malignant", "max"))
    return found.reset_index()[["case_id", "cohort", "malignant"]]


def read_image(folder: str | Path, case_id: str, config: Config) -> np.ndarray:
    """Return a prepared image, (h, w, c) uint8."""
    with Image.open(Path(folder) / f"{case_id}.png") as file:
        grey = np.asarray(file)
    return np.repeat(grey[..., None], int(config.IMAGE_CHANNEL_COUNT), axis=-1)


class Batches:
    """Training batches.

    Args:
        images: Of `labelled_images`.
        folder: Of the prepared images; they stay in memory.
        config: Batch size, channels, mean pixel.
        augmentation: What is drawn anew each time.
        seed: Of order and augmentation.
        balance: How often each cohort is drawn, where there are several.
    """

    def __init__(
        self,
        images: pd.DataFrame,
        folder: str | Path,
        config: Config,
        augmentation: Augmentation,
        seed: int,
        balance: str | None = None,
    ):
        self.config, self.augmentation, self.seed = config, augmentation, seed
        self.pixels = [read_image(folder, case_id, config) for case_id in images["case_id"]]
        self.malignant = images["malignant"].to_numpy(np.float32)
        cohorts = images["cohort"].tolist()
        self.weights = None if balance is None else image_weights(cohorts, balance)

    def epoch(self, epoch: int, steps: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield images (batch, h, w, c) float32, mean pixel subtracted, and 1 for malignant."""
        order = self._order(epoch, steps * self.config.BATCH_SIZE)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(self._prepare, epoch, 0, order[0])
            for step in range(steps):
                batch = waiting.result()
                if step + 1 < steps:
                    waiting = pool.submit(self._prepare, epoch, step + 1, order[step + 1])
                yield batch

    def _order(self, epoch: int, count: int) -> np.ndarray:
        """Return the images of each batch, int (steps, batch size): pass after pass."""
        rng = np.random.default_rng([self.seed, epoch])
        every = np.arange(len(self.pixels))
        passes: list[np.ndarray] = []
        while sum(map(len, passes)) < count:
            if self.weights is None:
                passes.append(rng.permutation(every))
            else:
                passes.append(draw_weighted(every, self.weights, rng))
        return np.concatenate(passes)[:count].reshape(-1, self.config.BATCH_SIZE)

    def _prepare(self, epoch: int, step: int, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        molded = []
        for place, index in enumerate(chosen):
            rng = np.random.default_rng([self.seed, epoch, step, place])
            fixed = self.augmentation.seeded(int(rng.integers(2**63))).to_deterministic()
            molded.append(mold_image(fixed.augment_image(self.pixels[index]), self.config))
        return np.stack(molded).astype(np.float32), self.malignant[chosen]
