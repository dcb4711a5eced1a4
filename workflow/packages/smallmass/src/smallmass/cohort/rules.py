"""What may be found in a cohort: every rule's code, severity, title and remedy.

A code is for good: it is not given again once its rule has gone. Its letter is the rule's area.
"""

from smallmass.cohort.rule import Severity, dropped, error, warning

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
    "T001": error("duplicate case_id", "Give every lesion in every image an identifier of its own"),
    "T002": error(
        "case_id", 'Begin with a letter or digit, and leave out / \\ : * ? " < > | % # and the like'
    ),
    "T003": error(
        "missing column", "Add the column {name}, or say in config.yaml which column of yours it is"
    ),
    "T004": error("missing {name}", "Fill in {name}"),
    "T005": error("missing case_id", "Fill it in, or delete the row"),
    "T006": error("unknown {name}", "Use one of: {words}"),
    "T007": error(
        "{name} out of range",
        "It {meaning}, between {low} and {high}; write unknown where it is not known",
    ),
    "T008": error("contradicting labels", "Keep the right label"),
    "T009": error("contradicting labels", _CORRECT_OTHER),
    "T010": error(
        "label against folder", "Find out which is right; correct the table, or move the image"
    ),
    "T011": dropped("normal", "Nothing: the study is of lesions"),
    "T012": error(
        "word without a meaning",
        "Correct the table, or say what it means: cohort.words: {{{name}: {{{word!r}: "
        "{options}}}}}",
    ),
    "T013": warning(
        "column may name persons",
        "Take it out of cohort.further, and such columns out of the table",
    ),
    "T014": warning("several sheets", "Name another with cohort.sheet if that is the wrong one"),
    "T015": warning(
        "patients unknown",
        "If a patient can have several images, name the column: cohort.columns: {{patient_id: "
        "NAME}}; else a patient may be both trained and tested on",
    ),
    "T016": warning(
        "patients unknown",
        "Fill it in where a patient has several images; else a patient may be both trained and "
        "tested on",
    ),
    "T017": warning(
        "factors unknown", "If one of its columns holds it, name that one under cohort.columns"
    ),
    "T018": warning(
        "one patient in several spellings",
        "Write each patient alike, or the same person may be trained and tested on",
    ),
    "T019": warning("rows of a patient contradict", _CORRECT_OTHER),
    "T020": warning(
        "column hardly filled",
        "Nothing, if it is not known; else look whether cells are merged, formulas have no stored "
        "result, or an instrument repeats",
    ),
    "T021": error(
        "a code for unknown",
        "Say what it means: cohort.words: {{{name}: {{{word!r}: unknown}}}}, or {word!r} itself in "
        "place of unknown if it is real",
    ),
    "T022": warning("merged cells", "Nothing, or write the value into each cell"),
    "T024": warning("rows above the header", "Nothing, or take them out of the table"),
    "T025": warning("rows under the table", "Nothing, or take them out of the table"),
    "T026": warning(
        "encoding", "Nothing if words look right; else save the table as CSV UTF-8 or .xlsx"
    ),
    "T027": warning(
        "further columns not read", "Name those that are to come along: cohort.further: [NAME]"
    ),
    "T028": warning("row of units", "Nothing, or take the row out of the table"),
    "T029": warning(
        "both labels in one patient",
        "Nothing, if each has several lesions; else find out which label is right",
    ),
    "T030": warning("header repeated", "Nothing, or take the row out of the table"),
    "T031": error(
        "one patient for all",
        "Give each patient a number of her own; where patients are not known, leave the column "
        "out. Of DICOM, cohort.dicom.patient: table takes the table's",
    ),
    "T032": warning("hidden rows", "Delete the rows that are no cases; nothing, if they are cases"),
    "T033": error(
        "shortened identifier",
        "Format the column as text in the program that wrote it, and save it anew",
    ),
    "T034": warning("one age for all", "Look whether the column was filled down by mistake"),
    "F001": error("reading the cohort"),
    "F002": error("closed folder", "Give yourself the right to read it"),
    "F003": error(
        "{column} outside the folder",
        "Copy the file into the folder, and name it relative to the folder",
    ),
    "F004": error("path", "Put the file into the folder, and write its path from there"),
    "F005": error("{column}", "Correct the name in the table, or restore the file"),
    "F006": error("{column}", "Name a file in it"),
    "F007": error("{column}", "Ask whoever owns the file for leave to read it"),
    "F008": error("missing image", "Put it there, correct the name, or take the row out"),
    "F009": error(
        "missing image",
        "Call the image as the case_id, or name it in a column: cohort.columns: {{image: NAME}}",
    ),
    "F010": error("unclear image", _WRITE_PATH),
    "F011": warning("image without a row", _COMPARE_NAMES),
    "F012": warning("files not read", "Set cohort.read_pixels to true before training"),
    "F013": error("empty cohort", "Look at what was dropped"),
    "F014": warning("files not read", "Nothing, if they are not meant to be read"),
    "I001": error("image", _LOOK_AT_FILE),
    "I002": error("blank image", _LOOK_AT_FILE, public=Severity.DROPPED),
    "I003": error(
        "range of grey levels",
        "Say which level is black and which white: cohort.grey_range: [0, 4095] for 12 bits, [0, "
        "255] for 8, [0, 65535] for all 16; or save the images as 8-bit grey",
    ),
    "I004": error(
        "dark image",
        "Export it again with the scanner's own range: a picture so dark was scaled from another",
        public=Severity.WARNING,
    ),
    "I005": warning("few grey levels", "Export it again as 8-bit grey; nothing if it looks right"),
    "I006": error("several pages", "Name the page, counted from 0, in the column frame"),
    "I007": warning("dim image", "Look whether the range is right: an eighth bit may be missing"),
    "I008": warning("bright image", "Look whether black and white are exchanged"),
    "I009": warning(
        "black and white exchanged",
        "Look at it: fluid is black in ultrasound; save it so. Nothing, if it is right",
    ),
    "I010": error(
        "half-transparent image", "Save it without transparency, so that it looks as on the scanner"
    ),
    "I011": warning(
        "even edge", "Look whether the file was cut off, or has a margin that should be cut away"
    ),
    "I012": warning(
        "torn grey levels",
        "Export it again: levels over 255 seem to begin again at 0. Nothing, if it looks right",
    ),
    "O001": error("outline", _LOOK_AT_FILE),
    "O002": warning(
        "no outline", "Draw one: without it the case cannot be trained on or count for Dice"
    ),
    "O003": error(
        "empty outline", "Draw the outline, or leave the column empty", public=Severity.DROPPED
    ),
    "O004": error(
        "outline size", "Export the outline at the image's own size", public=Severity.DROPPED
    ),
    "O005": error(
        "inverted outline",
        "Exchange black and white, so that the lesion is the bright part",
        public=Severity.DROPPED,
    ),
    "O006": error(
        "several lesions",
        "Give every lesion a case and an outline of its own, or join the parts",
        public=Severity.DROPPED,
    ),
    "O007": warning("specks in outline", "Delete them in the outline"),
    "O008": error(
        "several outlines", f"{_EACH_ITS_ROW}; parts of one lesion belong into one mask file"
    ),
    "O009": error(
        "several outlines", f"{_EACH_ITS_ROW}; if they are parts of one lesion, write 'all' there"
    ),
    "O010": error(
        "unclear outline", "Name the mask in the column outline, or call the mask as the case_id"
    ),
    "O011": error(
        "unclear outline",
        "Write the outline's identifier in the column outline, or the case_id into the "
        "annotation's attribute case_id",
    ),
    "O012": error("unclear outline", "Write its path from the folder"),
    "O013": error("outline", "Write the identifiers of its regions, joined by commas, or 'all'"),
    "O014": error("unclear image", "Give every image a name of its own, and draw on these"),
    "O015": error("contradicting labels", "Correct the annotation"),
    "O016": warning("mask without a row", _COMPARE_NAMES),
    "O017": warning("annotated image without a row", _COMPARE_NAMES),
    "O018": warning(
        "outline without a row",
        "Nothing, if they are not meant to be read; else give each lesion a row",
    ),
    "O019": error(
        "more than black and white",
        "Save a mask for every lesion, 0 outside and 255 inside; or name the level in the column "
        "outline, as in masks/7.png#level=2",
    ),
    "O020": warning(
        "drawn as a line", "Nothing: a closed line is filled; look whether that is the lesion"
    ),
    "O021": error("not filled", "Fill the lesion's area in the mask", public=Severity.DROPPED),
    "O022": warning("small outline", "Look whether it is the lesion"),
    "O023": error("tiny outline", "Draw it again: this is a slip of the pen"),
    "O024": error("outline of the whole image", "Draw the lesion alone", public=Severity.DROPPED),
    "O025": warning("large outline", "Look whether it is the lesion"),
    "O026": error(
        "turned image",
        "Save the image as it is to be seen, without the mark in its file, and draw the outline "
        "on that",
    ),
    "O027": error(
        "image annotated twice",
        "Keep the right entry, or give the images names that tell them apart",
    ),
    "O028": warning(
        "image changed after it was drawn on",
        "Look whether the outlines still fit: a picture of another size needs them drawn again",
    ),
    "O029": error(
        "outlines of no image",
        "Call the images as the annotations do, or write the images' names into the annotations",
    ),
    "O030": error(
        "masks of no image", "Call each mask as its image, or name it in the column outline"
    ),
    "O031": warning(
        "a box", "Draw the lesion's border: a box is no outline, and Dice is then that of boxes"
    ),
    "O032": error(
        "frame around the mask", "Take the frame away, so that the lesion alone is white"
    ),
    "O033": warning(
        "one outline on several images",
        "Look whether files were mixed up: two lesions never have the same pixels",
    ),
    "O034": error(
        "coordinates not in px",
        "Export the outlines in pixels of the image, as COCO's and VIA's files hold them",
    ),
    "O035": error(
        "outlines of a kind that is not read",
        "Export them as masks (PNG), or as a file of COCO, VIA or LabelMe",
    ),
    "O036": warning(
        "outline beside the lesion",
        "Look at the pictures: were images or outlines mirrored, turned, cut, resized or mixed up, "
        "or drawn around more than the lesion? Nothing, if they are right",
    ),
    "O037": warning(
        "outline of another thing", "Look whether the lesion was outlined, and not what lies by it"
    ),
    "L001": error("diameter in mm", _CENTIMETRES),
    "L002": warning(
        "diameter against outline",
        "Look at the outline, the diameter and the pixel size; the diameter is used",
    ),
    "L003": error("diameters in mm", _CENTIMETRES),
    "L004": warning("diameters in mm", _CENTIMETRES),
    "L005": warning(
        "diameters in cm",
        "Compare cohort.units with the table; nothing, if the images were cut to the lesions",
    ),
    "L006": warning(
        "sizes unknown", "Nothing, if sizes are not known; else give diameter_cm or pixel_cm"
    ),
    "L007": warning("size unknown", "Give diameter_cm or pixel_cm"),
    "L008": warning("lesions of all sizes", "Nothing: cohort.larger_lesions says so"),
    "L009": dropped("diameter over the limit", "Nothing: cohort.max_diameter_cm says so"),
    "L010": warning(
        "diameter in another unit",
        "Look at its diameter: rows of one column must have one unit; nothing, if it is right",
    ),
    "L011": warning(
        "very small diameter", "Look at its unit: ultrasound hardly shows a lesion so small"
    ),
    "C001": warning("duplicate image", _TOGETHER),
    "C002": error("duplicate with another label", _WHICH_LABEL),
    "C003": dropped("duplicate with another label", _AUTHORS_KNOW),
    "C004": error("duplicate of another patient", _WHOSE),
    "C005": dropped("duplicate of another patient", "Nothing: the first copy alone is kept"),
    "C011": warning("near-duplicate image", _TOGETHER),
    "C012": error("near-duplicate with another label", _WHICH_LABEL),
    "C013": dropped("near-duplicate with another label", _AUTHORS_KNOW),
    "C014": error("near-duplicate of another patient", _WHOSE),
    "C015": warning("near-duplicate of another patient", _TOGETHER),
    "C021": warning("duplicate in another set", _ONE_ROLE),
    "C022": warning("near-duplicate in another set", _ONE_ROLE),
    "C023": dropped(
        "copy in another role", "Nothing: of such images the test's stays, or else the validation's"
    ),
    "C024": dropped("copy in another set", "Nothing: an image counts once"),
    "S001": error(
        "too few cases for the folds", "Ask for fewer with {key}, or give a larger cohort"
    ),
    "S002": error(
        "cross-fitted, but no test case",
        "Make it a test case, or set cross_fitting.cohort to null",
    ),
    "S003": error("no split", "Fill it in ({splits}), or give the source the role dealt"),
    "S004": error(
        "torn between splits", "Correct published_split, or give the source the role dealt"
    ),
    "S005": error(
        "too few cases for the split",
        "Give a larger cohort, other shares (split.validation, split.test), or other roles "
        "(cohort.sources)",
    ),
    "S006": error("outline needed", "Draw its outline, or make it a test case"),
    "S007": dropped("fold not used", "Nothing, or give the fold a role under {key}"),
    "S008": error("no such fold", "Name folds of the source's table (its column fold)"),
    "P001": dropped("not in the table", "Nothing, or complete the download"),
    "P002": dropped("empty outline", _AS_IT_IS),
    "P003": dropped("label contradicts the mask", _AS_IT_IS),
    "P004": dropped("outline size", _AS_IT_IS),
    "P005": warning("traces in the mask", "Nothing, or look at the mask"),
    "D001": error("no files", "Put the DICOM files into the folder, at any depth"),
    "D002": error(
        "not DICOM", "Export it again as a DICOM file (Part 10), or take it out of the folder"
    ),
    "D003": dropped("not DICOM", "Nothing: it was not read"),
    "D004": error("unreadable", "Ask for the permission to read it, or copy it anew"),
    "D005": error("damaged", "Export it again"),
    "D006": error("damaged", _EXPORT_AGAIN),
    "D007": error("no pixels", _EXPORT_AGAIN),
    "D008": dropped("other modality", "Nothing: files of other modalities are left out"),
    "D009": dropped("volume", "Nothing: volumes are left out"),
    "D010": dropped("duplicate SOPInstanceUID", "Nothing: one of them is read"),
    "D011": error("duplicate SOPInstanceUID", "Keep the right one of the two"),
    "D012": dropped("segmentation", "Nothing: it is no image"),
    "D021": error("table", _DETAILS),
    "D022": error("annotation file", _DETAILS),
    "D023": error("{name} in the table", "It must be {right}"),
    "D024": warning("{name} in the table", "It must be {right}"),
    "D025": error(
        "row without a file", "The column {column} must hold {what}: cohort.dicom.match says so"
    ),
    "D026": dropped("row of a refused file", "See what is said about the file"),
    "D027": warning("row of a refused file", "See what is said about the file"),
    "D028": dropped("not in the table", "Nothing, unless it belongs to the study: then add a row"),
    "D029": error("several rows of a patient", _BY_FILE),
    "D030": error("outline of several files", _BY_FILE),
    "D031": error("several patients", "Keep the right patient_id"),
    "D032": error("no patient", "Fill in patient_id in the table"),
    "D033": error(
        "no patient",
        "Give patient_id in the table, and set cohort.dicom.patient: table. Without it, images of "
        "one patient could stand in training and test",
    ),
    "D034": error("{name} may name the patient", "Take it out of the text"),
    "D035": error(
        "one PatientID for all", "Take the table's patients: cohort.dicom.patient: table"
    ),
    "D041": error("pixels", _EXPORT_OR_DROP),
    "D042": error("pixel shape", _EXPORT_OR_DROP),
    "D043": error("frame", "Give the frame, counted from 0, in the column frame"),
    "D044": error(
        "frame",
        "Give the frame, counted from 0, in the column frame: an outline belongs to one frame",
    ),
    "D045": error(
        "burned-in annotation",
        "Cover the text: cohort.dicom.mask: [[y1, x1, y2, x2]], in px of the frame; or export the "
        "image without text",
    ),
    "D046": error("outline", _REDRAW),
    "D047": error("outline", _THIS_IMAGE),
    "D048": warning("outline cut", _THIS_IMAGE),
    "D049": error("outline under the mask", "Move the mask, or take the case out of the table"),
    "D050": error(
        "several segments",
        "Name the one of each row in the column outline: the file's path, and #segment=NUMBER",
    ),
    "D061": warning(
        "no ultrasound region", "Look for text around the tissue; cohort.dicom.mask makes it black"
    ),
    "D062": warning(
        "ultrasound region misplaced",
        "Export the original frames, or give diameter_cm in the table",
    ),
    "D063": warning(
        "several ultrasound regions", "Draw the outlines, so that the right view is taken"
    ),
    "D064": warning("scale from PixelSpacing", "Compare a lesion's size with the report"),
    "D065": warning("no scale", "Give diameter_cm or pixel_cm in the table"),
    "D066": warning("pixels not square", "Nothing: outlines were stretched alike"),
    "D067": warning(
        "several frames", "Give the frame, counted from 0, in the column frame to choose another"
    ),
    "D068": warning("colours in the image", "Leave them out if they are no plain ultrasound"),
    "D069": warning("mask outside the frame", "Look at these images on the contact sheet"),
    "D070": warning("age over 89", "Nothing"),
    "D071": warning("private files", "Keep both and the salt beside them to yourself"),
    "D072": warning("age in the tag", "Give age_years in the table"),
    "D081": error(
        "sign-off",
        "Look at every page in {folder} ({pages}). If none shows a name, a date or a number of a "
        "patient, put into config.yaml, under the study {study}: cohort: {{dicom: {{signed_off: "
        "{sha256}}}}}. If one does, cover it with cohort.dicom.mask, or take the image out of the "
        "table",
    ),
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
