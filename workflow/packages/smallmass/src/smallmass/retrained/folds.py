"""Out of fold over all cases: each fold in turn is read by a model of all the others.

A set that has folds of its own keeps them; others are dealt by patient, stratified by label.
"""

import numpy as np
import pandas as pd

from smallmass.cohort.joining import FOLD
from smallmass.cohort.split import deal_folds, fewest_units
from smallmass.retrained.trainings import Dealt, Training, lacks_label, trained_on, without
from smallmass.seeds import derive
from smallmass.words import cohort_name


def fold_trainings(
    cohort: pd.DataFrame, split: pd.DataFrame, *, number: int, seed: int, seeds: tuple[int, ...]
) -> Dealt:
    """Return a training a fold, on all cases of the other folds.

    Args:
        cohort: ``cohort.csv``, with ``x_fold`` where a set has folds of its own.
        split: case_id, split: the study's; who trains at all stands in it.
        number: How many folds a set without folds of its own is dealt into.
        seed: The study's seed.
        seeds: The numbers of each model's seeds.
    """
    cases = trained_on(cohort, split)
    fold, left_out = fold_of(cases, number, seed)
    trainings = []
    for name in range(1, int(fold.max(initial=0)) + 1):
        read = fold == name
        learnt = without(cases[fold > 0], read[fold > 0])
        if lacks_label(learnt):
            return Dealt(left_out=(*left_out, f"{_HEAD}: without fold {name} a label is missing"))
        trainings.append(
            Training(
                name=f"fold_{name}",
                printed=f"fold {name}",
                training=tuple(sorted(learnt["case_id"])),
                reads=tuple(sorted(cases["case_id"][read])),
                seeds=seeds,
            )
        )
    return Dealt(tuple(trainings), tuple(left_out))


_HEAD = "Image model out of fold"


def fold_of(cases: pd.DataFrame, number: int, seed: int) -> tuple[np.ndarray, list[str]]:
    """Return the fold of every case, from 1, int ``(cases,)``; 0 and a reason where there is none.

    Args:
        cases: Rows of the cohort.
        number: How many folds are dealt, where no set of the cohort has folds of its own.
        seed: The study's seed.
    """
    own = {name: _own_folds(rows) for name, rows in cases.groupby("cohort", sort=False)}
    named = [int(folds.max()) for folds in own.values() if folds is not None]
    number = max(named, default=number)
    fold, left_out = np.zeros(len(cases), int), []
    for name, folds in own.items():
        here = (cases["cohort"] == name).to_numpy()
        rows = cases[here].reset_index(drop=True)
        if unnamed := _without_own(rows):
            left_out.append(
                f"{_HEAD}: the folds of {cohort_name(str(name))} itself, as {unnamed} of its "
                f"{len(rows)} cases have none; it is dealt anew"
            )
        if folds is not None:
            fold[here] = folds
        elif fewest_units(rows) < number:
            left_out.append(
                f"{_HEAD}: {cohort_name(str(name))} has fewer than {number} patients of a label"
            )
        else:
            fold[here] = 1 + deal_folds(rows, number, derive(seed, "retrained", "folds", str(name)))
    return fold, left_out


def _without_own(rows: pd.DataFrame) -> int:
    """Return how many cases of a set have no fold where others have one."""
    if FOLD not in rows or rows[FOLD].isna().all():
        return 0
    return int(rows[FOLD].isna().sum())


def _own_folds(rows: pd.DataFrame) -> np.ndarray | None:
    """Return the folds of a set as numbers from 1 in their order; None if it has none."""
    if FOLD not in rows or rows[FOLD].isna().any():
        return None
    names = rows[FOLD].astype(str)
    order = sorted(names.unique(), key=lambda name: (len(name), name))
    if len(order) < 2:
        return None
    return 1 + names.map({name: place for place, name in enumerate(order)}).to_numpy(int)
