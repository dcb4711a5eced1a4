"""Which sets train a model, and on which lesions of every set it may be tested."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from smallmass.cohort.groups import units
from smallmass.words import Split, cohort_name

ONLY, WITHOUT = "only", "without"


@dataclass(frozen=True)
class TrainSet:
    """The cohorts that train one model.

    Attributes:
        name: As files have it: ``only_busbra``, ``without_busi``.
        cohorts: Their names in the tables' column ``cohort``.
    """

    name: str
    cohorts: tuple[str, ...]

    @property
    def printed(self) -> str:
        """What readers call it."""
        kind, _, cohort = self.name.partition("_")
        return cohort_name(cohort) if kind == ONLY else f"all but {cohort_name(cohort)}"


def train_sets(cohorts: Sequence[str]) -> list[TrainSet]:
    """Return each cohort alone and, of more than two, all but each.

    Args:
        cohorts: Those that have training cases, each once.

    Example:
        >>> [each.name for each in train_sets(["busbra", "breast"])]
        ['only_busbra', 'only_breast']
    """
    alone = [TrainSet(f"{ONLY}_{name}", (name,)) for name in cohorts]
    if len(cohorts) < 3:
        return alone
    return alone + [
        TrainSet(f"{WITHOUT}_{name}", tuple(other for other in cohorts if other != name))
        for name in cohorts
    ]


def split_of(train: TrainSet, cases: pd.DataFrame, split: pd.DataFrame) -> pd.DataFrame:
    """Return the split as one model sees it.

    Its own cohorts keep theirs; of the others every case is a test case. One that shares a patient,
    an image or a near-duplicate with what the model learns from is left out.

    Args:
        train: What trains it.
        cases: The checked cohort, of all sets.
        split: case_id, split; of all sets.

    Returns:
        pd.DataFrame: case_id, split; in the order of ``split``.
    """
    table = split.merge(cases, on="case_id", validate="1:1")
    own = table["cohort"].isin(train.cohorts)
    unit = units(table)
    learned = set(unit[own & (table["split"] != Split.TEST)])
    table["split"] = table["split"].where(own, Split.TEST.value)
    return table.loc[own | ~unit.isin(learned), ["case_id", "split"]].reset_index(drop=True)
