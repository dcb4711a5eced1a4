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
