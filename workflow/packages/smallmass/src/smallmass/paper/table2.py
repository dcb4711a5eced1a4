"""Table 2: sensitivity, specificity and accuracy of the three models in each data set."""

import pandas as pd

from diagnostic_accuracy.printing import P_ROW, PLAIN, RULE, Heading, PrintedTable, Row
from diagnostic_accuracy.rounding import (
    DASH,
    half_up,
    joined,
    percent,
)
from smallmass.evaluation.cases import AS_INDEPENDENT, join_notes, split_notes
from smallmass.options import RULES, SAME
from smallmass.paper import page_notes
from smallmass.paper.estimates import (
    ESTIMATE_KEY,
    PAPER_METRICS,
    PERCENTAGES,
    blocks,
    is_count,
    p_cell,
    printed,
)
from smallmass.paper.page_notes import PageNotes
from smallmass.settings import Settings
from smallmass.status import NO_FACTORS, NOT_ESTIMABLE, Status
from smallmass.words import ALL_SEEDS, CALLING, COMBINED, Fit, Metric, Model, Split, cohort_name

TITLE = (
    "Comparison of the results of the predictive models in the test, validation, "
    "and training data sets"
)
CHOSEN_ON = {"validation": "the validation set", "training": "the training set",
             "test": "the test set itself (optimistic)"}  # fmt: skip


def table2(
    *,
    performance: pd.DataFrame,
    comparisons: pd.DataFrame,
    operating_points: list[dict],
    settings: Settings,
    notes: PageNotes,
) -> PrintedTable:
    """Return Table 2 in the paper's layout, with the P values against the image model beneath.

    Args:
        performance: ``evaluation/performance.csv``, its intervals by `with_intervals`.
        comparisons: ``evaluation/comparisons.csv``.
        operating_points: ``operating_points.json``.
        settings: Resolved settings of the study.
        notes: What the page must say.
    """
    shown = _mean_score(performance)
    several = shown["cohort"].nunique() > 1
    rows: list[Row] = []
    for title, block in blocks(shown):
        lines = [
            (_model(block, model), *_cells(block, model, several=several)) for model in CALLING
        ]
        rows += [
            Row((title if i == 0 else "", *line), RULE if i == 0 else PLAIN)
            for i, line in enumerate(lines)
        ]
        rows += _p_rows(comparisons, block)
    header = [Heading("Dataset"), Heading("Models")]
    header += [Heading(metric.printed) for metric in PAPER_METRICS]
    beneath = _notes(shown, comparisons, operating_points, settings)
    beneath += notes.cross_fitting + notes.every
    return PrintedTable("Table 2", TITLE, (tuple(header),), tuple(rows), tuple(beneath), texts=2)


def interval_method(settings: Settings) -> str:
    """Return the method of the proportions' intervals in Table 2 (A24).

    Args:
        settings: ``table2.interval`` and, of which that may be the same,
            ``evaluation.proportion_interval``.
    """
    method = settings.table2.interval
    return settings.evaluation.proportion_interval if method == SAME else method


def with_intervals(performance: pd.DataFrame, intervals: pd.DataFrame, method: str) -> pd.DataFrame:
    """Return ``performance.csv`` with the proportions' intervals of ``intervals.csv`` (A24).

    Args:
        performance: ``evaluation/performance.csv``.
        intervals: ``evaluation/intervals.csv``.
        method: One of its methods. Rows that are not there, of a single seed or no proportion, keep
            what they have.
    """
    chosen = intervals[intervals["method"] == method].astype({"seed": str}).set_index(ESTIMATE_KEY)
    # A method without an end there, such as of one patient, has no name to print.
    chosen["ci_method"] = chosen["ci_method"].where(chosen["ci_low"].notna(), "")
    keys = pd.MultiIndex.from_frame(performance[ESTIMATE_KEY].astype({"seed": str}))
    there = keys.isin(chosen.index)
    chosen = chosen.reindex(keys)
    result = performance.copy()
    for name in ("ci_low", "ci_high", "ci_method"):
        result.loc[there, name] = chosen.loc[there, name].to_numpy()
    result["note"] = [
        _of_patients(note, of_interval) if replaced else note
        for note, of_interval, replaced in zip(result["note"], chosen["note"], there, strict=True)
    ]
    return result


def _of_patients(note: object, of_interval: object) -> str:
    """Return a row's note with what its interval's own note says of patients."""
    parts = split_notes(note)
    independent = AS_INDEPENDENT in split_notes(of_interval)
    if independent == (AS_INDEPENDENT in parts):
        return join_notes(*parts)
    others = [part for part in parts if part != AS_INDEPENDENT]
    return join_notes(*others, AS_INDEPENDENT if independent else "")


def long_form(performance: pd.DataFrame) -> pd.DataFrame:
    """Return every metric of every model and data set, printed, one a row (A27).

    Seeds of their own stand beside the mean score (``seed`` = all), whose row has the spread
    between seeds beside its sampling interval.
    """
    shown = performance[performance["metric"].isin(list(Metric))]
    rows = []
    for title, block in blocks(shown):
        ranked = block.assign(
            rank_model=block["model"].map(list(Model).index),
            rank_metric=block["metric"].map(list(Metric).index),
        ).sort_values(["rank_model", "rank_metric", "seed"], kind="stable")
        spreads = {
            key: _spread(part)
            for key, part in ranked[ranked["seed"] != ALL_SEEDS].groupby(["model", "metric"])
        }
        for line in ranked.to_dict("records"):
            rows.append(
                {
                    "dataset": title,
                    "fit": Fit(line["fit"]).printed,
                    "seed": line["seed"],
                    "model": Model(line["model"]).printed,
                    "metric": Metric(line["metric"]).printed,
                    "printed": printed(line),
                    "spread_between_seeds": (
                        spreads.get((line["model"], line["metric"]), "")
                        if line["seed"] == ALL_SEEDS
                        else ""
                    ),
                    "numerator": _count(line["numerator"]),
                    "denominator": _count(line["denominator"]),
                    "ci_method": _words(line["ci_method"]),
                    "note": _words(line["note"]),
                }
            )
    columns = ["dataset", "fit", "seed", "model", "metric", "printed", "spread_between_seeds",
               "numerator", "denominator", "ci_method", "note"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    frame["cohort"] = (
        page_notes.SIMULATED if page_notes.is_simulated(shown["cohort"]) else "as recorded"
    )
    return frame


def _spread(seeds: pd.DataFrame) -> str:
    """Return one metric's spread over seeds: "SD 1.2 (62.0–65.1), 5 seeds"; range in brackets."""
    values = seeds["estimate"].dropna()
    if len(values) < 2:
        return ""
    as_percent = seeds["metric"].iloc[0] in PERCENTAGES
    sd, low, high = (
        percent(value) if as_percent else half_up(value, 3)
        for value in (values.std(), values.min(), values.max())
    )
    return f"SD {sd} ({joined(low, high)}), {len(values)} seeds"


def _mean_score(performance: pd.DataFrame) -> pd.DataFrame:
    of_mean = performance["seed"] == ALL_SEEDS
    printed_metrics = performance["metric"].isin(PAPER_METRICS)
    return performance[of_mean & performance["model"].isin(CALLING) & printed_metrics]


def _model(block: pd.DataFrame, model: Model) -> str:
    """Return a model's name, and how its scores came about where that is not as the image's did."""
    fit, image = (set(block.loc[block["model"] == name, "fit"]) for name in (model, Model.IMAGE))
    note = f", {Fit.OUT_OF_FOLD.printed}" if Fit.OUT_OF_FOLD in fit - image else ""
    return model.printed + note


def _cells(block: pd.DataFrame, model: Model, *, several: bool) -> list[str]:
    """Return a model's three cells; a reason that all three share is said once.

    With several cohorts, the reason names its own.
    """
    cells: list[str] = []
    for metric in PAPER_METRICS:
        rows = block[(block["model"] == model) & (block["metric"] == metric)].to_dict("records")
        text = printed(rows[0]) if rows else NOT_ESTIMABLE
        if several and text == str(NO_FACTORS):
            place = cohort_name(block["cohort"].iloc[0])
            text = str(Status.not_estimable(f"no clinical factors in {place}"))
        missing = not rows or pd.isna(rows[0]["estimate"])
        cells.append(NOT_ESTIMABLE if missing and text in cells else text)
    return cells


def _p_rows(comparisons: pd.DataFrame, block: pd.DataFrame) -> list[Row]:
    """Return a row of P values a combined model, for the data set of ``block``."""
    key = block.iloc[0]
    part = comparisons
    for name in ("cohort", "subset", "split"):
        part = part[part[name] == key[name]]
    if "fit" in part:
        part = part[part["fit"].isin(set(block["fit"]))]
    elif key["fit"] == Fit.OUT_OF_FOLD:
        return []  # without the column, a comparison is of the scores that were used for calls
    rows = []
    for model in COMBINED:
        pair = part[(part["model_a"] == Model.IMAGE) & (part["model_b"] == model)]
        lines = {line["metric"]: line for line in pair.to_dict("records")}
        cells = [p_cell(lines[metric]) if metric in lines else DASH for metric in PAPER_METRICS]
        if pair["p_value"].notna().any():
            rows.append(Row(("", f"P, {model.short} vs. image", *cells), P_ROW))
    return rows


def _notes(
    shown: pd.DataFrame,
    comparisons: pd.DataFrame,
    operating_points: list[dict],
    settings: Settings,
) -> list[str]:
    level = half_up(100 * settings.evaluation.confidence, 0)
    methods = [m for m in shown["ci_method"].dropna().unique() if m]
    method = f" ({', '.join(methods)}; A24)" if methods else ""
    notes = [f"Data in parentheses are the {level}% confidence interval{method}."]
    tests = comparisons.dropna(subset="p_value")["test"].unique()
    if len(tests):
        notes.append(f"P: {', '.join(tests)} against the image model (A25), Holm-adjusted beside.")
    repeated = {
        name: part.loc[part["note"].map(lambda note: AS_INDEPENDENT in _words(note)), "cohort"]
        for name, part in (
            ("intervals", shown.dropna(subset="estimate")),
            ("tests", comparisons.dropna(subset="p_value")),
        )
    }
    ignoring = [name for name, cohorts in repeated.items() if len(cohorts)]
    if ignoring:
        whose = ""
        if shown["cohort"].nunique() > 1:
            names = pd.concat(repeated.values()).drop_duplicates()
            whose = f" of {', '.join(map(cohort_name, names))}"
        notes.append(
            f"Some patients{whose} have several cases, which the {' and '.join(ignoring)} take as "
            "independent (A37); the bootstrap in the report draws patients."
        )
    notes.append(_cutoffs(operating_points))
    notes.append(_in_sample(operating_points))
    if settings.combined_model.applied_to.gated:
        notes.append(
            "Combined models re-read image-negative lesions alone, so their sensitivity cannot "
            "fall below, nor their specificity rise above, the image model’s."
        )
    return notes


def _in_sample(operating_points: list[dict]) -> str:
    """Return what training and validation cases took part in; no case chose the image's epochs."""
    chose = [
        Model(point["model"]).short
        for point in operating_points
        if point.get("threshold") is not None and point.get("chosen_on") == Split.VALIDATION
    ]
    parts = [f"the cut-offs of {', '.join(chose)}"] if chose else []
    if any(point["model"] in COMBINED and point.get("threshold") is not None
           for point in operating_points):  # fmt: skip
        parts.append("the clinical network and where its training stopped")
    text = "Training and validation rows are in-sample: training cases trained the models"
    text += f"; validation cases chose {' and '.join(parts)}" if parts else ""
    return text + "; the image model’s number of epochs was fixed beforehand, chosen on no case."


def _cutoffs(operating_points: list[dict]) -> str:
    parts = []
    for point in operating_points:
        name = Model(point["model"]).short
        if point.get("threshold") is None:
            parts.append(f"{name}: {point.get('status') or NOT_ESTIMABLE}")
            continue
        rule = RULES.get(point["rule"], point["rule"])
        where = CHOSEN_ON.get(point["chosen_on"], str(point["chosen_on"]))
        parts.append(f"{name} ≥ {half_up(point['threshold'], 3)} ({rule}, on {where})")
    return "Operating points (A12, A22): " + "; ".join(parts) + "."


def _count(value: float) -> str:
    if pd.isna(value):
        return ""
    return str(int(value)) if is_count(value) else half_up(value, 2)


def _words(value: object) -> str:
    return value if isinstance(value, str) else ""
