"""What may be found in a cohort: every rule's code, severity, title and remedy.

A code is for good: it is not given again once its rule has gone. Its letter is the rule's area.
"""

from smallmass.cohort.rules import cases, dicom, images, new_images, tables

AREAS = {
    "T": "Tables",
    "F": "Files and folders",
    "I": "Images",
    "O": "Outlines",
    "L": "Lesions' sizes",
    "C": "Copies of images",
    "S": "Split and folds",
    "P": "Public datasets",
    "D": "DICOM",
    "N": "New images to predict",
}

RULES = tables.RULES | images.RULES | cases.RULES | dicom.RULES | new_images.RULES

# Findings that follow from another one, and are not told where that one is.
NO_OUTLINE = ("O002", "S006")
EFFECTS: dict[str, tuple[str, ...]] = {
    "F013": ("L006",),
    "D025": ("F013", "L006"),
    "D035": ("S001", "S005", "C002", "C012", "T019", "T029", "T031"),
    "T031": ("S001", "S005", "T019", "T029"),
    "T012": ("T006",),
    "O014": NO_OUTLINE,
    "O027": NO_OUTLINE,
    "O029": NO_OUTLINE,
    "O030": NO_OUTLINE,
    "O035": NO_OUTLINE,
    "O034": (*NO_OUTLINE, "O003", "O021", "O022", "O023", "O036", "L001", "L010"),
}
