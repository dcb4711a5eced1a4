"""Figure 3: representative cases of the test set, as the paper has them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from diagnostic_accuracy.rounding import half_up
from smallmass import style
from smallmass.combined.data import CLINICAL_FIT
from smallmass.paper import page_notes
from smallmass.status import NO_FACTORS, NOT_ESTIMABLE
from smallmass.words import Fit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RULE = (
    "Each is the median-scored test case of its kind (the lower of two; ties by case_id): (A), (B) "
    "by the US score; (C) by the regression score among malignant lesions that the image model "
    "calls benign and the regression malignant; (D) likewise for the decision tree, other than "
    "(C). Where one of the two models gains no case, (C) and (D) are both taken from the other."
)
NO_CASE = "no such case in this run"


@dataclass(frozen=True)
class Example:
    """One panel: its letter, its title and the case, or why there is none.

    Args:
        letter: A to D.
        title: "True positive" and so on.
        case_id: None where this run has no such case.
        model: The combined model that gained the case, or None.
        reason: Why there is no case.
    """

    letter: str
    title: str
    case_id: str | None
    model: str | None = None
    reason: str = NO_CASE


def choose(predictions: pd.DataFrame) -> list[Example]:
    """Return the four panels by the rule in `RULE`.

    Args:
        predictions: ``predictions.csv``; only the rows of the test set are looked at.
    """
    test = predictions[predictions["split"] == "test"]
    malignant = test["label"] == "malignant"
    positive, negative = test["image_call"] == 1, test["image_call"] == 0
    examples = [
        Example("A", "True positive", _median(test[malignant & positive], "image_score")),
        Example("B", "True negative", _median(test[~malignant & negative], "image_score")),
    ]
    missed = test[malignant & negative]
    reason = NO_CASE
    if test[["regression_call", "tree_call"]].isna().all(axis=None):
        reason = f"combined models {NOT_ESTIMABLE}:\n{NO_FACTORS.reason}"
    used: list[str] = []
    for letter, order in (("C", ("regression", "tree")), ("D", ("tree", "regression"))):
        case_id, gained_by = None, None
        for model in order:
            gained = missed[(missed[f"{model}_call"] == 1) & ~missed["case_id"].isin(used)]
            if len(gained):
                case_id, gained_by = _median(gained, f"{model}_score"), model
                used.append(str(case_id))
                break
        title = "False negative, then true positive"
        examples.append(Example(letter, title, case_id, gained_by, reason))
    return examples


@dataclass(frozen=True)
class Seen:
    """What is drawn of one case, all in px of the original image.

    Args:
        image: (height, width) uint8.
        reader: The reader's outline as a mask, (height, width) bool, or None.
        predicted: The predicted outline as a mask, (height, width) bool, or None.
        box: (y1, x1, y2, x2) of the predicted region, or None.
    """

    image: np.ndarray
    reader: np.ndarray | None
    predicted: np.ndarray | None
    box: tuple[float, float, float, float] | None


def look_up(
    case_id: str,
    *,
    cohort: pd.DataFrame,
    root: Path,
    detections: pd.DataFrame,
    scores: pd.DataFrame,
) -> Seen:
    """Read a case's image, its outline and the region that gave its US score.

    Args:
        case_id: The case.
        cohort: ``cohort.csv``.
        root: The folder that its image paths are relative to.
        detections: ``detections.csv`` of the first seed, trained on all training cases.
        scores: ``image_model/scores.csv`` rows of the same seed and fit (not out-of-fold).
    """
    from smallmass.cohort.images import read_grey
    from smallmass.cohort.outline_files import read_outline
    from smallmass.cohort.run_lengths import decode_rle

    case = cohort.set_index("case_id").loc[case_id]
    frame = case.get("frame")
    image = read_grey(root / case["image"], None if pd.isna(frame) else int(frame))
    reader = None
    if isinstance(case["outline"], str):
        reader = read_outline(root, case["outline"], image.shape)
    used = scores.loc[scores["case_id"] == case_id, "detection"].dropna()
    regions = detections[detections["case_id"] == case_id]
    regions = regions[regions["detection"] == used.iloc[0]] if len(used) else regions.iloc[:0]
    predicted, box = None, None
    if len(regions):
        region = regions.iloc[0]
        y1, x1, y2, x2 = (float(region[name]) for name in ("y1", "x1", "y2", "x2"))
        box = (y1, x1, y2, x2)
        if isinstance(region["outline"], str):
            predicted = decode_rle(region["outline"])
    return Seen(image, reader, predicted, box)


def figure3(
    examples: list[Example], seen: dict[str, Seen], captions: dict[str, str], notes: list[str],
    whose: str = "reader’s outline",
) -> "Figure":  # fmt: skip
    """Draw the figure: a column a case, the image above, the outlines on it below.

    Args:
        examples: Four panels, from `choose`.
        seen: What is drawn, by case_id.
        captions: The lines beneath a case, by case_id, from `describe`.
        notes: What the page must say (simulated, not pretrained).
        whose: What the key calls the outline that the cohort came with.
    """
    import matplotlib.pyplot as plt

    shapes = [item.image.shape for item in seen.values()] or [(1, 1)]
    aspect = float(np.median([height / width for height, width in shapes]))
    side = 3.0
    picture = side * float(np.clip(aspect, 0.6, 1.3))
    height = 2 * picture + 1.85
    figure, grid = plt.subplots(2, 4, figsize=(4 * side + 0.6, height), squeeze=False)
    figure.subplots_adjust(left=0.012, right=0.988, top=1 - 0.38 / height, bottom=1.35 / height,
                           wspace=0.035, hspace=0.035)  # fmt: skip
    for column, example in enumerate(examples):
        above, below = grid[0, column], grid[1, column]
        above.set_title(f"({example.letter}) {example.title}", loc="left", fontsize=9.5)
        if example.case_id is None:
            _empty(above, example.reason)
            _empty(below, "")
            continue
        item = seen[example.case_id]
        _show(above, item.image)
        _show(below, item.image)
        _outlines(below, item)
        below.text(0, -0.03, captions[example.case_id], transform=below.transAxes, va="top",
                   fontsize=8, linespacing=1.35)  # fmt: skip
    _key(figure, 0.33 / height, whose)
    style.stamp(figure, notes, y=0.07 / height)
    return figure


def draw(
    *, predictions: pd.DataFrame, cohort: pd.DataFrame, root: Path, detections: pd.DataFrame,
    scores: pd.DataFrame, operating_points: list[dict], notes: list[str], svg, png,
) -> list[Example]:  # fmt: skip
    """Choose the cases, read their files, draw the figure, write both files; return the choice."""
    examples = choose(predictions)
    ids = [example.case_id for example in examples if example.case_id is not None]
    first = scores[(scores["seed"] == sorted(scores["seed"].unique(), key=int)[0])]
    first = first[first["fit"] != "out_of_fold"]
    seen = {
        name: look_up(name, cohort=cohort, root=root, detections=detections, scores=first)
        for name in ids
    }
    whose = "true outline" if page_notes.is_simulated(cohort["cohort"]) else "reader’s outline"
    texts = {
        example.case_id: describe(example, predictions, cohort, operating_points)
        for example in examples
        if example.case_id is not None
    }
    with style.drawing():
        style.save(figure3(examples, seen, texts, notes, whose), svg, png)
    return examples


def describe(
    example: Example, predictions: pd.DataFrame, cohort: pd.DataFrame, points: list[dict]
) -> str:
    """Return the lines beneath a case: case, label, size, scores against their cut-offs."""
    case = cohort.set_index("case_id").loc[example.case_id]
    scores = predictions.set_index("case_id").loc[example.case_id]
    size = "" if pd.isna(case["diameter_cm"]) else f", {half_up(case['diameter_cm'], 2)} cm"
    lines = [f"{example.case_id}: {scores['label']}{size}"]
    lines.append("US score " + _against(scores["image_score"], scores["image_call"], points,
                                        "image"))  # fmt: skip
    if example.model:
        name = {"regression": "Regression", "tree": "Decision tree"}[example.model]
        score, call = scores[f"{example.model}_score"], scores[f"{example.model}_call"]
        fit = scores.get(CLINICAL_FIT)
        name += f", {Fit(fit).printed}:" if fit == "out_of_fold" else ""
        lines.append(f"{name} {_against(score, call, points, example.model)}")
    histology = _text(case.get("histology"))
    if histology:
        lines.append(histology)
    return "\n".join(lines)


def caption(
    predictions: pd.DataFrame, cohort: pd.DataFrame, points: list[dict], where: str = ""
) -> str:
    """Return the legend of the figure, with a sentence a case.

    Args:
        predictions: The test cases of ``predictions.csv``.
        cohort: ``cohort.csv``.
        points: ``operating_points.json``.
        where: What the test set is called, where there is more to say than "Test set".
    """
    parts = []
    for example in choose(predictions):
        if example.case_id is None:
            parts.append(f"({example.letter}) {' '.join(example.reason.split())}.")
        else:
            text = describe(example, predictions, cohort, points).replace("\n", "; ")
            parts.append(f"({example.letter}) {text}.")
    whose = (
        " Simulated images (phantoms)." if page_notes.is_simulated(predictions["cohort"]) else ""
    )
    return (
        "Segmentation and classification results of breast masses on ultrasonography. "
        f"Examples{f' ({where[0].lower() + where[1:]})' if where else ''}: "
        "true positive (A), true negative (B), and false negatives of the image model that became "
        f"true positive by combining the US image and clinical factors (C, D).{whose} "
        f"{' '.join(parts)} {RULE} With several seeds, the score is their mean and the region the "
        "first seed’s."
    )


def _against(score: float, call: float, points: list[dict], model: str) -> str:
    """Return "0.81 ≥ 0.43: malignant"; two more digits where two would read as equal."""
    cutoff = next((p["threshold"] for p in points if p["model"] == model), None)
    word = "malignant" if call == 1 else "benign"
    if cutoff is None or pd.isna(score):
        return word
    sign = "≥" if score >= cutoff else "<"
    digits = next((d for d in (2, 3, 4) if half_up(score, d) != half_up(cutoff, d)), 4)
    return f"{half_up(score, digits)} {sign} {half_up(cutoff, digits)}: {word}"


def _median(cases: pd.DataFrame, by: str) -> str | None:
    if cases.empty:
        return None
    ranked = cases.sort_values([by, "case_id"], kind="stable")
    return str(ranked["case_id"].iloc[(len(ranked) - 1) // 2])


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _show(axes: "Axes", image: np.ndarray) -> None:
    axes.imshow(image, cmap="gray", vmin=0, vmax=255)
    axes.set(xticks=[], yticks=[], anchor="NW")
    axes.spines[:].set_visible(False)


def _outlines(axes: "Axes", item: Seen) -> None:
    from matplotlib.patches import Rectangle

    if item.reader is not None and item.reader.any():
        axes.contour(item.reader, levels=[0.5], colors=[style.SKY], linewidths=1.3)
    if item.predicted is not None and item.predicted.any():
        axes.contour(item.predicted, levels=[0.5], colors=[style.ORANGE], linewidths=1.3,
                     linestyles=[(0, (4, 1.5))])  # fmt: skip
    if item.box is not None:
        y1, x1, y2, x2 = item.box
        axes.add_patch(Rectangle((x1 - 0.5, y1 - 0.5), x2 - x1, y2 - y1, fc="none",
                                 ec=style.ORANGE, lw=0.9))  # fmt: skip
    else:
        axes.text(0.5, 0.04, "no region", transform=axes.transAxes, color=style.ORANGE,
                  ha="center", fontsize=8)  # fmt: skip


def _empty(axes: "Axes", text: str) -> None:
    axes.set(xticks=[], yticks=[], facecolor=style.PALE)
    axes.spines[:].set_visible(False)
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center",
              color=style.GREY)  # fmt: skip


def _key(figure: "Figure", y: float, whose: str) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=style.SKY, lw=1.6, label=whose),
        Line2D([], [], color=style.ORANGE, lw=1.6, ls=(0, (4, 1.5)), label="predicted outline"),
        Line2D([], [], color=style.ORANGE, lw=0.9, label="predicted box"),
    ]
    figure.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, y), ncols=3,
                  fontsize=8.5)  # fmt: skip
