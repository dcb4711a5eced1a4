"""A forest plot: each rival's AUROC, and how far it lies from the image model's."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from diagnostic_accuracy.rounding import half_up, joined
from smallmass import style
from smallmass.evaluation.cases import main_set
from smallmass.paper.writing import typeset
from smallmass.rivals.comparison import STUDY
from smallmass.rivals.printed import beside_image, set_name
from smallmass.words import Model

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE = 0.3  # inches of a row
WIDTH = 11.0
WRAP = 165  # letters of a line at the foot
AUROC_FROM = 0.5  # where the axis of AUROCs begins, unless one lies lower


def forest(rivals: pd.DataFrame, notes: Sequence[str]) -> "Figure":
    """Draw the figure: AUROCs on the left, paired differences on the right.

    Args:
        rivals: ``rivals.csv``; of each set of test cases the main one is drawn.
        notes: Lines at the foot.
    """
    import textwrap

    import matplotlib.pyplot as plt

    shown = main_set(beside_image(rivals)).dropna(subset=["auroc"])
    lines = [part for note in notes for part in textwrap.wrap(note, WRAP)]
    groups = list(shown.groupby(["cohort", "subset"], sort=False))
    rows = len(shown) + len(groups)
    foot = 0.75 + 0.15 * len(lines)
    height = 0.7 + LINE * rows + foot
    figure, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, height), sharey=True)
    # To the right of each panel its numbers.
    figure.subplots_adjust(
        left=0.245, right=0.845, top=1 - 0.65 / height, bottom=foot / height, wspace=0.62
    )
    place, names = 0, []
    for _, part in groups:
        names.append((place, set_name(part.iloc[0].to_dict()), True))
        for line in part.to_dict("records"):
            place += 1
            names.append((place, line["printed"], False))
            _draw(left, place, line, "auroc", 2)
            _draw(right, place, line, "difference", 3)
        place += 1
    left.set(ylim=(rows - 0.5, -0.6), xlabel="AUROC")
    left.set_yticks([at for at, _, _ in names], [text for _, text, _ in names])
    for label, (_, _, heading) in zip(left.get_yticklabels(), names, strict=True):
        label.set_fontweight("bold" if heading else "normal")
    left.set_title("AUROC", loc="left")
    right.axvline(0, color=style.GREY, lw=0.8, ls=(0, (2, 3)))
    right.set_title("Less the image model, same cases", loc="left")
    right.locator_params(axis="x", nbins=4)
    right.set_xlabel("worse ←   difference of AUROCs   → better")
    lowest = float(shown[["auroc", "auroc_low"]].min(axis=None))
    left.set_xlim(min(AUROC_FROM, lowest) - 0.02, 1.02)
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
    right.tick_params(axis="y", labelleft=False)
    figure.text(0.02, 0.1 / height, "\n".join(lines), ha="left", va="bottom", fontsize=7.5)
    return figure


def draw(rivals: pd.DataFrame, notes: Sequence[str], *, svg: str | Path, png: str | Path) -> None:
    """Draw the figure and write both files."""
    with style.drawing():
        style.save(forest(rivals, notes), svg, png)


def caption(rivals: pd.DataFrame) -> str:
    """Return the figure's legend, which is its alternative text, too."""
    shown = main_set(beside_image(rivals)).dropna(subset=["auroc"])
    others = shown[shown["part"] != STUDY]
    names = ", ".join(others["printed"].drop_duplicates()) or "no rival"
    return (
        "Forest plot of the main test set. Left: AUROC with its interval of the study’s models and "
        f"of their rivals ({names}). Right: each rival’s AUROC less the image model’s on the same "
        "cases, with the interval of this paired difference."
    )


def _draw(axes: "Axes", place: int, line: dict[str, Any], name: str, digits: int) -> None:
    """Draw an estimate, its interval and its number."""
    value, low, high = (line[f"{name}{end}"] for end in ("", "_low", "_high"))
    if not math.isfinite(value):
        return
    own = line["part"] == STUDY
    colour = style.BLUE if own and line["rival"] == Model.IMAGE else style.INK
    text = half_up(value, digits)
    if math.isfinite(low):
        axes.plot([low, high], [place, place], color=colour, lw=1.4, solid_capstyle="butt")
        text += f" ({joined(half_up(low, digits), half_up(high, digits))})"
    axes.plot([value], [place], marker="s" if own else "D", ms=5, color=colour, ls="none")
    text = typeset(text)  # a minus as the axis has it
    axes.text(1.03, place, text, transform=axes.get_yaxis_transform(), va="center", fontsize=7.5)
