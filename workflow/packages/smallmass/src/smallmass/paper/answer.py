"""What the study comes to, in three sentences made from its numbers, and the claims that matter."""

import pandas as pd

from diagnostic_accuracy.rounding import half_up, p_value, percent
from smallmass.evaluation.cases import main_set
from smallmass.evaluation.null_share import permuted_share
from smallmass.paper.estimates import test_set
from smallmass.status import NOT_ESTIMABLE
from smallmass.words import ALL_SEEDS, COMBINED, Metric, Model, Split

WITH = {Model.REGRESSION: "with a regression", Model.TREE: "with a decision tree"}
KEY_CLAIMS = (
    "R01", "T2_01", "T2_02", "T2_04", "T2_05", "T2_07", "T2_08", "X06",
)  # fmt: skip
"""The ids of the printed numbers that the first screen has; the scorecard has all."""


def answer(
    performance: pd.DataFrame,
    comparisons: pd.DataFrame,
    gate_null: pd.DataFrame,
    spread: list[dict],
    fitted: str,
    confidence: float,
) -> list[str]:
    """Return three sentences: what the image model reaches, what factors add, how sure one can be.

    Args:
        performance: ``evaluation/performance.csv``.
        comparisons: ``evaluation/comparisons.csv``.
        gate_null: ``evaluation/gate_null.csv``.
        spread: Of `specification_curve.summary`.
        fitted: How often the image model was trained, as "1 training".
        confidence: Of the intervals.
    """
    rows = main_set(performance)
    rows = rows[(rows["split"] == Split.TEST) & (rows["seed"].astype(str) == ALL_SEEDS)]
    known = {
        (row["model"], row["metric"]): row
        for row in rows.to_dict("records")
        if pd.notna(row["estimate"])
    }
    pairs = main_set(comparisons)
    pairs = pairs[pairs["split"] == Split.TEST]
    return [
        _image(known, test_set(main_set(performance)), confidence),
        _factors(pairs, gate_null),
        _sureness(known, spread, fitted),
    ]


def _image(known: dict, where: str, confidence: float) -> str:
    """Return what the image model reaches in the test set."""
    auroc = known.get((Model.IMAGE, Metric.AUROC))
    if auroc is None:
        return f"What the image model reaches is {NOT_ESTIMABLE} here."
    text = f"In the {where[0].lower()}{where[1:]} the image model reaches an AUROC of "
    text += half_up(auroc["estimate"], 2) + _interval(auroc, confidence)
    parts = []
    for metric, does in ((Metric.SENSITIVITY, "finds"), (Metric.SPECIFICITY, "clears")):
        row = known.get((Model.IMAGE, metric))
        whose = "malignant" if metric == Metric.SENSITIVITY else "benign"
        if row is not None:
            parts.append(f"{does} {_count(row)} {whose} lesions ({percent(row['estimate'])}%)")
    return text + (f"; at its cut-off it {' and '.join(parts)}." if parts else ".")


def _factors(pairs: pd.DataFrame, gate_null: pd.DataFrame) -> str:
    """Return what the clinical factors add, or do not, beside the control that knows nothing."""
    sentences = []
    for model in COMBINED:
        part = pairs[pairs["model_b"] == model].set_index("metric")
        if part.empty or (part["p_value"].isna().all() and part["difference"].isna().all()):
            continue
        gains = [_change(part, Metric.SENSITIVITY), _change(part, Metric.SPECIFICITY)]
        text = f"{WITH[model]}: {', '.join(filter(None, gains))}"
        share = permuted_share(gate_null, model, net=True)
        if pd.notna(share):
            text += f" (clinical scores at random do as well in {percent(share)}% of draws)"
        sentences.append(text)
    if not sentences:
        notes = [note for note in pairs.get("note", pd.Series(dtype=str)).dropna() if note]
        return f"What clinical factors add is {notes[0] if notes else NOT_ESTIMABLE}."
    begin = "Reading image-negative lesions again with clinical factors gives, "
    return begin + "; ".join(sentences) + "."


def _change(part: pd.DataFrame, metric: str) -> str:
    """Return "sensitivity +6.7 points (P = 0.5)" of one comparison; nothing if it is not there."""
    if metric not in part.index or pd.isna(part.loc[metric, "difference"]):
        return ""
    row = part.loc[metric]
    p = "" if pd.isna(row["p_value"]) else f" (P {_equals(p_value(row['p_value']))})"
    return f"{metric} {_points(100 * row['difference'])} points{p}"


def _points(value: float) -> str:
    """Return "+6.7", "−3.3" or "±0.0"."""
    points = float(half_up(value, 1))
    return f"{'+' if points > 0 else '−' if points < 0 else '±'}{abs(points):.1f}"


def _equals(p: str) -> str:
    return p if p[0] in "<>" else f"= {p}"


def _sureness(known: dict, spread: list[dict], fitted: str) -> str:
    """Return how sure one can be: the intervals' width, trainings, and what other choices give."""
    row = known.get((Model.IMAGE, Metric.SENSITIVITY))
    parts = []
    if row is not None and pd.notna(row["ci_low"]):
        parts.append(
            f"with {half_up(row['denominator'], 0)} malignant lesions and {fitted} the "
            f"sensitivity may lie anywhere from {percent(row['ci_low'])}% to "
            f"{percent(row['ci_high'])}%"
        )
    if spread:
        low = min(item["gain"][0] for item in spread)
        high = max(item["gain"][2] for item in spread)
        number = max(item["n"] for item in spread)
        parts.append(
            f"under {number:,} other answers to what the paper leaves open the gain in "
            f"sensitivity runs from {_points(low)} to {_points(high)} points"
        )
    if not parts:
        return f"How sure one can be is {NOT_ESTIMABLE} here."
    return "How sure one can be: " + "; ".join(parts) + "."


def _interval(row: dict, confidence: float) -> str:
    """Return " (95% interval 0.73 to 0.88)" of a row, or nothing without an interval."""
    if pd.isna(row["ci_low"]) or pd.isna(row["ci_high"]):
        return ""
    ends = " to ".join(half_up(row[end], 2) for end in ("ci_low", "ci_high"))
    return f" ({half_up(100 * confidence, 0)}% interval {ends})"


def _count(row: dict) -> str:
    """Return "15 of 20"."""
    return " of ".join(half_up(row[end], 0) for end in ("numerator", "denominator"))
