"""Where the maps of the classifier from labels alone point, as a printed table."""

from typing import Any

import pandas as pd

from diagnostic_accuracy.printing import PrintedTable
from diagnostic_accuracy.rounding import half_up, joined, percent
from smallmass.evaluation.cases import main_set
from smallmass.paper.plain_table import plain_table
from smallmass.rivals.printed import set_name
from smallmass.weak.lesions import EVERY, POINTING
from smallmass.words import Label, Metric

PRINTED = {POINTING: "Highest point inside the outline (%)", Metric.DICE.value: "Mean Dice"}
MEANING = (
    "The map shows what speaks for a label, benign or malignant, and was not taught where lesions "
    "are; what tells labels apart may lie beside a lesion, as its shadow does. Dice is of what is "
    "above a share of the map’s highest value, which validation cases chose."
)
BESIDE = (
    "The image model learnt from outlines: its lesions found, and its Dice, a miss counted as 0."
)


def maps_table(maps: pd.DataFrame) -> PrintedTable | None:
    """Return how well maps localise lesions; None without outlines.

    Args:
        maps: ``rivals/weak_maps.csv``.
    """
    shown = main_set(maps).to_dict("records")
    if not shown:
        return None
    rows = []
    for line in shown:
        rows.append(
            [
                "all" if line["group"] == EVERY else Label(line["group"]).printed,
                PRINTED[line["metric"]],
                str(int(line["n"])),
                _with_interval(line),
                None if pd.isna(line["image_model"]) else _text(line, "image_model"),
            ]
        )
    return plain_table(
        "Where the maps of a classifier that learnt from labels alone point",
        ["Lesions", "Measure", "Cases", "Labels alone (interval)", "Image model"], rows, texts=2,
        groups=[set_name(line) for line in shown], notes=[MEANING, BESIDE],
    )  # fmt: skip


def _with_interval(line: dict[str, Any]) -> str:
    estimate = _text(line, "estimate")
    if pd.isna(line["ci_low"]):
        return estimate
    return f"{estimate} ({joined(_text(line, 'ci_low'), _text(line, 'ci_high'))})"


def _text(line: dict[str, Any], name: str) -> str:
    """Return a number of a row: shares in percent, Dice as it is."""
    return percent(line[name]) if line["metric"] == POINTING else half_up(line[name], 2)
