"""The clinical model cross-fitted: fitted and tested in one cohort, no case by its own model.

For each fold the study's own procedure runs on the other folds, each of which is the validation
part of one network in turn: a search and a training on the rest, stopped and chosen on that part.
So every case outside the fold has a score as a validation case, from which the combined models are
fitted, and the fold's own cases have the mean score of these networks, which never saw them.
"""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from smallmass.clinical.model import FIT_OF_SPLIT, ClinicalFit, ClinicalRun, describe, fit
from smallmass.clinical.search import TRIAL_COLUMNS, Networks
from smallmass.cohort.split import CLINICAL_ARM
from smallmass.seeds import derive
from smallmass.status import CROSS_FITTED

PLACE = ["repeat", "fold", "validation_fold"]
FITS = "fits of the clinical model"
CROSS_COLUMNS = ["repeat", "fold", "case_id", "clinical_score"]


def cross_fit_clinical(
    cases: pd.DataFrame,
    folds: pd.DataFrame,
    settings: Mapping[str, Any],
    *,
    seed: int,
    log: logging.Logger,
) -> tuple[ClinicalRun, pd.DataFrame]:
    """Fit and test the clinical model in the folds of `CLINICAL_ARM`.

    Args:
        cases: The cohort's table with ``split`` and ``label``.
        folds: Columns case_id, arm, repeat, fold.
        settings: The config's ``clinical_model``.
        seed: The study's seed.
        log: Gets a line a trial.

    Returns:
        tuple: The run, whose ``scores`` are the means over repeats, out of fold, of the cases in
        folds, and empty for all others; and the scores behind them, with `CROSS_COLUMNS`: in each
        repeat, with each fold left out, one row a case in folds.

    Raises:
        UserError: If a factor has a value that cannot be read.
    """
    folds = folds[folds["arm"] == CLINICAL_ARM]
    chosen = cases[cases["case_id"].isin(folds["case_id"])].reset_index(drop=True)
    tables, trials, fits, statuses = [], [], [], []
    networks: Networks = {}
    for (repeat, left_out), place in _places(chosen, folds):
        scores = np.full(len(chosen), np.nan)
        held: list[np.ndarray] = []
        for part in sorted(set(place) - {left_out}):
            where = dict(zip(PLACE, (int(repeat), int(left_out), int(part)), strict=True))
            log.info("repeat %d, without fold %d, validation on fold %d", *where.values())
            judged = place == part
            found = fit(
                chosen[~judged & (place != left_out)],
                chosen[judged],
                settings,
                derive(seed, "clinical_model", "cross_fit", *map(str, where.values())),
                log,
                networks,
            )
            scores[judged] = found.score(chosen[judged])
            held.append(found.score(chosen[place == left_out]))
            trials.append(_trials(found).assign(**where))
            statuses.append(found.status)
            fits.append(where | describe(found))
        scores[place == left_out] = np.round(np.mean(held, axis=0), 6)
        tables.append(
            pd.DataFrame(
                {
                    "repeat": repeat,
                    "fold": left_out,
                    "case_id": chosen["case_id"],
                    "clinical_score": scores,
                }
            )
        )
    table = pd.concat(tables, ignore_index=True)[CROSS_COLUMNS]
    status = CROSS_FITTED.of_fits(statuses, FITS)
    log.info("clinical model: %s", status)
    run = ClinicalRun(
        status=status,
        scores=_scores(cases, table, folds),
        trials=pd.concat(trials, ignore_index=True)[[*PLACE, *TRIAL_COLUMNS]],
        arrays={},
        description={"status": status, "left_out": _left_out(fits), "fits": fits},
    )
    return run, table


def held_out(table: pd.DataFrame, folds: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table whose case lies in the fold that its repeat leaves out.

    Args:
        table: Columns repeat, fold, case_id.
        folds: Columns case_id, arm, repeat, fold.
    """
    own = folds.loc[folds["arm"] == CLINICAL_ARM, ["case_id", "repeat", "fold"]]
    return table.merge(own, on=["case_id", "repeat", "fold"], validate="one_to_one")


def _places(
    cases: pd.DataFrame, folds: pd.DataFrame
) -> Iterator[tuple[tuple[int, int], np.ndarray]]:
    """Yield every repeat and left-out fold, with the fold of each case in that repeat."""
    for repeat, members in folds.groupby("repeat", sort=True):
        place = cases["case_id"].map(members.set_index("case_id")["fold"]).to_numpy()
        for fold in np.unique(place):
            yield (repeat, fold), place


def _trials(found: ClinicalFit) -> pd.DataFrame:
    return found.found.trials if found.found else pd.DataFrame(columns=TRIAL_COLUMNS)


def _left_out(fits: list[dict[str, Any]]) -> dict[str, str]:
    """Return the factors that no fit could use, and why."""
    names = [f["encoding"]["left_out"] for f in fits]
    return {name: why for name, why in names[0].items() if all(name in other for other in names)}


def _scores(cases: pd.DataFrame, table: pd.DataFrame, folds: pd.DataFrame) -> pd.DataFrame:
    """Return case_id, fit, clinical_score of every case, in the cohort's order."""
    own = held_out(table, folds).groupby("case_id")["clinical_score"]
    # A case without a score in some repeat has none: a mean of fewer would be another quantity.
    mean = own.mean().where(own.count() == own.size()).round(6)
    crossed = cases["case_id"].isin(mean.index)
    return pd.DataFrame(
        {
            "case_id": cases["case_id"],
            "fit": cases["split"].map(FIT_OF_SPLIT).where(~crossed, "out_of_fold"),
            "clinical_score": cases["case_id"].map(mean),
        }
    )
