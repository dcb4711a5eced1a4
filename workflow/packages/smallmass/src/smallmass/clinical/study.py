"""The clinical model of a study: its parts, a fit for each, and what the fits say of the cases.

A study's own model learns from the training cases, is stopped and chosen on the validation cases,
and reads every case; where the image model has folds, further fits without each fold read it.

Where the model is made and tested in one cohort, there is no model of the study's own. For each
fold the whole procedure runs on the other folds, each of which is the validation part of one
network in turn. So every case outside the fold has a score as a validation case, from which the
combined models are fitted, and the fold's own cases have the mean score of these networks.
"""

import itertools
import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from smallmass.clinical.model import ClinicalFit, ClinicalRun, describe, fit
from smallmass.clinical.search import TRIAL_COLUMNS, Networks
from smallmass.seeds import derive
from smallmass.settings import ClinicalModelSettings
from smallmass.status import CROSS_FITTED
from smallmass.words import FIT_OF_SPLIT, Arm, Fit, Split

FITS = "fits of the clinical model"
PART = ["repeat", "fold", "validation_fold"]
CROSS_COLUMNS = ["repeat", "fold", "case_id", "clinical_score"]
NO_FOLDS = pd.DataFrame(columns=["case_id", "arm", "repeat", "fold"])


@dataclass(frozen=True)
class Part:
    """What one network learns from, what stops and chooses it, and what it reads.

    Attributes:
        learned, stopped, read: bool ``(cases,)``.
        seed: Names of its seed.
        repeat, fold: Which fold is left out; None of the study's own model.
        validation_fold: The fold that stops and chooses, where it is not the validation part.
    """

    learned: np.ndarray
    stopped: np.ndarray
    read: np.ndarray
    seed: tuple[str, ...]
    repeat: int | None = None
    fold: int | None = None
    validation_fold: int | None = None

    @property
    def left_out(self) -> tuple[int | None, int | None]:
        """Repeat and fold."""
        return self.repeat, self.fold


def study_parts(cases: pd.DataFrame, folds: pd.DataFrame) -> list[Part]:
    """Return the parts of a study.

    Args:
        cases: Columns case_id and split.
        folds: Columns case_id, arm, repeat, fold: of the clinical arm, in which the model is
            cross-fitted, or of the image model's.
    """
    training = (cases["split"] == Split.TRAINING).to_numpy()
    validation = (cases["split"] == Split.VALIDATION).to_numpy()
    dealt, crossed = _dealt(folds)
    parts = []
    if not crossed:
        everyone = np.ones(len(cases), bool)
        parts.append(Part(learned=training, stopped=validation, read=everyone, seed=("full",)))
    for (repeat, fold), members in dealt.groupby(["repeat", "fold"], sort=True):
        left_out = cases["case_id"].isin(members["case_id"]).to_numpy()
        if not crossed:
            left_out = left_out & training
            parts.append(
                Part(
                    learned=training & ~left_out,
                    stopped=validation,
                    read=left_out,
                    seed=("repeat", str(repeat), "fold", str(fold)),
                    repeat=int(repeat),
                    fold=int(fold),
                )
            )
            continue
        others = dealt[(dealt["repeat"] == repeat) & (dealt["fold"] != fold)]
        for validated, members in others.groupby("fold", sort=True):
            stopped = cases["case_id"].isin(members["case_id"]).to_numpy()
            learned = cases["case_id"].isin(others["case_id"]).to_numpy() & ~stopped
            parts.append(
                Part(
                    learned=learned,
                    stopped=stopped,
                    read=stopped | left_out,
                    seed=("cross_fit", str(repeat), str(fold), str(validated)),
                    repeat=int(repeat),
                    fold=int(fold),
                    validation_fold=int(validated),
                )
            )
    return parts


def _dealt(folds: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Return the folds that the clinical model heeds, and whether it is cross-fitted in them."""
    clinical, image = (folds[folds["arm"] == arm] for arm in (Arm.CLINICAL, Arm.IMAGE))
    return (clinical, True) if len(clinical) else (image, False)


def run_clinical(
    cases: pd.DataFrame,
    clinical_model: ClinicalModelSettings,
    *,
    seed: int,
    log: logging.Logger,
    folds: pd.DataFrame = NO_FOLDS,
) -> ClinicalRun:
    """Fit the clinical model in every part of the study, and score all cases.

    Args:
        cases: The cohort's table with ``split`` and ``label``.
        clinical_model: The settings.
        seed: The study's seed.
        log: Gets a line a trial.
        folds: See `study_parts`.

    Raises:
        UserError: If a factor has a value that cannot be read.
    """
    fits: list[tuple[Part, ClinicalFit, np.ndarray]] = []
    networks: Networks = {}
    for part in study_parts(cases, folds):
        if part.fold is not None:
            log.info(
                "repeat %s, without fold %s: %d cases", part.repeat, part.fold, part.read.sum()
            )
        name = derive(seed, "clinical_model", *part.seed)
        fitted = fit(cases[part.learned], cases[part.stopped], clinical_model, name, log, networks)
        scores = np.full(len(cases), np.nan)
        scores[part.read] = fitted.score(cases[part.read])
        fits.append((part, fitted, scores))
    part_scores = _part_scores(cases, fits)
    out_of_fold = _out_of_fold(part_scores, _dealt(folds)[0])
    first, own, scores = fits[0]
    if first.fold is None:
        run = _with_own_model(cases, own, scores, out_of_fold)
    else:
        run = _crossed(cases, fits, out_of_fold)
    log.info("clinical model: %s", run["status"])
    return ClinicalRun(part_scores=part_scores, **run)


def _part_scores(
    cases: pd.DataFrame, fits: list[tuple[Part, ClinicalFit, np.ndarray]]
) -> pd.DataFrame:
    """Return `CROSS_COLUMNS`: of each left-out fold, the mean of the networks that read a case."""
    tables = [pd.DataFrame(columns=CROSS_COLUMNS)]
    left_out = [fit for fit in fits if fit[0].fold is not None]
    for (repeat, fold), group in itertools.groupby(left_out, lambda f: f[0].left_out):
        members = list(group)
        read = np.array([part.read for part, _, _ in members])
        total = np.where(read, [scores for _, _, scores in members], 0).sum(axis=0)
        some = read.any(axis=0)
        tables.append(
            pd.DataFrame(
                {
                    "repeat": repeat,
                    "fold": fold,
                    "case_id": cases["case_id"].to_numpy()[some],
                    "clinical_score": np.round(total[some] / read.sum(axis=0)[some], 6),
                }
            )
        )
    return pd.concat(tables[1:] or tables, ignore_index=True)


def held_out(table: pd.DataFrame, folds: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table whose case lies in the fold that its repeat leaves out.

    Args:
        table: Columns repeat, fold, case_id.
        folds: Columns case_id, repeat, fold, of one arm.
    """
    own = folds[["case_id", "repeat", "fold"]]
    return table.merge(own, on=["case_id", "repeat", "fold"], validate="one_to_one")


def _out_of_fold(part_scores: pd.DataFrame, folds: pd.DataFrame) -> pd.Series:
    """Return the mean over repeats of each case in folds, by case_id."""
    own = held_out(part_scores, folds).groupby("case_id", sort=False)["clinical_score"]
    # A case without a score in some repeat has none: a mean of fewer would be another quantity.
    mean = own.mean().where(own.count() == own.size()).round(6)
    return mean.reindex(folds["case_id"].drop_duplicates()[lambda c: c.isin(mean.index)])


def _with_own_model(
    cases: pd.DataFrame, own: ClinicalFit, scores: np.ndarray, out_of_fold: pd.Series
) -> dict[str, Any]:
    """Return the run of a study with a model of its own; out-of-fold scores are further rows."""
    table = pd.DataFrame(
        {
            "case_id": cases["case_id"],
            "fit": cases["split"].map(FIT_OF_SPLIT),
            "clinical_score": scores,
        }
    )
    further = out_of_fold.rename_axis("case_id").reset_index().assign(fit=Fit.OUT_OF_FOLD)
    best = own.result
    return {
        "status": own.status,
        "scores": (
            pd.concat([table, further[table.columns]], ignore_index=True) if len(further) else table
        ),
        "trials": best.trials if best else pd.DataFrame(columns=TRIAL_COLUMNS),
        "arrays": best.arrays if best else {},
        "description": describe(own),
    }


def _crossed(
    cases: pd.DataFrame,
    fits: list[tuple[Part, ClinicalFit, np.ndarray]],
    out_of_fold: pd.Series,
) -> dict[str, Any]:
    """Return the run of a cross-fitted model; cases without a fold have no score."""
    status = CROSS_FITTED.of_fits([fitted.status for _, fitted, _ in fits], FITS)
    trials, descriptions = [], []
    for part, fitted, _ in fits:
        where = {name: getattr(part, name) for name in PART}
        table = fitted.result.trials if fitted.result else pd.DataFrame(columns=TRIAL_COLUMNS)
        trials.append(table.assign(**where))
        descriptions.append(where | describe(fitted))
    crossed = cases["case_id"].isin(out_of_fold.index)
    return {
        "status": status,
        "scores": pd.DataFrame(
            {
                "case_id": cases["case_id"],
                "fit": cases["split"].map(FIT_OF_SPLIT).where(~crossed, Fit.OUT_OF_FOLD),
                "clinical_score": cases["case_id"].map(out_of_fold),
            }
        ),
        "trials": pd.concat(trials, ignore_index=True)[[*PART, *TRIAL_COLUMNS]],
        "arrays": {},
        "description": {
            "status": status,
            "left_out": _left_out(descriptions),
            "fits": descriptions,
        },
    }


def _left_out(fits: list[dict[str, Any]]) -> dict[str, str]:
    """Return the factors that no fit could use, and why."""
    names = [f["encoding"]["left_out"] for f in fits]
    return {name: why for name, why in names[0].items() if all(name in other for other in names)}
