"""A cohort's prepared images and target masks as a data set of `mrcnn`."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from mrcnn.dataset import Dataset

SOURCE = "cohort"
# Images stay in memory as far as this goes: 1,000 of 1,024 px; the others are read at every use.
KEPT_BYTES = 2**31


class CohortDataset(Dataset):
    """Prepared images with the outlines of their lesions; a label becomes a lesion's class (A05).

    Cases of one image are one image with several lesions: read on its own, each would be background
    to the others. The first images that are used stay in memory (`KEPT_BYTES`).

    Args:
        cases: Columns case_id, cohort, label, image and frame (empty where a file has one alone).
        images: Folder of ``{case_id}.png``, 8-bit grey, square.
        masks: Folder of ``{case_id}.png``, 0 and 255.
        classes: Labels in the order of their class ids, from 1.
        channels: 1 (grey) or 3 (grey repeated).
        balance: How often each cohort is drawn; None: each image equally often.
    """

    def __init__(
        self,
        cases: pd.DataFrame,
        images,
        masks,
        classes: Sequence[str],
        channels: int,
        balance: str | None = None,
    ):
        super().__init__()
        self.images, self.masks = Path(images), Path(masks)
        self.channels = channels
        self._kept: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._kept_bytes = 0
        for i, name in enumerate(classes, start=1):
            self.add_class(SOURCE, i, name)
        class_ids = {name: i for i, name in enumerate(classes, start=1)}
        cohorts = []
        for key, lesions in cases.groupby(["cohort", "image", "frame"], sort=False, dropna=False):
            cohorts.append(key[0])
            names = lesions["case_id"].tolist()
            self.add_image(
                SOURCE,
                names[0],
                self.images / f"{names[0]}.png",
                lesions=names,
                class_ids=[class_ids[label] for label in lesions["label"]],
            )
        self.prepare()
        if balance is not None:
            self.image_weights = image_weights(cohorts, balance)

    def load_image(self, image_id: int) -> np.ndarray:
        """Return the image, (height, width, channels) uint8."""
        return np.repeat(self._read(image_id)[0][..., None], self.channels, axis=-1)

    def load_mask(self, image_id: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the masks, (height, width, lesions) bool, and their classes, (lesions,)."""
        class_ids = np.array(self.image_info[image_id]["class_ids"], np.int32)
        return self._read(image_id)[1], class_ids

    def _read(self, image_id: int) -> tuple[np.ndarray, np.ndarray]:
        """Return grey image and masks, from memory where they are kept."""
        if image_id in self._kept:
            return self._kept[image_id]
        info = self.image_info[image_id]
        with Image.open(info["path"]) as image:
            grey = np.asarray(image)
        masks = []
        for name in info["lesions"]:
            with Image.open(self.masks / f"{name}.png") as mask:
                masks.append(np.asarray(mask) > 127)
        read = grey, np.stack(masks, axis=-1)
        size = read[0].nbytes + read[1].nbytes
        if self._kept_bytes + size <= KEPT_BYTES:
            self._kept_bytes += size
            self._kept[image_id] = read
        return read


# By the words of `smallmass.options.Balance`: training is not to depend on their printed names.
SHARES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "root": np.sqrt,
    "equal": np.ones_like,
    "size": lambda sizes: sizes,
}
"""From the cohorts' numbers of images, float64 ``(cohorts,)``, to how often each is drawn."""


def image_weights(cohorts: Sequence[str], balance: str) -> np.ndarray | None:
    """Return how often each image is drawn, float64 ``(images,)``, in proportion.

    Args:
        cohorts: The cohort of each image.
        balance: How often each cohort is drawn; its images share that equally.

    Returns:
        np.ndarray: Of mean 1; None where there is one cohort.
    """
    names, number, sizes = np.unique(cohorts, return_inverse=True, return_counts=True)
    if len(names) < 2:
        return None
    weights = (SHARES[balance](sizes.astype(float)) / sizes)[number]
    return weights / weights.mean()
