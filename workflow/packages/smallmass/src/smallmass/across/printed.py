"""The sets across one another as a printed table."""

import math
from collections.abc import Sequence

import pandas as pd

from diagnostic_accuracy.printing import GROUP, Heading, PrintedTable, Row
from diagnostic_accuracy.rounding import DASH, half_up, joined
from smallmass.across.cells import ALL, HELD_OUT
from smallmass.across.train_sets import TrainSet
from smallmass.evaluation.by_patient import LOSS, METRICS
from smallmass.words import Metric, cohort_name

# How a metric is printed: its factor, and its decimals.
FORMS = {Metric.AUROC: (1, 2), Metric.DICE: (1, 2), Metric.FOUND: (100, 1)}
NAMES = {Metric.AUROC: "AUROC", Metric.DICE: "Mean Dice", Metric.FOUND: "Found (%)"}
PARTS = {ALL: "all", HELD_OUT: "its test part"}
BALANCES = {
    "root": "Sets that train together are drawn in proportion to the square root of their sizes.",
    "equal": "Sets that train together are drawn equally often.",
    "size": "Sets that train together are drawn in proportion to their sizes.",
}


def notes(missing: Sequence[str], balance: str | None, seeds: int, confidence: float) -> list[str]:
    """Return what must be said beneath the table and the picture.

    Args:
        missing: Public sets that are not there.
        balance: The setting ``cohort.balance``; None where no sets train together.
        seeds: How many models of each kind were trained; what they read is averaged.
        confidence: Of the intervals.
    """
    lines = [
        f"{100 * confidence:g}% confidence intervals, a patient's lesions taken as one draw where "
        "patients are known. A miss counts as a Dice of 0.",
        "A set that trains is tested on its test part, of which the model learnt nothing; a set "
        "that does not, on all its lesions but those of patients, or copies, seen in training.",
    ]
    if balance is not None:
        lines.append(BALANCES[balance])
    if seeds > 1:
        lines.append(f"What {seeds} models from different seeds read is averaged.")
    if missing:
        names = ", ".join(map(cohort_name, missing))
        lines.append(f"Not there, and left out: {names}.")
    return lines


def across_table(
    cells: pd.DataFrame, models: Sequence[TrainSet], beneath: Sequence[str]
) -> PrintedTable:
    """Return the table: a group a model, a row a set that it is tested on.

    Args:
        cells: Of `cells.cells`.
        models: What trained each.
        beneath: The notes.
    """
    losses = [f"{metric}{LOSS}" for metric in METRICS]
    rows = []
    for model in models:
        part = cells[cells["train"] == model.name]
        rows.append(Row((f"Trained on {model.printed}", *[""] * 9), GROUP))
        for test, lines in part.groupby("test", sort=False):
            by_metric = lines.set_index("metric")
            first = by_metric.loc[Metric.AUROC]
            rows.append(
                Row(
                    (
                        cohort_name(str(test)),
                        PARTS[first["part"]],
                        f"{first['lesions']} ({first['malignant']})",
                        str(first["patients"]),
                        *(value(by_metric, name) for name in (*METRICS, *losses)),
                    )
                )
            )
    header = (
        (Heading("Tested on", 4), Heading("Read", 3), Heading("Lost", 3)),
        (
            *map(Heading, ("set", "lesions of it", "number (malignant)", "patients")),
            *(Heading(NAMES[metric]) for metric in METRICS),
            *(Heading(NAMES[metric]) for metric in METRICS),
        ),
    )
    lost = (
        "Lost: how much better the model of that set alone reads its test part, both models on the "
        "same lesions of it."
    )
    return PrintedTable(
        "Across sets", "How models read other sets", header, tuple(rows), (*beneath, lost), texts=2
    )


def value(by_metric: pd.DataFrame, name: str) -> str:
    """Return an estimate with its interval as text, a dash where there is none.

    Args:
        by_metric: Rows of `cells.cells`, the metric their index.
        name: The metric, or its loss.
    """
    if name not in by_metric.index or math.isnan(by_metric.loc[name, "estimate"]):
        return DASH
    estimate, interval = texts(by_metric.loc[name], name)
    return f"{estimate} ({interval})" if interval else estimate


def texts(cell: pd.Series, name: str) -> tuple[str, str]:
    """Return an estimate and its interval, which may be empty, as texts.

    Args:
        cell: A row of `cells.cells` with an estimate.
        name: The metric, or its loss.
    """
    factor, digits = FORMS[Metric(name.removesuffix(LOSS))]
    estimate, low, high = (float(cell[key]) for key in ("estimate", "ci_low", "ci_high"))
    interval = ""
    if math.isfinite(low):
        interval = joined(half_up(factor * low, digits), half_up(factor * high, digits))
    return half_up(factor * estimate, digits), interval
