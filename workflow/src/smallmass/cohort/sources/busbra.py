"""BUS-BRA: 1,875 breast-ultrasound images of 1,064 patients, from four scanners.

Gómez-Flores et al., Med Phys 2024;51:3110. Its lesions are biopsy-proven. It has no pixel spacing
and no clinical factor. The table's Width, Height and BBOX are wrong for some cases and are not
used: image and outline tell.
"""

from pathlib import Path

import pandas as pd

from smallmass.cohort.sources.reading import Reading, Source

FOLDER = "BUS-BRA"
TABLE = "bus_data.csv"
FOLDS = "5-fold-cv.csv"

# The official folds are clean by patient. The columns valid_1 ... of the same file are not: they
# put two images of one patient on opposite sides.
SPLIT_OF_FOLD = {
    "1": "test",
    "2": "validation",
    "3": "training",
    "4": "training",
    "5": "training",
}


def read(root: Path, settings: dict) -> Reading:
    """Read BUS-BRA below ``root``, the folder of public datasets; one case an image."""
    table = pd.read_csv(root / FOLDER / TABLE, dtype=str, keep_default_na=False)
    folds = pd.read_csv(root / FOLDER / FOLDS, dtype=str, keep_default_na=False)
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
    expected=tuple(f"{FOLDER}/{name}" for name in (TABLE, FOLDS, "Images", "Masks")),
    public=True,
    reader=read,
)
