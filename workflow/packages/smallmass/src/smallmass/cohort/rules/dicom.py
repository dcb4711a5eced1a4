"""What may be found in a folder of DICOM files and its table."""

from smallmass.cohort.rules.rule import dropped, error, warning

_DETAILS = "Read the details in the private file that describes every problem"
_EXPORT_AGAIN = "Export it again, or take it out of the folder"
_EXPORT_OR_DROP = "Export it again, or take it out of the table"
_REDRAW = "Draw it on the whole frame, at its own size, and put it into the folder"
_THIS_IMAGE = "Check that it was drawn on this image"
_BY_FILE = "Name the file of each row in the column image, and set cohort.dicom.match: file"

RULES = {
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
}
