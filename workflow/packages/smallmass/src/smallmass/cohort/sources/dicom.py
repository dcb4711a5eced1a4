"""DICOM: what the import made of a hospital's files, once a person has signed it off."""

from pathlib import Path

from smallmass.cohort.dicom import FINDINGS, PAGES, SUMMARY, TABLE
from smallmass.cohort.findings import DROPPED, Finding, from_table
from smallmass.cohort.sources import folder
from smallmass.cohort.sources.reading import Reading, Source
from smallmass.cohort.table import complete
from smallmass.cohort.table_checks import about_patients
from smallmass.counts import number_of
from smallmass.errors import UserError
from smallmass.files import read_csv, read_json
from smallmass.settings import CohortSettings


def read(root: Path, settings: CohortSettings) -> Reading:
    """Read the folder of an import: its cases, what it found, and whether it was signed off.

    Args:
        root: The folder of the import, ``results/{study}/import``.
        settings: The study's settings under ``cohort``.

    Raises:
        UserError: If nothing was imported there.
    """
    if not (root / SUMMARY).is_file():
        raise UserError(f"{root} holds no import. Run snakemake check, which imports the files.")
    imported = from_table(read_csv(root / FINDINGS))
    dropped = [finding for finding in imported if finding.severity == DROPPED]
    findings = [finding for finding in imported if finding.severity != DROPPED]
    findings += sign_off(root, read_json(root / SUMMARY), settings.dicom.signed_off)
    cases = read_csv(root / TABLE)
    findings += about_patients(complete(cases))
    return Reading(cases, dropped, findings)


def sign_off(root: Path, summary: dict, signed: str | None) -> list[Finding]:
    """Return an error if nobody has signed off exactly these images.

    Args:
        root: The folder of the import, ``results/{study}/import``.
        summary: Its import.json.
        signed: The setting ``cohort.dicom.signed_off``.
    """
    if signed == summary["sha256"] or not summary["images"]:
        return []
    files, images = summary["burned_in_annotation"], number_of(summary["images"], "image")
    message = (
        f"nobody has signed off what was imported, {images}. Files that say that their pixels show "
        f"text about the patient: {files['yes']}; that they do not: {files['no']}; that say "
        f"nothing: {files['unknown']}"
    )
    if signed:
        message = (
            f"imported now: {images}, which are not those that were signed off: files, the salt, "
            "or settings of the import have changed"
        )
    finding = Finding.of(
        "D081",
        "",
        message,
        folder=root / PAGES,
        pages=summary["pages"],
        study=root.parent.name,
        sha256=summary["sha256"],
    )
    return [finding]


SOURCE = Source(
    name="dicom",
    title="a folder of DICOM files with a table",
    expected=(),
    public=False,
    read=read,
    tables=folder.watched,  # of the hospital's folder, before the import
)
