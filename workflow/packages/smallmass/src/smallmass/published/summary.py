"""The published files in numbers: a row a set and metric, with intervals that know of patients."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from diagnostic_accuracy.calibration import calibration_intercept, calibration_slope
from diagnostic_accuracy.clustered import clustered_proportion
from diagnostic_accuracy.printing import PrintedTable
from diagnostic_accuracy.results import Result
from smallmass.combined.scores import patients
from smallmass.evaluation.by_patient import arrays, cells, counts, measured, missing
from smallmass.evaluation.cases import small
from smallmass.paper.plain_table import plain_table
from smallmass.published.cases import TERMS
from smallmass.settings import CohortSettings
from smallmass.words import Fit, Label, Metric, Subset, cohort_name

COLUMNS = [
    "file",
    "cohort",
    "subset",
    "metric",
    "estimate",
    "ci_low",
    "ci_high",
    "lesions",
    "malignant",
    "patients",
    "models",
    "ci_method",
    "note",
]
CALLS = (Metric.SENSITIVITY, Metric.SPECIFICITY)
CALIBRATION: dict[Metric, Callable[..., Result]] = {
    Metric.PROBABILITY_SLOPE: calibration_slope,
    Metric.PROBABILITY_INTERCEPT: calibration_intercept,
}
PERCENTAGES = (Metric.FOUND, *CALLS)


def sets(
    files: Mapping[str, pd.DataFrame], limits: CohortSettings
) -> Iterator[tuple[str, str, Subset, pd.DataFrame]]:
    """Yield the sets of lesions: file, cohort, subset, and its rows with malignant and patient.

    Args:
        files: Published files by name.
        limits: The settings ``max_diameter_cm`` (cm) and ``inclusive``: where lesions lie on both
            sides of the limit, the smaller ones are a set of their own.
    """
    for name, table in files.items():
        for cohort, rows in table.groupby("cohort", sort=False):
            lesions = rows.reset_index(drop=True)
            lesions["malignant"] = lesions["label"] == Label.MALIGNANT
            lesions["patient"] = patients(lesions)
            yield name, str(cohort), Subset.ALL, lesions
            below = small(lesions["diameter_cm"], limits)
            if below is not None:
                yield name, str(cohort), Subset.SMALL, lesions[below].reset_index(drop=True)


def summary(
    files: Mapping[str, pd.DataFrame], limits: CohortSettings, confidence: float
) -> pd.DataFrame:
    """Return ``published.csv``.

    Args:
        files: Published files by name.
        limits: See `sets`.
        confidence: Of the intervals, in (0, 1).
    """
    rows = []
    for name, cohort, subset, lesions in sets(files, limits):
        head = {"file": name, "cohort": cohort, "subset": subset, **counts(lesions)}
        head["models"] = lesions["study"].nunique()
        rows += [head | cells(result) for result in results(lesions, confidence)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.round({"estimate": 6, "ci_low": 6, "ci_high": 6})


def printed(
    table: pd.DataFrame, files: Mapping[str, pd.DataFrame], confidence: float
) -> PrintedTable:
    """Return the table to read: a row a set.

    Args:
        table: Of `summary`.
        files: Published files by name.
        confidence: Of the intervals.
    """
    metrics = list(dict.fromkeys(table["metric"]))
    rows = []
    for (name, cohort, subset), lines in table.groupby(["file", "cohort", "subset"], sort=False):
        first, values = lines.iloc[0], lines.set_index("metric")
        size = "" if subset == Subset.ALL else f", {Subset(subset).printed}"
        rows.append(
            [
                f"{cohort_name(cohort)}{size}",
                how_read(files[name]),
                f"{first['lesions']} ({first['malignant']})",
                str(first["patients"]),
                *(value(values.loc[metric], metric) for metric in metrics),
            ]
        )
    header = ["Set", "Read", "Lesions (malignant)", "Patients",
              *(Metric(metric).printed for metric in metrics)]  # fmt: skip
    cohorts = dict.fromkeys(table["cohort"])
    notes = [
        "From published predictions: nothing was trained or read for this table. "
        f"{100 * confidence:g}% confidence intervals take a patient's lesions as one draw, those "
        "of the calibration each lesion.",
        *(TERMS[cohort] for cohort in cohorts),
    ]
    return plain_table(
        "What the image model said of lesions that it had not learnt of", header, rows,
        texts=2, notes=notes,
    )  # fmt: skip


def results(lesions: pd.DataFrame, confidence: float) -> list[Result]:
    """Return every metric of a set of lesions.

    Args:
        lesions: Columns of a published file, malignant (bool) and patient.
        confidence: Of the intervals, in (0, 1).
    """
    _, malignant, patient = arrays(lesions)
    found = [replace(result, note="") if np.isfinite(result.low) else result
             for result in measured(lesions, confidence)]  # fmt: skip
    call = lesions["call"].to_numpy(float)
    for metric, among in zip(CALLS, (malignant, ~malignant), strict=True):
        called = among & np.isfinite(call)
        if not called.any():
            found.append(missing(metric, "no such lesion with a call"))
            continue
        right = (call == 1) == malignant
        found.append(
            clustered_proportion(
                right[called], patient[called],
                name=metric, method="cluster-wilson", confidence=confidence,
            )
        )  # fmt: skip
    probability = lesions["image_probability"].to_numpy(float)
    for metric, function in CALIBRATION.items():
        both = malignant.any() and not malignant.all()
        result = (
            function(probability, malignant, confidence) if both else missing(metric, "one label")
        )
        found.append(replace(result, name=metric))
    return found


def how_read(table: pd.DataFrame) -> str:
    """Return how the scores of a file came about, and by how many models if by several.

    Args:
        table: A published file.
    """
    words = ", ".join(Fit(fit).printed for fit in table["fit"].unique())
    models = table["study"].nunique()
    return f"{words}, by {models} models" if models > 1 else words


def value(cell: pd.Series, metric: str) -> str:
    """Return an estimate with its interval as text.

    Args:
        cell: A row of `summary`.
        metric: Its metric.
    """
    result = Result(
        name=metric, estimate=cell["estimate"], low=cell["ci_low"], high=cell["ci_high"],
        method="", source="", n=0,
    )  # fmt: skip
    percentage = metric in PERCENTAGES
    return result.value(1 if percentage else 2, 100 if percentage else 1)
