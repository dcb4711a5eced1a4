"""Figure 2: receiver operating characteristic curves of the image and the combined models."""

from typing import TYPE_CHECKING

import pandas as pd

from diagnostic_accuracy.rounding import half_up, with_interval
from smallmass import style
from smallmass.evaluation.cases import SMALL, main_set
from smallmass.paper import labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Curves of the image model: split, fit -> what the legend says, colour, line, width.
IMAGE_CURVES = (
    ("test", "held_out", "Test set", style.BLUE, "-", 2.2),
    ("training", "in_sample", "Training set (in-sample)", style.ORANGE, (0, (5, 1.5)), 1.8),
    ("training", "out_of_fold", "Training set (out-of-fold)", style.PURPLE, "-.", 1.6),
    ("validation", "in_sample", "Validation set", style.GREY, "-", 0.9),
)
TEST_SET = "Test set"
CROSSED = "clinical and combined: out-of-fold"
TEST_MODELS = ("image", "clinical", "regression", "tree")
# A curve that comes low, a poor one, shows through faintly and leaves the words readable.
OVER_CURVES = {"frameon": True, "framealpha": 0.85, "edgecolor": "none"}


def figure2(roc: pd.DataFrame, performance: pd.DataFrame, notes: list[str]) -> "Figure":
    """Draw the figure.

    Args:
        roc: ``evaluation/roc.csv``; a ``fit`` column is used where there is one.
        performance: ``evaluation/performance.csv``.
        notes: What the page must say (simulated, not pretrained).
    """
    import matplotlib.pyplot as plt

    shown = main_set(performance)
    shown = shown[shown["seed"] == "all"]
    roc = main_set(roc)
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 6.0))
    figure.subplots_adjust(left=0.065, right=0.985, top=0.93, bottom=0.155, wspace=0.17)
    _image_panel(left, roc, shown)
    _models_panel(right, roc, shown)
    style.stamp(figure, notes)
    return figure


def draw(roc: pd.DataFrame, performance: pd.DataFrame, notes: list[str], svg, png) -> None:
    """Draw the figure and write both files."""
    with style.drawing():
        style.save(figure2(roc, performance, notes), svg, png)


def caption(performance: pd.DataFrame) -> str:
    """Return the legend of the figure, with the AUROC of the image model as the paper has it."""
    shown = main_set(performance)
    name = test_set(shown)
    crossed = any(fit_words(shown, model) for model in TEST_MODELS)
    shown = shown[(shown["seed"] == "all") & (shown["model"] == "image")]
    texts = []
    for split, fit, where, *_ in IMAGE_CURVES:
        where = name if split == "test" else where
        if split != "validation" and (area := auroc(shown, split, fit, "image")):
            texts.append(f"{area} for the {where[0].lower()}{where[1:]}")
    areas = "; ".join(texts) or "not estimable"
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
        curve = _curve(roc, split, fit, "image")
        area = auroc(performance, split, fit, "image")
        if curve is None or area is None:
            continue
        name = test_set(performance) if split == "test" else name
        axes.plot(*curve, color=colour, ls=line, lw=width, label=f"{name}: AUROC {area}")
        if split != "validation":
            _point(axes, performance, split, fit, "image", colour)
    _marker_key(axes, "o", "operating point")
    axes.legend(loc="lower right", fontsize=8.5, handlelength=2.6, **OVER_CURVES)


def _models_panel(axes: "Axes", roc: pd.DataFrame, performance: pd.DataFrame) -> None:
    crossed = any(fit_words(performance, model) for model in TEST_MODELS)
    title = f"{test_set(performance)}: all models, ungated scores"
    title += f"\n({CROSSED})" if crossed else ""
    _set_up(axes, title)
    missing = []
    for model in TEST_MODELS:
        fit = fit_of(performance, model)
        curve = _curve(roc, "test", fit, model)
        area = auroc(performance, "test", fit, model)
        name = labels.SHORT_MODELS[model]
        if curve is None or area is None:
            row = _row(performance, "test", fit, model, "auroc")
            reason = row["note"] if row is not None and isinstance(row["note"], str) else ""
            missing.append((name, reason or "not estimable"))
            continue
        colour = style.MODEL_COLOURS[model]
        axes.plot(*curve, color=colour, ls=style.MODEL_LINES[model],
                  lw=2.2 if model == "image" else 1.6, label=f"{name}: AUROC {area}")  # fmt: skip
        if model != "clinical":
            _point(axes, performance, "test", fit, model, colour,
                   style.MODEL_MARKERS[model])  # fmt: skip
    for name, reason in missing:
        axes.plot([], [], " ", label=f"{name}:\n{reason}")
    text = "operating point" if missing else "calls of Table 2 (combined: after the gate)"
    _marker_key(axes, "o" if missing else "s", text)
    axes.legend(loc="lower right", fontsize=8.5, handlelength=2.6, **OVER_CURVES)


def test_set(performance: pd.DataFrame) -> str:
    """Return what the test set of the main analysis is called: see `table2.blocks`."""
    cases = performance[performance["split"] == "test"]
    text = TEST_SET
    if performance["cohort"].nunique() > 1:
        names = (labels.COHORTS.get(name, str(name)) for name in cases["cohort"].unique())
        text += f", {', '.join(names)}"
    small = "subset" in cases and (cases["subset"] == SMALL).any()
    return text + (f", {labels.SUBSETS[SMALL]}" if small else "")


def fit_of(performance: pd.DataFrame, model: str) -> str:
    """Return how a model's scores of the test set came about; a cross-fitted one's, out of fold.

    Args:
        performance: Any evaluation table with columns split, fit and model.
        model: image, clinical, regression or tree.
    """
    rows = performance[(performance["split"] == "test") & (performance["model"] == model)]
    return "out_of_fold" if (rows["fit"] == "out_of_fold").any() else "held_out"


def fit_words(performance: pd.DataFrame, model: str) -> str:
    """Return ", out-of-fold" for a model whose scores of the test set are, else nothing."""
    fit = fit_of(performance, model)
    return f", {labels.FITS[fit]}" if fit == "out_of_fold" else ""


def model_names(performance: pd.DataFrame) -> dict[str, str]:
    """Return what each model is called, with "out-of-fold" where its test scores are.

    Args:
        performance: See `fit_of`.
    """
    return {name: text + fit_words(performance, name) for name, text in labels.SHORT_MODELS.items()}


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
    elif fit == "out_of_fold":
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
