"""Table 1: clinical characteristics of each split and class, from the cohort and its split."""

from collections.abc import Iterable

import pandas as pd

from diagnostic_accuracy.printing import GROUP, ITEM, PLAIN, SPAN, Heading, PrintedTable, Row
from diagnostic_accuracy.rounding import DASH, count_percent, mean_sd
from smallmass.evaluation.cases import small
from smallmass.paper import origins
from smallmass.paper.page_notes import PageNotes
from smallmass.settings import CohortSettings
from smallmass.words import Label, Split, Subset

TITLE = "Clinical characteristics of patients in the training, validation, and testing data sets"
NOT_RECORDED = "not recorded in this cohort"
UNKNOWN = "unknown"
HEADINGS = {
    "training": "Training data set",
    "validation": "Validation data set",
    "test": "Testing data set",
}
CONTINUOUS = {"age_years": "Age (years)", "diameter_cm": "Lesion size (cm)"}
CATEGORICAL = {
    "family_history": ("Family history of breast cancer", {"yes": "Yes", "no": "No"}),
    "brca_mutation": ("BRCA mutation", {"yes": "Yes", "no": "No"}),
    "breast_density": (
        "Breast composition",
        {
            "fatty": "Fatty breast",
            "scattered": "Scattered fibroglandular density",
            "heterogeneous": "Heterogeneously dense",
            "extreme": "Extremely dense",
        },
    ),
}


def in_order(name: str, values: Iterable[str]) -> list[str]:
    """Return values of a column as Table 1 has its levels, others behind them by name.

    Example:
        >>> in_order("breast_density", ["extreme", "not recorded", "fatty"])
        ['fatty', 'extreme', 'not recorded']
    """
    levels = list(CATEGORICAL[name][1]) if name in CATEGORICAL else []
    given = set(values)
    return [level for level in levels if level in given] + sorted(given.difference(levels))


def table1(
    cohort: pd.DataFrame,
    split: pd.DataFrame,
    *,
    notes: PageNotes,
    limits: CohortSettings | None = None,
) -> PrintedTable:
    """Return Table 1 in the paper's layout.

    Percentages are of all lesions of the column, unknown ones included, as the paper's are. Where
    the test set has lesions on both sides of the limit of size, the smaller ones stand beside it.
    Of a cohort of several sets, each part names its own.

    Args:
        cohort: ``cohort.csv``.
        split: ``split.csv``: case_id, split (training, validation, test).
        notes: What the page must say.
        limits: ``max_diameter_cm`` (cm) and ``inclusive`` (A04); None: no lesion is small.
    """
    cases = split[["case_id", "split"]].merge(cohort, on="case_id", validate="one_to_one")
    parts = {part: cases[cases["split"] == part] for part in Split}
    names = {part: _heading(part, origins.sets(parts[part], cohort)) for part in Split}
    sets = {names[part]: parts[part] for part in Split}
    tested = parts[Split.TEST]
    below = small(tested["diameter_cm"], limits) if limits and "diameter_cm" in tested else None
    if below is not None:
        sets[f"{names[Split.TEST]}, {Subset.SMALL.printed}"] = tested[below]
    columns = [part[part["label"] == label] for part in sets.values() for label in Label]
    rows: list[Row] = []
    for name, title in CONTINUOUS.items():
        rows += _continuous(columns, name, title)
    for name, (title, levels) in CATEGORICAL.items():
        rows += _categorical(columns, name, title, levels)
    return PrintedTable(
        "Table 1", TITLE, _header(list(sets), columns), tuple(rows), tuple(_notes(cases, notes))
    )


def _heading(part: Split, of_sets: str) -> str:
    return f"{HEADINGS[part]} ({of_sets})" if of_sets else HEADINGS[part]


def _header(sets: list[str], columns: list[pd.DataFrame]) -> tuple[tuple[Heading, ...], ...]:
    sizes = iter(columns)
    top = (Heading(""), *(Heading(name, 2) for name in sets))
    below = [
        Heading(f"{label.capitalize()} (n={len(next(sizes))})") for _ in sets for label in Label
    ]
    return top, (Heading("Characteristics"), *below)


def _continuous(columns: list[pd.DataFrame], name: str, title: str) -> list[Row]:
    """Return the row of means and SDs and, where some are unknown, how many."""
    values = [_numbers(column, name) for column in columns]
    if not sum(len(known) for known in values):
        return [_absent(title, len(columns))]
    rows = [Row((title, *(mean_sd(known) for known in values)), PLAIN)]
    missing = [len(column) - len(known) for column, known in zip(columns, values, strict=True)]
    if any(missing):
        rows.append(_counts("Unknown", missing, columns))
    return rows


def _categorical(
    columns: list[pd.DataFrame], name: str, title: str, levels: dict[str, str]
) -> list[Row]:
    """Return a heading, a row a level and, where some are unknown, how many."""
    words = [_words(column, name) for column in columns]
    if all((column == UNKNOWN).all() for column in words):
        return [_absent(title, len(columns))]
    rows = [Row((title, *[""] * len(columns)), GROUP)]
    for level, text in levels.items():
        rows.append(_counts(text, [int((word == level).sum()) for word in words], columns))
    missing = [int((~word.isin(list(levels))).sum()) for word in words]
    if any(missing):
        rows.append(_counts("Unknown", missing, columns))
    return rows


def _counts(text: str, counts: list[int], columns: list[pd.DataFrame]) -> Row:
    cells = [
        count_percent(count, len(column)) if len(column) else DASH
        for count, column in zip(counts, columns, strict=True)
    ]
    return Row((text, *cells), ITEM)


def _absent(title: str, width: int) -> Row:
    return Row((title, NOT_RECORDED, *[""] * (width - 1)), SPAN)


def _numbers(cases: pd.DataFrame, name: str) -> pd.Series:
    return cases[name].dropna() if name in cases else pd.Series(dtype=float)


def _words(cases: pd.DataFrame, name: str) -> pd.Series:
    if name not in cases:
        return pd.Series(UNKNOWN, index=cases.index)
    return cases[name].astype(object).where(cases[name].notna(), UNKNOWN)


def _notes(cases: pd.DataFrame, of_page: PageNotes) -> list[str]:
    notes = ["Data are expressed as n (%) or mean ± standard deviation."]
    if cases["patient_id"].nunique() < len(cases):
        notes.append(
            f"n counts lesions: {len(cases)} lesions of {cases['patient_id'].nunique()} patients."
        )
    return notes + of_page.density + of_page.cohort
