"""What may be found in new images that are to be predicted."""

from smallmass.cohort.rules.rule import error, warning

_FROM_ORIGINAL = "Export it again from the original"

RULES = {
    "N001": error("no image", "Name the folder that holds the images"),
    "N002": error("several tables", "Leave one of them"),
    "N003": error("table"),
    "N004": error("table", "Name one of them so, or map it: cohort.columns: {{image: NAME}}"),
    "N005": error("no name", "Fill in its image"),
    "N006": warning("no row in the table", "Add a row if factors are known"),
    "N007": warning("another kind of lesion", "Do not read its scores as those of such a lesion"),
    "N008": warning("outline", "Rename it if it is an image"),
    "N009": error("link", "Copy what it names into the folder"),
    "N010": error("image", "Export it again as DICOM (Part 10), or as PNG without any text"),
    "N011": error("image", _FROM_ORIGINAL),
    "N012": warning("not read"),
    "N013": warning("same picture", "Nothing, if that is meant"),
    "N014": warning(
        "headings without a meaning",
        "Map those that give a factor: cohort.columns: {{age_years: NAME}}",
    ),
    "N015": warning("colours in the image", "Do not read its score if it is no plain ultrasound"),
    "N016": error(
        "one image in several rows",
        "Keep the row that is right: an image is read once, with one set of factors",
    ),
}
