"""The cases of a cohort as another tool is given them: image, labelled mask, split."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from smallmass.cohort.images import read_grey
from smallmass.cohort.outline_files import read_outline
from smallmass.words import Label, Split

CLASSES = {Label.BENIGN: 1, Label.MALIGNANT: 2}
"""The number of each label in masks and annotations; 0 is the background."""


@dataclass(frozen=True)
class Case:
    """A case with its files read.

    Attributes:
        case_id: The study's name of it.
        split: Its part of the cohort.
        label: benign or malignant.
        grey: uint8 ``(h, w)``.
        outline: bool ``(h, w)``, the reader's; None where there is none.
    """

    case_id: str
    split: Split
    label: Label
    grey: np.ndarray
    outline: np.ndarray | None

    @property
    def levels(self) -> np.ndarray | None:
        """The mask with the label's number, uint8 ``(h, w)``; None without an outline."""
        if self.outline is None:
            return None
        return (self.outline * CLASSES[self.label]).astype(np.uint8)


def read_all(cohort: pd.DataFrame, split: pd.DataFrame) -> Iterator[Case]:
    """Yield every case, its image in its own size.

    Args:
        cohort: ``cohort.csv``, its paths from the working folder on.
        split: case_id, split.

    Raises:
        ImageProblem: If a file cannot be read.
    """
    part_of = split.set_index("case_id")["split"]
    for case in cohort.itertuples():
        grey = read_grey(str(case.image), None if pd.isna(case.frame) else int(case.frame))
        drawn = isinstance(case.outline, str) and case.outline
        yield Case(
            str(case.case_id),
            Split(part_of[case.case_id]),
            Label(case.label),
            grey,
            read_outline("", str(case.outline), grey.shape) if drawn else None,
        )


def image_id(case_id: str) -> int:
    """Return the number by which COCO's files name a case: of its name alone, 48 bits.

    A number by the place in a list would name another case once one is added or dropped.
    """
    return int.from_bytes(hashlib.sha256(case_id.encode()).digest()[:6], "big")
