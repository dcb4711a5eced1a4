"""The flow of cases: what was read, what was dropped and why, how the rest was split."""

from dataclasses import dataclass

import pandas as pd

from smallmass.words import Label, Split


@dataclass(frozen=True)
class Flow:
    """The flow of cases: what was read, what was dropped and why, how the rest was split.

    Args:
        read: Cases that the source held.
        dropped: (reason, number of cases), most frequent first.
        kept: Cases of the cohort.
        splits: (name, benign, malignant).
    """

    read: int
    dropped: list[tuple[str, int]]
    kept: int
    splits: list[tuple[str, int, int]]


def flow(cohort: pd.DataFrame, split: pd.DataFrame, integrity: pd.DataFrame) -> Flow:
    """Return the flow of cases from ``cohort.csv``, ``split.csv`` and ``integrity.csv``."""
    gone = integrity[integrity["severity"] == "dropped"].drop_duplicates("case_id")
    reasons = gone["check"].fillna("not said").value_counts()
    ranked = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    cases = split[["case_id", "split"]].merge(cohort[["case_id", "label"]], on="case_id")
    counts = cases.groupby(["split", "label"]).size()
    splits = [
        (
            split.value,
            int(counts.get((split, Label.BENIGN), 0)),
            int(counts.get((split, Label.MALIGNANT), 0)),
        )
        for split in Split
    ]
    dropped = [(str(reason).replace("_", " "), int(count)) for reason, count in ranked]
    return Flow(len(cohort) + len(gone), dropped, len(cohort), splits)
