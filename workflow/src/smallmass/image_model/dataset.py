"""A cohort's prepared images and target masks as a data set of `mrcnn`."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from mrcnn.dataset import Dataset

SOURCE = "cohort"


class CohortDataset(Dataset):
    """Prepared images with their lesion's outline; the label becomes the lesion's class (A05).

    Everything is small after resizing and stays in memory from the first use on.

    Args:
        cases: Columns case_id and label.
        images: Folder of ``{case_id}.png``, 8-bit grey, square.
        masks: Folder of ``{case_id}.png``, 0 and 255.
        classes: Labels in the order of their class ids, from 1.
        channels: 1 (grey) or 3 (grey repeated).
    """

    def __init__(self, cases: pd.DataFrame, images, masks, classes: list[str], channels: int):
        super().__init__()
        self.images, self.masks = Path(images), Path(masks)
        self.channels = channels
        self._cache: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        for i, name in enumerate(classes, start=1):
            self.add_class(SOURCE, i, name)
        class_ids = {name: i for i, name in enumerate(classes, start=1)}
        for case in cases.itertuples():
            path = self.images / f"{case.case_id}.png"
            self.add_image(SOURCE, case.case_id, path, class_id=class_ids[case.label])
        self.prepare()

    def load_image(self, image_id: int) -> np.ndarray:
        """Return the image, (height, width, channels) uint8."""
        return np.repeat(self._read(image_id)[0][..., None], self.channels, axis=-1)

    def load_mask(self, image_id: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the lesion's mask, (height, width, 1) bool, and its class, (1,)."""
        class_id = self.image_info[image_id]["class_id"]
        return self._read(image_id)[1][..., None], np.array([class_id], np.int32)

    def _read(self, image_id: int) -> tuple[np.ndarray, np.ndarray]:
        """Return grey image and mask, from memory after the first time."""
        if image_id not in self._cache:
            path = self.image_info[image_id]["path"]
            with Image.open(path) as image, Image.open(self.masks / path.name) as mask:
                self._cache[image_id] = np.asarray(image), np.asarray(mask) > 127
        return self._cache[image_id]
