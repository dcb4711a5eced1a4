"""Which cells may name persons, in whatever language their column's heading is.

A name, an address, a remark or a number of a record differs from patient to patient; a finding or a
grade repeats. A date or a telephone number is known by its form.
"""

import re

import pandas as pd

from smallmass.cohort import vocabulary

_DATE = re.compile(r"\d{1,4}\s?[-./年년]\s?\d{1,2}\s?[-./月월]\s?\d{1,4}(?!\d)")
_LONG_NUMBER = re.compile(r"\d(?:[\s()/+.-]?\d){5}")
_NUMBER = re.compile(r"[<>≤≥~±]?\s*[+-]?\d+(?:[.,]\d+)?\s*%?\Z")
_MAIL = re.compile(r"\S@\S+\.\w")
_FEWEST = 3  # different cells of few patients tell nothing


def points_at_persons(values: pd.Series, patients: pd.Series | None = None) -> bool:
    """Return whether a column's cells look as if they named persons.

    They do if one is a date, a number of six digits or more, or an e-mail address, or if there are
    at least three different texts, half as many as there are patients with one.

    Args:
        values: A column as it is written.
        patients: The patient of each row; without, or where empty, each row is one.
    """
    known = values[~values.map(vocabulary.normal_form).isin(vocabulary.UNKNOWN_WORDS)]
    if any(map(_by_its_form, known.unique())):
        return True
    texts = known[[any(map(str.isalpha, value)) for value in known]]
    if patients is None:
        count = len(texts)
    else:
        of_texts = patients[texts.index]
        count = of_texts[of_texts != ""].nunique() + int((of_texts == "").sum())
    different = texts.map(vocabulary.normal_form).nunique()
    return different >= _FEWEST and 2 * different >= count


def _by_its_form(cell: str) -> bool:
    if _DATE.search(cell) or _MAIL.search(cell):
        return True
    return bool(_LONG_NUMBER.search(cell)) and not (_NUMBER.match(cell) and re.search("[.,]", cell))
