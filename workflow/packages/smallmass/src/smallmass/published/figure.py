"""The published files as a figure: ROC curves, and how well outlines agree with the readers'."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from diagnostic_accuracy.roc import roc_curve
from smallmass import style
from smallmass.published.summary import how_read, sets, value
from smallmass.settings import CohortSettings
from smallmass.words import Metric, Subset, cohort_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = (style.BLUE, style.VERMILION, style.GREEN, style.PURPLE, style.ORANGE, style.GREY)
LINES = ("-", (0, (5, 1.5)), "-.", (0, (1, 1.2)))


def figure(
    files: Mapping[str, pd.DataFrame], table: pd.DataFrame, limits: CohortSettings
) -> "Figure":
    """Draw both panels, a line a set.

    Args:
        files: Published files by name.
        table: Of `summary.summary`.
        limits: See `summary.sets`.
    """
    import matplotlib.pyplot as plt

    drawn, (left, right) = plt.subplots(1, 2, figsize=(11, 5.2))
    drawn.subplots_adjust(left=0.065, right=0.985, top=0.92, bottom=0.12, wspace=0.18)
    indexed = table.set_index(["file", "cohort", "subset", "metric"])
    once = table[["file", "cohort", "subset"]].drop_duplicates()
    alike = once.groupby(["cohort", "subset"]).size()
    several = set(alike.index[alike > 1])  # a set that several files are about
    for number, (name, cohort, subset, lesions) in enumerate(sets(files, limits)):
        values = indexed.loc[(name, cohort, subset)]
        look = {
            "color": COLOURS[number % len(COLOURS)],
            "ls": LINES[number % len(LINES)],
            "lw": 1.8,
        }
        title = cohort_name(cohort)
        title += "" if subset == Subset.ALL else f", {subset.printed}"
        title += f", {how_read(files[name])}" if (cohort, subset) in several else ""
        if np.isfinite(values.loc[Metric.AUROC, "estimate"]):
            curve = roc_curve(lesions["image_score"], lesions["malignant"])
            label = f"{title}: {value(values.loc[Metric.AUROC], Metric.AUROC)}"
            left.plot(curve.false_positive_rate, curve.true_positive_rate, label=label, **look)
        dice = lesions["dice"].dropna().to_numpy(float)
        if len(dice):
            label = f"{title}: {value(values.loc[Metric.DICE], Metric.DICE)}"
            steps = np.concatenate([[0.0], np.sort(dice)])
            right.step(steps, 1 - np.arange(len(steps)) / len(dice), where="post", label=label,
                       **look)  # fmt: skip
    _dress(left, "ROC curves: AUROC with its interval", "1 − specificity", "Sensitivity")
    left.plot([0, 1], [0, 1], color=style.GREY, lw=0.7, ls=(0, (2, 3)))
    left.legend(loc="lower right", fontsize=8.5, handlelength=3)
    _dress(right, "Outlines: mean Dice with its interval, a miss counted as 0", "Dice of at least",
           "Share of lesions")  # fmt: skip
    right.legend(loc="lower left", fontsize=8.5, handlelength=3)
    return drawn


def draw(
    files: Mapping[str, pd.DataFrame],
    table: pd.DataFrame,
    limits: CohortSettings,
    *,
    svg: Path,
    png: Path,
) -> None:
    """Draw the figure and write both files."""
    with style.drawing():
        style.save(figure(files, table, limits), svg, png)


def _dress(axes: "Axes", title: str, x: str, y: str) -> None:
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), xlabel=x, ylabel=y)
    axes.set_title(title)
