"""The decision curves of the test set: net benefit over thresholds, a panel a prevalence."""

import pandas as pd

from diagnostic_accuracy.rounding import percent
from smallmass import style
from smallmass.evaluation.cases import main_set
from smallmass.words import Model

FLOOR = -0.05
"""The lowest net benefit that is drawn: below, to biopsy nobody is far better."""


def draw(curves: pd.DataFrame) -> bytes | None:
    """Return an SVG with a panel a prevalence, or None where no model has a curve.

    Args:
        curves: ``evaluation/decision_curves.csv``: model, at, prevalence, threshold, net_benefit,
            and everybody, the net benefit of calling all lesions malignant.
    """
    import matplotlib.pyplot as plt

    shown = main_set(curves).dropna(subset=["net_benefit"])
    places = list(shown.groupby("prevalence", sort=False))
    if not places:
        return None
    with style.drawing():
        figure, grid = plt.subplots(
            1, len(places), figsize=(3.3 * len(places) + 0.5, 3.5), squeeze=False
        )
        for axes, (share, lines) in zip(grid[0], places, strict=True):
            # Where two places have one prevalence, their curves are the same.
            names = ", ".join(lines["at"].unique())
            _panel(axes, lines[lines["at"] == lines["at"].iloc[0]])
            axes.set_title(f"{names}: {percent(share)}% malignant".capitalize(), fontsize=9)
        grid[0, 0].set_ylabel("Net benefit")
        handles, names = grid[0, 0].get_legend_handles_labels()
        figure.tight_layout(rect=(0, 0.11, 1, 1))
        figure.legend(handles, names, loc="lower center", ncols=3 if len(places) < 3 else 6,
                      fontsize=8)  # fmt: skip
        return style.as_svg(figure)


def _panel(axes, lines: pd.DataFrame) -> None:
    once = lines.drop_duplicates("threshold").sort_values("threshold")
    axes.plot(100 * once["threshold"], once["everybody"], color=style.INK, lw=0.8,
              label="biopsy of all")  # fmt: skip
    axes.axhline(0, color=style.GREY, lw=0.8, ls=(0, (2, 3)), label="biopsy of nobody")
    highest = max(lines["net_benefit"].max(), once["everybody"].max())
    for model in Model:
        curve = lines[lines["model"] == model].sort_values("threshold")
        if len(curve):
            axes.plot(100 * curve["threshold"], curve["net_benefit"], lw=1.4, label=model.short,
                      color=style.MODEL_COLOURS[model], ls=style.MODEL_LINES[model])  # fmt: skip
    axes.set(ylim=(min(FLOOR, -0.1 * highest), 1.05 * highest), xlabel="Threshold (%)")
