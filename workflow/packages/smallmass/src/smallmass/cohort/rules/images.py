"""What may be found in images: their files, grey levels, outlines, and the sizes of lesions."""

from smallmass.cohort.rules.rule import Severity, dropped, error, warning

_LOOK_AT_FILE = "Restore the file from the original, or take the case out of the table"
_WRITE_PATH = "Write its path from the folder into the column image"
_COMPARE_NAMES = "Nothing, if they are not meant to be read; else compare the names"
_EACH_ITS_ROW = (
    "Give each lesion a row of its own with the same image, and name its outline in the column "
    "outline"
)
_CENTIMETRES = "Give centimetres, or say that the column is in mm"

RULES = {
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
}
