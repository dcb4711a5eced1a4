"""The columns of cohort.csv, in order; a source's own columns follow with the prefix ``x_``."""

COLUMNS = (
    "case_id",
    "cohort",
    "patient_id",
    "group_id",
    "image",
    "frame",
    "outline",
    "label",
    "device",
    "diameter_cm",
    "pixel_cm",
    "age_years",
    "family_history",
    "brca_mutation",
    "breast_density",
    "reference_standard",
    "birads",
    "histology",
    "published_split",
    "pixel_sha256",
)
# What a hospital's table may give: the rest is the study's own.
GIVEN = tuple(name for name in COLUMNS if name not in ("cohort", "pixel_sha256"))
# Those of them that hold one of a few words, and those that hold a length with a unit.
WORDED = (
    "label",
    "family_history",
    "brca_mutation",
    "breast_density",
    "reference_standard",
    "published_split",
)
LENGTHS = ("diameter_cm", "pixel_cm")
# Those of numbers, of which a word or a code may be said to be unknown.
NUMBERED = (*LENGTHS, "age_years")
PER_CM = {"mm": 10, "cm": 1}
