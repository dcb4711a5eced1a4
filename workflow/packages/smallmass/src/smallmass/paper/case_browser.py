"""Every validation and test case as the page shows it: picture, truth, scores, calls, outcome."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from diagnostic_accuracy.rounding import DASH, half_up
from smallmass.combined.data import CLINICAL_FIT
from smallmass.evaluation.cases import threshold_of
from smallmass.paper.case_pictures import SHOWN
from smallmass.paper.table1 import in_order
from smallmass.words import COMBINED, Label, Model, Split, Word, cohort_name

INSIDE = 1000
"""So many pictures are in the page; of more, all lie beside it, in the folder `BESIDE`."""
BESIDE = "cases"


class Outcome(Word):
    """What the readings made of a case."""

    FOUND = "true_positive", "true positive"
    RESCUED = "rescued", "rescued by the second reading"
    MISSED = "missed", "missed"
    CLEARED = "true_negative", "true negative"
    LOST = "lost", "lost by the second reading"
    FALSE_ALARM = "false_alarm", "false alarm"
    UNREAD = "unread", "no call"


MEANINGS = {
    Outcome.FOUND: "malignant, and the image model calls it so",
    Outcome.RESCUED: "malignant, called benign by the image model and malignant by a combined one",
    Outcome.MISSED: "malignant, and every model that calls, calls it benign",
    Outcome.CLEARED: "benign, and every model that calls, calls it so",
    Outcome.LOST: "benign, called so by the image model and malignant by a combined one",
    Outcome.FALSE_ALARM: "benign, and the image model calls it malignant",
    Outcome.UNREAD: "the image model has no call",
}
WRONG = frozenset({Outcome.MISSED, Outcome.LOST, Outcome.FALSE_ALARM})
FAILURES = 12
"""So many of these are shown in the section of failures; the browser has all."""
# The clinical factors and what else is known of a case: column, heading, filter or not.
KNOWN = (
    ("diameter_cm", "Size (cm)", False),
    ("device", "Scanner", True),
    ("age_years", "Age", False),
    ("family_history", "Family history", True),
    ("brca_mutation", "BRCA mutation", True),
    ("breast_density", "Density", True),
    ("birads", "BI-RADS", True),
    ("histology", "Histology", True),
)


@dataclass(frozen=True)
class Case:
    """A case of the browser, every value a text already.

    Attributes:
        case_id: Its name.
        data: What it is filtered and sorted by; numbers in full, unknown ones empty.
        cells: Its row of the table, by heading.
        words: What its card says.
        picture: Data URI or file, width, height and outlines; None without a picture.
    """

    case_id: str
    data: dict[str, str]
    cells: dict[str, str]
    words: str
    picture: dict[str, Any] | None


@dataclass(frozen=True)
class Browser:
    """The cases, and by what they can be chosen.

    Attributes:
        cases: Validation and test cases.
        filters: (name of the data, heading, values as (value, printed)).
        sorts: (name of the data, heading).
        why: Why there is no picture; empty if there are.
    """

    cases: list[Case]
    filters: list[tuple[str, str, list[tuple[str, str]]]]
    sorts: list[tuple[str, str]]
    why: str


def browser(
    *,
    predictions: pd.DataFrame,
    cohort: pd.DataFrame,
    scores: pd.DataFrame,
    points: list[dict],
    pictures: Mapping[str, Any],
    folder: Path,
) -> Browser:
    """Return the browser's cases, test cases first.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``.
        scores: ``image_model/scores.csv``.
        points: ``operating_points.json``.
        pictures: Of `case_pictures.read_pictures`.
        folder: Where the pictures are.
    """
    shown = predictions[predictions["split"].isin(SHOWN)].drop_duplicates("case_id")
    shown = shown.sort_values("split", kind="stable")
    known = cohort.set_index("case_id")
    place = scores[scores["case_id"].isin(shown["case_id"])].groupby("case_id")[["found", "dice"]]
    segmented = place.mean()
    inside = len(pictures["cases"]) <= INSIDE
    cases = [
        _case(
            row,
            known.loc[row["case_id"]],
            segmented,
            points,
            _picture(pictures["cases"].get(str(row["case_id"])), folder, inside),
        )
        for row in shown.to_dict("records")
    ]
    return Browser(cases, _filters(cases, known), _sorts(cases), pictures["why"])


def failures(browser: Browser, points: list[dict]) -> list[Case]:
    """Return the test cases that end wrong, the image model's surest first.

    Args:
        browser: Of `browser`.
        points: ``operating_points.json``.
    """
    cutoff, _ = threshold_of(points, Model.IMAGE)
    wrong = [
        case
        for case in browser.cases
        if case.data["split"] == Split.TEST and case.data["outcome"] in WRONG
    ]
    return sorted(wrong, key=lambda case: -abs(float(case.data["image_score"]) - cutoff))


def outcome(row: Mapping[str, Any]) -> Outcome:
    """Return what the readings made of a case.

    Args:
        row: Of ``predictions.csv``.
    """
    if pd.isna(row["image_call"]):
        return Outcome.UNREAD
    malignant = row["label"] == Label.MALIGNANT
    if row["image_call"] == 1:
        return Outcome.FOUND if malignant else Outcome.FALSE_ALARM
    if any(row[f"{model}_call"] == 1 for model in COMBINED):
        return Outcome.RESCUED if malignant else Outcome.LOST
    return Outcome.MISSED if malignant else Outcome.CLEARED


def second_reading(row: Mapping[str, Any]) -> str:
    """Return which combined models changed the image model's call."""
    changed = [
        model.short
        for model in COMBINED
        if pd.notna(row[f"{model}_call"]) and row[f"{model}_call"] != row["image_call"]
    ]
    if all(pd.isna(row[f"{model}_call"]) for model in COMBINED):
        return DASH
    return ", ".join(changed) or "nothing changed"


def _case(row: dict, known: pd.Series, segmented: pd.DataFrame, points, picture) -> Case:
    end = outcome(row)
    found = segmented["found"].get(row["case_id"])
    dice = segmented["dice"].get(row["case_id"])
    data = {
        "outcome": str(end),
        "split": str(row["split"]),
        "cohort": str(row["cohort"]),
        "label": str(row["label"]),
        "found": "" if pd.isna(found) else "yes" if found > 0 else "no",
        "dice": _number(dice),
        **{f"{model}_score": _number(row[f"{model}_score"]) for model in Model},
        **{name: _plain(known.get(name)) for name, _, _ in KNOWN},
    }
    cells = {
        "Set": f"{row['split']}, {cohort_name(row['cohort'])}",
        "Truth": str(row["label"]),
        "Outcome": end.printed,
        **{title: _plain(known.get(name)) or DASH for name, title, _ in KNOWN},
        **{_title(model): _against(row, model, points) for model in Model},
        "Second reading": second_reading(row),
        "Lesion found": data["found"] or DASH,
        "Dice": half_up(dice, 2) if pd.notna(dice) else DASH,
    }
    size = f", {data['diameter_cm']} cm" if data["diameter_cm"] else ""
    return Case(str(row["case_id"]), data, cells, f"{row['label']}{size}", picture)


def _title(model: Model) -> str:
    return "US score" if model == Model.IMAGE else f"{model.short} score"


def _against(row: dict, model: Model, points: list[dict]) -> str:
    """Return "0.812 ≥ 0.430: malignant", or the score alone of a model that does not call."""
    score = row[f"{model}_score"]
    if pd.isna(score):
        return DASH
    text = half_up(score, 3)
    if model == Model.CLINICAL or pd.isna(row[f"{model}_call"]):
        return text
    call = "malignant" if row[f"{model}_call"] == 1 else "benign"
    cutoff, _ = threshold_of(points, model)
    crossed = model in COMBINED and row.get(CLINICAL_FIT) == "out_of_fold"
    if pd.isna(cutoff) or crossed:
        return f"{text}: {call}"
    # Behind a gate the image model's call stays, whatever a combined model's score.
    stays = ", as the image model has it" if call == "malignant" and score < cutoff else ""
    return f"{text} {'≥' if score >= cutoff else '<'} {half_up(cutoff, 3)}: {call}{stays}"


def _picture(item: dict | None, folder: Path, inside: bool) -> dict[str, Any] | None:
    """Return a case's picture with its source: the file's bytes, or its place beside the page."""
    if item is None:
        return None
    source = f"{BESIDE}/{item['file']}"
    if inside:
        data = base64.b64encode((folder / item["file"]).read_bytes()).decode("ascii")
        source = f"data:image/jpeg;base64,{data}"
    return {**item, "source": source}


def _filters(cases: list[Case], known: pd.DataFrame) -> list:
    """Return the filters of which the cases have more than one value."""
    printed = {str(word): word.printed for kind in (Outcome, Split) for word in kind}
    names = [("outcome", "Outcome"), ("label", "Truth"), ("found", "Lesion found"),
             ("split", "Split"), ("cohort", "Cohort"),
             *((name, title) for name, title, chosen in KNOWN if chosen)]  # fmt: skip
    filters = []
    for name, title in names:
        values = {case.data[name] for case in cases}
        if len(values) < 2:
            continue
        order = list(Outcome) if name == "outcome" else in_order(name, values - {""})
        choices = [(value, printed.get(value, cohort_name(value))) for value in order
                   if value in values]  # fmt: skip
        if "" in values:
            choices.append(("", "unknown"))
        filters.append((name, title, choices))
    return filters


def _sorts(cases: list[Case]) -> list[tuple[str, str]]:
    """Return the numbers that cases can be sorted by, as far as one is known."""
    names = [*((f"{model}_score", _title(model)) for model in Model), ("diameter_cm", "Size (cm)"),
             ("age_years", "Age"), ("dice", "Dice")]  # fmt: skip
    return [(name, title) for name, title in names if any(case.data[name] for case in cases)]


def _plain(value: Any) -> str:
    """Return a value of a table as text; an unknown one is empty."""
    if value is None or pd.isna(value) or value == "unknown":
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(value: Any) -> str:
    return "" if value is None or pd.isna(value) else repr(float(value))
