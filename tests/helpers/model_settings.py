"""Settings of the clinical and combined models, as small as the tests want them."""

import copy

import numpy as np
import pandas as pd

FACTORS = ["age_years", "family_history", "brca_mutation", "breast_density"]
CLINICAL = {
    "factors": FACTORS,
    "density": "ordinal",
    "missing": "impute",
    "hidden": [8, 8],
    "architecture": "printed",
    "trials": 2,
    "epochs": 3,
    "batch": 32,
}
COMBINED = {
    "operating_point": {
        "rule": "youden",
        "chosen_on": "validation",
        "tie": "specificity",
        "threshold": "observed",
    },
    "combined_model": {
        "inputs": "scores",
        "fitted_on": "validation",
        "fitted_to": "image_negatives",
        "applied_to": "image_negatives",
        "cutoff": "youden_gated",
        "tree_max_depth": 3,
        "tree_min_leaf": 20,
        "tree_depth": "fixed",
    },
}


def with_settings(**changes):
    """Return the settings with some keys of either section changed."""
    changed = copy.deepcopy(COMBINED)
    for name, value in changes.items():
        section = "operating_point" if name in COMBINED["operating_point"] else "combined_model"
        changed[section][name] = value
    return changed


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
