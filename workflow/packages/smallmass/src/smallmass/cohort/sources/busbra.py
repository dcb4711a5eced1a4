"""BUS-BRA: 1,875 breast-ultrasound images of 1,064 patients, from four scanners.

Gómez-Flores et al., Med Phys 2024;51:3110. Its lesions are biopsy-proven. It has no pixel spacing
and no clinical factor. The table's Width, Height and BBOX are wrong for some cases and are not
used: image and outline tell.
"""

from pathlib import Path

import pandas as pd

from smallmass.cohort.sources.published import AS_PUBLISHED, read_table, some
from smallmass.cohort.sources.reading import Reading, Source
from smallmass.errors import UserError
from smallmass.settings import CohortSettings

FOLDER = "BUS-BRA"
TABLE = f"{FOLDER}/bus_data.csv"
FOLDS = f"{FOLDER}/5-fold-cv.csv"
COLUMNS = {
    TABLE: ("ID", "Case", "Histology", "Pathology", "BIRADS", "Device", "Side"),
    FOLDS: ("ID", "kFold"),
}

# The official folds are clean by patient. The columns valid_1 ... of the same file are not: they
# put two images of one patient on opposite sides.
SPLIT_OF_FOLD = {
    "1": "test",
    "2": "validation",
    "3": "training",
    "4": "training",
    "5": "training",
}


def read(root: Path, settings: CohortSettings) -> Reading:
    """Read BUS-BRA below ``root``, the folder of public datasets; one case an image.

    Raises:
        UserError: If a table lacks a column, or an image has two folds. Lists every one.
    """
    tables, problems = {}, []
    for name, columns in COLUMNS.items():
        try:
            tables[name] = read_table(root, name, columns)
        except UserError as error:
            problems += error.problems
    if FOLDS in tables and (twice := tables[FOLDS]["ID"].duplicated()).any():
        names = some(tables[FOLDS]["ID"][twice])
        problems.append(f"{FOLDS} lists an image more than once: {names}. {AS_PUBLISHED}")
    if problems:
        raise UserError(problems)
    table, folds = tables[TABLE], tables[FOLDS]
    fold = table["ID"].map(folds.set_index("ID")["kFold"])
    cases = pd.DataFrame(
        {
            "case_id": table["ID"],
            "cohort": SOURCE.name,
            "patient_id": table["Case"],
            "image": FOLDER + "/Images/" + table["ID"] + ".png",
            "outline": FOLDER + "/Masks/" + table["ID"].str.replace("bus_", "mask_") + ".png",
            "label": table["Pathology"],
            "device": table["Device"],
            "reference_standard": "biopsy",
            "birads": table["BIRADS"],
            "histology": table["Histology"],
            "published_split": fold.map(SPLIT_OF_FOLD),
            "x_side": table["Side"],
            "x_fold": fold,
        }
    )
    return Reading(cases)


SOURCE = Source(
    name="busbra",
    title="BUS-BRA",
    expected=(TABLE, FOLDS, f"{FOLDER}/Images", f"{FOLDER}/Masks"),
    public=True,
    read=read,
)
