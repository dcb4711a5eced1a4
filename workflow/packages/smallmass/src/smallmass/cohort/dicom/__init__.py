"""Ultrasound images in DICOM files: pixels in, and nothing that names a patient out.

The files of an import, in its folder:
"""

TABLE, FINDINGS, SUMMARY = "cohort.csv", "findings.csv", "import.json"
IMAGES, OUTLINES, PAGES = "images", "outlines", "contact_sheet"
