"""What models that were trained anew read, as tables for the report and as files."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from diagnostic_accuracy.printing import PrintedTable
from diagnostic_accuracy.results import format_p
from diagnostic_accuracy.rounding import half_up, joined, p_value, percent
from smallmass.paper.plain_table import plain_table
from smallmass.published.summary import value
from smallmass.retrained.beside_readers import LESS_READERS, READERS
from smallmass.retrained.curve import MEAN
from smallmass.retrained.drop import LOST, NEVER_SEEN, OUT_OF_FOLD
from smallmass.retrained.numbers import PATIENTS, printed_group
from smallmass.words import Metric

SHOWN = (Metric.AUROC, Metric.DICE, Metric.FOUND, Metric.SENSITIVITY, Metric.SPECIFICITY)
BY_FOLD = (
    "Each case is read by a model of all folds but its own; cut-offs are those of the other "
    "folds’ scores. Scores of several models stand in one ranking in the line of all cases."
)
OF_PATIENTS = (
    "Patients: all images of a patient read together, the mean of their scores, beside the highest "
    "category; of patients whose images bear one label."
)
BESIDE_READERS = (
    "BI-RADS: the recorded category as an ordinal score, of lesions that have one; the reader saw "
    "the whole examination. The difference and its P (DeLong, by patient) are on the same lesions."
)
LOST_ON = (
    "Lost: the out-of-fold AUROC less that of the model that never saw the scanner, on the same "
    "cases. The latter learnt from the other scanners’ cases alone, which may be fewer: what is "
    "lost for want of images is part of it. In the line of all cases the scores of several models "
    "stand in one ranking, so that it also loses where their scales differ; single scanners, and "
    "the mean over scanners, do not."
)
DRAWS = (
    "The mean of several draws of patients, nested and stratified by label, each with a seed of "
    "its own; all training images are the same in each. Every model is trained by the study’s own "
    "recipe. The intervals know of the test patients alone, not of the draws."
)
HETEROGENEITY = {
    OUT_OF_FOLD: "Differences of scanners, out of fold",
    NEVER_SEEN: "Differences of scanners, each never seen",
    LOST: "Differences of what is lost",
}


def notes(confidence: float, left_out: Sequence[str]) -> list[str]:
    """Return what the intervals are, and what is left out.

    Args:
        confidence: Of the intervals.
        left_out: Each with the reason.
    """
    words = f"{100 * confidence:g}% confidence intervals take a patient’s lesions as one draw."
    return [words, *(f"Left out: {why}." for why in left_out)]


def folds_table(numbers: pd.DataFrame, beneath: Sequence[str]) -> PrintedTable:
    """Return the out-of-fold scores' table: all cases, then by cohort, fold and scanner.

    Args:
        numbers: ``summary.csv`` of the part, of `numbers.by_group`.
        beneath: The notes.
    """
    rows = []
    readers = READERS in set(numbers["metric"])
    for (by, group), lines in numbers.groupby(["by", "group"], sort=False):
        values, first = lines.set_index("metric"), lines.iloc[0]
        rows.append(
            [
                printed_group(str(by), str(group)),
                f"{first['lesions']} ({first['malignant']})",
                str(first["patients"]),
                *(
                    value(values.loc[metric], metric) if metric in values.index else None
                    for metric in SHOWN
                ),
                *(_of_readers(values) if readers else ()),
            ]
        )
    header = ["Cases", "Lesions (malignant)", "Patients", *(metric.printed for metric in SHOWN)]
    header += ["AUROC of BI-RADS", "Model less BI-RADS", "P"] if readers else []
    notes = [*beneath, BY_FOLD, *([BESIDE_READERS] if readers else [])]
    notes += [OF_PATIENTS] if PATIENTS in set(numbers["by"]) else []
    return plain_table("The image model out of fold, over all cases", header, rows, notes=notes)


def _of_readers(values: pd.DataFrame) -> list[str | None]:
    """Return what readers' categories reach in a group, the model's AUROC less it, and P."""
    if READERS not in values.index:
        return [None, None, None]
    less = values.loc[LESS_READERS]
    return [value(values.loc[READERS], Metric.AUROC), _signed(less), p_value(less["p_value"])]


def scanners_table(
    numbers: pd.DataFrame, differ: pd.DataFrame, beneath: Sequence[str]
) -> PrintedTable:
    """Return what is lost on scanners that a model never saw.

    Args:
        numbers: ``numbers.csv`` of the part `scanners`.
        differ: ``heterogeneity.csv`` of the part.
        beneath: The notes.
    """
    rows = []
    for (by, group), lines in numbers.groupby(["by", "group"], sort=False):
        first, values = lines.iloc[0], lines.set_index(["read", "metric"])
        lost = values.loc[(LOST, Metric.AUROC)]
        rows.append(
            [
                printed_group(str(by), str(group)),
                f"{first['lesions']} ({first['malignant']})",
                str(first["patients"]),
                None if pd.isna(first["trained_on"]) else str(first["trained_on"]),
                *(
                    value(values.loc[(read, Metric.AUROC)], Metric.AUROC)
                    for read in (OUT_OF_FOLD, NEVER_SEEN)
                ),
                _signed(lost),
                None if pd.isna(lost["p_value"]) else p_value(lost["p_value"]),
                _signed(values.loc[(LOST, Metric.DICE)]),
            ]
        )
    header = ["Cases", "Lesions (malignant)", "Patients", "Trained on", "AUROC, out of fold",
              "AUROC, scanner never seen", "Lost", "P", "Dice lost"]  # fmt: skip
    notes = [*beneath, LOST_ON, *(_differ(line) for line in differ.to_dict("records"))]
    return plain_table("Leave one scanner out", header, rows, notes=notes)


def _signed(cell: pd.Series) -> str | None:
    """Return a difference with its interval, three decimals; None where there is none."""
    if pd.isna(cell["estimate"]):
        return None
    estimate, low, high = (half_up(cell[name], 3) for name in ("estimate", "ci_low", "ci_high"))
    return f"{estimate} ({joined(low, high)})" if pd.notna(cell["ci_low"]) else estimate


def _differ(line: dict[str, Any]) -> str:
    """Return whether scanners differ, as a sentence."""
    what = HETEROGENEITY[line["read"]]
    if pd.isna(line["q"]):
        return f"{what}: {line['note']}."
    share = percent(line["i_squared"])
    if pd.notna(line["i_squared_low"]):
        ends = (percent(line[f"i_squared_{end}"]) for end in ("low", "high"))
        share += f"% ({joined(*ends)}%)"
    else:
        share += "%"
    digits = 3 if line["read"] == LOST else 2
    mean = half_up(line["mean"], digits)
    ends = (half_up(line[f"mean_{end}"], digits) for end in ("low", "high"))
    text = (
        f"{what}: Q = {half_up(line['q'], 1)} of {int(line['groups'])} scanners, "
        f"{format_p(line['p_value'])}; I² = {share}; mean over scanners {mean} ({joined(*ends)})"
    )
    return (
        f"{text}; {line['note']}." if isinstance(line["note"], str) and line["note"] else f"{text}."
    )


def learning_table(numbers: pd.DataFrame, beneath: Sequence[str]) -> PrintedTable:
    """Return the learning curve: a row a number of images, the mean of its draws.

    Args:
        numbers: ``numbers.csv`` of the part `learning`.
        beneath: The notes.
    """
    rows, metrics = [], (Metric.AUROC, Metric.DICE, Metric.FOUND)
    means = numbers[numbers["draw"] == MEAN]
    for size, lines in means.groupby("size", sort=False):
        values, first = lines.set_index("metric"), lines.iloc[0]
        draws = numbers.loc[numbers["size"] == size, "draw"].nunique() - 1
        cells = []
        for metric in metrics:
            cells += [value(values.loc[metric], metric), _range(values.loc[metric], metric)]
        rows.append([f"{first['images']:,}", str(draws), *cells])
    header = ["Training images", "Draws"]
    for metric in metrics:
        header += [metric.printed, "draws, from to"]
    return plain_table(
        "How many images: the study’s test cases, read by models of fewer training images",
        header, rows, notes=[*beneath, DRAWS],
    )  # fmt: skip


def _range(cell: pd.Series, metric: Metric) -> str | None:
    """Return the lowest and the highest of the draws."""
    if pd.isna(cell["lowest"]):
        return None
    factor, digits = (100, 1) if metric == Metric.FOUND else (1, 2)
    return joined(*(half_up(factor * cell[end], digits) for end in ("lowest", "highest")))
