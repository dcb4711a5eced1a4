"""Which row of the table is about which file."""

from collections.abc import Iterator, Sequence

from smallmass.cohort.dicom.headers import DicomFile
from smallmass.cohort.dicom.rows import Row
from smallmass.cohort.findings import DROPPED, Finding
from smallmass.cohort.sources.folder_files import Files
from smallmass.counts import number_of

# What the table names a file by, and the column of cohort.csv that holds it.
COLUMN = {"file": "image", "SOPInstanceUID": "image", "PatientID": "patient_id"}
_WHAT = {
    "file": "the file's path below cohort.root",
    "SOPInstanceUID": "the file's SOPInstanceUID",
    "PatientID": "the patient's number, PatientID",
}

Pairs = list[tuple[DicomFile, list[Row]]]


def match(
    files: Sequence[DicomFile],
    rows: Sequence[Row],
    by: str,
    refused: dict[str, Finding],
    ids: dict[str, str],
) -> tuple[Pairs, list[Finding]]:
    """Return every file that rows are about with its rows, and what has no counterpart.

    Args:
        files: The ultrasound files.
        rows: The rows of the table.
        by: A key of `COLUMN`.
        refused: What was found in files that are not among ``files``, by their hash.
        ids: Of every file in the folder its name and its hash.
    """
    names = {file.file_id: _names(file, by) for file in files}
    known = {name for members in names.values() for name in members}
    # Of files with the same bytes one stands for all.
    paths = Files([file.name for file in files]) if by == "file" else Files()
    wanted: dict[str, list[Row]] = {}
    findings = []
    for row in rows:
        name = _wanted(row, by)
        if name not in known and name and name not in ids:
            near = paths.find(name) or paths.find(name.rpartition("/")[2])
            if len(near) > 1:
                findings.append(_of_several_files(row, len(near)))
                continue
            name = near[0] if near else name
        if name in known:
            wanted.setdefault(name, []).append(row)
        else:
            findings.append(_without_file(row, name, by, refused, ids))
    pairs: Pairs = []
    for file in files:
        about = [row for name in names[file.file_id] for row in wanted.get(name, [])]
        if about:
            pairs.append((file, about))
        else:
            findings.append(_without_row(file))
    if by == "PatientID":
        findings += _ambiguous(pairs)
    return pairs, findings


def _names(file: DicomFile, by: str) -> list[str]:
    """Return what the table may call a file."""
    if by == "file":
        return [file.name, *file.copies]
    return [file.uid if by == "SOPInstanceUID" else file.tag("PatientID")]


def _wanted(row: Row, by: str) -> str:
    """Return what a row calls its file; a path with forward slashes and without a dot in front.

    A path may lack leading folders and the ending, or begin with another computer's: `match` then
    takes the only file of that name.
    """
    if by == "PatientID":
        return row.patient_id
    if by == "SOPInstanceUID":
        return row.image
    return row.image.replace("\\", "/").removeprefix("./")


def _without_file(
    row: Row, name: str, by: str, refused: dict[str, Finding], ids: dict[str, str]
) -> Finding:
    where = f"row {row.number} of the table"
    finding = refused.get(ids.get(name, "")) if by == "file" else None
    if finding is not None:
        code = "D026" if finding.severity == DROPPED else "D027"
        return Finding.of(code, finding.case_id, f"{where} is about the file, which is not read")
    message = f"{where} is about a file that is not there"
    hint = " (Excel drops zeros in front of a number)" if by == "PatientID" else ""
    if not name:
        message = f"{where}: {COLUMN[by]} is empty"
    return Finding.of("D025", "", message, column=COLUMN[by], what=f"{_WHAT[by]}{hint}")


def _of_several_files(row: Row, count: int) -> Finding:
    message = f"row {row.number} of the table is about one of {number_of(count, 'file')} of a name"
    what = _WHAT["file"]
    return Finding.of("D025", "", message, column=COLUMN["file"], what=what)


def _without_row(file: DicomFile) -> Finding:
    return Finding.of("D028", file.file_id, "no row of the table is about the file")


def _ambiguous(pairs: Pairs) -> Iterator[Finding]:
    """Find what the number of a patient does not tell: which of several files, which lesion."""
    files: dict[int, int] = {}
    for _, rows in pairs:
        for row in rows:
            files[row.number] = files.get(row.number, 0) + 1
    reported: set[tuple[int, ...]] = set()
    for _, rows in pairs:
        numbers = tuple(row.number for row in rows)
        if len(rows) > 1 and numbers not in reported:
            reported.add(numbers)
            yield Finding.of(
                "D029",
                "",
                f"rows {', '.join(map(str, numbers))} of the table are about the same patient, so "
                "that they cannot be told apart",
            )
        for row in rows:
            if row.outline and files[row.number] > 1 and (row.number,) not in reported:
                reported.add((row.number,))
                yield Finding.of(
                    "D030",
                    "",
                    f"row {row.number} of the table has one outline, and the patient "
                    f"{files[row.number]} files",
                )
