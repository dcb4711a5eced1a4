"""A cohort in the layout of nnU-Net v2: a folder for its ``nnUNet_raw``.

``imagesTr/CASE_0000.png`` and ``labelsTr/CASE.png`` of training and validation, ``imagesTs`` and
``labelsTs`` of the test set, ``dataset.json``, and the study's own split of training and validation
as ``splits_final.json``, which belongs into nnU-Net's ``nnUNet_preprocessed`` of this data set. See
nnU-Net's documentation/dataset_format.md.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from smallmass.cohort.images import write_grey
from smallmass.exchange.cases import CLASSES, Case
from smallmass.files import write_json
from smallmass.words import Split

ENDING, CHANNEL = ".png", "_0000"
SUFFIX = {Split.TRAINING: "Tr", Split.VALIDATION: "Tr", Split.TEST: "Ts"}


def export(cases: Iterable[Case], folder: str | Path) -> dict[str, int]:
    """Write a cohort and return how many cases each part has.

    Args:
        cases: Of `cases.read_all`.
        folder: Where; made if it is not there.
    """
    folder = Path(folder)
    for kind in ("images", "labels"):
        for suffix in dict.fromkeys(SUFFIX.values()):
            (folder / f"{kind}{suffix}").mkdir(parents=True, exist_ok=True)
    names: dict[Split, list[str]] = {part: [] for part in Split}
    for case in cases:
        suffix, name = SUFFIX[case.split], case.case_id
        names[case.split].append(name)
        write_grey(folder / f"images{suffix}" / f"{name}{CHANNEL}{ENDING}", case.grey)
        levels = case.levels
        if levels is None and case.split is not Split.TEST:
            levels = np.zeros(case.grey.shape, np.uint8)
        if levels is not None:
            write_grey(folder / f"labels{suffix}" / f"{name}{ENDING}", levels)
    training, validation = names[Split.TRAINING], names[Split.VALIDATION]
    write_json(folder / "splits_final.json", [{"train": training, "val": validation}])
    write_json(
        folder / "dataset.json",
        {
            "channel_names": {"0": "ultrasound"},
            "labels": {"background": 0}
            | {label.value: number for label, number in CLASSES.items()},
            "numTraining": len(training) + len(validation),
            "file_ending": ENDING,
        },
    )
    return {part.value: len(of_part) for part, of_part in names.items()}
