"""The gate's two controls: how much of the gain a second look has that knows nothing."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from diagnostic_accuracy.rounding import half_up
from smallmass import style
from smallmass.evaluation.cases import main_set
from smallmass.evaluation.null_share import GAIN, LOSS, OBSERVED, reached
from smallmass.paper.estimates import any_out_of_fold, model_names, test_set
from smallmass.status import NO_SECOND_READING, NOT_ESTIMABLE
from smallmass.words import COMBINED, Fit, Split

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CONTROLS = {"permuted": "clinical score permuted", "coin": "coin of the same rate"}
AREA = 1300.0  # of a bubble that holds all draws, points squared


def gate_controls(*, draws: pd.DataFrame, performance: pd.DataFrame, notes: list[str]) -> "Figure":
    """Draw the figure: a panel a model and control, a bubble a result, the observed one marked.

    Args:
        draws: ``evaluation/gate_null.csv``.
        performance: ``evaluation/performance.csv``, for the names of the test set and the models.
        notes: What the page must say (simulated, not pretrained).
    """
    import matplotlib.pyplot as plt

    shown = main_set(performance)
    where = test_set(shown)
    known = draws.dropna(subset=[GAIN, LOSS])
    figure, grid = plt.subplots(2, 2, figsize=(9.6, 8.6), sharex=True, sharey=True)
    figure.subplots_adjust(left=0.085, right=0.98, top=0.94, bottom=0.1, hspace=0.2, wspace=0.08)
    values = 100 * known[[GAIN, LOSS]].to_numpy() if len(known) else np.zeros((1, 2))
    low, high = min(values.min(), 0.0), max(values.max(), 5.0)
    edge = 0.06 * (high - low)
    for row, model in zip(grid, COMBINED, strict=True):
        observed = known[(known["model"] == model) & (known["null"] == OBSERVED)]
        for axes, (control, name) in zip(row, CONTROLS.items(), strict=True):
            part = known[(known["model"] == model) & (known["null"] == control)]
            axes.set(xlim=(low - edge, high + edge), ylim=(low - edge, high + edge))
            axes.set_title(f"{model.short}: {name}")
            if part.empty or observed.empty:
                axes.text(0.5, 0.5, NOT_ESTIMABLE, ha="center", transform=axes.transAxes)
                continue
            _panel(axes, part, observed.iloc[0], style.MODEL_COLOURS[model])
    # Once for all panels, whose titles have no room for it.
    where += f" ({Fit.OUT_OF_FOLD.printed})" if any_out_of_fold(shown) else ""
    if where != Split.TEST.printed:
        figure.text(0.5, 0.985, where, ha="center", va="top", fontsize=11)
    for axes in grid[1]:
        axes.set_xlabel("Loss of specificity (points)")
    for axes in grid[:, 0]:
        axes.set_ylabel("Gain in sensitivity (points)")
    style.stamp(figure, notes)
    return figure


def draw(
    *, draws: pd.DataFrame, performance: pd.DataFrame, notes: list[str], svg: Path, png: Path
) -> None:
    """Draw the figure and write both files."""
    with style.drawing():
        figure = gate_controls(draws=draws, performance=performance, notes=notes)
        style.save(figure, svg, png)


def caption(draws: pd.DataFrame, performance: pd.DataFrame) -> str:
    """Return the legend of the figure, with what it comes to.

    Args:
        draws: See `gate_controls`.
        performance: See `gate_controls`.
    """
    shown = main_set(performance)
    names, where = model_names(shown), test_set(shown)
    known = draws.dropna(subset=[GAIN, LOSS])
    texts = []
    for model in COMBINED:
        part = known[known["model"] == model]
        observed = part[part["null"] == OBSERVED]
        if observed.empty:
            continue
        own = observed.iloc[0]
        gates = "; ".join(
            f"{name} {half_up(100 * lines[GAIN].mean(), 1)} on average, as much or more in "
            f"{half_up(100 * reached(lines, own), 1)}% of draws"
            for control, name in CONTROLS.items()
            if len(lines := part[part["null"] == control])
        )
        texts.append(
            f"{names[model]}: observed gain {half_up(100 * own[GAIN], 1)} points "
            f"(loss {half_up(100 * own[LOSS], 1)}); {gates}"
        )
    results = ". ".join(texts) or str(NO_SECOND_READING).capitalize()
    return (
        f"What the gate gains by itself, {where[0].lower()}{where[1:]}. Left: the clinical score "
        "permuted among image-negative lesions, models fitted and cut-offs chosen anew; right: a "
        "coin that calls "
        "image-negative lesions as often as the combined model does. Area of a bubble: number of "
        "draws; ring: what was observed; on the dotted line a gain is paid for by an equal loss. "
        f"{results}."
    )


def _panel(axes: "Axes", draws: pd.DataFrame, observed: pd.Series, colour: str) -> None:
    points = draws.assign(gain=(100 * draws[GAIN]).round(4), loss=(100 * draws[LOSS]).round(4))
    counts = points.groupby(["loss", "gain"]).size().reset_index(name="n")
    ends = axes.get_xlim()
    axes.plot(ends, ends, color=style.GREY, lw=0.8, ls=(0, (1, 2)))
    axes.scatter(counts["loss"], counts["gain"], s=AREA * counts["n"] / len(draws), color=colour,
                 alpha=0.45, lw=0)  # fmt: skip
    axes.plot(100 * observed[LOSS], 100 * observed[GAIN], "o", ms=11, mfc="none", mec=style.INK,
              mew=1.8)  # fmt: skip
    axes.plot(100 * observed[LOSS], 100 * observed[GAIN], ".", ms=4, color=style.INK)
    share, net = (half_up(100 * reached(draws, observed, net=net), 1) for net in (False, True))
    axes.text(
        0.98, 0.985,
        f"mean gain {half_up(100 * draws[GAIN].mean(), 1)}, loss "
        f"{half_up(100 * draws[LOSS].mean(), 1)}\nas much gain: {share}% of draws\n"
        f"as much gain less loss: {net}%",
        transform=axes.transAxes, ha="right", va="top", fontsize=8.5,
        bbox={"facecolor": "white", "alpha": 0.8, "lw": 0, "pad": 1.5},
    )  # fmt: skip
