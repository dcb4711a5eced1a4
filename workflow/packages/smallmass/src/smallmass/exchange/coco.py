"""A cohort in the layout of COCO: a folder of images and a file of annotations for each split.

``train/``, ``val/`` and ``test/`` hold images, ``annotations/instances_train.json`` and so on what
was drawn, as compressed run lengths, which pycocotools reads as they are.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from smallmass.cohort.images import write_grey
from smallmass.cohort.run_lengths import encode_rle
from smallmass.exchange.cases import CLASSES, Case, image_id
from smallmass.files import write_json
from smallmass.words import Split

FOLDERS = {Split.TRAINING: "train", Split.VALIDATION: "val", Split.TEST: "test"}


def export(cases: Iterable[Case], folder: str | Path) -> dict[str, int]:
    """Write a cohort and return how many cases each part has.

    Args:
        cases: Of `cases.read_all`.
        folder: Where; made if it is not there.
    """
    folder = Path(folder)
    for name in FOLDERS.values():
        (folder / name).mkdir(parents=True, exist_ok=True)
    files: dict[Split, dict[str, list[dict[str, Any]]]] = {
        part: {"images": [], "annotations": []} for part in Split
    }
    for case in cases:
        height, width = case.grey.shape
        number, file = image_id(case.case_id), f"{case.case_id}.png"
        write_grey(folder / FOLDERS[case.split] / file, case.grey)
        image = {"id": number, "file_name": file, "height": height, "width": width}
        files[case.split]["images"].append(image | {"case_id": case.case_id})
        if case.outline is not None and case.outline.any():
            files[case.split]["annotations"].append(_annotation(case, number))
    categories = [
        {"id": number, "name": label.value, "supercategory": "lesion"}
        for label, number in CLASSES.items()
    ]
    for part, content in files.items():
        path = folder / "annotations" / f"instances_{FOLDERS[part]}.json"
        write_json(path, {"info": {}, "licenses": [], **content, "categories": categories})
    return {part.value: len(content["images"]) for part, content in files.items()}


def _annotation(case: Case, number: int) -> dict[str, Any]:
    """Return the one annotation of a case, which has its image's number."""
    outline = case.outline
    assert outline is not None
    y, x = np.nonzero(outline)
    box = [x.min(), y.min(), np.ptp(x) + 1, np.ptp(y) + 1]
    return {
        "id": number,
        "image_id": number,
        "category_id": CLASSES[case.label],
        "segmentation": json.loads(encode_rle(outline)),
        "area": int(outline.sum()),
        "bbox": [int(side) for side in box],
        "iscrowd": 0,
    }
