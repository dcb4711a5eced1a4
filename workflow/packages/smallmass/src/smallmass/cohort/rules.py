"""What may be found in a cohort: every rule's code, severity, title and remedy.

A code is for good: it is not given again once its rule has gone. Its letter is the rule's area.
"""

from dataclasses import dataclass
from enum import StrEnum

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


class Severity(StrEnum):
    """How grave a finding is, the gravest first.

    ``error`` stops the study; ``dropped`` takes the case out, and the flow of cases shows it;
    ``warning`` is to be known.
    """

    ERROR = "error"
    DROPPED = "dropped"
    WARNING = "warning"


@dataclass(frozen=True)
class Rule:
    """What the findings of one kind have in common.

    Args:
        severity: How grave it is.
        title: The name of the check.
        remedy: What to do about it; empty where the message says it.
        public: The severity in a public dataset, which only its authors could put right.

    Title and remedy may have fields in braces, which a finding fills in.
    """

    severity: Severity
    title: str
    remedy: str = ""
    public: Severity | None = None


def _error(title: str, remedy: str = "", public: Severity | None = None) -> Rule:
    return Rule(Severity.ERROR, title, remedy, public)


def _dropped(title: str, remedy: str) -> Rule:
    return Rule(Severity.DROPPED, title, remedy)


def _warning(title: str, remedy: str = "") -> Rule:
    return Rule(Severity.WARNING, title, remedy)


_LOOK_AT_FILE = "Restore the file from the original, or take the case out of the table"
_WRITE_PATH = "Write its path from the folder into the column image"
_COMPARE_NAMES = "Nothing, if they are not meant to be read; else compare the names"
_EACH_ITS_ROW = (
    "Give each lesion a row of its own with the same image, and name its outline in the column "
    "outline"
)
_CORRECT_OTHER = "Find out which is right, and correct the other"
_CENTIMETRES = "Give centimetres, or say that the column is in mm"
_WHICH_LABEL = "Find out which label is right, and take the other copy out"
_AUTHORS_KNOW = "Nothing: which label is right only the dataset's authors know"
_WHOSE = "Find out whose image it is, and take the other copy out"
_TOGETHER = "Nothing: they stay in the same split. Take one out if it is there by mistake"
_ONE_ROLE = "Nothing: where the sets have several roles, it stays in one"
_AS_IT_IS = "Nothing: the dataset has it so"
_DETAILS = "Read the details in the private file that describes every problem"
_EXPORT_AGAIN = "Export it again, or take it out of the folder"
_EXPORT_OR_DROP = "Export it again, or take it out of the table"
_REDRAW = "Draw it on the whole frame, at its own size, and put it into the folder"
_THIS_IMAGE = "Check that it was drawn on this image"
_BY_FILE = "Name the file of each row in the column image, and set cohort.dicom.match: file"
_FROM_ORIGINAL = "Export it again from the original"

RULES = {
    "T001": _error(
        "duplicate case_id", "Give every lesion in every image an identifier of its own"
    ),
    "T002": _error(
        "case_id", 'Begin with a letter or digit, and leave out / \\ : * ? " < > | % # and the like'
    ),
    "T003": _error(
        "missing column", "Add the column {name}, or say in config.yaml which column of yours it is"
    ),
    "T004": _error("missing {name}", "Fill in {name}"),
    "T005": _error("missing case_id", "Fill it in, or delete the row"),
    "T006": _error("unknown {name}", "Use one of: {words}"),
    "T007": _error(
        "{name} out of range",
        "It {meaning}, between {low} and {high}; leave it empty where unknown",
    ),
    "T008": _error("contradicting labels", "Keep the right label"),
    "T009": _error("contradicting labels", _CORRECT_OTHER),
    "T010": _error(
        "label against folder", "Find out which is right; correct the table, or move the image"
    ),
    "T011": _dropped("normal", "Nothing: the study is of lesions"),
    "T012": _error(
        "word without a meaning",
        "Correct the table, or say what it means: cohort.words: {{{name}: {{{word!r}: "
        "{options}}}}}",
    ),
    "T013": _warning(
        "column may name persons",
        "Take it out of cohort.further, and such columns out of the table",
    ),
    "T014": _warning("several sheets", "Name another with cohort.sheet if that is the wrong one"),
    "T015": _warning(
        "patients unknown",
        "If a patient can have several images, name the column: cohort.columns: {{patient_id: "
        "NAME}}; else a patient may be both trained and tested on",
    ),
    "T016": _warning(
        "patients unknown",
        "Fill it in where a patient has several images; else a patient may be both trained and "
        "tested on",
    ),
    "T017": _warning(
        "factors unknown", "If one of its columns holds it, name that one under cohort.columns"
    ),
    "T018": _warning(
        "one patient in several spellings",
        "Write each patient alike, or the same person may be trained and tested on",
    ),
    "T019": _warning("rows of a patient contradict", _CORRECT_OTHER),
    "T020": _warning(
        "column hardly filled",
        "Nothing, if it is not known; else look whether cells are merged, formulas have no stored "
        "result, or an instrument repeats",
    ),
    "T021": _error(
        "a code for unknown",
        "Say what it means: cohort.words: {{{name}: {{{word!r}: unknown}}}}, or {word!r} itself in "
        "place of unknown if it is real",
    ),
    "T022": _warning("merged cells", "Nothing, or write the value into each cell"),
    "T024": _warning("rows above the header", "Nothing, or take them out of the table"),
    "T025": _warning("rows under the table", "Nothing, or take them out of the table"),
    "T026": _warning(
        "encoding", "Nothing if words look right; else save the table as CSV UTF-8 or .xlsx"
    ),
    "T027": _warning(
        "further columns not read", "Name those that are to come along: cohort.further: [NAME]"
    ),
    "F001": _error("reading the cohort"),
    "F002": _error("closed folder", "Give yourself the right to read it"),
    "F003": _error(
        "{column} outside the folder",
        "Copy the file into the folder, and name it relative to the folder",
    ),
    "F004": _error("path", "Put the file into the folder, and write its path from there"),
    "F005": _error("{column}", "Correct the name in the table, or restore the file"),
    "F006": _error("{column}", "Name a file in it"),
    "F007": _error("{column}", "Ask whoever owns the file for leave to read it"),
    "F008": _error("missing image", "Put it there, correct the name, or take the row out"),
    "F009": _error(
        "missing image",
        "Call the image as the case_id, or name it in a column: cohort.columns: {{image: NAME}}",
    ),
    "F010": _error("unclear image", _WRITE_PATH),
    "F011": _warning("image without a row", _COMPARE_NAMES),
    "F012": _warning("files not read", "Set cohort.read_pixels to true before training"),
    "F013": _error("empty cohort", "Look at what was dropped"),
    "I001": _error("image", _LOOK_AT_FILE),
    "I002": _error("blank image", _LOOK_AT_FILE, public=Severity.DROPPED),
    "I003": _error(
        "range of grey levels",
        "Say which level is black and which white: cohort.grey_range: [0, 4095] for 12 bits, [0, "
        "255] for 8, [0, 65535] for all 16; or save the images as 8-bit grey",
    ),
    "I004": _error(
        "dark image",
        "Export it again with the scanner's own range: a picture so dark was scaled from another",
        public=Severity.WARNING,
    ),
    "I005": _warning("few grey levels", "Export it again as 8-bit grey; nothing if it looks right"),
    "I006": _error("several pages", "Name the page, counted from 0, in the column frame"),
    "O001": _error("outline", _LOOK_AT_FILE),
    "O002": _warning(
        "no outline", "Draw one: without it the case cannot be trained on or count for Dice"
    ),
    "O003": _error(
        "empty outline", "Draw the outline, or leave the column empty", public=Severity.DROPPED
    ),
    "O004": _error(
        "outline size", "Export the outline at the image's own size", public=Severity.DROPPED
    ),
    "O005": _error(
        "inverted outline",
        "Exchange black and white, so that the lesion is the bright part",
        public=Severity.DROPPED,
    ),
    "O006": _error(
        "several lesions",
        "Give every lesion a case and an outline of its own, or join the parts",
        public=Severity.DROPPED,
    ),
    "O007": _warning("specks in outline", "Delete them in the outline"),
    "O008": _error(
        "several outlines", f"{_EACH_ITS_ROW}; parts of one lesion belong into one mask file"
    ),
    "O009": _error(
        "several outlines", f"{_EACH_ITS_ROW}; if they are parts of one lesion, write 'all' there"
    ),
    "O010": _error(
        "unclear outline", "Name the mask in the column outline, or call the mask as the case_id"
    ),
    "O011": _error(
        "unclear outline",
        "Write the outline's identifier in the column outline, or the case_id into the "
        "annotation's attribute case_id",
    ),
    "O012": _error("unclear outline", "Write its path from the folder"),
    "O013": _error("outline", "Write the identifiers of its regions, joined by commas, or 'all'"),
    "O014": _error("unclear image", "Give every image a name of its own, and draw on these"),
    "O015": _error("contradicting labels", "Correct the annotation"),
    "O016": _warning("mask without a row", _COMPARE_NAMES),
    "O017": _warning("annotated image without a row", _COMPARE_NAMES),
    "O018": _warning(
        "outline without a row",
        "Nothing, if they are not meant to be read; else give each lesion a row",
    ),
    "O019": _error(
        "more than black and white",
        "Save a mask for every lesion, 0 outside and 255 inside; or name the level in the column "
        "outline, as in masks/7.png#level=2",
    ),
    "O020": _warning(
        "drawn as a line", "Nothing: a closed line is filled; look whether that is the lesion"
    ),
    "O021": _error("not filled", "Fill the lesion's area in the mask", public=Severity.DROPPED),
    "O022": _warning("small outline", "Look whether it is the lesion"),
    "O023": _error("tiny outline", "Draw it again: this is a slip of the pen"),
    "O024": _error("outline of the whole image", "Draw the lesion alone", public=Severity.DROPPED),
    "O025": _warning("large outline", "Look whether it is the lesion"),
    "O026": _error(
        "turned image",
        "Save the image as it is to be seen, without the mark in its file, and draw the outline "
        "on that",
    ),
    "O027": _error(
        "image annotated twice",
        "Keep the right entry, or give the images names that tell them apart",
    ),
    "O028": _warning(
        "image changed after it was drawn on",
        "Look whether the outlines still fit: a picture of another size needs them drawn again",
    ),
    "O029": _error(
        "outlines of no image",
        "Call the images as the annotations do, or write the images' names into the annotations",
    ),
    "O030": _error(
        "masks of no image", "Call each mask as its image, or name it in the column outline"
    ),
    "L001": _error("diameter in mm", _CENTIMETRES),
    "L002": _warning(
        "diameter against outline",
        "Look at the outline, the diameter and the pixel size; the diameter is used",
    ),
    "L003": _error("diameters in mm", _CENTIMETRES),
    "L004": _warning("diameters in mm", _CENTIMETRES),
    "L005": _warning(
        "diameters in cm",
        "Compare cohort.units with the table; nothing, if the images were cut to the lesions",
    ),
    "L006": _warning(
        "sizes unknown", "Nothing, if sizes are not known; else give diameter_cm or pixel_cm"
    ),
    "L007": _warning("size unknown", "Give diameter_cm or pixel_cm"),
    "L008": _warning("lesions of all sizes", "Nothing: cohort.larger_lesions says so"),
    "L009": _dropped("diameter over the limit", "Nothing: cohort.max_diameter_cm says so"),
    "L010": _warning(
        "diameter in another unit",
        "Look at its diameter: rows of one column must have one unit; nothing, if it is right",
    ),
    "L011": _warning(
        "very small diameter", "Look at its unit: ultrasound hardly shows a lesion so small"
    ),
    "C001": _warning("duplicate image", _TOGETHER),
    "C002": _error("duplicate with another label", _WHICH_LABEL),
    "C003": _dropped("duplicate with another label", _AUTHORS_KNOW),
    "C004": _error("duplicate of another patient", _WHOSE),
    "C005": _dropped("duplicate of another patient", "Nothing: the first copy alone is kept"),
    "C011": _warning("near-duplicate image", _TOGETHER),
    "C012": _error("near-duplicate with another label", _WHICH_LABEL),
    "C013": _dropped("near-duplicate with another label", _AUTHORS_KNOW),
    "C014": _error("near-duplicate of another patient", _WHOSE),
    "C015": _warning("near-duplicate of another patient", _TOGETHER),
    "C021": _warning("duplicate in another set", _ONE_ROLE),
    "C022": _warning("near-duplicate in another set", _ONE_ROLE),
    "C023": _dropped(
        "copy in another role", "Nothing: of such images the test's stays, or else the validation's"
    ),
    "C024": _dropped("copy in another set", "Nothing: an image counts once"),
    "S001": _error(
        "too few cases for the folds", "Ask for fewer with {key}, or give a larger cohort"
    ),
    "S002": _error(
        "cross-fitted, but no test case",
        "Make it a test case, or set cross_fitting.cohort to null",
    ),
    "S003": _error("no split", "Fill it in ({splits}), or give the source the role dealt"),
    "S004": _error(
        "torn between splits", "Correct published_split, or give the source the role dealt"
    ),
    "S005": _error(
        "too few cases for the split",
        "Give a larger cohort, other shares (split.validation, split.test), or other roles "
        "(cohort.sources)",
    ),
    "S006": _error("outline needed", "Draw its outline, or make it a test case"),
    "S007": _dropped("fold not used", "Nothing, or give the fold a role under {key}"),
    "S008": _error("no such fold", "Name folds of the source's table (its column fold)"),
    "P001": _dropped("not in the table", "Nothing, or complete the download"),
    "P002": _dropped("empty outline", _AS_IT_IS),
    "P003": _dropped("label contradicts the mask", _AS_IT_IS),
    "P004": _dropped("outline size", _AS_IT_IS),
    "P005": _warning("traces in the mask", "Nothing, or look at the mask"),
    "D001": _error("no files", "Put the DICOM files into the folder, at any depth"),
    "D002": _error(
        "not DICOM", "Export it again as a DICOM file (Part 10), or take it out of the folder"
    ),
    "D003": _dropped("not DICOM", "Nothing: it was not read"),
    "D004": _error("unreadable", "Ask for the permission to read it, or copy it anew"),
    "D005": _error("damaged", "Export it again"),
    "D006": _error("damaged", _EXPORT_AGAIN),
    "D007": _error("no pixels", _EXPORT_AGAIN),
    "D008": _dropped("other modality", "Nothing: files of other modalities are left out"),
    "D009": _dropped("volume", "Nothing: volumes are left out"),
    "D010": _dropped("duplicate SOPInstanceUID", "Nothing: one of them is read"),
    "D011": _error("duplicate SOPInstanceUID", "Keep the right one of the two"),
    "D021": _error("table", _DETAILS),
    "D022": _error("annotation file", _DETAILS),
    "D023": _error("{name} in the table", "It must be {right}"),
    "D024": _warning("{name} in the table", "It must be {right}"),
    "D025": _error(
        "row without a file", "The column {column} must hold {what}: cohort.dicom.match says so"
    ),
    "D026": _dropped("row of a refused file", "See what is said about the file"),
    "D027": _warning("row of a refused file", "See what is said about the file"),
    "D028": _dropped("not in the table", "Nothing, unless it belongs to the study: then add a row"),
    "D029": _error("several rows of a patient", _BY_FILE),
    "D030": _error("outline of several files", _BY_FILE),
    "D031": _error("several patients", "Keep the right patient_id"),
    "D032": _error("no patient", "Fill in patient_id in the table"),
    "D033": _error(
        "no patient",
        "Give patient_id in the table, and set cohort.dicom.patient: table. Without it, images of "
        "one patient could stand in training and test",
    ),
    "D034": _error("{name} may name the patient", "Take it out of the text"),
    "D035": _error(
        "one PatientID for all", "Take the table's patients: cohort.dicom.patient: table"
    ),
    "D041": _error("pixels", _EXPORT_OR_DROP),
    "D042": _error("pixel shape", _EXPORT_OR_DROP),
    "D043": _error("frame", "Give the frame, counted from 0, in the column frame"),
    "D044": _error(
        "frame",
        "Give the frame, counted from 0, in the column frame: an outline belongs to one frame",
    ),
    "D045": _error(
        "burned-in annotation",
        "Cover the text: cohort.dicom.mask: [[y1, x1, y2, x2]], in px of the frame; or export the "
        "image without text",
    ),
    "D046": _error("outline", _REDRAW),
    "D047": _error("outline", _THIS_IMAGE),
    "D048": _warning("outline cut", _THIS_IMAGE),
    "D049": _error("outline under the mask", "Move the mask, or take the case out of the table"),
    "D061": _warning(
        "no ultrasound region", "Look for text around the tissue; cohort.dicom.mask makes it black"
    ),
    "D062": _warning(
        "ultrasound region misplaced",
        "Export the original frames, or give diameter_cm in the table",
    ),
    "D063": _warning(
        "several ultrasound regions", "Draw the outlines, so that the right view is taken"
    ),
    "D064": _warning("scale from PixelSpacing", "Compare a lesion's size with the report"),
    "D065": _warning("no scale", "Give diameter_cm or pixel_cm in the table"),
    "D066": _warning("pixels not square", "Nothing: outlines were stretched alike"),
    "D067": _warning(
        "several frames", "Give the frame, counted from 0, in the column frame to choose another"
    ),
    "D068": _warning("colours in the image", "Leave them out if they are no plain ultrasound"),
    "D069": _warning("mask outside the frame", "Look at these images on the contact sheet"),
    "D070": _warning("age over 89", "Nothing"),
    "D071": _warning("private files", "Keep both and the salt beside them to yourself"),
    "D081": _error(
        "sign-off",
        "Look at every page in {folder} ({pages}). If none shows a name, a date or a number of a "
        "patient, put into config.yaml, under the study {study}: cohort: {{dicom: {{signed_off: "
        "{sha256}}}}}. If one does, cover it with cohort.dicom.mask, or take the image out of the "
        "table",
    ),
    "N001": _error("no image", "Name the folder that holds the images"),
    "N002": _error("several tables", "Leave one of them"),
    "N003": _error("table"),
    "N004": _error("table", "Name one of them so, or map it: cohort.columns: {{image: NAME}}"),
    "N005": _error("no name", "Fill in its image"),
    "N006": _warning("no row in the table", "Add a row if factors are known"),
    "N007": _warning("another kind of lesion", "Do not read its scores as those of such a lesion"),
    "N014": _warning(
        "headings without a meaning",
        "Map those that give a factor: cohort.columns: {{age_years: NAME}}",
    ),
    "N008": _warning("outline", "Rename it if it is an image"),
    "N009": _error("link", "Copy what it names into the folder"),
    "N010": _error(
        "image", "Import it (cohort.sources: {{dicom: ROLE}}), or export it as PNG without any text"
    ),
    "N011": _error("image", _FROM_ORIGINAL),
    "N012": _warning("not read"),
    "N013": _warning("same picture", "Nothing, if that is meant"),
}

# Findings that follow from another one, and are not told where that one is.
NO_OUTLINE = ("O002", "S006")
EFFECTS: dict[str, tuple[str, ...]] = {
    "D035": ("S001", "S005", "C002", "C012"),
    "T012": ("T006",),
    "O027": NO_OUTLINE,
    "O029": NO_OUTLINE,
    "O030": NO_OUTLINE,
}
