"""The flow of cases: what was read, what was dropped and why, how the rest was split."""

from dataclasses import dataclass

import pandas as pd

from smallmass.paper import origins
from smallmass.words import Label, Split


@dataclass(frozen=True)
class Part:
    """The cases of a split.

    Args:
        split: Its name.
        sets: The sets that they are of, where the study has several.
        benign: How many are benign.
        malignant: How many are malignant.
        patients: How many patients they are of; 0 where that is not known.
    """

    split: str
    sets: str
    benign: int
    malignant: int
    patients: int

    @property
    def lesions(self) -> int:
        """How many there are."""
        return self.benign + self.malignant


@dataclass(frozen=True)
class Flow:
    """The flow of cases: what was read, what was dropped and why, how the rest was split.

    Args:
        read: Cases that the source held.
        dropped: (reason, number of cases), most frequent first.
        kept: Cases of the cohort.
        parts: Training, validation and test.
        patients: How many patients there are; 0 where that is not known.
    """

    read: int
    dropped: list[tuple[str, int]]
    kept: int
    parts: list[Part]
    patients: int

    @property
    def crossed(self) -> int:
        """How often a patient is in more than one part."""
        return sum(part.patients for part in self.parts) - self.patients


def flow(*, cohort: pd.DataFrame, split: pd.DataFrame, integrity: pd.DataFrame) -> Flow:
    """Return the flow of cases from ``cohort.csv``, ``split.csv`` and ``integrity.csv``."""
    gone = integrity[integrity["severity"] == "dropped"].drop_duplicates("case_id")
    reasons = gone["check"].fillna("not said").value_counts()
    ranked = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    cases = split[["case_id", "split"]].merge(cohort, on="case_id")
    parts = [_part(name, cases[cases["split"] == name], cohort) for name in Split]
    dropped = [(str(reason).replace("_", " "), int(count)) for reason, count in ranked]
    return Flow(len(cohort) + len(gone), dropped, len(cohort), parts, _patients(cases))


def _part(name: Split, cases: pd.DataFrame, cohort: pd.DataFrame) -> Part:
    benign, malignant = (int((cases["label"] == label).sum()) for label in Label)
    return Part(name.value, origins.sets(cases, cohort), benign, malignant, _patients(cases))


def _patients(cases: pd.DataFrame) -> int:
    """Return how many patients cases are of; names count within a cohort."""
    known = cases.dropna(subset=["patient_id"])
    return len(known[["cohort", "patient_id"]].drop_duplicates())
