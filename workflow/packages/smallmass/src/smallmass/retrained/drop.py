"""What is lost on a scanner that a model never saw: out of fold less that, on the same cases."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from diagnostic_accuracy.clustered_roc import Spread, areas
from diagnostic_accuracy.heterogeneity import between_variance, cochran_q, i_squared, pooled
from diagnostic_accuracy.results import Result
from diagnostic_accuracy.roc import fewest
from smallmass.evaluation.by_patient import LOSS, READ, arrays, cells, counts, losses, measured
from smallmass.retrained.numbers import DEVICE, groups
from smallmass.retrained.out_of_fold import lesions_of
from smallmass.rivals.rival import Part, Rival
from smallmass.words import Fit, Split

NAME, PRINTED = "scanners", "Image model, scanner never seen"
READS = (
    "The image model, trained on all cases of the other scanners: it never saw an image of the "
    "case’s own, nor one of its patients. It has no cut-off"
)
OTHER = "_other"  # behind the name of what the model without the scanner read
COLUMNS = [
    "case_id",
    "cohort",
    "patient_id",
    "label",
    "device",
    "diameter_cm",
    "split",
    "training",
    *(f"{name}{OTHER}" for name in READ),
    *READ,
]
NUMBERS = [
    "by",
    "group",
    "read",
    "metric",
    "estimate",
    "ci_low",
    "ci_high",
    "p_value",
    "lesions",
    "malignant",
    "patients",
    "trained_on",
    "ci_method",
    "note",
]
OUT_OF_FOLD, NEVER_SEEN, LOST = "out_of_fold", "never_seen", "lost"
DIFFER = [
    "read",
    "scale",
    "groups",
    "q",
    "degrees",
    "p_value",
    "i_squared",
    "i_squared_low",
    "i_squared_high",
    "between_variance",
    "mean",
    "mean_low",
    "mean_high",
    "note",
]
# On the logit scale an AUROC near 1 does not outweigh the others for its small error.
LOGIT, AS_IT_IS = "logit", "difference"


def read_twice(
    scores: pd.DataFrame, out_of_fold: pd.DataFrame, cohort: pd.DataFrame, split: pd.DataFrame
) -> pd.DataFrame:
    """Return ``cases.csv`` of the part: what both models read of each case, in the cohort's order.

    Args:
        scores: Of `trainings.mean_scores`.
        out_of_fold: ``cases.csv`` of the part `folds`; its columns of `READ` keep their names.
        cohort: ``cohort.csv``.
        split: case_id, split: the study's.
    """
    never_seen = scores.rename(columns={name: f"{name}{OTHER}" for name in READ})
    table = cohort.merge(never_seen, on="case_id", validate="1:1")
    table = table.merge(split, on="case_id", validate="1:1")
    table = table.merge(out_of_fold[["case_id", *READ]], on="case_id", how="left", validate="1:1")
    numbers = [f"{name}{end}" for name in READ for end in ("", OTHER)]
    table = table.assign(**{name: pd.to_numeric(table[name]).astype(float) for name in numbers})
    return table[COLUMNS].round(dict.fromkeys(numbers, 6))


def by_scanner(
    cases: pd.DataFrame, trained_on: dict[str, int], confidence: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ``numbers.csv`` and ``heterogeneity.csv`` of the part.

    Args:
        cases: Of `read_twice`; those that have no out-of-fold score are left out.
        trained_on: By training how many cases it learnt from.
        confidence: Of the intervals, in (0, 1).
    """
    both = lesions_of(cases.dropna(subset=["image_score"]).reset_index(drop=True))
    rows: list[dict[str, Any]] = []
    spreads: list[dict[str, tuple[float, float]]] = []
    for by, group, lesions in groups(both, (DEVICE,)):
        head = {
            "by": by,
            "group": group,
            **counts(lesions),
            "trained_on": trained_on[lesions["training"].iloc[0]] if by == DEVICE else pd.NA,
        }
        other = lesions.assign(**{name: lesions[f"{name}{OTHER}"] for name in READ})
        rows += [head | _row(OUT_OF_FOLD, result) for result in measured(lesions, confidence)]
        rows += [head | _row(NEVER_SEEN, result) for result in measured(other, confidence)]
        rows += [head | _row(LOST, result) for result in losses(lesions, confidence)]
        if by == DEVICE:
            spreads.append(_spreads(lesions))
    table = pd.DataFrame(rows, columns=NUMBERS).astype({"trained_on": "Int64"})
    rounded = dict.fromkeys(("estimate", "ci_low", "ci_high", "p_value"), 6)
    differ = [_differ(read, spreads, confidence) for read in (OUT_OF_FOLD, NEVER_SEEN, LOST)]
    return table.round(rounded), pd.DataFrame(differ, columns=DIFFER).round(6)


def scanners_part(cases: pd.DataFrame, left_out: list[str]) -> Part:
    """Return the scores of the study's test cases by models that never saw their scanner.

    Args:
        cases: Of `read_twice`.
        left_out: What is left out, and why.
    """
    tested = cases[cases["split"] == Split.TEST].reset_index(drop=True)
    if tested.empty:
        return Part(NAME, PRINTED, left_out=tuple(left_out))
    score = tested[f"image_score{OTHER}"]
    read = pd.DataFrame({"case_id": tested["case_id"], "score": score, "call": np.nan})
    return Part(NAME, PRINTED, (Rival(NAME, PRINTED, READS, read, Fit.HELD_OUT),), tuple(left_out))


def _row(read: str, result: Result) -> dict[str, Any]:
    metric = result.name.removesuffix(LOSS)
    return cells(result) | {"read": read, "metric": metric, "p_value": result.p_value}


def _spreads(lesions: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Return estimate and error of both AUROCs, as logits, and of their difference.

    Not of those whose error cannot be had: too few patients of a label, or no spread, as at 1.
    """
    score, malignant, patient = arrays(lesions)
    if fewest(malignant, patient) < 2:
        return {}
    both = np.stack([score, lesions[f"image_score{OTHER}"].to_numpy(float)])
    found = {
        OUT_OF_FOLD: areas(both[:1], malignant, patient, np.ones(1)),
        NEVER_SEEN: areas(both[1:], malignant, patient, np.ones(1)),
        LOST: areas(both, malignant, patient, np.array([1.0, -1.0])),
    }
    return {
        read: (spread.estimate, spread.error) if read == LOST else _as_logit(spread)
        for read, spread in found.items()
        if spread.error > 0
    }


def _as_logit(area: Spread) -> tuple[float, float]:
    """Return the logit of an area and its error by the delta method."""
    slope = area.estimate * (1 - area.estimate)
    return math.log(area.estimate / (1 - area.estimate)), area.error / slope


def _differ(
    read: str, spreads: Sequence[Mapping[str, tuple[float, float]]], confidence: float
) -> dict[str, Any]:
    """Return whether scanners differ in an AUROC, or in what is lost of it."""
    pairs = [spread[read] for spread in spreads if read in spread]
    without = len(spreads) - len(pairs)
    note = f"left out for want of an error: {without}" if without else ""
    row = {
        "read": read,
        "scale": AS_IT_IS if read == LOST else LOGIT,
        "groups": len(pairs),
        "note": note,
    }
    if len(pairs) < 2:
        return row | {"note": "; ".join(filter(None, (note, "fewer than two scanners to compare")))}
    estimates, errors = map(np.array, zip(*pairs, strict=True))
    q, share = cochran_q(estimates, errors), i_squared(estimates, errors, confidence=confidence)
    mean = pooled(estimates, errors, confidence=confidence)
    back = (lambda x: x) if read == LOST else (lambda x: 1 / (1 + math.exp(-x)))
    return row | {
        "q": q.estimate,
        "degrees": len(pairs) - 1,
        "p_value": q.p_value,
        "i_squared": share.estimate,
        "i_squared_low": share.low,
        "i_squared_high": share.high,
        "between_variance": between_variance(estimates, errors),
        "mean": back(mean.estimate),
        "mean_low": back(mean.low),
        "mean_high": back(mean.high),
        "note": "; ".join(filter(None, (note, share.note))),
    }
