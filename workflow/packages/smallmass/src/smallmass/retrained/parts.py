"""From the name of a part to how its cases are dealt out."""

from collections.abc import Callable

import pandas as pd

from smallmass.options import RivalPart
from smallmass.retrained.folds import fold_trainings
from smallmass.retrained.learning import learning_trainings
from smallmass.retrained.scanners import scanner_trainings
from smallmass.retrained.trainings import Dealt
from smallmass.settings import Settings

Dealer = Callable[[pd.DataFrame, pd.DataFrame, Settings], Dealt]


def _folds(cohort: pd.DataFrame, split: pd.DataFrame, settings: Settings) -> Dealt:
    return fold_trainings(
        cohort, split, number=settings.rivals.folds, seed=settings.seed, seeds=_seeds(settings)
    )


def _scanners(cohort: pd.DataFrame, split: pd.DataFrame, settings: Settings) -> Dealt:
    return scanner_trainings(cohort, split, seeds=_seeds(settings))


def _learning(cohort: pd.DataFrame, split: pd.DataFrame, settings: Settings) -> Dealt:
    return learning_trainings(
        cohort,
        split,
        sizes=settings.rivals.sizes,
        draws=settings.rivals.draws,
        seed=settings.seed,
        trained=settings.image_model.seeds,
    )


def _seeds(settings: Settings) -> tuple[int, ...]:
    return tuple(range(settings.image_model.seeds))


DEALERS: dict[str, Dealer] = {
    RivalPart.FOLDS: _folds,
    RivalPart.SCANNERS: _scanners,
    RivalPart.LEARNING: _learning,
}
"""Of ``cohort.csv``, ``split.csv`` and the study's settings."""
