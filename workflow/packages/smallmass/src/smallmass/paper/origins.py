"""Where a run's cases came from, and how they came into training, validation and test, in words."""

from collections.abc import Mapping

import pandas as pd

from smallmass.cohort.roles import Role, entries
from smallmass.settings import Settings
from smallmass.words import Split, cohort_name

OWN = {
    "phantom": "Simulated: made by a program, no patient took part",
    "folder": "Own patients: images with a table",
    "dicom": "Own patients: DICOM files with a table",
}
ROLES: dict[str, str] = {
    Role.PUBLISHED: "as the cohort itself assigns it",
    Role.FOLDS: "by the cohort’s own folds",
}


def source(settings: Settings, parts: Mapping[Split, pd.DataFrame]) -> str:
    """Return where the cohort came from and, of several sources, what each is for.

    Args:
        settings: The study's settings.
        parts: The cases of each split, with their ``cohort``.
    """
    sources = entries(settings.cohort.sources)

    def used(cohort: str) -> str:
        splits = [name for name, cases in parts.items() if cohort in set(cases["cohort"])]
        return f" ({', '.join(splits)})" if len(sources) > 1 else ""

    public = [cohort_name(entry.cohort) + used(entry.cohort) for entry in sources if entry.public]
    own = [OWN[entry.source] + used(entry.cohort) for entry in sources if not entry.public]
    sets = [f"Public data set{'s' * (len(public) > 1)} {', '.join(public)}"] if public else []
    return "; ".join([*sets, *own])


def assignment(settings: Settings) -> str:
    """Return how the cases came into training, validation and test."""
    sources = entries(settings.cohort.sources)
    texts = [_assigned(entry.role, settings) for entry in sources]
    if len(sources) == 1:
        return texts[0]
    names = [cohort_name(entry.cohort) for entry in sources]
    return "; ".join(f"{name}: {text}" for name, text in zip(names, texts, strict=True))


def sets(part: pd.DataFrame, cohort: pd.DataFrame) -> str:
    """Return the sets that a part's cases are of, ``"BUS-BRA"``; empty if there is one set alone.

    Args:
        part: Some cases of ``cohort.csv``.
        cohort: All of them.
    """
    if cohort["cohort"].nunique() < 2:
        return ""
    return ", ".join(map(cohort_name, part["cohort"].unique()))


def apart(parts: Mapping[Split, pd.DataFrame]) -> str:
    """Return the test cohorts of which no case trains."""
    trained = set(parts[Split.TRAINING]["cohort"])
    tested = parts[Split.TEST]["cohort"].unique()
    return ", ".join(cohort_name(name) for name in tested if name not in trained)


def _assigned(role: str, settings: Settings) -> str:
    if role == Role.DEALT:
        return settings.split.assignment.printed
    return ROLES.get(role, f"{role} alone")
