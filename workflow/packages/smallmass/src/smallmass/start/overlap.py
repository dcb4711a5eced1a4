"""A start that was taught by images on which this study's scores rest is refused, with the cases.

A test image must have taught the start in no way, a validation image must not have trained it, nor
must a training image whose score is taken out of fold. Copies count, and near-copies do.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from smallmass.cohort.near_duplicates import find
from smallmass.counts import number_of
from smallmass.start.taught import Taught, thumbnails_of
from smallmass.words import Split

# By the part of this study's cases: what they must not have been in any stage of the start.
FORBIDDEN = {
    Split.TEST: ("training", "validation"),
    Split.VALIDATION: ("training",),
    Split.TRAINING: ("training",),
}


def overlaps(
    name: str,
    taught: Taught | None,
    *,
    cohort: pd.DataFrame,
    split: pd.DataFrame,
    images: str | Path,
    transforms: pd.DataFrame,
    out_of_fold: bool,
) -> list[str]:
    """Return a line for each part of a study whose images taught its start.

    Args:
        name: ``image_model.weights``.
        taught: What taught the start; None: its file does not say.
        cohort: Columns case_id, pixel_sha256.
        split: Columns case_id, split.
        images: Folder of prepared images.
        transforms: ``transforms.csv``.
        out_of_fold: Whether training cases are scored out of fold, too.
    """
    if taught is None:
        return [
            f"image_model.weights: {name} does not say which images taught it, so that nobody "
            "knows whether they are tested here. Train it again with this version"
        ]
    cases = split.merge(cohort[["case_id", "pixel_sha256"]], on="case_id").sort_values("case_id")
    parts = [part for part in FORBIDDEN if part != Split.TRAINING or out_of_fold]
    problems = []
    for part in parts:
        ours = cases[cases["split"] == part]
        theirs = np.isin(taught.use, FORBIDDEN[part])
        same = ours["pixel_sha256"].isin(taught.sha256[theirs].tolist())
        squares = thumbnails_of(ours["case_id"], images, transforms)
        alike = _alike(squares, taught.thumbnails[theirs])
        near = ours[alike & ~same.to_numpy()]
        for rows, how in ((ours[same], "images"), (near, "near-copies of the images")):
            if len(rows):
                problems.append(_line(name, how, part, rows["case_id"].tolist()))
    return problems


def _alike(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Return, bool (n,), which of our squares are nearly the same as one of theirs."""
    alike = np.zeros(len(ours), bool)
    theirs = theirs[theirs.any(axis=(1, 2))]  # of a hospital's patients none is kept
    if len(ours) and len(theirs):
        whose = np.repeat([0, 1], [len(ours), len(theirs)])
        for pair in find(np.concatenate([ours, theirs]), apart=whose):
            alike[pair.first] = True
    return alike


def _line(name: str, how: str, part: str, case_ids: list[str]) -> str:
    count = number_of(len(case_ids), f"{part} case")
    return (
        f"image_model.weights: {name} was taught by {how} of {count}: {', '.join(case_ids)}. "
        "Their scores would be too good: start from another model, or leave these cases out"
    )
