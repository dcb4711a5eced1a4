"""A made-up test set with readers' BI-RADS categories."""

import numpy as np
import pandas as pd


def drawn(n: int = 120, divided: bool = True, seed: int = 0, clinical: bool = True):
    """Return predictions and a cohort, two lesions a patient, readers and models with signal."""
    rng = np.random.default_rng(seed)
    malignant = np.arange(n) // 2 % 2 == 0
    names = ["2", "3", "4A", "4B", "4C", "5"] if divided else ["2", "3", "4", "5"]
    place = np.clip(
        np.round(rng.normal(1.2 + 0.35 * len(names) * malignant, 1.0)), 0, len(names) - 1
    )
    birads = np.array(names, object)[place.astype(int)]
    image = 1 / (1 + np.exp(-rng.normal(2.0 * malignant - 1.0)))
    predictions = pd.DataFrame(
        {
            "case_id": [f"c{i:03d}" for i in range(n)],
            "patient_id": [f"p{i // 2:03d}" for i in range(n)],
            "cohort": "breast",
            "split": "test",
            "fit": "held_out",
            "label": np.where(malignant, "malignant", "benign"),
            "image_score": image.round(6),
            "image_call": (image > 0.5).astype(int),
            "clinical_score": rng.random(n) if clinical else np.nan,
        }
    )
    for name in ("regression", "tree"):
        predictions[f"{name}_score"] = predictions[f"{name}_call"] = np.nan
    cohort = predictions[["case_id", "patient_id", "cohort", "label"]].assign(
        birads=birads, diameter_cm=np.nan, frame=np.nan, group_id="", pixel_sha256="",
        image=predictions["case_id"],
    )  # fmt: skip
    return predictions, cohort
