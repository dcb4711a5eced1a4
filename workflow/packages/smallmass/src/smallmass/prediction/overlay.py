"""A picture of each new image: what the image model saw in it, and every model's score."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from diagnostic_accuracy.rounding import half_up
from smallmass import style
from smallmass.cohort.images import read_grey
from smallmass.cohort.run_lengths import decode_rle
from smallmass.files import write_bytes
from smallmass.prediction.scores import cutoffs, intended_use
from smallmass.trained_models import TrainedModels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DPI = 150
SIDE = 4.2  # inches
SCORED, OTHER = style.ORANGE, style.SKY


def draw_overlays(
    *,
    predictions: pd.DataFrame,
    cases: pd.DataFrame,
    detections: pd.DataFrame,
    scores: pd.DataFrame,
    models: TrainedModels,
    root: Path,
    folder: Path,
) -> None:
    """Write ``{case_id}.png`` for every case: the image, and beside it the image with its regions.

    The region that gave the image score is drawn always, further ones from the study's
    ``drawn_floor`` on (A39). With several seeds the score is their mean and the regions are the
    first seed's, as in the study's Figure 3.

    Args:
        predictions: Of `scores.predict`.
        cases: Of `folder.inspect_folder`.
        detections: Of `scores.read_images`.
        scores: Of `scores.read_images`.
        models: What read the images.
        root: The folder that ``image`` is relative to.
        folder: Where the pictures go.
    """
    first = models.seeds[0]
    regions = dict(list(detections[detections["seed"] == first].groupby("case_id", sort=False)))
    chosen = scores[scores["seed"] == first].set_index("case_id")["detection"]
    frames = cases.set_index("case_id")["frame"]
    floor, limits = models.settings.image_model.drawn_floor, cutoffs(models)
    folder.mkdir(parents=True, exist_ok=True)
    with style.drawing():
        for case in predictions.to_dict("records"):
            name, frame = case["case_id"], frames[case["case_id"]]
            image = read_grey(root / case["image"], None if pd.isna(frame) else int(frame))
            shown = regions[name].dropna(subset=["detection"])
            lines = describe(case, shown, chosen[name], floor, limits)
            content = _draw(image, shown, chosen[name], floor, lines, intended_use(models), name)
            write_bytes(folder / f"{name}.png", content)


def describe(
    case: dict[str, Any],
    regions: pd.DataFrame,
    chosen: Any,
    floor: float,
    limits: dict[str, float],
) -> list[str]:
    """Return the lines beneath a picture: every model's score and call, and what to know of it.

    Args:
        case: A row of predictions.csv.
        regions: Its regions; may be none.
        chosen: The number of the region that gave the score; empty if there is none.
        floor: The study's ``drawn_floor``.
        limits: Of `scores.cutoffs`.
    """
    lines = [
        f"Image score {_scored(case, 'image', limits)}",
        f"Clinical score {_number(case['clinical_score'])}",
        f"Regression {_scored(case, 'regression', limits)}",
        f"Decision tree {_scored(case, 'tree', limits)}",
    ]
    if not pd.isna(chosen):
        region = regions[regions["detection"] == chosen].iloc[0]
        lesion = region["p_benign"] + region["p_malignant"]
        doubt = f", under {floor:g}" if lesion < floor else ""
        lines[0] += f"; that the region is a lesion: {half_up(lesion, 2)}{doubt}"
    return lines + ([case["note"]] if case["note"] else [])


def _scored(case: dict[str, Any], model: str, limits: dict[str, float]) -> str:
    """Return "0.12: benign (malignant: from 0.29 on)", or that the image alone decided."""
    score, call, limit = case[f"{model}_score"], case[f"{model}_call"], limits[model]
    if pd.isna(call):
        return f"{_number(score)}: no call"
    if call and score < limit:
        return f"{_number(score)}: malignant, as the image model calls it"
    reach = "no score is" if np.isinf(limit) else f"from {_number(limit)} on"
    return f"{_number(score)}: {'malignant' if call else 'benign'} (malignant: {reach})"


def _number(value: float) -> str:
    return "none" if pd.isna(value) else str(half_up(value, 2))


def _draw(
    image: np.ndarray,
    regions: pd.DataFrame,
    chosen: Any,
    floor: float,
    lines: list[str],
    use: str,
    name: str,
) -> bytes:
    """Return the picture as PNG."""
    import io
    import textwrap

    import matplotlib.pyplot as plt

    wrapped = [part for line in lines for part in textwrap.wrap(line, 112)]
    height = SIDE * float(np.clip(image.shape[0] / image.shape[1], 0.5, 1.6))
    foot = 0.5 + 0.17 * len(wrapped)
    total = height + foot + 0.3
    figure, (left, right) = plt.subplots(1, 2, figsize=(2 * SIDE + 0.2, total))
    figure.subplots_adjust(
        left=0.01, right=0.99, bottom=foot / total, top=1 - 0.3 / total, wspace=0.02
    )
    for axes in (left, right):
        axes.imshow(image, cmap="gray", vmin=0, vmax=255)
        axes.set(xticks=[], yticks=[], anchor="N")
        axes.spines[:].set_visible(False)
    left.set_title(name, loc="left", fontsize=9.5)
    for region in regions.iloc[::-1].to_dict("records"):
        if region["detection"] == chosen:
            _region(right, region, image.shape, SCORED, 1.6)
        elif region["p_benign"] + region["p_malignant"] >= floor:
            _region(right, region, image.shape, OTHER, 0.9)
    if pd.isna(chosen):
        right.text(0.5, 0.04, "no region", transform=right.transAxes, color=SCORED, ha="center")
    figure.text(
        0.01, (foot - 0.1) / total, "\n".join(wrapped), va="top", fontsize=8.5, linespacing=1.35
    )
    style.stamp(figure, [use[0].upper() + use[1:] + "."], y=0.08 / total)
    with io.BytesIO() as buffer:
        figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
        plt.close(figure)
        return buffer.getvalue()


def _region(
    axes: "Axes", region: dict[str, Any], shape: tuple[int, ...], colour: str, width: float
) -> None:
    """Draw a region's outline, and its box thinly."""
    from matplotlib.patches import Rectangle

    mask = decode_rle(region["outline"])
    if mask.any():
        # A border of background closes the outline of a region that reaches the image's edge.
        edged = np.pad(mask, 1)
        y, x = (np.arange(-1, side + 1) for side in shape[:2])
        axes.contour(x, y, edged, levels=[0.5], colors=[colour], linewidths=width)
    y1, x1, y2, x2 = (region[key] for key in ("y1", "x1", "y2", "x2"))
    box = Rectangle(
        (x1 - 0.5, y1 - 0.5), x2 - x1, y2 - y1, fc="none", ec=colour, lw=0.6, ls=(0, (3, 2))
    )
    axes.add_patch(box)
    axes.set(xlim=(-0.5, shape[1] - 0.5), ylim=(shape[0] - 0.5, -0.5))
