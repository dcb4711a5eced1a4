"""BrEaST: 256 breast-ultrasound images of 256 patients, with clinical data and pixel size.

Pawłowska et al., Sci Data 2024;11:148. Every diagnosis was confirmed by biopsy or follow-up. A
lesion's longest diameter follows from its outline and ``Pixel_size`` (cm), so that
`cohort.max_diameter_cm` can select. Images of normal tissue are dropped and listed.

Only the tumour's outline makes a case. Further outlines (``Mask_other_filename``) are "other
abnormal areas in the image", the dataset's page says: fluid-filled ducts, cysts, implants. The
table's diagnosis, BI-RADS and verification are the tumour's; some of these areas overlap it. They
have no label of their own, and are named in ``x_mask_other_filename``.

What it lacks: BRCA mutations; the device of an image; breast density from mammography.
``Tissue_composition`` is what the ultrasound shows and stands in for it, in the same four steps;
``lactating`` alone is unknown. ``Symptoms`` lists what applies, so that family history is "no"
where it lists other things, or "no", and unknown where it is not available.
"""

from pathlib import Path

import pandas as pd

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

FOLDER = "BrEaST"
TABLE = f"{FOLDER}/BrEaST-Lesions-USG-clinical-data-Dec-15-2023.xlsx"
IMAGES = f"{FOLDER}/BrEaST-Lesions_USG-images_and_masks"
COLUMNS = (
    "CaseID",
    "Image_filename",
    "Mask_tumor_filename",
    "Mask_other_filename",
    "Pixel_size",
    "Age",
    "Tissue_composition",
    "Symptoms",
    "BIRADS",
    "Verification",
    "Diagnosis",
    "Classification",
)
# Said in the cohort's own columns; the others are passed on with the prefix x_.
WHOLLY_USED = {
    "CaseID",
    "Image_filename",
    "Mask_tumor_filename",
    "Pixel_size",
    "Age",
    "BIRADS",
    "Diagnosis",
    "Classification",
}

NORMAL = "normal"
LABEL = {"benign": "benign", "malignant": "malignant", NORMAL: NORMAL}
STANDARD = {
    "confirmed by biopsy": "biopsy",
    "confirmed by follow-up care": "follow-up",
    "": "unknown",
}
DENSITY = {
    "homogeneous: fat": "fatty",
    "heterogeneous: predominantly fat": "scattered",
    "heterogeneous: predominantly fibroglandular": "heterogeneous",
    "homogeneous: fibroglandular": "extreme",
    "": "unknown",
}
# Says nothing of the composition; stands alone or before it.
LACTATING = "lactating"
FAMILY = "family history of breast/ovarian cancer"

_UNKNOWN = ("not available", "not applicable")


def read(root: Path, settings: CohortSettings) -> Reading:
    """Read BrEaST below ``root``, the folder of public datasets; one case a tumour.

    Raises:
        UserError: If the table lacks a column, or holds a word that the dataset does not use.
            Lists every one.
    """
    table = read_table(root, TABLE, COLUMNS)
    table = table.mask(table.apply(lambda column: column.str.casefold().isin(_UNKNOWN)), "")
    case_id = table["Image_filename"].str.removesuffix(".png")
    problems, words = [], {}
    for column, vocabulary, values in (
        ("Classification", LABEL, table["Classification"]),
        ("Verification", STANDARD, table["Verification"]),
        ("Tissue_composition", DENSITY, table["Tissue_composition"].map(_composition)),
    ):
        words[column], wrong = translate(values, vocabulary, case_id, f"{TABLE}, {column}")
        problems += wrong
    problems += [
        f"{TABLE}, row {row + 2}: {name} is empty. {AS_PUBLISHED}"
        for name in ("CaseID", "Image_filename")
        for row in table.index[table[name] == ""]
    ]
    problems += [
        f"{TABLE}, row {row + 2}: Image_filename is {table['Image_filename'][row]!r} for the "
        f"second time. {AS_PUBLISHED}"
        for row in table.index[table["Image_filename"].duplicated()]
    ]
    if problems:
        raise UserError(problems)
    cases = pd.DataFrame(
        {
            "case_id": case_id,
            "cohort": SOURCE.name,
            "patient_id": table["CaseID"],
            "image": IMAGES + "/" + table["Image_filename"],
            "outline": table["Mask_tumor_filename"],
            "label": words["Classification"],
            "pixel_cm": table["Pixel_size"],
            "age_years": table["Age"],
            "family_history": table["Symptoms"].map(_family_history),
            "breast_density": words["Tissue_composition"],
            "reference_standard": words["Verification"],
            "birads": table["BIRADS"],
            "histology": table["Diagnosis"].str.split("&").map(_listed),
        }
    )
    for name in table.columns:
        if name not in WHOLLY_USED:
            cases[f"x_{name.lower()}"] = table[name].str.split("&").map(_listed)
    is_normal = cases["label"] == NORMAL
    dropped = [normal(name) for name in case_id[is_normal]]
    dropped += unlisted(root, IMAGES, r"case\d+\.png", table["Image_filename"])
    return Reading(_one_case_an_outline(cases[~is_normal]), dropped)


def _composition(text: str) -> str:
    """Return a tissue composition without the word for lactation."""
    return "&".join(part for part in _parts(text) if part.casefold() != LACTATING)


def _family_history(symptoms: str) -> str:
    parts = [part.casefold() for part in _parts(symptoms)]
    if not parts:
        return "unknown"
    return "yes" if FAMILY in parts else "no"


def _parts(text: str) -> list[str]:
    """Return joined values apart, without those that say that nothing is known."""
    parts = (part.strip() for part in text.split("&"))
    return [part for part in parts if part and part.casefold() not in _UNKNOWN]


def _listed(parts: list[str]) -> str:
    return "; ".join(part.strip() for part in parts)


def _one_case_an_outline(cases: pd.DataFrame) -> pd.DataFrame:
    """Return a row for every outline of a tumour; the first keeps the image's name."""
    cases = cases.assign(outline=cases["outline"].map(_parts))
    cases = cases.explode("outline", ignore_index=True)
    number = cases.groupby("case_id").cumcount()
    cases["case_id"] += ("-" + (number + 1).astype(str)).where(number > 0, "")
    cases["outline"] = (IMAGES + "/" + cases["outline"]).fillna("")
    return cases


SOURCE = Source(
    name="breast",
    title="BrEaST",
    expected=(TABLE, IMAGES),
    public=True,
    read=read,
)
