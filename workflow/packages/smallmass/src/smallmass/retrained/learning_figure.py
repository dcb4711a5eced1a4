"""The learning curve as a figure: AUROC and mean Dice against the number of training images."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from smallmass import style
from smallmass.retrained.curve import MEAN
from smallmass.words import Metric

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = (Metric.AUROC, Metric.DICE)
WIDTH, HEIGHT = 11.0, 4.0
WRAP = 165  # letters of a line at the foot
APART = 1.012  # draws stand beside one another
MARKS = "Large marks: the mean of the draws with its interval; small ones: each draw."


def curve(numbers: pd.DataFrame, notes: Sequence[str]) -> "Figure":
    """Draw the figure, a panel a metric.

    Args:
        numbers: Of `curve.curve_numbers`.
        notes: Lines at the foot.
    """
    import textwrap

    import matplotlib.pyplot as plt

    lines = [part for note in (MARKS, *notes) for part in textwrap.wrap(note, WRAP)]
    foot = 0.75 + 0.15 * len(lines)
    height = HEIGHT + foot
    figure, panels = plt.subplots(1, 2, figsize=(WIDTH, height))
    figure.subplots_adjust(
        left=0.07, right=0.98, top=1 - 0.4 / height, bottom=foot / height, wspace=0.2
    )
    for axes, metric in zip(panels, PANELS, strict=True):
        _panel(axes, numbers[numbers["metric"] == metric], metric)
    figure.text(0.02, 0.1 / height, "\n".join(lines), ha="left", va="bottom", fontsize=7.5)
    return figure


def draw(numbers: pd.DataFrame, notes: Sequence[str], *, svg: str | Path, png: str | Path) -> None:
    """Draw the figure and write both files."""
    with style.drawing():
        style.save(curve(numbers, notes), svg, png)


def caption(numbers: pd.DataFrame) -> str:
    """Return the figure's legend, which is its alternative text, too."""
    # The draws of a size differ by an image or two, as patients are whole.
    means = numbers.loc[numbers["draw"] == MEAN, "images"]
    sizes = ", ".join(f"{images:,}" for images in sorted(means.unique()))
    return (
        "Learning curve: AUROC (left) and mean Dice, a miss counted as 0 (right), of the study’s "
        f"test cases against the number of training images ({sizes}), on a logarithmic axis. "
        f"{MARKS}"
    )


def _panel(axes: "Axes", numbers: pd.DataFrame, metric: Metric) -> None:
    """Draw one metric."""
    means = numbers[numbers["draw"] == MEAN].sort_values("images")
    single = numbers[numbers["draw"] != MEAN]
    axes.plot(means["images"], means["estimate"], color=style.BLUE, lw=1.2)
    for line in means.to_dict("records"):
        if math.isfinite(line["ci_low"]):
            ends = [line["ci_low"], line["ci_high"]]
            axes.plot([line["images"]] * 2, ends, color=style.BLUE, lw=1.4, solid_capstyle="butt")
    axes.plot(means["images"], means["estimate"], "D", ms=6, color=style.BLUE, ls="none")
    places = [line.images * APART ** (2 * (int(line.draw) + 1)) for line in single.itertuples()]
    axes.plot(places, single["estimate"], "o", ms=3.5, mfc="white", color=style.INK, ls="none")
    axes.set_xscale("log")
    axes.minorticks_off()
    ticks = [int(images) for images in means["images"]]
    axes.set_xticks(ticks, [f"{images:,}" for images in ticks])
    axes.set_xlabel("Training images (logarithmic)")
    axes.set_title(metric.printed, loc="left")
