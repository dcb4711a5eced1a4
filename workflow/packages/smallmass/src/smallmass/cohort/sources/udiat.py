"""UDIAT, or Dataset B: 163 breast-ultrasound images from the UDIAT Diagnostic Centre, Sabadell.

Yap et al., IEEE J Biomed Health Inform 2018;22:1218. Its use needs a signed agreement.

One case an image, because ``Type`` and ``Diagnosis`` are the image's. Where an outline has several
parts, nothing says whether each is of this type, and `check_cohort` drops and lists the image.

What it lacks: patients; pixel spacing, so that `cohort.max_diameter_cm` cannot select; clinical
factors; BI-RADS; how each diagnosis was made.
"""

from pathlib import Path

import pandas as pd

from smallmass.cohort.sources.published import AS_PUBLISHED, read_table, translate, unlisted
from smallmass.cohort.sources.reading import Reading, Source
from smallmass.errors import UserError
from smallmass.settings import CohortSettings

FOLDER = "UDIAT"
TABLE = f"{FOLDER}/DatasetB.xlsx"
IMAGES = f"{FOLDER}/original"
MASKS = f"{FOLDER}/GT"
LABEL = {"benign": "benign", "malignant": "malignant"}


def read(root: Path, settings: CohortSettings) -> Reading:
    """Read UDIAT below ``root``, the folder of public datasets; one case an image.

    Raises:
        UserError: If the table lacks a column, an image's number, or holds a type that the dataset
            does not use. Lists every one.
    """
    table = read_table(root, TABLE, ("Image", "Type", "Diagnosis"))
    # A spreadsheet keeps the number alone: 1, or 1.0, of 000001.png.
    number = table["Image"].str.extract(r"^(\d+)(?:\.0+|\.png)?$", expand=False)
    problems = [
        f"{TABLE}, row {row + 2}: Image is {table['Image'][row]!r}, not an image's number. "
        f"{AS_PUBLISHED}"
        for row in table.index[number.isna()]
    ]
    name = number.fillna("").str.zfill(6)
    label, wrong = translate(table["Type"], LABEL, "image " + name, f"{TABLE}, Type")
    problems += wrong
    if problems:
        raise UserError(problems)
    cases = pd.DataFrame(
        {
            "case_id": name,
            "cohort": SOURCE.name,
            "image": IMAGES + "/" + name + ".png",
            "outline": MASKS + "/" + name + ".png",
            "label": label,
            "histology": table["Diagnosis"],
        }
    )
    return Reading(cases, unlisted(root, IMAGES, r"\d+\.png", name + ".png"))


SOURCE = Source(
    name="udiat",
    title="UDIAT (Dataset B)",
    expected=(TABLE, IMAGES, MASKS),
    public=True,
    read=read,
)
