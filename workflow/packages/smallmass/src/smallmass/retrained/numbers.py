"""How well cases were read, all of them and by group, with intervals that know of patients."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from smallmass.counts import number_of
from smallmass.evaluation.by_patient import cells, counts, measured_auroc
from smallmass.published.summary import results
from smallmass.retrained.beside_readers import beside_readers
from smallmass.retrained.out_of_fold import lesions_of
from smallmass.retrained.per_patient import per_patient
from smallmass.words import cohort_name

ALL, COHORT, FOLD, DEVICE = "all", "cohort", "fold", "device"
PATIENTS = "patients"
"""All cases, a row a patient: the mean of its images' scores."""
UNKNOWN = "not recorded"
COLUMNS = [
    "by",
    "group",
    "metric",
    "estimate",
    "ci_low",
    "ci_high",
    "p_value",
    "lesions",
    "malignant",
    "patients",
    "ci_method",
    "note",
]


def by_group(cases: pd.DataFrame, confidence: float, by: Iterable[str]) -> pd.DataFrame:
    """Return a row a group and metric; first of all cases together, then of all `PATIENTS`.

    Of patients, where any has several images, there is the AUROC of `per_patient`. Where readers'
    categories are recorded, `READERS` is their AUROC, and `LESS_READERS` how much more the model's
    is on the same lesions.

    Args:
        cases: Of `out_of_fold.out_of_fold`.
        confidence: Of the intervals, in (0, 1).
        by: Columns whose values are groups, where there are several: `COHORT`, `FOLD`, `DEVICE`.
    """
    rows = []
    for column, name, lesions in groups(lesions_of(cases), by):
        head = {"by": column, "group": name, **counts(lesions)}
        rows += [head | cells(result) for result in results(lesions, confidence)]
        rows += [head | row for row in beside_readers(lesions, confidence)]
        if column == ALL:
            rows += _of_patients(lesions, confidence)
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.round({"estimate": 6, "ci_low": 6, "ci_high": 6})


def _of_patients(lesions: pd.DataFrame, confidence: float) -> list[dict[str, Any]]:
    """Return the rows of `PATIENTS`; none where each has one image."""
    patients = per_patient(lesions)
    if patients.empty:
        return []
    head = {"by": PATIENTS, "group": PATIENTS, **counts(patients)}
    alone = lesions["patient"].nunique() - len(patients)
    left_out = f"left out for want of one label: {number_of(alone, 'patient')}" if alone else ""
    area = replace(measured_auroc(patients, confidence), note=left_out)
    return [head | cells(area), *(head | row for row in beside_readers(patients, confidence))]


def groups(lesions: pd.DataFrame, by: Iterable[str]) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield column, value and rows of every group, all together first; none of an empty table.

    Args:
        lesions: A row a case.
        by: Columns; one with a single value gives no groups.
    """
    if lesions.empty:
        return
    yield ALL, ALL, lesions
    for column in by:
        values = lesions[column].astype("string").fillna(UNKNOWN)
        if values.nunique() < 2:
            continue
        for name in sorted(values.unique(), key=lambda value: (value == UNKNOWN, value)):
            yield column, str(name), lesions[values == name].reset_index(drop=True)


def printed_group(by: str, group: str) -> str:
    """Return what readers call a group."""
    if by == ALL:
        return "All cases"
    if by == PATIENTS:
        return "Patients, the mean of their images"
    if by == COHORT:
        return cohort_name(group)
    if by == DEVICE:
        return f"scanner {group}" if group != UNKNOWN else "scanner not recorded"
    return group.replace("_", " ")
