"""The rivals as printed tables, and the sentence that says whether the image model betters them."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from diagnostic_accuracy.printing import PrintedTable
from diagnostic_accuracy.results import format_p
from diagnostic_accuracy.rounding import half_up, joined, p_value, percent
from smallmass.evaluation.cases import main_set
from smallmass.paper.plain_table import plain_table
from smallmass.paper.writing import capital
from smallmass.rivals.comparison import ENDS, STUDY
from smallmass.rivals.features import Outline
from smallmass.rivals.patients_needed import GAIN, POWER, Structure
from smallmass.rivals.plain import NAME as PLAIN
from smallmass.rivals.rival import Part
from smallmass.words import PAIRED_METRICS, Fit, Metric, Model, Subset, cohort_name

YARDSTICK = f"{PLAIN}_{Outline.PREDICTED}"
COST = (
    "Core-minutes: processor time of the rules that a rival needs beside the image model, whose "
    "own are training and reading; what is made for several rivals counts with each."
)
SAME_CASES = (
    "Each rival is read on the test cases that it and the image model have read; differences are "
    "the rival less the model, on the same cases."
)
MANY = "P values are of single comparisons, not corrected for their number."


def notes(parts: Sequence[Part], confidence: float) -> list[str]:
    """Return what must be said beneath the table and the figure.

    Args:
        parts: The rivals, and what was left out.
        confidence: Of the intervals.
    """
    return [
        f"{100 * confidence:g}% confidence intervals. {SAME_CASES} {MANY}",
        COST,
        *(f"Left out: {why}." for part in parts for why in part.left_out),
    ]


def rivals_table(rivals: pd.DataFrame, beneath: Sequence[str]) -> PrintedTable:
    """Return the main table: every rival beside the image model, by set of test cases.

    Args:
        rivals: ``rivals.csv``.
        beneath: The notes.
    """
    shown = beside_image(rivals)
    rows = [
        [
            _name(line),
            str(int(line["n"])),
            _estimate(line, "auroc", 2),
            _estimate(line, "difference", 3),
            _p(line["p_value"]),
            *(_estimate(line, metric) for metric in PAIRED_METRICS),
            None if pd.isna(line["core_minutes"]) else half_up(line["core_minutes"], 1),
        ]
        for line in shown.to_dict("records")
    ]
    header = ["Rival", "Cases", "AUROC (interval)", "Less the image model (interval)", "P",
              *(metric.printed for metric in PAIRED_METRICS), "Core-minutes"]  # fmt: skip
    return plain_table(
        "The image model beside rivals on the same test cases", header, rows,
        groups=[set_name(line) for line in shown.to_dict("records")], notes=beneath,
    )  # fmt: skip


def calls_table(rivals: pd.DataFrame) -> PrintedTable:
    """Return the differences of calls, and of AUROCs, beside every model of the study.

    Args:
        rivals: ``rivals.csv``.
    """
    shown = main_set(rivals[rivals["part"] != STUDY])
    rows = []
    for line in shown.to_dict("records"):
        cells = [line["printed"], Model(line["beside"]).short]
        cells += [_estimate(line, "difference", 3), _p(line["p_value"])]
        for metric in PAIRED_METRICS:
            name = f"{metric}_difference"
            cells += [_estimate(line, name), _p(line[f"{name}_p"])]
        rows.append(cells)
    header = ["Rival", "Less", "AUROC (interval)", "P", "Sensitivity, points (interval)",
              "P (McNemar)", "Specificity, points (interval)", "P (McNemar)"]  # fmt: skip
    return plain_table(
        "Rivals less the study’s models, on the cases that both have read", header, rows, texts=2,
        groups=[set_name(line) for line in shown.to_dict("records")],
    )  # fmt: skip


def within_table(within: pd.DataFrame) -> PrintedTable | None:
    """Return the image model within each BI-RADS category; None without categories.

    Args:
        within: ``rivals/within_birads.csv``.
    """
    shown = main_set(within[within["model"] == Model.IMAGE]).astype({"group": str})
    sets = shown.groupby(["cohort", "subset"], sort=False)
    parts = [part for _, of_set in sets for _, part in of_set.groupby("group")]
    metrics = (*PAIRED_METRICS, Metric.AUROC)
    rows, titles = [], []
    for part in parts:
        of = {line["metric"]: line for line in part.to_dict("records")}
        counts = {name: str(int(line["n"])) for name, line in of.items()}
        rows.append(
            [
                str(part["group"].iloc[0]),
                counts.get(Metric.SENSITIVITY, "0"),
                counts.get(Metric.SPECIFICITY, "0"),
                *(_of_group(of.get(name)) for name in metrics),
            ]
        )
        titles.append(set_name(part.iloc[0].to_dict()))
    header = ["BI-RADS", "Malignant", "Benign", *(metric.printed for metric in metrics)]
    if not rows:
        return None
    return plain_table(
        "The image model within each BI-RADS category", header, rows, groups=titles,
        notes=["Few lesions a category: what differs here is a question, not an answer."],
    )  # fmt: skip


def needed_table(needed: pd.DataFrame) -> PrintedTable | None:
    """Return how many test patients would show the paper's gain; None without a second reading.

    Args:
        needed: ``rivals/patients_needed.csv``.
    """
    shown = main_set(needed)
    if shown.empty:
        return None
    rows = []
    for line in shown.to_dict("records"):
        known = not pd.isna(line["malignant_needed"])
        pair = f"{int(line['gained'])} gained, {int(line['lost'])} lost of "
        power = None
        if known:
            ends = (percent(line[end]) for end in ("power_low", "power_high"))
            power = f"{percent(line['power_here'])} ({joined(*ends)})"
        rows.append(
            [
                line["printed"],
                f"{pair}{int(line['malignant_here'])}",
                Structure(line["structure"]).printed,
                *(f"{int(line[name]):,}" if known else None
                  for name in ("malignant_needed", "lesions_needed")),
                half_up(line["by_formula"], 0) if known else None,
                power if known else line["note"],
            ]
        )  # fmt: skip
    header = ["Second reading", "Beside the image model, malignant", "Drawn so that",
              "Malignant lesions needed", "Lesions needed, as mixed here",
              "Independent pairs by Connor’s formula", "Power of this set (%)"]  # fmt: skip
    return plain_table(
        f"How many test lesions would show a gain of {100 * GAIN:.0f} points of sensitivity with "
        f"{100 * POWER:.0f}% power", header, rows, texts=3,
        groups=[set_name(line) for line in shown.to_dict("records")],
        notes=["Studies drawn from the paired table, which is moved so that the second reading "
               "gains as much as the paper’s. Several lesions of a patient count for less, by "
               "their design effect here."],
    )  # fmt: skip


def verdict(rivals: pd.DataFrame) -> str:
    """Return whether the image model is better than plain features of its own outlines.

    Args:
        rivals: ``rivals.csv``.
    """
    shown = main_set(beside_image(rivals))
    plain = shown[shown["rival"] == YARDSTICK].dropna(subset=["difference", "difference_low"])
    if plain.empty:
        return "Whether the image model betters plain features of its outlines cannot be told here."
    texts = []
    for line in plain.to_dict("records"):
        gap, low, high = (-line[f"difference{end}"] for end in ("", "_high", "_low"))
        numbers = f"difference {half_up(gap, 3)} ({joined(half_up(low, 3), half_up(high, 3))})"
        if low > 0:
            words = "the image model is better than sixteen plain features of its own outlines"
        elif high < 0:
            words = "the image model is worse than sixteen plain features of its own outlines"
        else:
            words = (
                "the image model is not shown to be better than sixteen plain features of its own "
                "outlines: what it adds to an outline, this set does not show"
            )
        where = capital(set_name(line))
        texts.append(f"{where}: {words} (AUROC, {numbers}, {format_p(line['p_value'])}).")
    return " ".join(texts)


def beside_image(rivals: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the study's models, and those that stand beside the image model.

    Args:
        rivals: ``rivals.csv``.
    """
    return rivals[(rivals["part"] == STUDY) | (rivals["beside"] == Model.IMAGE)]


def set_name(line: dict[str, Any]) -> str:
    """Return what a row's set of test cases is called."""
    return f"{cohort_name(line['cohort'])}, {Subset(line['subset']).printed}"


def _name(line: dict[str, Any]) -> str:
    out_of_fold = f" ({Fit.OUT_OF_FOLD.printed})" if line["fit"] == Fit.OUT_OF_FOLD else ""
    return f"{line['printed']}{out_of_fold}"


def _estimate(line: dict[str, Any], name: str, digits: int = 1) -> str | None:
    """Return an estimate with its interval; proportions and their differences in percent."""
    of_area = name in (Metric.AUROC, "difference")
    value, low, high = (line[f"{name}{end}"] for end in ENDS)
    if pd.isna(value):
        return None

    def text(number: float) -> str:
        return half_up(number, digits) if of_area else percent(number)

    return text(value) if pd.isna(low) else f"{text(value)} ({joined(text(low), text(high))})"


def _of_group(line: dict[str, Any] | None) -> str | None:
    """Return an estimate of a group, as ``subgroups.csv`` has it."""
    if line is None:
        return None
    name = str(line["metric"])
    ends = ("estimate", "ci_low", "ci_high")
    columns = {f"{name}{end}": line[key] for end, key in zip(ENDS, ends, strict=True)}
    return _estimate(columns, name, 2)


def _p(value: float) -> str | None:
    return None if pd.isna(value) else p_value(value)
