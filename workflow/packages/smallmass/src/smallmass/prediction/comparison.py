"""Whether new images are like those that taught the image model."""

from pathlib import Path

import pandas as pd

from smallmass.files import read_json
from smallmass.image_model.likeness import from_plain, measure
from smallmass.trained_models import LIKENESS, TrainedModels

COLUMNS = ("case_id", "distance", "unlike", "note")
UNCOMPARED = (
    "nothing says whether the image is like those that taught the model: the models are of an "
    "earlier version"
)


def compare(
    models: TrainedModels,
    cases: pd.DataFrame,
    images: Path,
    transforms: pd.DataFrame,
    *,
    workers: int = 1,
) -> pd.DataFrame:
    """Return how far new images are from those that taught the image model.

    Args:
        models: Verified.
        cases: With ``case_id``.
        images: Folder of prepared images.
        transforms: Of `smallmass.cohort.prepare.prepare`.
        workers: How many images are read at once.

    Returns:
        DataFrame: case_id, distance, unlike (whether it is beyond the models' limit), and a note
        of those that are; distances are missing where the models are of a version without any.
    """
    found = cases[["case_id"]].assign(distance=float("nan"), unlike=pd.NA, note=UNCOMPARED)
    if LIKENESS in models.sha256:
        likeness = from_plain(read_json(models.folder / LIKENESS))
        numbers = measure(cases, images, transforms, workers)
        found["distance"] = likeness.distances(numbers).round(3)
        found["unlike"] = found["distance"] > likeness.limit
        rows = zip(found["unlike"], found["distance"], likeness.foremost(numbers), strict=True)
        found["note"] = [
            f"unlike the images that taught the model, most in {' and '.join(words)} (distance "
            f"{distance:.1f}, limit {likeness.limit:.1f}): its scores may mean nothing"
            if unlike
            else ""
            for unlike, distance, words in rows
        ]
    return found.astype({"unlike": "Int64"})
