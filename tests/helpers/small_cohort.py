"""A sound cohort of eight cases in the phantoms' layout, for tests to break."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from smallmass.cohort.build import build_cohort
from smallmass.cohort.findings import Finding
from smallmass.files import read_csv, write_csv
from study_settings import cohort_settings

SETTINGS = cohort_settings({"sources": {"phantom": "published"}})
HEIGHT, WIDTH = 30, 40


def table() -> pd.DataFrame:
    """Return the table: half of the cases malignant, every patient with one."""
    return pd.DataFrame(
        {
            "case_id": f"case{i}",
            "cohort": "phantom",
            "patient_id": f"p{i}",
            "image": f"images/case{i}.png",
            "outline": f"outlines/case{i}.png",
            "label": ("benign", "malignant")[i % 2],
            "diameter_cm": 0.5,
            "age_years": 40 + i,
            "family_history": "no",
            "breast_density": "fatty",
            "published_split": "training",
            "scanner": "A",
        }
        for i in range(8)
    )


def outline(i: int) -> np.ndarray:
    """Return the outline of case i, uint8: 10 rows of 10 + i px."""
    levels = np.zeros((HEIGHT, WIDTH), np.uint8)
    levels[5:15, 5 : 15 + i] = 255
    return levels


def write(root: Path) -> Path:
    """Write the cohort below ``root``; the images are noise, so that none is like another."""
    rng = np.random.default_rng(0)
    for folder in ("images", "outlines"):
        (root / folder).mkdir(parents=True)
    for i in range(8):
        image = rng.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)
        Image.fromarray(image).save(root / f"images/case{i}.png")
        Image.fromarray(outline(i)).save(root / f"outlines/case{i}.png")
    write_csv(root / "cohort.csv", table())
    return root


def edit(root: Path, case: str, column: str, value: object) -> None:
    """Change one value of the table."""
    cases = read_csv(root / "cohort.csv").astype(object)
    cases.loc[cases["case_id"] == case, column] = value
    write_csv(root / "cohort.csv", cases)


def build(root: Path, **settings) -> tuple[pd.DataFrame, list[Finding]]:
    """Read and check the cohort."""
    return build_cohort(SETTINGS.changed(settings), root, None, workers=2)
