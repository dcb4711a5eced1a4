"""BUSI: 780 breast-ultrasound images, sorted into folders by label.

Al-Dhabyani et al., Data Brief 2020;28:104863; GE LOGIQ E9 and LOGIQ E9 Agile, Cairo.

Several outlines of an image (``benign (100)_mask.png``, ``benign (100)_mask_1.png``) are several
lesions: a case each. Images of normal tissue are dropped and listed.

What it lacks: patients, so that images of one woman may lie in two splits unless they are
near-duplicates (`check_cohort` groups these, and drops copies under both labels); pixel spacing, so
that `cohort.max_diameter_cm` cannot select; clinical factors; BI-RADS; how each diagnosis was made.
It also holds images of the axilla, and images with calipers and text burned in. No file says
which, so they stay.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from smallmass.cohort.sources.published import AS_PUBLISHED, normal
from smallmass.cohort.sources.reading import Reading, Source
from smallmass.errors import UserError
from smallmass.settings import CohortSettings

FOLDER = "Dataset_BUSI_with_GT"
LABELS = ("benign", "malignant")
NORMAL = "normal"

_NAME = re.compile(
    r"(?P<label>[a-z]+) \((?P<number>\d+)\)(?P<mask>_mask(?:_(?P<lesion>\d+))?)?\.png"
)


@dataclass(frozen=True)
class _File:
    """A file of the dataset.

    Args:
        number: Of the image within its label.
        lesion: Of the outline within its image, from 0; ``None`` for the image itself.
        name: The file's name.
    """

    number: int
    lesion: int | None
    name: str


def read(root: Path, settings: CohortSettings) -> Reading:
    """Read BUSI below ``root``, the folder of public datasets; one case an outline.

    Raises:
        UserError: If a folder holds no image, a file whose name means nothing, or an outline
            without its image. Lists every one.
    """
    problems: list[str] = []
    rows: list[dict] = []
    for label in LABELS:
        files, odd = _files(root, label)
        problems += [*odd, *_incomplete(files, label)]
        rows += _cases(files, label)
    normals, odd = _files(root, NORMAL) if (root / FOLDER / NORMAL).is_dir() else ([], [])
    problems += odd
    if problems:
        raise UserError(problems)
    dropped = [normal(f"{NORMAL}-{file.number}") for file in normals if file.lesion is None]
    return Reading(pd.DataFrame(rows), dropped)


def _files(root: Path, label: str) -> tuple[list[_File], list[str]]:
    """Return a label's files, ordered by number and lesion, and what is wrong with their names."""
    files, problems = [], []
    for name in sorted(path.name for path in (root / FOLDER / label).glob("*.png")):
        parts = _NAME.fullmatch(name)
        if parts is None or parts["label"] != label:
            problems.append(
                f"{FOLDER}/{label}/{name}: images in this folder are called '{label} (1).png', and "
                f"their outlines '{label} (1)_mask.png'. Take the file away. {AS_PUBLISHED}"
            )
            continue
        lesion = int(parts["lesion"] or 0) if parts["mask"] else None
        files.append(_File(int(parts["number"]), lesion, name))
    order = {file: (file.number, -1 if file.lesion is None else file.lesion) for file in files}
    return sorted(files, key=order.__getitem__), problems


def _incomplete(files: list[_File], label: str) -> Iterator[str]:
    images = {file.number for file in files if file.lesion is None}
    if not images:
        yield f"{FOLDER}/{label} holds no image '{label} (1).png'. Download the dataset again."
    for file in files:
        if file.lesion is not None and file.number not in images:
            yield (
                f"{FOLDER}/{label}/{file.name} is an outline without its image "
                f"'{label} ({file.number}).png'. Download the dataset again."
            )


def _cases(files: list[_File], label: str) -> Iterator[dict]:
    """Yield the rows of one label; an image without outline is a case without one."""
    outlines: dict[int, list[_File]] = {}
    for file in files:
        if file.lesion is not None:
            outlines.setdefault(file.number, []).append(file)
    for image in files:
        if image.lesion is not None:
            continue
        for outline in outlines.get(image.number, [None]):
            further = f"-{outline.lesion + 1}" if outline and outline.lesion else ""
            yield {
                "case_id": f"{label}-{image.number}{further}",
                "cohort": SOURCE.name,
                "image": f"{FOLDER}/{label}/{image.name}",
                "outline": f"{FOLDER}/{label}/{outline.name}" if outline else "",
                "label": label,
                "device": "GE LOGIQ E9 or E9 Agile",
            }


SOURCE = Source(
    name="busi",
    title="BUSI",
    expected=tuple(f"{FOLDER}/{label}" for label in LABELS),
    public=True,
    read=read,
)
