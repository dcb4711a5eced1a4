"""The files of a run that the TRIPOD checklist is made from, and what they hold together."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from smallmass.evaluation.cases import main_set
from smallmass.paper.page_notes import PageNotes
from smallmass.settings import Settings
from smallmass.words import ALL_SEEDS, Split, cohort_name


@dataclass(frozen=True)
class RunFiles:
    """The files of a run that the checklist is made from, read.

    Attributes:
        study: Name of the study.
        settings: Its resolved settings.
        cohort, split, integrity, performance: The tables of these names.
        operating_points: ``operating_points.json``.
        clinical: ``clinical_model/model.json``.
        regression, tree: ``combined/regression.json``, ``combined/tree.json``.
        notes: What the page must say.
    """

    study: str
    settings: Settings
    cohort: pd.DataFrame
    split: pd.DataFrame
    integrity: pd.DataFrame
    performance: pd.DataFrame
    operating_points: list[dict]
    clinical: dict[str, Any]
    regression: dict[str, Any]
    tree: dict[str, Any]
    notes: PageNotes

    @property
    def parts(self) -> dict[Split, pd.DataFrame]:
        """The cases of each split."""
        cases = self.split[["case_id", "split"]].merge(self.cohort, on="case_id")
        return {name: cases[cases["split"] == name] for name in Split}

    @property
    def results(self) -> pd.DataFrame:
        """The estimates of the main analysis set, and of the mean score of all seeds."""
        whole = main_set(self.performance)
        return whole[(whole["seed"] == ALL_SEEDS) & whole["estimate"].notna()]

    @property
    def crossed(self) -> str:
        """The cohort in which clinical and combined models are cross-fitted, or nothing."""
        name = self.settings.cross_fitting.cohort or ""
        return cohort_name(name)

    @property
    def clinical_cases(self) -> pd.DataFrame:
        """The cases that clinical factors are wanted of."""
        name = self.settings.cross_fitting.cohort
        return self.cohort[self.cohort["cohort"] == name] if name else self.cohort
