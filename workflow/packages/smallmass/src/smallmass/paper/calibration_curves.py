"""The calibration curves of the test set, for the report."""

import pandas as pd

from smallmass import style
from smallmass.evaluation.cases import main_set
from smallmass.paper.estimates import fit_words
from smallmass.words import Model

SCORE, OBSERVED, LOW, HIGH = "mean_score", "observed", "ci_low", "ci_high"


def draw(calibration: pd.DataFrame) -> bytes | None:
    """Return an SVG with a panel a model, or None where no model has a curve.

    Args:
        calibration: ``evaluation/calibration.csv``: bins of the score with its mean, the share of
            malignant lesions and the interval of that share.
    """
    import matplotlib.pyplot as plt

    shown = main_set(calibration)
    shown = shown[shown["split"] == "test"].dropna(subset=[SCORE, OBSERVED])
    models = [model for model in Model if model in set(shown["model"])]
    if not models:
        return None
    with style.drawing():
        figure, grid = plt.subplots(
            1, len(models), figsize=(2.75 * len(models) + 0.4, 3.2), sharey=True, squeeze=False
        )
        for axes, model in zip(grid[0], models, strict=True):
            _panel(axes, shown[shown["model"] == model], model)
        grid[0, 0].set_ylabel("Share of malignant lesions")
        figure.tight_layout()
        return style.as_svg(figure)


def _panel(axes, bins: pd.DataFrame, model: Model) -> None:
    bins = bins.sort_values(SCORE)
    colour = style.MODEL_COLOURS[model]
    axes.plot([0, 1], [0, 1], color=style.GREY, lw=0.7, ls=(0, (2, 3)))
    if {LOW, HIGH} <= set(bins.columns):
        axes.vlines(bins[SCORE], bins[LOW], bins[HIGH], color=colour, lw=1)
    axes.plot(bins[SCORE], bins[OBSERVED], marker=style.MODEL_MARKERS[model], ms=5, lw=1.2,
              color=colour)  # fmt: skip
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal", xlabel="Mean score")
    words = fit_words(bins, model)
    axes.set_title(model.short + words.replace(", ", "\n"), fontsize=9)
