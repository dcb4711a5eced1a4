"""Drawn images with labels, for the classifier that learns from labels alone."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from study_settings import study_settings

LOG = logging.getLogger("test")
SIZE = 64
SETTINGS = study_settings(
    {
        "image_model.size_px": SIZE,
        "image_model.batch": 8,
        "image_model.threads": 2,
        "image_model.precision": "float32",
        "image_model.augmentation": {"flip": True, "gain": 0.1, "shift": 0.0, "scale": 0.0},
    }
)


def settings(**image_model):
    """Return settings of a small classifier, some of the image model's changed."""
    return SETTINGS.changed({f"image_model.{name}": value for name, value in image_model.items()})


def draw(folder: Path, n: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw noise; malignant images have a bright disc. Discs, and only they, have an outline.

    Returns:
        tuple: ``cohort.csv`` and ``split.csv``: half to train, a quarter each to validate and test.
    """
    rng = np.random.default_rng(seed)
    images, masks = folder / "images", folder / "masks"
    images.mkdir(parents=True)
    masks.mkdir()
    rows = []
    for i in range(n):
        malignant = i % 2 == 0
        grey = rng.normal(60, 15, (SIZE, SIZE))
        cy, cx = rng.integers(14, SIZE - 14, 2)
        y, x = np.mgrid[:SIZE, :SIZE]
        disc = (y - cy) ** 2 + (x - cx) ** 2 <= 12**2
        if malignant:
            grey[disc] += 90
            Image.fromarray(disc.astype(np.uint8) * 255).save(masks / f"c{i:03d}.png")
        Image.fromarray(np.clip(grey, 1, 255).astype(np.uint8)).save(images / f"c{i:03d}.png")
        rows.append(
            {
                "case_id": f"c{i:03d}",
                "cohort": "drawn",
                "patient_id": f"p{i:03d}",
                "label": "malignant" if malignant else "benign",
                "image": f"c{i:03d}.png",
                "frame": np.nan,
                "diameter_cm": np.nan,
                "split": ("training", "training", "validation", "test")[i * 4 // n],
            }
        )
    table = pd.DataFrame(rows)
    return table.drop(columns="split"), table[["case_id", "split"]]
