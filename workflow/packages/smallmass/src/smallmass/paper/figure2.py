"""Figure 2: receiver operating characteristic curves of the image and the combined models."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from diagnostic_accuracy.rounding import half_up, with_interval
from smallmass import style
from smallmass.evaluation.cases import main_set
from smallmass.paper.estimates import OUT_OF_FOLD, any_out_of_fold, fit_of, test_set
from smallmass.status import NOT_ESTIMABLE
from smallmass.words import ALL_SEEDS, Fit, Model, Split

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Curves of the image model: split, fit -> what the legend says, colour, line, width.
IMAGE_CURVES = (
    (Split.TEST, Fit.HELD_OUT, "Test set", style.BLUE, "-", 2.2),
    (Split.TRAINING, Fit.IN_SAMPLE, "Training set (in-sample)", style.ORANGE, (0, (5, 1.5)), 1.8),
    (Split.TRAINING, Fit.OUT_OF_FOLD, "Training set (out-of-fold)", style.PURPLE, "-.", 1.6),
    (Split.VALIDATION, Fit.IN_SAMPLE, "Validation set", style.GREY, "-", 0.9),
)
# A curve that comes low, a poor one, shows through faintly and leaves the words readable.
OVER_CURVES = {"frameon": True, "framealpha": 0.85, "edgecolor": "none"}


def figure2(*, roc: pd.DataFrame, performance: pd.DataFrame, notes: list[str]) -> "Figure":
    """Draw the figure.

    Args:
        roc: ``evaluation/roc.csv``; a ``fit`` column is used where there is one.
        performance: ``evaluation/performance.csv``.
        notes: What the page must say (simulated, not pretrained).
    """
    import matplotlib.pyplot as plt

    shown = main_set(performance)
    shown = shown[shown["seed"] == ALL_SEEDS]
    roc = main_set(roc)
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 6.0))
    figure.subplots_adjust(left=0.065, right=0.985, top=0.93, bottom=0.155, wspace=0.17)
    _image_panel(left, roc, shown)
    _models_panel(right, roc, shown)
    style.stamp(figure, notes)
    return figure


def draw(
    *, roc: pd.DataFrame, performance: pd.DataFrame, notes: list[str], svg: Path, png: Path
) -> None:
    """Draw the figure and write both files."""
    with style.drawing():
        style.save(figure2(roc=roc, performance=performance, notes=notes), svg, png)


def caption(performance: pd.DataFrame) -> str:
    """Return the legend of the figure, with the AUROC of the image model as the paper has it."""
    shown = main_set(performance)
    name = test_set(shown)
    crossed = any_out_of_fold(shown)
    shown = shown[(shown["seed"] == ALL_SEEDS) & (shown["model"] == Model.IMAGE)]
    texts = []
    for split, fit, where, *_ in IMAGE_CURVES:
        where = name if split == Split.TEST else where
        if split != Split.VALIDATION and (area := auroc(shown, split, fit, Model.IMAGE)):
            texts.append(f"{area} for the {where[0].lower()}{where[1:]}")
    areas = "; ".join(texts) or NOT_ESTIMABLE
    apart = "after the gate, so they need not lie on the curve"
    if crossed:
        apart = (
            "after the gate, and by most repeats, each with its own cut-off, where the curve is of "
            "the mean score: they need not lie on it, and a lesion called benign may have a higher "
            "mean score than one called malignant"
        )
    return (
        f"Receiver operating characteristic curves of the deep learning algorithm. Left: image "
        f"model; AUROC (95% CI) {areas}. Right: {name[0].lower()}{name[1:]}, all models"
        f"{', the clinical and combined ones out-of-fold' if crossed else ''}. The "
        "curves of the combined models are those of their ungated scores, for every lesion; the "
        f"filled markers are the calls behind Table 2 (of the combined models: {apart})."
    )


def auroc(performance: pd.DataFrame, split: str, fit: str, model: str) -> str | None:
    """Return "0.85 (0.78–0.92)", or None where there is no such row or no estimate."""
    row = _row(performance, split, fit, model, "auroc")
    if row is None or pd.isna(row["estimate"]):
        return None
    text = half_up(row["estimate"], 2)
    return with_interval(text, row["ci_low"], row["ci_high"], as_percent=False)


def _image_panel(axes: "Axes", roc: pd.DataFrame, performance: pd.DataFrame) -> None:
    _set_up(axes, "Image model")
    for split, fit, name, colour, line, width in IMAGE_CURVES:
        curve = _curve(roc, split, fit, Model.IMAGE)
        area = auroc(performance, split, fit, Model.IMAGE)
        if curve is None or area is None:
            continue
        name = test_set(performance) if split == Split.TEST else name
        axes.plot(*curve, color=colour, ls=line, lw=width, label=f"{name}: AUROC {area}")
        if split != Split.VALIDATION:
            _point(axes, performance, split, fit, Model.IMAGE, colour)
    _marker_key(axes, "o", "operating point")
    axes.legend(loc="lower right", fontsize=8.5, handlelength=2.6, **OVER_CURVES)


def _models_panel(axes: "Axes", roc: pd.DataFrame, performance: pd.DataFrame) -> None:
    crossed = any_out_of_fold(performance)
    title = f"{test_set(performance)}: all models, ungated scores"
    title += f"\n({OUT_OF_FOLD})" if crossed else ""
    _set_up(axes, title)
    missing = []
    for model in Model:
        fit = fit_of(performance, model)
        curve = _curve(roc, Split.TEST, fit, model)
        area = auroc(performance, Split.TEST, fit, model)
        name = model.short
        if curve is None or area is None:
            row = _row(performance, Split.TEST, fit, model, "auroc")
            reason = row["note"] if row is not None and isinstance(row["note"], str) else ""
            missing.append((name, reason or NOT_ESTIMABLE))
            continue
        colour = style.MODEL_COLOURS[model]
        axes.plot(*curve, color=colour, ls=style.MODEL_LINES[model],
                  lw=2.2 if model is Model.IMAGE else 1.6,
                  label=f"{name}: AUROC {area}")  # fmt: skip
        if model is not Model.CLINICAL:
            _point(axes, performance, Split.TEST, fit, model, colour,
                   style.MODEL_MARKERS[model])  # fmt: skip
    for name, reason in missing:
        axes.plot([], [], " ", label=f"{name}:\n{reason}")
    text = "operating point" if missing else "calls of Table 2 (combined: after the gate)"
    _marker_key(axes, "o" if missing else "s", text)
    axes.legend(loc="lower right", fontsize=8.5, handlelength=2.6, **OVER_CURVES)


def _set_up(axes: "Axes", title: str) -> None:
    axes.plot([0, 1], [0, 1], color=style.GREY, lw=0.7, ls=(0, (2, 3)))
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.015), aspect="equal",
             xlabel="False-positive rate (1 − specificity)",
             ylabel="True-positive rate (sensitivity)")  # fmt: skip
    axes.set_title(title, loc="left")
    axes.grid(True, color="#e3e6ea", lw=0.6)
    axes.set_axisbelow(True)


def _point(axes, performance, split, fit, model, colour, marker="o") -> None:
    """Mark where the calls lie: sensitivity against 1 - specificity."""
    high = _row(performance, split, fit, model, "sensitivity")
    low = _row(performance, split, fit, model, "specificity")
    if high is None or low is None or pd.isna(high["estimate"]) or pd.isna(low["estimate"]):
        return
    axes.plot(1 - low["estimate"], high["estimate"], marker, ms=8, mfc=colour, mec="white",
              mew=1.2, zorder=5)  # fmt: skip


def _marker_key(axes: "Axes", marker: str, text: str) -> None:
    axes.plot([], [], marker, ms=7, mfc=style.INK, mec="white", label=text)


def _curve(roc: pd.DataFrame, split: str, fit: str, model: str):
    """Return (false-positive rates, true-positive rates) of a curve, or None."""
    rows = roc[(roc["split"] == split) & (roc["model"] == model)]
    if "fit" in rows:
        rows = rows[rows["fit"] == fit]
    elif fit == Fit.OUT_OF_FOLD:
        return None
    rows = rows.dropna(subset=["false_positive_rate", "true_positive_rate"])
    if rows.empty:
        return None
    rows = rows.sort_values(["false_positive_rate", "true_positive_rate"], kind="stable")
    return rows["false_positive_rate"].to_numpy(), rows["true_positive_rate"].to_numpy()


def _row(performance: pd.DataFrame, split: str, fit: str, model: str, metric: str):
    rows = performance[
        (performance["split"] == split)
        & (performance["fit"] == fit)
        & (performance["model"] == model)
        & (performance["metric"] == metric)
    ]
    return rows.iloc[0] if len(rows) else None
