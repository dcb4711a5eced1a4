"""BUS-UCLM: 683 breast-ultrasound images of 38 patients, from a Siemens ACUSON S2000.

Vallez et al., Sci Data 2025, doi:10.1038/s41597-025-04562-3. A mask is in colours: green is
benign, red malignant, black neither. The patient is the first part of an image's name.

One case a connected region of a colour, as in the authors' own conversion to COCO, so an image
with both colours or with several regions gives several cases. The masks tell them, and so are
opened whatever `cohort.read_pixels` says. Regions under 0.01 % of the mask are traces of the
drawing and not read. A mask of another size is read at the image's if it has its proportions.
Images of normal tissue are dropped and listed; so are images whose colours contradict the label in
the table, and images whose mask is not of the same picture.

What it lacks: pixel spacing, so that `cohort.max_diameter_cm` cannot select; clinical factors;
BI-RADS; histology; how each diagnosis was made. Images with Doppler, with marks, and with two
views side by side ("Combined") stay, and say so in ``x_doppler``, ``x_marks`` and ``x_combined``:
of two views of one lesion, each is a case.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from smallmass.cohort import images
from smallmass.cohort.findings import DROPPED, WARNING, Finding
from smallmass.cohort.outline_files import colour_mask, fits, part_areas
from smallmass.cohort.problems import ImageProblem
from smallmass.cohort.references import join_reference
from smallmass.cohort.sources.published import (
    AS_PUBLISHED,
    normal,
    read_table,
    translate,
    unlisted,
)
from smallmass.cohort.sources.reading import Reading, Source
from smallmass.errors import UserError
from smallmass.settings import CohortSettings

FOLDER = "BUS-UCLM"
TABLE = f"{FOLDER}/INFO.csv"
IMAGES = f"{FOLDER}/images"
MASKS = f"{FOLDER}/masks"
NORMAL = "normal"
LABEL = {"benign": "benign", "malignant": "malignant", NORMAL: NORMAL}
COLOUR = {"benign": "green", "malignant": "red"}
PASSED_ON = ("Doppler", "Marks", "Combined")
# A region is a lesion from one in so many of its mask's pixels. Not measured: the dataset was not
# at hand.
ONE_PIXEL_IN = 10_000


def read(root: Path, settings: CohortSettings) -> Reading:
    """Read BUS-UCLM below ``root``, the folder of public datasets; one case a lesion.

    Raises:
        UserError: If the table lacks a column, or holds a name or label that the dataset does not
            use. Lists every one.
    """
    table = read_table(root, TABLE, ("Image", "Label", *PASSED_ON))
    name = table["Image"].str.removesuffix(".png")
    label, problems = translate(table["Label"], LABEL, name, f"{TABLE}, Label")
    problems += [
        f"{TABLE}, row {row + 2}: Image is {table['Image'][row]!r}, not a patient and a number "
        f"as in ALWI_000.png. {AS_PUBLISHED}"
        for row in table.index[~name.str.fullmatch(r"[A-Za-z0-9]+_\d+")]
    ]
    if problems:
        raise UserError(problems)
    rows: list[dict] = []
    findings: list[Finding] = []
    for number, row in table.iterrows():
        lesions, about = _lesions(root, name[number], label[number])
        findings += about
        shared = {
            "cohort": SOURCE.name,
            "patient_id": name[number].split("_")[0],
            "image": f"{IMAGES}/{name[number]}.png",
            "device": "Siemens ACUSON S2000",
            **{f"x_{column.lower()}": row[column] for column in PASSED_ON},
        }
        rows += [lesion | shared for lesion in lesions]
    findings += unlisted(root, IMAGES, r".*\.png", name + ".png")
    dropped = [finding for finding in findings if finding.severity == DROPPED]
    warnings = [finding for finding in findings if finding.severity == WARNING]
    return Reading(pd.DataFrame(rows, columns=None if rows else ["case_id"]), dropped, warnings)


def _lesions(root: Path, name: str, label: str) -> tuple[list[dict], list[Finding]]:
    """Return case_id, label and outline of an image's lesions, and what was found.

    Args:
        root: The folder of public datasets.
        name: The image's name without ending.
        label: What the table says of it.
    """
    path = f"{MASKS}/{name}.png"
    try:
        levels = images.read_colour(root / path)
        image = images.stored_shape(root / IMAGES / f"{name}.png")
    except ImageProblem:
        if label == NORMAL:
            return [], [normal(name)]
        # The check of the cohort reads both files again, and says what is wrong with them.
        outline = join_reference(path, colour=COLOUR[label])
        return [{"case_id": name, "label": label, "outline": outline}], []
    areas = {word: part_areas(colour_mask(levels, colour)) for word, colour in COLOUR.items()}
    pixels = levels.shape[0] * levels.shape[1]
    parts = [
        (word, number)
        for word in COLOUR
        for number, area in enumerate(areas[word], 1)
        if area * ONE_PIXEL_IN >= pixels
    ]
    wrong = _contradiction(label, {word for word, _ in parts}) or _other_picture(
        levels.shape[:2], image, label
    )
    if wrong:
        code, message = wrong
        return [], [Finding.of(code, name, message)]
    if label == NORMAL:
        return [], [normal(name)]
    size = {} if levels.shape[:2] == image else {"fit": "image"}
    lesions = []
    for number, (word, part) in enumerate(parts, 1):
        region = {"part": part} if len(areas[word]) > 1 else {}
        lesions.append(
            {
                "case_id": name if len(parts) == 1 else f"{name}-{number}",
                "label": word,
                "outline": join_reference(path, colour=COLOUR[word], **region, **size),
            }
        )
    return lesions, list(_traces(sum(map(len, areas.values())) - len(parts), lesions))


def _contradiction(label: str, colours: set[str]) -> tuple[str, str] | None:
    """Return the rule and the message if a mask's lesions cannot be what the table says.

    The table has one label an image; a mask in both colours bears out either.
    """
    if label in colours or (label == NORMAL and not colours):
        return None
    if not colours:
        return "P002", f"the table calls it {label}, and its mask shows no lesion"
    drawn = " and a ".join(sorted(colours))
    return (
        "P003",
        f"the table calls it {label}, and its mask shows a {drawn} lesion",
    )


def _other_picture(
    mask: tuple[int, int], image: tuple[int, int], label: str
) -> tuple[str, str] | None:
    """Return the rule and the message if a mask cannot be laid over its image."""
    if label == NORMAL or fits(mask, image):
        return None
    return (
        "P004",
        f"the mask is {mask[1]} x {mask[0]} px and the image {image[1]} x {image[0]} px: not the "
        f"same picture in another size",
    )


def _traces(count: int, lesions: list[dict]) -> Iterator[Finding]:
    if count:
        yield Finding.of(
            "P005",
            lesions[0]["case_id"],
            f"the mask has {count} more region(s), each under {1 / ONE_PIXEL_IN:.2%} of it and not "
            f"read",
        )


SOURCE = Source(
    name="busuclm",
    title="BUS-UCLM",
    expected=(TABLE, IMAGES, MASKS),
    public=True,
    read=read,
)
