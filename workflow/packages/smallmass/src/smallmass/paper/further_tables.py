"""The report's tables of what stands beyond Table 2, from the files of rule ``further_results``."""

from collections.abc import Mapping

import pandas as pd

from diagnostic_accuracy.printing import PrintedTable
from diagnostic_accuracy.rounding import half_up, joined, p_value, percent
from smallmass.evaluation.cases import main_set
from smallmass.paper.forest_plot import characteristic
from smallmass.paper.plain_table import plain_table
from smallmass.paper.table1 import in_order
from smallmass.words import Model, Split

FILES = ("cross_tables", "at_prevalence", "auroc_differences", "transfer", "subgroups", "precision",
         "calibration_summary", "decision_curves")  # fmt: skip
SHOWN_THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.5)
IN_PERCENT = ("ppv", "npv", "accuracy", "sensitivity", "specificity")
PREVALENCE = (
    "PPV, NPV, accuracy and net benefit depend on how many lesions are malignant: a set that is "
    "half malignant by design has those of no clinic."
)
MANY_TESTS = "Many tests of few lesions: what differs here is a question, not an answer."


def further_tables(tables: Mapping[str, pd.DataFrame]) -> list[PrintedTable]:
    """Return the tables that have rows, each of the main test set.

    Args:
        tables: Those of `FILES`.
    """
    makers = (_cross, _prevalence, _net_benefit, _differences, _transfer, _groups, _widths,
              _calibration)  # fmt: skip
    made = (maker(tables) for maker in makers)
    return [table for table in made if table is not None and table.rows]


def _main(table: pd.DataFrame) -> list[dict]:
    shown = main_set(table)
    if "split" in shown:
        shown = shown[shown["split"] == Split.TEST]
    return shown.to_dict("records")


def _model(line: dict, column: str = "model") -> str:
    return Model(line[column]).short


def _metric(name: object) -> str:
    return str(name).replace("_", " ").replace("auroc", "AUROC")


def _number(metric: str, value: float, digits: int = 2) -> str | None:
    if pd.isna(value):
        return None
    return percent(value) if metric in IN_PERCENT else half_up(value, digits)


def _interval(line: dict, digits: int = 2) -> str | None:
    """Return an estimate with its interval as ``0.85 (0.78–0.92)``."""
    metric = line["metric"]
    text = _number(metric, line["estimate"], digits)
    low, high = (_number(metric, line[end], digits) for end in ("ci_low", "ci_high"))
    return text if text is None or low is None or high is None else f"{text} ({joined(low, high)})"


def _cross(tables: Mapping[str, pd.DataFrame]) -> PrintedTable:
    rows = []
    for line in _main(tables["cross_tables"]):
        cells = (line[name] for name in ("true_positive", "false_negative", "false_positive",
                                         "true_negative"))  # fmt: skip
        regions = ("malignant_without_region", "benign_without_region")
        empty = [line[name] for name in regions]
        text = None if pd.isna(empty[0]) else f"{int(empty[0])} malignant, {int(empty[1])} benign"
        without = int(line["malignant_without_call"] + line["benign_without_call"])
        rows.append([_model(line), *(str(int(cell)) for cell in cells), str(without), text])
    header = ["Model", "True positive", "False negative", "False positive", "True negative",
              "Without a call", "Images without any region (score 0)"]  # fmt: skip
    return plain_table("Calls against the reference standard, test set", header, rows)


def _prevalence(tables: Mapping[str, pd.DataFrame]) -> PrintedTable:
    lines = _main(tables["at_prevalence"])
    metrics = list(dict.fromkeys(line["metric"] for line in lines))
    # By place and model, the text of each metric.
    cells: dict[str, dict[str, dict[str, str | None]]] = {}
    for line in lines:
        place = f"{line['at']}, {percent(line['prevalence'])}% malignant".capitalize()
        digits = 2 if line["metric"] in IN_PERCENT else 1
        of_model = cells.setdefault(place, {}).setdefault(_model(line), {})
        of_model[line["metric"]] = _interval(line, digits)
    header = ["Model", *map(_heading, metrics)]
    return plain_table(
        "What calls are worth at stated prevalences, test set",
        header,
        [
            [model, *map(of.get, metrics)]
            for models in cells.values()
            for model, of in models.items()
        ],
        groups=[place for place, models in cells.items() for _ in models],
        notes=[PREVALENCE],
    )


def _heading(metric: str) -> str:
    """Return a metric of ``at_prevalence.csv`` with its unit."""
    name = metric.upper() if metric in ("ppv", "npv") else metric.capitalize()
    return f"{name} (%)" if metric in IN_PERCENT else name


def _net_benefit(tables: Mapping[str, pd.DataFrame]) -> PrintedTable:
    curves = main_set(tables["decision_curves"])
    curves = curves[curves["threshold"].isin(SHOWN_THRESHOLDS)]
    rows, places = [], []
    for (place, share, threshold), part in curves.groupby(
        ["at", "prevalence", "threshold"], sort=False
    ):
        of = dict(zip(part["model"], part["net_benefit"], strict=False))
        cells = (of.get(model.value) for model in Model)
        rows.append(
            [
                percent(threshold),
                *(None if cell is None or pd.isna(cell) else half_up(cell, 3) for cell in cells),
                half_up(part["everybody"].iloc[0], 3),
            ]
        )
        places.append(f"{place}, {percent(share)}% malignant".capitalize())
    header = ["Threshold (%)", *(model.short for model in Model), "Biopsy of all"]
    return plain_table(
        "Net benefit, test set", header, rows, groups=places,
        notes=["Of nobody it is 0. All thresholds: decision_curves.csv.", PREVALENCE],
    )  # fmt: skip


def _differences(tables: Mapping[str, pd.DataFrame]) -> PrintedTable:
    rows = []
    for line in _main(tables["auroc_differences"]):
        if pd.isna(line["difference"]):
            continue
        gap = line | {"metric": "auroc", "estimate": line["difference"]}
        pair = f"{_model(line, 'model_b')} less {_model(line, 'model_a')}"
        values = (p_value(line["p_value"]), p_value(line["p_holm"]))
        rows.append([pair, _interval(gap, 3), *values, line["test"]])
    header = ["Models", "Difference of AUROCs (interval)", "P", "P, Holm", "Test"]
    return plain_table("AUROCs of two models on the same test lesions", header, rows)


def _transfer(tables: Mapping[str, pd.DataFrame]) -> PrintedTable:
    rows = []
    for line in tables["transfer"].to_dict("records"):
        drop = line | {"estimate": line["drop"], "metric": ""}
        numbers = (None if pd.isna(line[name]) else half_up(line[name], 2)
                   for name in ("validation", "test"))  # fmt: skip
        rows.append([_model(line), _metric(line["metric"]), *numbers, _interval(drop)])
    header = ["Model", "Metric", "Validation", "Test", "Drop (interval)"]
    return plain_table(
        "What is lost from the validation to the test set", header, rows, texts=2,
        notes=["Optimism: the drop that the choice of the cut-off alone leads one to expect."],
    )  # fmt: skip


def _groups(tables: Mapping[str, pd.DataFrame]) -> PrintedTable:
    rows, titles = [], []
    for line in _in_order(_main(tables["subgroups"])):
        p = line["p_heterogeneity"]
        rows.append([str(line["group"]), _model(line), _metric(line["metric"]), str(int(line["n"])),
                     _interval(line), None if pd.isna(p) else p_value(p)])  # fmt: skip
        titles.append(characteristic(str(line["characteristic"])))
    header = ["Group", "Model", "Metric", "n", "Estimate (interval)", "P, groups differ"]
    return plain_table("Parts of the test set", header, rows, texts=3, groups=titles,
                       notes=[MANY_TESTS])  # fmt: skip


def _in_order(lines: list[dict]) -> list[dict]:
    """Return rows of groups, those of one metric of a model as Table 1 has their levels."""
    together: dict[tuple, dict[str, dict]] = {}
    for line in lines:
        key = line["characteristic"], line["model"], line["metric"]
        together.setdefault(key, {})[str(line["group"])] = line
    return [of[group] for key, of in together.items() for group in in_order(str(key[0]), of)]


def _widths(tables: Mapping[str, pd.DataFrame]) -> PrintedTable:
    rows: dict[tuple[str, str], list[str | None]] = {}
    wanted = []
    for line in _main(tables["precision"].assign(split=Split.TEST.value)):
        key = _model(line), _metric(line["metric"])
        start: list[str | None] = [*key, str(int(line["n"])), half_up(line["expected_width"], 3)]
        found = line["n_for_it"]
        rows.setdefault(key, start).append(None if pd.isna(found) else f"{int(found):,}")
        wanted.append(half_up(line["wanted_width"], 2))
    header = ["Model", "Metric", "n", "Expected width of its interval",
              *(f"n for {width}" for width in dict.fromkeys(wanted))]  # fmt: skip
    return plain_table("How wide intervals are, and how many lesions a wanted width needs", header,
                       list(rows.values()), texts=2)  # fmt: skip


def _calibration(tables: Mapping[str, pd.DataFrame]) -> PrintedTable:
    rows = [
        [_model(line), str(line["metric"]), _interval(line | {"metric": ""}),
         line["note"] if isinstance(line["note"], str) else None]
        for line in _main(tables["calibration_summary"])
    ]  # fmt: skip
    header = ["Model", "Metric", "Estimate (interval)", "Note"]
    return plain_table("Calibration, and what of it is the mixture of classes", header, rows,
                       texts=2)  # fmt: skip
