"""Figure 1: the conceptual architecture, (a) to (g), with the configuration of this run."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from diagnostic_accuracy.rounding import half_up
from smallmass import style
from smallmass.options import Backbone
from smallmass.paper import page_notes, sketch
from smallmass.settings import Settings
from smallmass.start.kinds import in_words
from smallmass.words import Factor

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CLASSES = (
    ("background", style.GREY),
    ("benign", style.BLUE),
    ("malignant", style.VERMILION),
)
REGION_SCORES = {
    "malignant_share": "p(malignant) / (p(malignant) + p(benign))",
    "malignant_probability": "p(malignant)",
    "signed_top": "signed top probability",
}
IMAGE_SCORES = {
    "top_foreground": "of the region most likely to be a lesion",
    "highest": "highest of all regions",
    "mean": "mean over regions, weighted",
    "largest": "of the largest region",
}


def example_case(cohort, split) -> str:
    """Return the case whose image and mask illustrate the figure: never one of the test set.

    It is the malignant training case of median diameter (of median case_id where there are no
    diameters), the lower one of two.

    Args:
        cohort: ``cohort.csv`` as a DataFrame.
        split: ``split.csv`` as a DataFrame.
    """
    cases = split.merge(cohort, on="case_id")
    cases = cases[(cases["split"] == "training") & (cases["label"] == "malignant")]
    cases = cases.sort_values(["diameter_cm", "case_id"], na_position="last")
    known = cases[cases["diameter_cm"].notna()]
    cases = known if len(known) else cases
    return str(cases["case_id"].iloc[(len(cases) - 1) // 2])


def figure1(
    image: np.ndarray,
    mask: np.ndarray,
    settings: Settings,
    notes: list[str],
    no_input: Collection[str] = (),
) -> "Figure":
    """Draw the architecture.

    Args:
        image: Prepared image, (size, size) uint8.
        mask: Target mask, (size, size), non-zero within the lesion's outline.
        settings: Resolved settings of the study.
        notes: What the page must say (simulated, not pretrained).
        no_input: Of `unknown`: clinical factors that are marked as no input.
    """
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(sketch.WIDTH / 10, sketch.HEIGHT / 10))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, sketch.WIDTH), ylim=(0, sketch.HEIGHT))
    axes.axis("off")
    _frames(axes)
    box = _box_of(mask)
    _input(axes, image, settings)
    _backbone(axes, settings)
    _proposals(axes, image, box)
    _roi(axes, image, box)
    _heads(axes, image, mask, box, settings)
    _clinical(axes, settings, no_input)
    _combined(axes, settings)
    style.stamp(figure, notes)
    return figure


def draw(
    *,
    image_png: Path,
    mask_png: Path,
    settings: Settings,
    notes: list[str],
    svg: Path,
    png: Path,
    no_input: Collection[str] = (),
) -> None:
    """Read the example's image and mask, draw the figure and write both files."""
    from PIL import Image

    with Image.open(image_png) as file:
        image = np.asarray(file.convert("L"))
    with Image.open(mask_png) as file:
        mask = np.asarray(file.convert("L"))
    with style.drawing():
        style.save(figure1(image, mask, settings, notes, no_input), svg, png)


# -- the parts, from left to right ---------------------------------------------------------------


def _frames(axes: "Axes") -> None:
    """Draw the three shaded fields: image model, clinical model, combined model."""
    for x, y, width, height, colour, title in (
        (1.5, 28, 107, 44, style.BLUE, "Image model: Mask R-CNN"),
        (1.5, 4.5, 107, 21.5, style.GREY, "Clinical model: multilayer perceptron"),
        (110.5, 4.5, 28, 67.5, style.VERMILION, "Combined model"),
    ):
        sketch.box(
            axes, (x, y, width, height), edge=colour, face=style.PALE, lw=1.0, radius=1.2, zorder=0
        )
        sketch.text(axes, x + 1.5, y + height - 1.2, title, size=10, weight="bold", color=colour,
              ha="left", va="top")  # fmt: skip


def _input(axes: "Axes", image: np.ndarray, settings: Settings) -> None:
    size = settings.image_model.size_px
    resize = {"pad": "aspect kept, padded", "stretch": "stretched"}[settings.cohort.resize]
    sketch.picture(axes, image, 3.5, 43, 16)
    sketch.text(axes, 11.5, 61.5, "US image", weight="bold")
    sketch.text(axes, 11.5, 40.6, f"{size:,} × {size:,} px\n{resize}", size=8)
    sketch.arrow(axes, (20, 51), (23.3, 51))


def _backbone(axes: "Axes", settings: Settings) -> None:
    """(a) The feature map: the backbone's stages, each half as wide, and the pyramid."""
    for i, side in enumerate((15, 12, 9, 6.5)):
        x, y = 24 + i * 3.4, 51 - side / 2
        for shift in (0.8, 0.4, 0):
            axes.add_patch(
                sketch.slab(x + shift, y + shift, 2.0, side, style.BLUE, 0.35 + 0.16 * i)
            )
        sketch.text(axes, x + 1.4, y - 1.3, f"C{i + 2}", size=7, color=style.GREY)
    backbone = settings.image_model.backbone
    pretrained = in_words(settings.image_model.weights)
    sketch.text(axes, 31.5, 61.5, "(a) Feature map", weight="bold")
    name = Backbone(backbone).printed
    apart = "\n" if settings.image_model.weights else " "  # what it started from takes a line
    sketch.text(axes, 31.5, 38.6, f"{name},{apart}{pretrained}\nfeature pyramid P2–P6", size=8)
    sketch.arrow(axes, (38.8, 51), (43, 51))


def _proposals(axes: "Axes", image: np.ndarray, box: np.ndarray) -> None:
    """(b) Anchors of three shapes about the lesion, and the one that overlaps it best."""
    frame = sketch.Frame(43.5, 43, side=16.0, pixels=image.shape[0])
    sketch.picture(axes, image, 43.5, 43, frame.side, dim=0.75)
    centre = (box[:2] + box[2:]) / 2
    lesion = np.sqrt(np.prod(box[2:] - box[:2]))
    for size in (0.6, 1.15):
        for ratio in (0.5, 1.0, 2.0):
            height, width = size * lesion / np.sqrt(ratio), size * lesion * np.sqrt(ratio)
            if size < 1 and ratio == 1.0:
                continue
            half = np.array([height, width]) / 2
            anchor = (*(centre - half), *(centre + half))
            sketch.outline(axes, anchor, frame, color=style.SKY, lw=0.9)
    sketch.outline(axes, box, frame, color=style.ORANGE, lw=1.8)
    sketch.text(axes, 51.5, 61.5, "(b) Region proposals", weight="bold")
    sketch.text(axes, 51.5, 40.6, "RPN: anchor boxes (blue)\nto proposals (orange)", size=8)
    sketch.arrow(axes, (60, 51), (64, 51))


def _roi(axes: "Axes", image: np.ndarray, box: np.ndarray) -> None:
    """(c) The region on a grid of fixed size."""
    grid = _resample(image, box, 14).reshape(7, 2, 7, 2).mean(axis=(1, 3))
    sketch.picture(axes, grid, 64.5, 45, 12, colours="Blues_r")
    for i in range(8):
        at = i * 12 / 7
        axes.plot([64.5 + at] * 2, [45, 57], color="white", lw=0.6, zorder=4)
        axes.plot([64.5, 76.5], [45 + at] * 2, color="white", lw=0.6, zorder=4)
    sketch.text(axes, 70.5, 61.5, "(c) ROI pooling", weight="bold")
    sketch.text(axes, 70.5, 40.6, "ROIAlign: 7 × 7 for (d),\n14 × 14 for (e)", size=8)
    sketch.arrow(axes, (77, 54), (83, 60))
    sketch.arrow(axes, (77, 48), (83, 43))


def _heads(
    axes: "Axes", image: np.ndarray, mask: np.ndarray, box: np.ndarray, settings: Settings
) -> None:
    """(d) Class and box, (e) mask."""
    sketch.text(axes, 95.5, 69.8, "(d) Class and box", weight="bold")
    for i, (name, colour) in enumerate(CLASSES):
        sketch.box(axes, (84, 63.4 - i * 4.1, 14, 3.4), edge=colour, face="white", lw=1.2)
        sketch.text(axes, 91, 65.1 - i * 4.1, name, size=8)
    sketch.box(axes, (99.2, 55.2, 8, 11.6), edge=style.ORANGE, face="white", lw=1.2)
    sketch.text(axes, 103.2, 61, "box\ny1, x1,\ny2, x2", size=8)
    sketch.text(axes, 95.5, 51.3, "(e) Mask", weight="bold")
    pad = _padded(box, 1.25, image.shape[0])
    sketch.picture(axes, _resample(image, pad, 64), 84, 37.5, 11.5)
    shape = _resample((mask > 0).astype(float) * 255, pad, 28) > 127
    sketch.picture(axes, shape * 255.0, 96.4, 37.5, 11.5)
    image_model = settings.image_model
    sketch.text(axes, 4.5, 31.6,
          f"US score: {REGION_SCORES[image_model.region_score]}, "
          f"{IMAGE_SCORES[image_model.image_score]} (A09, A10); no region: 0",
          size=8, ha="left")  # fmt: skip
    sketch.arrow(axes, (107.6, 60), (112.6, 60))
    sketch.text(axes, 96, 35.4, "28 × 28 px a region", size=8)


def _clinical(axes: "Axes", settings: Settings, no_input: Collection[str]) -> None:
    """(f) The factors and the perceptron, its layers as wide as this run's."""
    clinical_model = settings.clinical_model
    sketch.text(axes, 11.5, 21.3, "Clinical factors", weight="bold")
    step = min(3.6, 13.2 / max(len(clinical_model.factors), 1))
    for i, factor in enumerate(clinical_model.factors):
        gone = factor in no_input
        name = Factor(factor).printed + (": no input" if gone else "")
        sketch.box(axes, (3.5, 16.6 - i * step, 16, step - 0.6), edge=style.GREY,
               face=style.PALE if gone else "white", lw=0.9, ls=":" if gone else "-")  # fmt: skip
        sketch.text(axes, 11.5, 16.6 - i * step + (step - 0.6) / 2, name, size=8,
              color=style.GREY if gone else style.INK)  # fmt: skip
    sketch.arrow(axes, (20, 13), (27, 13))
    layers = [*clinical_model.hidden, 2]
    xs = np.linspace(32, 88, len(layers))
    tallest = max(layers)
    for i, (x, neurons) in enumerate(zip(xs, layers, strict=True)):
        height = 3.0 + 8.5 * neurons / tallest
        axes.add_patch(sketch.slab(x - 1.1, 13 - height / 2, 2.2, height, style.GREY, 0.55))
        sketch.text(axes, x, 13 - height / 2 - 1.2, str(neurons), size=8)
        if i + 1 < len(layers):
            sketch.arrow(axes, (x + 1.7, 13), (xs[i + 1] - 1.7, 13), lw=0.8)
    sketch.text(axes, 60, 21.3, "(f) Multilayer perceptron", weight="bold")
    searched = clinical_model.architecture == "searched"
    kind = "the Bayesian search’s own best" if searched else "widths as printed in the paper"
    sketch.text(axes, 107, 24.2, f"ReLU, batch normalisation between hidden layers; {kind} (A16)",
          size=8, ha="right")  # fmt: skip
    sketch.text(axes, xs[-1], 17.2, "softmax", size=8)
    sketch.text(axes, 101, 13, "clinical\nscore", size=8)
    sketch.arrow(axes, (90.5, 13), (97, 13))
    sketch.elbow(axes, [(104.6, 13), (109.5, 13), (109.5, 30.9), (112.6, 30.9)])


def _combined(axes: "Axes", settings: Settings) -> None:
    """(g) The gate, the two combined models, and the call."""
    combined_model = settings.combined_model
    gated = combined_model.applied_to.gated
    sketch.text(axes, 124.5, 67.0, "US score ≥ operating point?", size=8.5, weight="bold")
    sketch.box(axes, (113, 56.5, 23, 8), edge=style.INK, face="white", lw=1.2)
    sketch.text(
        axes,
        124.5,
        60.5,
        f"Youden index on\n{settings.operating_point.chosen_on} (A12)",
        size=8,
    )
    sketch.text(axes, 124.5, 41.5, "(g) Second reading", weight="bold")
    inputs = f"US score + {combined_model.inputs.printed}"
    scope = "of image-negatives (A21)" if gated else "of all lesions (A21)"
    sketch.text(axes, 124.5, 38.2, f"{scope}\n{inputs}", size=8)
    for x, text in ((112.7, "logistic\nregression"), (125.1, "decision tree\ndepth ≤ " +
                    half_up(combined_model.tree_max_depth, 0))):  # fmt: skip
        sketch.box(axes, (x, 27.5, 11.4, 6.8), edge=style.VERMILION, face="white", lw=1.2)
        sketch.text(axes, x + 5.7, 30.9, text, size=8)
    for x, text, colour in ((113, "benign", style.BLUE), (125.4, "malignant", style.VERMILION)):
        sketch.box(axes, (x, 9, 11, 5.4), edge=colour, face=colour, lw=1.2)
        sketch.text(axes, x + 5.5, 11.7, text, size=9, weight="bold", color="white")
    sketch.arrow(axes, (118.4, 56.2), (118.4, 43.4))
    sketch.text(axes, 117.6, 50, "no" if gated else "", size=8, ha="right")
    if gated:
        sketch.elbow(axes, [(135.2, 56.2), (137.4, 52.5), (137.4, 18), (134, 14.8)])
        sketch.text(axes, 134.6, 50, "yes", size=8, ha="right")
    for x in (118.4, 130.8):
        for goal in (118.5, 130.9):
            sketch.arrow(axes, (x, 27.2), (goal, 14.8), lw=0.8)


def _box_of(mask: np.ndarray) -> np.ndarray:
    """Return the box (y1, x1, y2, x2) in px about the mask; the middle third if it is empty."""
    rows, columns = np.nonzero(np.asarray(mask) > 0)
    if not len(rows):
        third = mask.shape[0] / 3
        return np.array([third, third, 2 * third, 2 * third])
    return np.array([rows.min(), columns.min(), rows.max() + 1, columns.max() + 1], float)


def _padded(box: np.ndarray, factor: float, size: int) -> np.ndarray:
    """Return the square about a box, ``factor`` times as wide, moved to lie within the image."""
    half = factor * max(box[2] - box[0], box[3] - box[1]) / 2
    half = min(half, size / 2)
    centre = np.clip((box[:2] + box[2:]) / 2, half, size - half)
    return np.array([*(centre - half), *(centre + half)])


def _resample(pixels: np.ndarray, box: np.ndarray, cells: int) -> np.ndarray:
    """Return the box read at the nearest pixel of a grid, (cells, cells)."""
    y1, x1, y2, x2 = box
    steps = (np.arange(cells) + 0.5) / cells
    rows = np.clip((y1 + steps * (y2 - y1)).astype(int), 0, pixels.shape[0] - 1)
    columns = np.clip((x1 + steps * (x2 - x1)).astype(int), 0, pixels.shape[1] - 1)
    return np.asarray(pixels)[np.ix_(rows, columns)]


def unknown(cohort: pd.DataFrame, settings: Settings) -> list[str]:
    """Return the factors that are unknown for every case that clinical models image_model.

    Args:
        cohort: ``cohort.csv``.
        settings: The study's ``cross_fitting.cohort``.
    """
    name = settings.cross_fitting.cohort
    return page_notes.never_known(cohort[cohort["cohort"] == name] if name else cohort)


def caption(settings: Settings, no_input: Collection[str] = ()) -> str:
    """Return the legend of the figure.

    Args:
        settings: Resolved settings of the study.
        no_input: Of `unknown`.
    """
    gone = any(name in no_input for name in settings.clinical_model.factors)
    dotted = " A factor with a dotted frame is unknown for every case, so no input." if gone else ""
    name = Backbone(settings.image_model.backbone).printed
    return (
        "The conceptual architecture of the deep learning model and combined model. "
        f"(a) {name} with a feature pyramid; (b) region proposal network; (c) pooling of the "
        "regions (ROIAlign); (d) class and box of a region; (e) its mask; (f) multilayer "
        "perceptron of the clinical factors; (g) logistic regression and decision tree. The "
        "picture is a training case with its target mask; feature maps, anchors and the pooled "
        f"grid are drawings, not outputs of the network.{dotted}"
    )
