"""Radiologists: a recorded BI-RADS category as an ordinal score, with the usual cuts.

The category is what a reader said who saw the whole examination; see docs/rivals.md on what must be
known to read it.
"""

import math
import re

import numpy as np
import pandas as pd

from smallmass.evaluation.subgroups import subgroups
from smallmass.rivals.joint import NO_FOLDS, joint_rival
from smallmass.rivals.rival import Part, Rival
from smallmass.settings import Settings
from smallmass.words import Label, Split

NAME, PRINTED = "birads", "Radiologists"
LEVELS = {"1": 1, "2": 2, "3": 3, "4A": 4, "4": 5, "4B": 5, "4C": 6, "5": 7}
"""From a category to its rank. An undivided 4 stands in the middle of its parts. 0 (incomplete) and
6 (proven cancer) say nothing of what a lesion looks like."""
CUTS = {"4A": 4, "4B": 5}
"""The lowest rank that is called malignant."""
FIRST = next(iter(CUTS))
UNDIVIDED, PARTS_OF_4 = "4", ("4A", "4B", "4C")
_CATEGORY = re.compile(r"(?:BI-?RADS|ACR)?[\s:_-]*([0-6])(?:\.0+)?\s*([ABC])?\Z", re.IGNORECASE)


def categories(recorded: pd.Series) -> pd.Series:
    """Return categories as ``2``, ``4``, ``4A`` ...; missing where none of `LEVELS` is recorded.

    Args:
        recorded: The column ``birads`` of ``cohort.csv``.
    """

    def category(value: object) -> str | None:
        found = _CATEGORY.match(str(value).strip())
        name = "".join(part or "" for part in found.groups()).upper() if found else ""
        return name if name in LEVELS else None

    return recorded.map(category, na_action="ignore").astype(object)


def ranks(category: pd.Series) -> np.ndarray:
    """Return the rank of each category, float ``(cases,)``, NaN where there is none.

    Args:
        category: Of `categories`.
    """
    return category.map(LEVELS).to_numpy(float)


def at_least(category: pd.Series, cut: str) -> np.ndarray:
    """Return calls at a cut: 1 malignant, 0 benign, NaN where the category does not tell.

    Args:
        category: Of `categories`.
        cut: One of `CUTS`; an undivided 4 is at least 4A, and is not known to be at least 4B.
    """
    rank = ranks(category)
    call = np.where(np.isnan(rank), np.nan, rank >= CUTS[cut])
    unknown = (category == UNDIVIDED).to_numpy(bool) & (cut != FIRST)
    return np.where(unknown, np.nan, call)


def birads_part(
    predictions: pd.DataFrame,
    cohort: pd.DataFrame,
    settings: Settings,
    *,
    folds: pd.DataFrame = NO_FOLDS,
    part_scores: pd.DataFrame = NO_FOLDS,
) -> Part:
    """Return the readers' rivals: each cut, and rules that join BI-RADS with the study's scores.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``.
        settings: The study's ``seed``, ``cross_fitting`` and ``operating_point``.
        folds: ``cohort/folds.csv``.
        part_scores: ``clinical_model/cross_scores.csv``.
    """
    tested = predictions[predictions["split"] == Split.TEST].reset_index(drop=True)
    recorded = tested["case_id"].map(cohort.set_index("case_id")["birads"])
    category = categories(recorded)
    rank = ranks(category)
    unread = _not_understood(recorded[category.isna()])
    why = _why_none(rank, tested)
    if why:
        return Part(NAME, PRINTED, left_out=(f"Radiologists: {why}", *unread))
    undivided = not category.isin(PARTS_OF_4).any() and (category == UNDIVIDED).any()
    rivals, left_out = [], [*unread]
    for cut in CUTS:
        call = at_least(category, cut)
        if cut != FIRST and undivided:
            left_out.append(f"BI-RADS ≥ {cut}: category 4 is not divided in these cases")
            continue
        # The score is the same at each cut: it is compared once.
        score = rank if cut == FIRST else np.full(len(rank), np.nan)
        cases = pd.DataFrame({"case_id": tested["case_id"], "score": score, "call": call})
        reads = (
            f"The recorded category, called malignant from {cut} on: the reader saw the whole "
            "examination"
        )
        rivals.append(Rival(f"{NAME}_{cut.lower()}", f"BI-RADS ≥ {cut}", reads, cases))
    for factors in (False, True):
        made = joint_rival(
            tested.assign(birads=rank), cohort, settings,
            factors=factors, folds=folds, part_scores=part_scores,
        )  # fmt: skip
        if isinstance(made, Rival):
            rivals.append(made)
        else:
            left_out.append(made)
    return Part(NAME, PRINTED, tuple(rivals), tuple(left_out))


def within_categories(
    predictions: pd.DataFrame, cohort: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Return the study's models within each category: rows of ``evaluation/subgroups.csv``.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``.
        settings: The study's ``seed``, ``cohort`` and ``evaluation``.
    """
    known = cohort[["case_id", "diameter_cm"]].assign(birads=categories(cohort["birads"]))
    table = subgroups(predictions, known, settings)
    return table[table["characteristic"] == NAME].reset_index(drop=True)


def _not_understood(recorded: pd.Series) -> list[str]:
    """Return what is to be said of recorded values that are no category; nothing without any."""
    texts = recorded.dropna().astype(str).str.strip()
    found = [_CATEGORY.match(text) for text in texts]
    # 0 and 6 are understood, and say nothing of a lesion's looks.
    others = [text for text, of in zip(texts, found, strict=True) if text and not of]
    if not others:
        return []
    told = ", ".join(repr(text) for text in sorted(set(others))[:5])
    return [f"BI-RADS of test cases, not understood: {len(others)}, such as {told}"]


def _why_none(rank: np.ndarray, tested: pd.DataFrame) -> str:
    """Return why readers cannot be compared; an empty text where they can."""
    known = np.isfinite(rank)
    if not known.any():
        return "no test case has a BI-RADS category"
    malignant = (tested["label"] == Label.MALIGNANT).to_numpy()[known]
    if malignant.all() or not malignant.any():
        return "test cases with a BI-RADS category have one label alone"
    return (
        ""
        if math.isfinite(rank[known].std()) and np.ptp(rank[known])
        else ("every test case has the same BI-RADS category")
    )
