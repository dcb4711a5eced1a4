"""How much more images would bring: models of few, more and all training images.

Images are drawn by unit (`groups.units`), stratified by label, and nested: what 100 images are of a
draw is part of its 200. Every draw has an order and a seed of the training of its own.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from smallmass.cohort.groups import units
from smallmass.retrained.trainings import Dealt, Training, lacks_label
from smallmass.seeds import derive
from smallmass.words import Split

ALL = "all"
_HEAD = "Learning curve"


def learning_trainings(
    cohort: pd.DataFrame,
    split: pd.DataFrame,
    *,
    sizes: Sequence[int],
    draws: int,
    seed: int,
    trained: int,
) -> Dealt:
    """Return a training a size and draw, on part of the study's training cases.

    Each reads the study's test cases. What the study itself has trained, all images from its own
    seeds, is not trained again.

    Args:
        cohort: ``cohort.csv``.
        split: case_id, split: the study's.
        sizes: Numbers of images; those that are not fewer than all are left out.
        draws: How often images are drawn.
        seed: The study's seed.
        trained: How many seeds the study has trained on all images.
    """
    home = cohort["case_id"].map(split.set_index("case_id")["split"])
    training = cohort[home == Split.TRAINING].sort_values("case_id", ignore_index=True)
    reads = tuple(sorted(cohort.loc[home == Split.TEST, "case_id"]))
    fit = sorted({size for size in sizes if size < len(training)})
    left_out = [
        f"{_HEAD}: {size} images, as there are {len(training)} in training"
        for size in sorted(set(sizes) - set(fit))
    ]
    trainings = []
    for draw in range(draws):
        order = drawn_order(training, derive(seed, "retrained", "learning", draw))
        parts = {str(size): training[part_of(training, order, size)] for size in fit}
        if draw >= trained:
            parts[ALL] = training
        for name, learnt in parts.items():
            if lacks_label(learnt):
                left_out.append(f"{_HEAD}: {name} images, draw {draw + 1}, have one label alone")
                continue
            trainings.append(
                Training(
                    name=f"{name}_draw{draw}",
                    printed=f"{name} images, draw {draw + 1}",
                    training=tuple(learnt["case_id"]),
                    reads=reads,
                    seeds=(draw,),
                )
            )
    return Dealt(tuple(trainings), tuple(left_out))


def drawn_order(cases: pd.DataFrame, seed: int) -> np.ndarray:
    """Return the place of every case's unit in the order of its stratum, int ``(cases,)``, from 0.

    Args:
        cases: Rows of the cohort, by case.
        seed: Of the draw.
    """
    unit = units(cases)
    place = {name: derive(seed, name) for name in unit.unique()}
    ranks: dict[str, int] = {}
    for _, names in unit.groupby(_stratum(cases, unit)):
        ordered = sorted(names.unique(), key=lambda name: (place[name], name))
        ranks |= {name: rank for rank, name in enumerate(ordered)}
    return unit.map(ranks).to_numpy(int)


def part_of(cases: pd.DataFrame, order: np.ndarray, size: int) -> np.ndarray:
    """Return which cases the first ones of every stratum are, bool ``(cases,)``.

    Each stratum gives its share of ``size``, in whole units: the nearest number of cases, and one
    unit at least. A larger size holds all cases of a smaller one.

    Args:
        cases: Rows of the cohort.
        order: Of `drawn_order`.
        size: How many cases are wanted.
    """
    chosen = np.zeros(len(cases), bool)
    stratum = _stratum(cases, units(cases)).to_numpy(str)
    for name in np.unique(stratum):
        here = stratum == name
        wanted = size * here.sum() / len(cases)
        reached = np.cumsum(np.bincount(order[here]))  # cases of the first units
        nearest = int(np.argmin(np.abs(reached - wanted)))
        chosen |= here & (order <= nearest)
    return chosen


def _stratum(cases: pd.DataFrame, unit: pd.Series) -> pd.Series:
    """Return each case's stratum: a unit with a lesion of either label is malignant."""
    return cases["label"].groupby(unit).transform("max")
