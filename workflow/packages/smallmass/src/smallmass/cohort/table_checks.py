"""What the rows of a hospital's table say of its patients, taken together."""

import re
import unicodedata
from collections.abc import Iterator

import pandas as pd

from smallmass.cohort.findings import Finding
from smallmass.cohort.table import LABELS, UNKNOWN
from smallmass.counts import first_of, number_of

_SHOWN = 5
# What does not change from image to image of a person.
_CONSTANT = ("family_history", "brca_mutation")
# Examinations of one person lie no further apart, or it is a slip of the pen.
_YEARS = 15
# So many images of one patient alone are no study.
_FEW = 10


def about_patients(cases: pd.DataFrame) -> Iterator[Finding]:
    """Yield patients in several spellings, whose rows contradict, or who have both labels.

    Args:
        cases: As `read_own_table` returns them, or `table.complete`; with the labels of folders
            and annotations where the table has none.
    """
    if "patient_id" not in cases:
        return
    yield from _spellings(cases["patient_id"])
    known = cases[cases["patient_id"] != ""]
    for name in _CONSTANT:
        if name in known:
            yield from _contradictions(known, name)
    if "age_years" in known:
        yield from _ages(known)
    if len(known) >= _FEW and known["patient_id"].nunique() == 1:
        message = f"all {number_of(len(known), 'row')} with a patient_id name the same one"
        yield Finding.of("T031", "", f"{message}: {known['patient_id'].iloc[0]}")
    if "label" in known:
        yield from _both_labels(known[known["label"].isin(LABELS)])


def spelling(name: str) -> str:
    """Return a patient's number without regard to capitals, punctuation and leading zeros.

    What stands between digits stays: 1-2 is not 12.
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    plain = re.sub(r"(?<=\d)[\W_]+(?=\d)", "-", plain)
    plain = re.sub(r"[^\w-]|_|(?<!\d)-|-(?!\d)", "", plain)
    return re.sub(r"(?<!\d)0+(?=\d)", "", plain)


def _spellings(patients: pd.Series) -> Iterator[Finding]:
    names = pd.Series(sorted(set(patients) - {""}), dtype="str")
    groups = names.groupby(names.map(spelling))
    several = [list(members) for _, members in groups if len(members) > 1]
    if several:
        shown = first_of((" / ".join(map(repr, members)) for members in several), _SHOWN, "; ")
        message = f"these differ in spelling alone, and count as different patients: {shown}"
        yield Finding.of("T018", "", message)


def _contradictions(cases: pd.DataFrame, name: str) -> Iterator[Finding]:
    given = cases[~cases[name].isin([UNKNOWN, ""])]
    several = given.groupby("patient_id", sort=False)[name].nunique()
    for patient in several.index[several > 1]:
        rows = given[given["patient_id"] == patient].drop_duplicates(name)
        told = ", ".join(f"{value} in {case}" for case, value in _pairs(rows, name))
        yield Finding.of("T019", "", f"patient {patient}: {name} is {told}")


def _ages(cases: pd.DataFrame) -> Iterator[Finding]:
    ages = pd.to_numeric(cases["age_years"], errors="coerce")
    if cases.loc[ages.notna(), "patient_id"].nunique() >= _FEW and ages.nunique() == 1:
        message = f"age_years is {ages.max():g} in all {number_of(ages.notna().sum(), 'row')}"
        yield Finding.of("T034", "", message)
    span = ages.groupby(cases["patient_id"]).agg(["min", "max"])
    for patient, low, high in span[span["max"] - span["min"] > _YEARS].itertuples():
        message = f"patient {patient}: age_years is {low:g} in one row and {high:g} in another"
        yield Finding.of("T019", "", message)


def _both_labels(cases: pd.DataFrame) -> Iterator[Finding]:
    """Yield the patients with a benign and a malignant lesion, in one finding."""
    labels = cases.groupby("patient_id", sort=False)["label"].nunique()
    both = labels.index[labels > 1]
    if both.empty:
        return
    told = [
        f"{patient} ({'; '.join(_by_label(rows))})"
        for patient, rows in cases[cases["patient_id"].isin(both)].groupby("patient_id", sort=False)
    ]
    patients = number_of(len(both), "patient")
    message = f"benign and malignant lesions in {patients}: {first_of(told, _SHOWN)}"
    yield Finding.of("T029", "", message)


def _by_label(rows: pd.DataFrame) -> Iterator[str]:
    for label in LABELS:
        names = (case for case, _ in _pairs(rows[rows["label"] == label], "label"))
        yield f"{label}: {first_of(names, _SHOWN)}"


def _pairs(rows: pd.DataFrame, name: str) -> Iterator[tuple[str, str]]:
    cases = rows["case_id"] if "case_id" in rows else rows["image"]
    yield from zip(cases, rows[name], strict=True)
