"""The learning curve: what models of each number of images read of the study's test cases."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from diagnostic_accuracy.clustered_roc import areas
from diagnostic_accuracy.results import Result
from diagnostic_accuracy.roc import auroc, fewest
from diagnostic_accuracy.roc_intervals import logit_or_score
from smallmass.evaluation.by_patient import READ, arrays, cells, counts, measured
from smallmass.retrained.learning import ALL
from smallmass.retrained.out_of_fold import lesions_of
from smallmass.rivals.rival import Part
from smallmass.words import Fit, Split

NAME, PRINTED = "learning", "Learning curve"
CASES = ["size", "draw", "images", "case_id", "cohort", "patient_id", "label", *READ]
MEAN = "mean"
NUMBERS = [
    "size",
    "draw",
    "images",
    "metric",
    "estimate",
    "ci_low",
    "ci_high",
    "lowest",
    "highest",
    "lesions",
    "malignant",
    "patients",
    "note",
]


def curve_cases(
    scores: pd.DataFrame,
    images: Mapping[str, int],
    study_scores: pd.DataFrame,
    *,
    draws: int,
    cohort: pd.DataFrame,
    split: pd.DataFrame,
) -> pd.DataFrame:
    """Return ``cases.csv`` of the part: a row a size, draw and test case.

    Args:
        scores: Of `trainings.mean_scores`; a training is named ``{size}_draw{number}``.
        images: By training how many images it learnt from.
        study_scores: ``image_model/scores.csv``: the study's own seeds are draws of all images.
        draws: How many draws there are.
        cohort: ``cohort.csv``.
        split: case_id, split: the study's.
    """
    place = scores["training"].str.extract(r"(?P<size>\w+)_draw(?P<draw>\d+)")
    drawn = scores.assign(size=place["size"], draw=place["draw"].astype(float).astype(int))
    drawn["images"] = drawn["training"].map(images)
    number = int((split["split"] == Split.TRAINING).sum())
    own = study_scores.assign(
        size=ALL,
        draw=pd.to_numeric(study_scores["seed"]),  # text in the file, as names are
        images=number,
    )
    own = own[(own["fit"] == Fit.HELD_OUT) & (own["draw"] < draws)]
    columns = ["size", "draw", "images", "case_id", *READ]
    numbers = {name: float for name in READ}
    tables = [
        table[columns].astype(numbers | {"draw": int, "images": int})
        for table in (drawn, own)
        if len(table)
    ]
    table = pd.concat(tables, ignore_index=True).merge(
        cohort[["case_id", "cohort", "patient_id", "label"]], on="case_id", validate="m:1"
    )
    tested = set(split.loc[split["split"] == Split.TEST, "case_id"])
    table = table[table["case_id"].isin(tested)]
    return table.sort_values(["images", "draw", "case_id"], ignore_index=True)[CASES]


def curve_numbers(cases: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Return ``numbers.csv`` of the part: a row a size, draw and metric, and one of all draws.

    The mean over the draws has an interval that knows of the test patients, who are the same for
    all draws; ``lowest`` and ``highest`` are the draws' own.

    Args:
        cases: Of `curve_cases`.
        confidence: Of the intervals, in (0, 1).
    """
    rows: list[dict[str, Any]] = []
    for size, of_size in cases.groupby("size", sort=False):
        draws = [
            lesions_of(part.reset_index(drop=True))
            for _, part in of_size.groupby("draw", sort=True)
        ]
        single: dict[str, list[float]] = {}
        for lesions in draws:
            head = _head(lesions, str(size), str(lesions["draw"].iloc[0]))
            for result in measured(lesions, confidence):
                rows.append(head | cells(result))
                single.setdefault(result.name, []).append(result.estimate)
        head = _head(of_size, str(size), MEAN)
        for result in _means(draws, confidence):
            ends = {"lowest": np.min(single[result.name]), "highest": np.max(single[result.name])}
            rows.append(head | cells(result) | ends)
    table = pd.DataFrame(rows, columns=NUMBERS)
    rounded = dict.fromkeys(("estimate", "ci_low", "ci_high", "lowest", "highest"), 6)
    return table.round(rounded)


def learning_part(left_out: Sequence[str]) -> Part:
    """Return the part: it has no rival, as its models of all images are the study's own.

    Args:
        left_out: What is left out, and why.
    """
    return Part(NAME, PRINTED, left_out=tuple(left_out))


def _means(draws: Sequence[pd.DataFrame], confidence: float) -> list[Result]:
    """Return the mean over draws of each of `METRICS`, with an interval of the test patients."""
    first = draws[0]
    means = sum(lesions[list(READ)] for lesions in draws) / len(draws)
    area, dice, found = measured(first.assign(**{name: means[name] for name in READ}), confidence)
    score, malignant, patient = (np.stack(each) for each in zip(*map(arrays, draws), strict=True))
    malignant, patient = malignant[0], patient[0]
    if malignant.all() or not malignant.any():
        return [area, dice, found]
    if fewest(malignant, patient) < 2:
        estimate = float(np.mean([auroc(each, malignant) for each in score]))
        return [replace(area, estimate=estimate), dice, found]
    spread = areas(score, malignant, patient, np.full(len(draws), 1 / len(draws)))
    low, high = logit_or_score(
        spread.estimate, spread.error, spread.patients, confidence, spread.degrees
    )
    return [replace(area, estimate=spread.estimate, low=low, high=high), dice, found]


def _head(lesions: pd.DataFrame, size: str, draw: str) -> dict[str, Any]:
    """Return what a row is about; of several draws the mean number of images."""
    once = lesions_of(lesions.drop_duplicates("case_id"))
    return {
        "size": size,
        "draw": draw,
        "images": round(lesions.groupby("draw")["images"].first().mean()),
        **counts(once),
    }
