"""Settings of the clinical and combined models, as small as the tests want them."""

from typing import Any

import numpy as np
import pandas as pd

from smallmass.settings import Settings
from study_settings import study_settings

FACTORS = ["age_years", "family_history", "brca_mutation", "breast_density"]
SMALL = {
    "clinical_model.hidden": [8, 8],
    "clinical_model.trials": 2,
    "clinical_model.epochs": 3,
}


def with_settings(**changes: Any) -> Settings:
    """Return the settings with others of either section, ``cutoff="half"``, ``tie=...``."""
    defaults = study_settings()
    sections = ("operating_point", "combined_model", "clinical_model")
    return study_settings(
        SMALL
        | {
            f"{section}.{name}": value
            for name, value in changes.items()
            for section in sections
            if name in type(getattr(defaults, section)).model_fields
        }
    )


COMBINED = with_settings()
CLINICAL = COMBINED.clinical_model


def make_table(seed: int = 0, n: int = 120, out_of_fold: bool = False) -> pd.DataFrame:
    """Return a table of scores, half malignant, both scores informative."""
    rng = np.random.default_rng(seed)
    parts = []
    for split, size in (("training", 3 * n), ("validation", n), ("test", n)):
        malignant = np.arange(size) % 2 == 0
        image = 1 / (1 + np.exp(-rng.normal(1.5 * malignant - 0.8, 1.0)))
        clinical = 1 / (1 + np.exp(-rng.normal(malignant - 0.5, 1.0)))
        part = pd.DataFrame(
            {
                "case_id": [f"{split}{i:04d}" for i in range(size)],
                "cohort": "drawn",
                "split": split,
                "fit": "held_out" if split == "test" else "in_sample",
                "malignant": malignant,
                "image_score": image.round(6),
                "clinical_score": clinical.round(6),
            }
        )
        parts.append(part)
        if out_of_fold and split == "training":
            noise = rng.normal(0, 0.05, size)
            held = part.assign(fit="out_of_fold", image_score=(image + noise).clip(0, 1))
            parts.append(held)
    return pd.concat(parts, ignore_index=True).assign(patient_id=lambda t: t["case_id"])
