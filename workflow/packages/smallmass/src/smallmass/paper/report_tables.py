"""The tables of the report beyond the paper's own."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from diagnostic_accuracy.printing import PrintedTable
from diagnostic_accuracy.rounding import DASH, half_up, joined, p_value, percent
from smallmass.evaluation.null_share import GAIN, LOSS, reached
from smallmass.evaluation.simulated_studies import COMPARISONS
from smallmass.paper.answer import KEY_CLAIMS
from smallmass.paper.estimates import (
    ESTIMATE_KEY,
    PAPER_METRICS,
    PERCENTAGES,
    SPLITS_ON_PAGES,
    blocks,
    printed,
)
from smallmass.paper.plain_table import lettered, numbered, plain_table
from smallmass.status import NOT_ESTIMABLE
from smallmass.words import ALL_SEEDS, Fit, Metric, Model, Subset, cohort_name

SECONDS_A_MINUTE = 60
# What an interval is an interval of, by how the cut-off was treated in the resamples.
OF_CUTOFF, OF_PROCEDURE = "of this cut-off, as given", "of the procedure, cut-off chosen anew"
# What the printed P values are of, by the names of the printed numbers.
_PRINTED_P = {
    **{comparison.p: f"{Model(comparison.model).short}, {comparison.metric}"
       for comparison in COMPARISONS},
    "P01-P04": "All four",
    "X06": "Conclusion",
}  # fmt: skip
NULLS = {"observed": "observed", "permuted": "clinical score permuted",
         "coin": "coin of the same rate"}  # fmt: skip


def performance_tables(performance: pd.DataFrame, bootstrap: pd.DataFrame) -> list[PrintedTable]:
    """Return a table a data set: every metric, its analytic and its bootstrapped intervals."""
    shown = performance
    shown = shown[(shown["seed"] == ALL_SEEDS) & shown["metric"].isin(list(Metric))]
    resampled = _bootstrap_cells(bootstrap)
    columns = list(dict.fromkeys(name for cells in resampled.values() for name in cells))
    header = [
        "Metric",
        f"Estimate (analytic interval {OF_CUTOFF})",
        "Count",
        "Method",
        *columns,
        "Note",
    ]
    parts = []
    for title, block in blocks(shown):
        rows, models, notes = [], [], []
        for model in Model:
            why = _why_none(block[block["model"] == model])
            if why:
                rows.append(["every metric", why, *[None] * (len(header) - 3)])
                notes.append("")
                models.append(Model(model).short)
                continue
            for metric in Metric:
                part = block[(block["model"] == model) & (block["metric"] == metric)]
                for line in part.to_dict("records"):
                    cells = resampled.get(tuple(line[name] for name in ESTIMATE_KEY), {})
                    known = not _empty(line["estimate"]) and not _empty(line["note"])
                    notes.append(line["note"] if known else "")
                    rows.append([*_performance_row(line), *map(cells.get, columns)])
                    models.append(Model(model).short)
        marked, footnotes = lettered(notes)
        rows = [[*row, note] for row, note in zip(rows, marked, strict=True)]
        parts.append(
            plain_table(f"{title}: {_fits(block)}", header, rows, groups=models, notes=footnotes)
        )
    return parts


def _why_none(rows: pd.DataFrame) -> str:
    """Return why a model has no metric in a data set, or an empty text if it has one."""
    reasons = {printed(line) for line in rows.to_dict("records")}
    return reasons.pop() if rows["estimate"].isna().all() and len(reasons) == 1 else ""


def _fits(block: pd.DataFrame) -> str:
    """Return how the scores of a data set came about, by model where models differ."""
    of_models = block.drop_duplicates("model")[["model", "fit"]].to_dict("records")
    fits = {Model(row["model"]): Fit(row["fit"]) for row in of_models}
    if len(set(fits.values())) == 1:
        return next(iter(fits.values())).printed
    return "; ".join(f"{model.short} {fit.printed}" for model, fit in fits.items())


def _bootstrap_cells(bootstrap: pd.DataFrame) -> dict[tuple, dict[str, str]]:
    """Return the bootstrapped intervals of every key, printed, by the name of their column.

    A threshold that was selected again in each resample has columns of its own.
    """
    pairs = interval_columns(bootstrap)
    cells: dict[tuple, dict[str, str]] = {}
    for line in bootstrap.to_dict("records"):
        what = OF_PROCEDURE if line.get("threshold") == "reselected" else OF_CUTOFF
        show = percent if line["metric"] in PERCENTAGES else (lambda x: half_up(x, 2))
        for name, (low, high) in pairs.items():
            if not _empty(line[low]) and not _empty(line[high]):
                key = tuple(line[column] for column in ESTIMATE_KEY)
                text = joined(show(line[low]), show(line[high]))
                cells.setdefault(key, {})[f"Bootstrap: {name}, {what}"] = text
    return cells


def interval_columns(table: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Return the pairs of columns that hold intervals: {"BCa": ("bca_low", "bca_high")}."""
    pairs = {}
    for low in table.columns:
        if not re.search(r"(^|_)low$", low):
            continue
        high = re.sub(r"low$", "high", low)
        if high in table.columns:
            name = re.sub(r"(_ci)?_?low$", "", low).replace("_", " ")
            pairs["BCa" if name == "bca" else name.capitalize() or "Interval"] = (low, high)
    return pairs


def intervals_table(intervals: pd.DataFrame) -> PrintedTable | None:
    """Return Table 2's proportions with their interval by every method; None without any.

    Args:
        intervals: ``evaluation/intervals.csv``.
    """
    shown = intervals
    methods = list(dict.fromkeys(shown["method"]))
    rows, groups = [], []
    for title, block in blocks(shown[shown["metric"].isin(PAPER_METRICS)]):
        for (model, metric), part in block.groupby(["model", "metric"], sort=False):
            lines = {line["method"]: line for line in part.to_dict("records")}
            estimate = next(iter(lines.values()))["estimate"]
            rows.append([Metric(metric).printed,
                         None if _empty(estimate) else percent(estimate),
                         *(_interval(lines[method]) for method in methods)])  # fmt: skip
            groups.append(f"{title}: {Model(model).short}")
    if not rows:
        return None
    header = ["Metric", "Estimate", *methods]
    return plain_table("The same proportions at these cut-offs, as given, by every method", header,
                       rows, groups=groups)  # fmt: skip


def _interval(line: dict) -> str | None:
    """Return the ends of a proportion's interval in percent, or None without."""
    if _empty(line["ci_low"]) or _empty(line["ci_high"]):
        return None
    return joined(percent(line["ci_low"]), percent(line["ci_high"]))


def comparisons_table(comparisons: pd.DataFrame) -> PrintedTable:
    """Return the paired tests, with their discordant pairs and the difference's interval."""
    methods = comparisons["ci_method"].dropna().unique()
    rows, notes = [], []
    several = {name: comparisons[name].nunique() > 1 for name in ("cohort", "subset")}
    order = [str(split) for split in SPLITS_ON_PAGES]
    ordered = comparisons.sort_values(
        "split", key=lambda splits: splits.map(order.index), kind="stable"
    )
    for line in ordered.to_dict("records"):
        where = line["split"] + (" (out-of-fold)" if line.get("fit") == Fit.OUT_OF_FOLD else "")
        if several["cohort"]:
            where += f", {cohort_name(line['cohort'])}"
        if several["subset"]:
            where += f", {Subset(line['subset']).printed}"
        rows.append(
            (
                where,
                Model(line["model_b"]).short,
                line["metric"],
                _whole(line["gained"]),
                _whole(line["lost"]),
                (line["note"] or NOT_ESTIMABLE)
                if _empty(line["p_value"])
                else p_value(line["p_value"]),
                None if _empty(line["p_holm"]) else p_value(line["p_holm"]),
                None if _empty(line["p_value"]) else line["test"],
                _points(line),
            )
        )
        notes.append("" if _empty(line["p_value"]) or _empty(line["note"]) else line["note"])
    marked, footnotes = lettered(notes)
    cells = [(*row, note) for row, note in zip(rows, marked, strict=True)]
    header = ["Data set", "Model", "Metric", "Gained", "Lost", "P", "P, Holm", "Test",
              "Difference (points)", "Note"]  # fmt: skip
    caption = (
        "Paired comparisons: cases correct in the combined model alone (gained) and in the image "
        "model alone (lost), and the difference of the proportions, combined less image"
    )
    used = ", ".join(method for method in methods if method)
    return plain_table(caption + (f", with its interval ({used})" if used else ""), header, cells,
                       texts=3, notes=footnotes)  # fmt: skip


def _points(line: dict) -> str | None:
    """Return a difference of proportions in percentage points, with its interval."""
    if _empty(line["difference"]):
        return None
    middle, low, high = (half_up(100 * line[k], 1) for k in ("difference", "ci_low", "ci_high"))
    return f"{middle} ({low} to {high})"


def null_table(draws: pd.DataFrame, names: Mapping[str, str] | None = None) -> PrintedTable | None:
    """Return the observed gain and loss of each combined model beside the two nulls'.

    A null has the median and the middle 95% of its draws, and the shares of draws that do at
    least as well as what was observed: see `null_share.reached`.

    Args:
        draws: ``evaluation/gate_null.csv``: null (observed, permuted, coin), draw, model,
            gain_sensitivity, loss_specificity, as proportions.
        names: What the models are called.
    """
    known = draws.dropna(subset=[GAIN, LOSS])
    rows = []
    for model in Model:
        part = known[known["model"] == model]
        observed = part[part["null"] == "observed"]
        for null, name in NULLS.items():
            lines = part[part["null"] == null]
            if lines.empty:
                continue
            shares: list[str | None] = [None, None]
            if null != "observed" and len(observed):
                own = observed.iloc[0]
                shares = [percent(reached(lines, own, net=net)) for net in (False, True)]
            rows.append([(names or {}).get(model, model.short), name, _spread(lines[GAIN]),
                         _spread(lines[LOSS]), _spread(lines[GAIN] - lines[LOSS]), *shares,
                         len(lines)])  # fmt: skip
    if not rows:
        return None
    header = ["Model", "Second reading", "Gain in sensitivity (points)",
              "Loss of specificity (points)", "Gain less loss (points)",
              "Draws that gain as much (%)", "… as much less loss (%)", "Draws"]  # fmt: skip
    return plain_table(
        "Second reading, observed and under two nulls: median (middle 95% of draws)",
        header, rows, texts=2,
    )  # fmt: skip


def choices_table(rows: Sequence[dict[str, Any]]) -> PrintedTable | None:
    """Return how the combinations of choices are spread, a row a model; None without any.

    Args:
        rows: Of `specification_curve.summary`.
    """
    if not rows:
        return None
    cells = []
    for row in rows:
        spreads = [
            f"{half_up(middle, 1)} ({half_up(low, 1)} to {half_up(high, 1)})"
            for low, middle, high in (row["gain"], row["loss"])
        ]
        shares = [_both(row, name) for name in ("significant", "net", "as_published")]
        cells.append([Model(row["model"]).short, f"{row['n']:,}", *spreads, *shares])
    header = ["Model", "Combinations", "Gain in sensitivity (points)",
              "Loss of specificity (points)", "More sensitive, P < 0.05 (%)",
              "Gain above loss (%)", "Gain and loss at least as good as published (%)"]  # fmt: skip
    return plain_table(
        "The analysis under every combination of choices: median (range)",
        header,
        cells,
        notes=["Shares in brackets: without cut-offs chosen on the test set (A12), which flatter."],
    )


def _both(row: dict[str, Any], name: str) -> str:
    """Return a share of all combinations, and in brackets of those that use no test case."""
    without = row["without_test"][name]
    return percent(row[name]) + ("" if pd.isna(without) else f" [{percent(without)}]")


def simulated_studies_table(studies: pd.DataFrame, variant: str) -> PrintedTable:
    """Return how often the paper's P values come out as printed, a column a structure.

    Args:
        studies: ``evaluation/simulated_studies.csv``.
        variant: The variant of McNemar's test to show (A25).
    """
    shown = studies[studies["A25"] == variant]
    structures = list(dict.fromkeys(shown["structure"]))
    rows = []
    for (key, outcome), part in shown.groupby(["id", "outcome"], sort=False):
        share = part.set_index("structure")["share"]
        printed = part["printed"].iloc[0]
        printed = None if _empty(printed) else str(printed)
        name = _PRINTED_P.get(key, key)
        rows.append([f"{name}: {outcome}", printed, *(percent(share[s]) for s in structures)])
    header = ["Outcome", "Printed", *(f"{name} (%)" for name in structures)]
    number = int(shown["studies"].iloc[0]) if len(shown) else 0
    return plain_table(
        f"How often {number:,} studies with the printed margins end as printed (McNemar, "
        f"{variant}), by how many pairs are discordant", header, rows,
    )  # fmt: skip


def scorecard_table(scorecard: pd.DataFrame) -> PrintedTable:
    """Return the paper's claims beside this run's results."""
    rules, lines = numbered([str(rule) for rule in scorecard["rule"]])
    claims = map(_claim, scorecard.to_dict("records"))
    rows = [(*claim, rule) for claim, rule in zip(claims, rules, strict=True)]
    header = ["Claim", "Published", "This run (interval)", "Verdict", "Rule"]
    notes = [f"Rule {line}" for line in lines]
    return plain_table("The paper’s claims beside this run", header, rows, notes=notes)


def key_claims_table(scorecard: pd.DataFrame) -> PrintedTable:
    """Return the claims that the page's first screen has, with their verdicts."""
    shown = scorecard[scorecard["id"].isin(KEY_CLAIMS)]
    rows = [
        (claim[:1].upper() + claim[1:], *others)
        for claim, *others in map(_claim, shown.to_dict("records"))
    ]
    header = ["Claim", "Published", "This run (interval)", "Verdict"]
    return plain_table("Scorecard: the paper’s main claims beside this run", header, rows)


def _claim(line: dict) -> tuple[str, str, str, str]:
    """Return a claim, what was published, what this run gives with its interval, the verdict."""
    claim = line["claim"]
    reproduced = _of_claim(claim, line["reproduced"])
    if not _empty(line["ci_low"]) and not _empty(line["ci_high"]):
        ends = (_of_claim(claim, line[end]) for end in ("ci_low", "ci_high"))
        reproduced += f" ({joined(*ends)})"
    return claim, _of_claim(claim, line["published"]), reproduced, line["verdict"]


def _spread(values: pd.Series) -> str:
    """Return "5.0", or "5.0 (1.7 to 8.3)" of several."""
    if len(values) == 1:
        return percent(values.iloc[0])
    low, middle, high = (percent(value) for value in values.quantile([0.025, 0.5, 0.975]))
    return f"{middle} ({low} to {high})"


def _performance_row(line: dict) -> list[Any]:
    known = not _empty(line["estimate"])
    counts = None
    if known and not _empty(line["numerator"]) and not _empty(line["denominator"]):
        counts = f"{_whole(line['numerator'])}/{_whole(line['denominator'])}"
    return [
        Metric(line["metric"]).printed,
        printed(line),
        counts,
        line["ci_method"] if known else None,
    ]


def _of_claim(claim: str, value: Any) -> str:
    """Return a cell that may hold a number or words, with the decimals that the paper prints."""
    if _empty(value):
        return DASH
    try:
        number = float(value)
    except ValueError:
        return str(value)
    if claim.endswith("(P)"):
        return p_value(number)
    return half_up(number, 2 if "AUROC" in claim else 1)


def _whole(value: Any) -> str | None:
    if _empty(value):
        return None
    return half_up(value, 0) if float(value) == int(value) else half_up(value, 1)


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, float) and pd.isna(value)) or value == ""
