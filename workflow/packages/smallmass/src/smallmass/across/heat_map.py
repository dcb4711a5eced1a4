"""The sets across one another as a picture: a panel a metric, train sets down, test sets across."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from smallmass import style
from smallmass.across.cells import HELD_OUT
from smallmass.across.printed import NAMES, texts
from smallmass.across.train_sets import TrainSet
from smallmass.evaluation.by_patient import METRICS
from smallmass.words import Metric, cohort_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# One hue, light to dark, for readers with any colour vision; its darkest part would hide the ink.
MAP, DARKEST = "Blues", 0.62
LOWEST, HIGHEST = 0.5, 1.0  # of all three metrics; what is below has the lightest colour
COLUMN, LINE = 0.98, 0.52  # inches of a cell


def heat_map(cells: pd.DataFrame, models: Sequence[TrainSet], notes: Sequence[str]) -> "Figure":
    """Draw the figure.

    Args:
        cells: Of `cells.cells`.
        models: What trained each.
        notes: Lines at the foot.
    """
    import matplotlib.pyplot as plt

    tests = list(cells["test"].drop_duplicates())
    panel = COLUMN * len(tests)
    margins = 1.6, 0.25, 0.95, 0.3 + 0.15 * (len(notes) + 1)  # left, right, top, bottom; inches
    gap = 0.25
    width = max(sum(margins[:2]) + 3 * panel + 2 * gap, 9.4)
    height = margins[2] + LINE * len(models) + margins[3]
    figure, panels = plt.subplots(1, 3, figsize=(width, height), sharey=True)
    figure.subplots_adjust(
        left=margins[0] / width,
        right=(margins[0] + 3 * panel + 2 * gap) / width,
        top=1 - margins[2] / height,
        bottom=margins[3] / height,
        wspace=gap / panel,
    )
    for axes, metric in zip(panels, METRICS, strict=True):
        _panel(axes, cells[cells["metric"] == metric], metric, models, tests)
    panels[0].set_yticks(range(len(models)), [model.printed for model in models])
    panels[0].set_ylabel("Trained on")
    figure.suptitle(
        "How models read other sets",
        x=0.02,
        y=1 - 0.12 / height,
        ha="left",
        va="top",
        fontweight="bold",
        fontsize=11,
    )
    legend = "Darker: nearer to 1. Framed: the test part of a set that trained the model."
    lines = [legend, *notes]
    figure.text(0.02, 0.1 / height, "\n".join(lines), ha="left", va="bottom", fontsize=7.5)
    return figure


def draw(
    cells: pd.DataFrame, models: Sequence[TrainSet], notes: Sequence[str], *, svg: Path, png: Path
) -> None:
    """Draw the figure and write both files."""
    with style.drawing():
        style.save(heat_map(cells, models, notes), svg, png)


def _panel(
    axes: "Axes", cells: pd.DataFrame, metric: Metric, models: Sequence[TrainSet], tests: list[str]
) -> None:
    """Draw the cells of one metric."""
    import matplotlib as mpl
    from matplotlib.patches import Rectangle

    colours = mpl.colormaps[MAP]
    for cell in cells.to_dict("records"):
        x = tests.index(cell["test"])
        y = [model.name for model in models].index(cell["train"])
        known = math.isfinite(cell["estimate"])
        colour = colours(_darkness(cell["estimate"])) if known else "white"
        axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fc=colour, lw=0))
        estimate, interval = texts(pd.Series(cell), metric) if known else ("–", "")
        axes.text(x, y - 0.14, estimate, ha="center", va="center", fontsize=10)
        axes.text(x, y + 0.22, interval, ha="center", va="center", fontsize=7)
        if cell["part"] == HELD_OUT:
            axes.add_patch(
                Rectangle((x - 0.46, y - 0.46), 0.92, 0.92, fill=False, ec=style.VERMILION, lw=2)
            )
    axes.set(xlim=(-0.5, len(tests) - 0.5), ylim=(len(models) - 0.5, -0.5))
    axes.set_xticks(range(len(tests)), [cohort_name(name) for name in tests])
    axes.xaxis.tick_top()
    axes.set_title(NAMES[metric], pad=10)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _darkness(estimate: float) -> float:
    """Return where on the map the colour of an estimate lies."""
    share = (estimate - LOWEST) / (HIGHEST - LOWEST)
    return DARKEST * min(max(share, 0.02), 1.0)
