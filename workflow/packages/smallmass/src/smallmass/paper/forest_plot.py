"""The parts of the test set as a forest plot: a row a group, a panel a metric, a mark a model."""

import numpy as np
import pandas as pd

from diagnostic_accuracy.rounding import p_value
from smallmass import style
from smallmass.evaluation.cases import main_set
from smallmass.paper.table1 import in_order
from smallmass.words import CALLING, PAIRED_METRICS, Metric, Model, Split

METRICS = (*PAIRED_METRICS, Metric.AUROC)
APART = 0.24
"""Between two models' marks in a row, in rows."""
LONGEST = 36
"""Letters of a group's name."""
NAMES = {"device": "Scanner", "birads": "BI-RADS", "age_years": "Age (years)",
         "diameter_cm": "Diameter (cm)"}  # fmt: skip


def draw(subgroups: pd.DataFrame) -> bytes | None:
    """Return an SVG, or None where no characteristic has two groups.

    Args:
        subgroups: ``evaluation/subgroups.csv``: characteristic, group, model, metric, estimate,
            ci_low, ci_high, n, p_heterogeneity.
    """
    import matplotlib.pyplot as plt

    shown = main_set(subgroups)
    shown = shown[(shown["split"] == Split.TEST) & shown["estimate"].notna()]
    if shown.empty:
        return None
    rows = _rows(shown)
    models = [model for model in CALLING if model in set(shown["model"])]
    with style.drawing():
        height = 0.4 * len(rows) + 1.2
        figure, grid = plt.subplots(1, len(METRICS), figsize=(9.6, height), sharey=True)
        for axes, metric in zip(grid, METRICS, strict=True):
            _panel(axes, shown[shown["metric"] == metric], rows, models)
            name = metric.printed.replace(" (%)", "")
            axes.set_title(name, fontsize=9.5)
        _labels(grid[0], shown, rows)
        handles, names = grid[0].get_legend_handles_labels()
        figure.tight_layout(rect=(0, 0.32 / height, 1, 1))
        figure.legend(handles, names, loc="lower center", ncols=len(models), fontsize=8.5)
        return style.as_svg(figure)


def _rows(shown: pd.DataFrame) -> list[tuple[str, str]]:
    """Return (characteristic, group) from above, each characteristic after a row of its name."""
    rows: list[tuple[str, str]] = []
    for name, part in shown.groupby("characteristic", sort=False):
        # A group without malignant lesions is first seen behind those that have some.
        groups = in_order(str(name), map(str, part["group"].unique()))
        rows += [(str(name), ""), *((str(name), group) for group in groups)]
    return rows


def _panel(axes, lines: pd.DataFrame, rows: list[tuple[str, str]], models: list[Model]) -> None:
    places = {row: place for place, row in enumerate(rows)}
    for number, model in enumerate(models):
        part = lines[lines["model"] == model]
        at = np.array([places[row] for row in zip(part["characteristic"], part["group"].astype(str),
                                                   strict=True)], dtype=float)  # fmt: skip
        at += APART * (number - (len(models) - 1) / 2)
        colour = style.MODEL_COLOURS[model]
        axes.hlines(at, part["ci_low"], part["ci_high"], color=colour, lw=1.1)
        axes.plot(part["estimate"], at, color=colour, marker=style.MODEL_MARKERS[model], ms=4.2,
                  ls="", label=model.short)  # fmt: skip
    _differences(axes, lines, places)
    axes.set(xlim=(-0.02, 1.02), ylim=(len(rows) - 0.5, -0.6))
    axes.grid(axis="x", color="#dfe4e8", lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)


def _differences(axes, lines: pd.DataFrame, places: dict[tuple[str, str], int]) -> None:
    """Write into a characteristic's own row the P of its groups, the smallest of the models."""
    for name, part in lines.groupby("characteristic", sort=False):
        smallest = part["p_heterogeneity"].min()
        if pd.notna(smallest):
            axes.text(1.0, places[str(name), ""], f"smallest P {p_value(smallest)}", ha="right",
                      va="center", fontsize=7, color=style.GREY)  # fmt: skip


def characteristic(name: str) -> str:
    """Return what a characteristic of the groups is called."""
    return NAMES.get(name, name.replace("_", " ").capitalize())


def shortened(group: str) -> str:
    """Return a group's name, of a long one its beginning: the panels need the room.

    Example:
        >>> shortened("invasive ductal carcinoma, with a component in situ")
        'invasive ductal carcinoma, with a c…'
    """
    return group if len(group) <= LONGEST else group[: LONGEST - 1].rstrip() + "…"


def _labels(axes, shown: pd.DataFrame, rows: list[tuple[str, str]]) -> None:
    """Name every row; a group with its number of lesions, benign and malignant."""
    counted = shown[shown["metric"].isin(PAIRED_METRICS)]
    sizes = (
        counted.groupby(["characteristic", "group", "metric"], sort=False)["n"].max()
        .groupby(level=[0, 1]).sum()
    )  # fmt: skip
    names = [
        f"{shortened(group)}  (n = {int(sizes.get((name, group), 0))})" if group else
        characteristic(name)
        for name, group in rows
    ]  # fmt: skip
    axes.set_yticks(range(len(rows)), names, fontsize=8)
    for label, (_, group) in zip(axes.get_yticklabels(), rows, strict=True):
        label.set_fontweight("normal" if group else "bold")
