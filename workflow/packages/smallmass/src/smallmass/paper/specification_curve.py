"""The specification curve: what every combination of choices gives, with the choices below.

One column a combined model, one place on the axis a combination (Simonsohn, Simmons & Nelson
2020, Nat Hum Behav 4:1208), sorted by the gain in sensitivity. With tens of thousands of
combinations the dots of a dot matrix merge: a row's tone is how many of the combinations at that
place use the option, against how many do overall.
"""

from collections.abc import Mapping
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from diagnostic_accuracy.paired import MCNEMAR_VARIANTS
from diagnostic_accuracy.rounding import half_up
from smallmass import style
from smallmass.evaluation.choices import OPTIONS, left_out
from smallmass.evaluation.published import Published
from smallmass.options import (
    Cutoff,
    FittedOn,
    ImageScore,
    Inputs,
    Lesions,
    RegionScore,
    Threshold,
    Tie,
    TreeDepth,
)
from smallmass.paper.writing import typeset
from smallmass.status import NO_SECOND_READING, NOT_ESTIMABLE
from smallmass.words import COMBINED, Model, Word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ONLY_TREE = "A23"
BINS = 400
SMALLEST_P = 1e-4  # the axis ends here; smaller ones lie on its edge
# Ids of the printed numbers of each model, test set: margins in percent, P values.
PRINTED: dict[str, dict[str, Any]] = {
    "regression": {"sensitivity": "T2_04", "specificity": "T2_05", "p": ("P01", "P02")},
    "tree": {"sensitivity": "T2_07", "specificity": "T2_08", "p": ("P03", "P04")},
}
PRINTED_IMAGE = {"sensitivity": "T2_01", "specificity": "T2_02"}
# Of each question what it asks, and the words of its options; numbers need none.
QUESTIONS: dict[str, tuple[str, type[Word] | None]] = {
    "A09": ("score of a region", RegionScore),
    "A10": ("score of an image", ImageScore),
    "A39": ("floor of regions", None),
    "A12": ("operating point from", None),
    "A13": ("among ties", Tie),
    "A13_threshold": ("threshold at", Threshold),
    "A19": ("second input", Inputs),
    "A20": ("fitted on", FittedOn),
    "A20_lesions": ("fitted to", Lesions),
    "A21": ("applied to", Lesions),
    "A22": ("combined cut-off", Cutoff),
    "A23": ("depth of the tree", TreeDepth),
}


def specification_curve(
    choices: pd.DataFrame, published: Published, variant: str, notes: list[str]
) -> "Figure":
    """Draw the figure.

    Args:
        choices: ``evaluation/choices.csv``.
        published: The paper's printed numbers.
        variant: The study's own variant of McNemar's test (A25); the others are the band.
        notes: What the page must say (simulated, not pretrained).
    """
    import matplotlib.pyplot as plt

    options = _options(choices)
    rows = sum(map(len, options.values())) + len(options)
    figure, grid = plt.subplots(
        4, 2, figsize=(12, 14), sharex="col",
        gridspec_kw={"height_ratios": [9, 7, 9, rows * 0.95]},
    )  # fmt: skip
    figure.subplots_adjust(
        left=0.225, right=0.985, top=0.965, bottom=0.05, hspace=0.06, wspace=0.08
    )
    for column, model in enumerate(COMBINED):
        axes = grid[:, column]
        known = specifications(choices, model)
        axes[0].set_title(Model(model).printed)
        if known.empty:
            _empty(axes, why_empty(choices))
            continue
        printed = printed_change(published, model)
        main = np.flatnonzero(known["main"] == 1)
        _change(axes[0], known["gain"], printed["gain"], main, model)
        _change(axes[1], known["loss"], printed["loss"], main, model)
        _p_values(axes[2], known, printed, main, variant, model)
        _matrix(axes[3], known, options, model, labelled=column == 0)
        axes[3].set_xlim(0, len(known))
        axes[3].set_xlabel(f"{len(known):,} combinations, sorted by gain, then loss, then P")
    for axis, text in zip(grid[:3, 0], _LABELS, strict=True):
        axis.set_ylabel(text)
    for row in range(3):
        _same_limits(grid[row])
    if any(options.values()):
        figure.text(0.01, 0.022, "Tone of a strip: white, no combination there\nuses the option; "
                "middle, as many as overall;\ndark, twice as many or more", fontsize=7.2,
                color=style.GREY)  # fmt: skip
    style.stamp(figure, notes, y=0.008)
    return figure


_LABELS = ("Gain in sensitivity\n(points)", "Loss of specificity\n(points)",
           "P, McNemar")  # fmt: skip


def draw(
    *,
    choices: pd.DataFrame,
    published: Published,
    variant: str,
    notes: list[str],
    svg: Path,
    png: Path,
) -> None:
    """Draw the figure and write both files."""
    with style.drawing():
        style.save(specification_curve(choices, published, variant, notes), svg, png)


def specifications(choices: pd.DataFrame, model: str) -> pd.DataFrame:
    """Return a model's combinations in the order of the figure.

    Choices that cannot matter to a model are taken once: the tree's depth to the regression.

    Args:
        choices: ``evaluation/choices.csv``.
        model: regression or tree.

    Returns:
        pd.DataFrame: The options, main, gain and loss in points, and P by metric and variant.
    """
    known = _once(choices, model)
    known = known.dropna(subset=[f"{model}_gain_sensitivity", f"{model}_loss_specificity"])
    table = known[[*_ids(model), "main"]].copy()
    table["gain"] = 100 * known[f"{model}_gain_sensitivity"]
    table["loss"] = 100 * known[f"{model}_loss_specificity"]
    for metric in ("sensitivity", "specificity"):
        for variant in MCNEMAR_VARIANTS:
            name = f"p_{metric}_A25_{variant.replace('-', '_')}"
            table[f"{metric} {variant}"] = known[f"{model}_{name}"]
    # Equals in an order of no meaning: that of the file would draw blocks of options.
    table = table.iloc[np.random.default_rng(0).permutation(len(table))]
    order = ["gain", "loss", *(name for name in table if " " in name)]
    return table.sort_values(order, kind="stable", ignore_index=True)


def _ids(model: str) -> list[str]:
    """Return the questions that can matter to a model."""
    return [name for name in OPTIONS if model == "tree" or name != ONLY_TREE]


def _once(choices: pd.DataFrame, model: str) -> pd.DataFrame:
    """Return each combination that can matter to a model once; of equals the study's own, first."""
    return choices.drop_duplicates(_ids(model))


def printed_change(published: Published, model: str) -> dict[str, float]:
    """Return the paper's gain and loss in points of whole lesions, and its two P values."""
    ids = PRINTED[model]
    points = {}
    for metric in ("sensitivity", "specificity"):
        first, second = published[PRINTED_IMAGE[metric]], published[ids[metric]]
        points[metric] = 100 * (second.count - first.count) / first.n
    p_gain, p_loss = (published[key].value for key in ids["p"])
    return {"gain": points["sensitivity"], "loss": -points["specificity"],
            "p_sensitivity": p_gain, "p_specificity": p_loss}  # fmt: skip


def summary(choices: pd.DataFrame, published: Published, variant: str) -> list[dict]:
    """Return, a model, how the combinations are spread: for the caption and the report's table.

    Args:
        choices: ``evaluation/choices.csv``.
        published: The paper's printed numbers.
        variant: The study's own variant of McNemar's test.
    """
    rows = []
    for model in COMBINED:
        known = specifications(choices, model)
        if known.empty:
            continue
        printed = printed_change(published, model)
        p = known[f"sensitivity {variant}"]
        held_out = known["A12"] != "test"
        rows.append(
            {
                "model": model,
                "n": len(known),
                "not_estimable": len(_once(choices, model)) - len(known),
                "gain": known["gain"].quantile([0, 0.5, 1]).tolist(),
                "loss": known["loss"].quantile([0, 0.5, 1]).tolist(),
                **_shares(known, p, printed),
                # Cut-offs from the test set are optimistic: the shares without them, too.
                "without_test": _shares(known[held_out], p[held_out], printed),
            }
        )
    return rows


def _shares(known: pd.DataFrame, p: pd.Series, printed: Mapping[str, float]) -> dict[str, float]:
    """Return which shares of combinations gain, gain significantly, and as much as printed."""
    return {
        "net": (known["gain"] > known["loss"]).mean(),
        "significant": ((p < 0.05) & (known["gain"] > 0)).mean(),
        "as_published": (
            (known["gain"] >= printed["gain"] - 1e-3) & (known["loss"] <= printed["loss"] + 1e-3)
        ).mean(),
    }


def why_empty(choices: pd.DataFrame) -> str:
    """Return why there is no combination with a result, as a sentence.

    Args:
        choices: ``evaluation/choices.csv``.
    """
    notes = choices["note"].dropna().unique()
    reason = notes[0] if len(notes) == 1 else str(NO_SECOND_READING)
    return f"{reason[0].upper()}{reason[1:]}."


def caption(choices: pd.DataFrame, published: Published, variant: str) -> str:
    """Return the legend of the figure, with what it comes to."""
    rows = summary(choices, published, variant)
    if not rows:
        return f"Specification curve. {why_empty(choices)}"
    parts = []
    for row in rows:
        low, middle, high = (half_up(x, 1) for x in row["gain"])
        less, mid, more = (half_up(x, 1) for x in row["loss"])
        missing = row["not_estimable"]
        gone = f" ({missing:,} more are {NOT_ESTIMABLE})" if missing else ""
        parts.append(
            f"{Model(row['model']).short}: {row['n']:,} combinations{gone}, gain {middle} "
            f"({low} to {high}) points, loss {mid} ({less} to {more}), median and range; more "
            f"sensitive with P < 0.05 in {half_up(100 * row['significant'], 1)}%, gain above loss "
            f"in {half_up(100 * row['net'], 1)}%"
        )
    count, why = left_out(choices)
    gone = f" Left out of the full product: {count:,}, {'; '.join(why)}." if count else ""
    return (
        "Specification curve: the whole analysis of the test set under every combination of "
        "choices that needs no new training. From the top: gain in sensitivity, loss of "
        f"specificity, P of both (McNemar, {variant}; the band: all variants of A25). Dashed: the "
        "paper’s own values; vertical line: this study’s main analysis, whose options are printed "
        "in bold. Below: which combinations use which option, dark where more of them do than "
        "overall, white where none does. " + ". ".join(parts) + "." + gone
    )


def _options(choices: pd.DataFrame) -> dict[str, list]:
    """Return the options that occur, by id, the study's own first."""
    return {name: list(choices[name].dropna().drop_duplicates()) for name in OPTIONS}


def _steps(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a step line through values at 0 .. n - 1, with two points for each run of equals."""
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
    ends = np.append(starts[1:], len(values))
    return np.column_stack([starts, ends]).ravel(), np.repeat(values[starts], 2)


def _change(axes: "Axes", values: pd.Series, printed: float, main, model: str) -> None:
    place, height = _steps(values.to_numpy())
    colour = style.MODEL_COLOURS[model]
    axes.fill_between(place, 0, height, color=colour, alpha=0.25, lw=0)
    axes.plot(place, height, color=colour, lw=1.0)
    axes.axhline(0, color=style.INK, lw=0.7)
    _paper(axes, printed, half_up(printed, 1))
    _mark(axes, main, values.to_numpy())


def _p_values(axes: "Axes", known, printed: Mapping[str, float], main, variant, model) -> None:
    """Draw P values as points: from one combination to the next they jump."""
    axes.set_yscale("log")
    axes.set_ylim(SMALLEST_P * 0.8, 1.3)
    place = np.arange(len(known)) + 0.5
    colour = style.MODEL_COLOURS[model]
    every = known[[f"sensitivity {name}" for name in MCNEMAR_VARIANTS]].clip(SMALLEST_P)
    ends = [_steps(end.to_numpy()) for end in (every.min(axis=1), every.max(axis=1))]
    edges = np.unique(np.concatenate([x for x, _ in ends]))
    low, high = (np.append(y, y[-1])[np.searchsorted(x, edges, side="right") - 1] for x, y in ends)
    axes.fill_between(edges, low, high, step="post", color=colour, alpha=0.3, lw=0,
                      rasterized=True)  # fmt: skip
    for metric, tone in (("specificity", style.GREY), ("sensitivity", colour)):
        p = known[f"{metric} {variant}"].to_numpy().clip(SMALLEST_P)
        axes.plot(place, p, ".", color=tone, ms=1.6, mew=0, rasterized=True)
        axes.plot([], [], ".", color=tone, ms=7, label=f"of {metric}")
        _paper(axes, printed[f"p_{metric}"], f"{printed[f'p_{metric}']:g}", tone)
    axes.axhline(0.05, color=style.INK, lw=0.8)
    _mark(axes, main, known[f"sensitivity {variant}"].to_numpy().clip(SMALLEST_P))
    axes.legend(loc="lower left", fontsize=8, ncols=2, handlelength=0.8, frameon=True,
                framealpha=0.85, edgecolor="none")  # fmt: skip


def _paper(axes: "Axes", value: float, text: str, colour: str = style.INK) -> None:
    axes.axhline(value, color=colour, lw=1.0, ls=(0, (4, 2)))
    axes.text(0.995, value, f"paper {typeset(text)}", transform=axes.get_yaxis_transform(),
              ha="right", va="bottom", fontsize=8, color=colour,
              bbox={"facecolor": "white", "alpha": 0.75, "lw": 0, "pad": 0.6})  # fmt: skip


def _mark(axes: "Axes", main: np.ndarray, values: np.ndarray) -> None:
    for place in main:
        axes.axvline(place + 0.5, color=style.INK, lw=0.8)
        axes.plot(place + 0.5, values[place], "o", color=style.INK, ms=5, zorder=5)


def _matrix(axes: "Axes", known, options, model, *, labelled: bool) -> None:
    """Draw a strip an option: its share among the combinations at a place, over that overall."""
    bins = min(BINS, len(known))
    place = np.arange(len(known)) * bins // len(known)
    size = np.bincount(place, minlength=bins)
    strips, names, heights, y = [], [], [], 0.0
    for question, values in options.items():
        for i, value in enumerate(values):
            used = (known[question] == value).to_numpy() if question in known else None
            if used is not None:
                share = np.bincount(place, weights=used, minlength=bins) / size
                strips.append((y, share / max(used.mean(), 1e-9)))
            option = option_name(question, value)
            asked = f"{_id(question)} {QUESTIONS[question][0]}: " if i == 0 else ""
            names.append(asked + option)
            heights.append(y)
            y += 1
        y += 0.55
    image = np.full((int(np.ceil(y * 20)), bins), np.nan)
    for top, strip in strips:
        image[round(top * 20) + 1 : round(top * 20) + 19] = strip
    axes.imshow(image, aspect="auto", extent=(0, len(known), len(image) / 20 - 0.5, -0.5),
                cmap="Blues", vmin=0, vmax=2,
                interpolation="nearest")  # fmt: skip
    for position in np.flatnonzero(known["main"] == 1):
        axes.axvline(position + 0.5, color=style.INK, lw=0.8)
    axes.set_yticks(heights, names if labelled else [], fontsize=7.6)
    axes.tick_params(axis="y", length=0)
    if labelled:
        own = [value == values[0] for values in options.values() for value in values]
        for tick, bold in zip(axes.get_yticklabels(), own, strict=True):
            tick.set_fontweight("bold" if bold else "normal")
    axes.spines["left"].set_visible(False)


def _same_limits(pair: np.ndarray) -> None:
    """Give both models' panels of a row the same axis."""
    low = min(axes.get_ylim()[0] for axes in pair)
    high = max(axes.get_ylim()[1] for axes in pair)
    for axes in pair:
        axes.set_ylim(low, high)
    pair[1].tick_params(axis="y", labelleft=False)


def _empty(axes: np.ndarray, reason: str) -> None:
    for one in axes:
        one.set(xticks=[], yticks=[])
        one.text(0.5, 0.5, fill(reason, 52), ha="center", va="center", fontsize=8.5,
                 transform=one.transAxes)  # fmt: skip


def _id(question: str) -> str:
    return question.partition("_")[0]


def option_name(question: str, value: Any) -> str:
    """Return what an option of a question is called where there is little room."""
    words = QUESTIONS[question][1]
    if words:
        return words(value).short
    return half_up(value, 1) if isinstance(value, float) else str(value).replace("_", " ")
