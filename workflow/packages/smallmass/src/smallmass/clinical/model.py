"""The clinical model as a whole: encoding, network, search, its files, and scoring with them."""

import hashlib
import io
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from smallmass.clinical.encoding import Encoding, fit_encoding
from smallmass.clinical.mlp import BATCH_MOMENTUM, PATIENCE, Cases, Mlp
from smallmass.clinical.search import Networks, SearchResult, search
from smallmass.errors import UserError
from smallmass.files import sha256, write_bytes, write_csv, write_json
from smallmass.settings import ClinicalModelSettings
from smallmass.status import FITTED, NO_FACTORS, Status, read_record


class ClinicalModel:
    """A trained network with the encoding that feeds it."""

    def __init__(self, encoding: Encoding, hidden: tuple[int, ...], arrays: Mapping):
        self.encoding = encoding
        self._network = Mlp(columns=len(encoding.columns), hidden=hidden)
        self._network.load(arrays)

    def score(self, cases: pd.DataFrame) -> np.ndarray:
        """Return the probability of malignancy from clinical factors alone.

        Args:
            cases: Rows with the cohort's columns; what is missing counts as unknown.

        Returns:
            np.ndarray: ``(cases,)`` float64 in [0, 1], six decimals; NaN for a case that
            complete-case analysis leaves out.
        """
        scores = np.full(len(cases), np.nan)
        usable = self.encoding.usable(cases)
        scores[usable] = self._network.score(self.encoding.encode(cases)[usable])
        return scores


@dataclass(frozen=True)
class ClinicalRun:
    """Everything that one study's clinical model consists of.

    Attributes:
        status: Whether there is a model, and why not.
        scores: case_id, fit, clinical_score.
        part_scores: repeat, fold, case_id, clinical_score: what a case's score is where a fold is
            left out.
        trials: Every trial of the search.
        arrays: Weights by ``layer/variable``; empty where nothing was fitted.
        description: The content of ``model.json`` but for the hash of the weights.
    """

    status: Status
    scores: pd.DataFrame
    part_scores: pd.DataFrame
    trials: pd.DataFrame
    arrays: dict[str, np.ndarray]
    description: dict[str, Any]


@dataclass(frozen=True)
class ClinicalFit:
    """One training of the model: what it used, and what came of it.

    Attributes:
        status: Whether there is a model.
        encoding: Of the factors.
        training: The cases that it was fitted to; None where there is no model.
        validation: The cases that chose it; None where there is no model.
        result: Of the search; None where there is no model.
    """

    status: Status
    encoding: Encoding
    training: Cases | None = None
    validation: Cases | None = None
    result: SearchResult | None = None

    def score(self, cases: pd.DataFrame) -> np.ndarray:
        """Return scores of ``cases``, NaN where nothing was fitted."""
        if self.result is None:
            return np.full(len(cases), np.nan)
        return ClinicalModel(self.encoding, self.result.hidden, self.result.arrays).score(cases)


def write_clinical(run: ClinicalRun, folder: str | Path) -> None:
    """Write trials, weights, ``scores.csv``, ``cross_scores.csv`` and, last, ``model.json``."""
    folder = Path(folder)
    weights = pack_weights(run.arrays)
    write_csv(folder / "trials.csv", run.trials)
    write_bytes(folder / "weights.h5", weights)
    write_csv(folder / "scores.csv", run.scores)
    write_csv(folder / "cross_scores.csv", run.part_scores)
    digest = hashlib.sha256(weights).hexdigest()
    write_json(folder / "model.json", run.description | {"weights_sha256": digest})


def load_clinical_model(folder: str | Path) -> ClinicalModel:
    """Return the model that `write_clinical` wrote.

    Raises:
        UserError: If the weights are not those that ``model.json`` names, or nothing was fitted.
    """
    folder = Path(folder)
    description = read_record(folder / "model.json")
    if not description["status"].fitted:
        raise UserError(f"{folder / 'model.json'}: {description['status']}; nothing to load")
    digest = sha256(folder / "weights.h5")
    if digest != description["weights_sha256"]:
        raise UserError(
            f"{folder / 'weights.h5'}: its sha256 is {digest}, model.json names "
            f"{description['weights_sha256']}; restore both from one run, or train again"
        )
    arrays = unpack_weights((folder / "weights.h5").read_bytes())
    hidden = tuple(description["architecture"]["hidden"])
    return ClinicalModel(Encoding.from_dict(description["encoding"]), hidden, arrays)


def pack_weights(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return an HDF5 file's bytes: one dataset ``layer/variable`` an array, without times."""
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name in sorted(arrays):
            file.create_dataset(name, data=arrays[name], track_times=False)
    return buffer.getvalue()


def unpack_weights(content: bytes) -> dict[str, np.ndarray]:
    """Return the arrays of an HDF5 file by ``layer/variable``."""
    import h5py

    arrays: dict[str, np.ndarray] = {}

    def keep(name: str, item) -> None:
        if isinstance(item, h5py.Dataset):
            arrays[name] = item[()]

    with h5py.File(io.BytesIO(content), "r") as file:
        file.visititems(keep)
    return arrays


def fit(
    training: pd.DataFrame,
    validation: pd.DataFrame,
    clinical_model: ClinicalModelSettings,
    seed: int,
    log: logging.Logger,
    networks: Networks | None = None,
) -> ClinicalFit:
    """Encode, search and train; say why where that is impossible.

    Args:
        training: Cases to learn from.
        validation: Cases that stop and choose.
        clinical_model: The settings.
        seed: Of the search and every training.
        log: Gets a line a trial.
        networks: Of earlier fits: see `search.search`.
    """
    encoding = fit_encoding(
        training,
        factors=clinical_model.factors,
        density=clinical_model.density,
        missing=clinical_model.missing,
    )
    for name, reason in encoding.left_out.items():
        log.info("%s is left out: %s", name, reason)
    if not encoding.factors:
        return ClinicalFit(NO_FACTORS, encoding)
    learn, judge = _cases(encoding, training), _cases(encoding, validation)
    if learn.malignant.all() or not learn.malignant.any():
        reason = "training cases with known factors have one class only"
    elif not len(judge.malignant):
        reason = "no validation case with known factors to stop the training"
    else:
        result = search(
            learn, judge, clinical_model=clinical_model, seed=seed, log=log, networks=networks
        )
        if result:
            return ClinicalFit(FITTED, encoding, learn, judge, result)
        reason = "every training of the clinical network diverged"
    return ClinicalFit(Status.not_estimable(reason), encoding)


def _cases(encoding: Encoding, cases: pd.DataFrame) -> Cases:
    """Return the cases that take part, encoded."""
    cases = cases[encoding.usable(cases)]
    return Cases(encoding.encode(cases), (cases["label"] == "malignant").to_numpy(bool))


def describe(fit: ClinicalFit) -> dict[str, Any]:
    """Return what ``model.json`` says, but for the hash of the weights."""
    description: dict[str, Any] = {
        "status": fit.status,
        "encoding": fit.encoding.to_dict(),
    }
    if fit.result is None or fit.training is None or fit.validation is None:
        return description
    result = fit.result
    chosen = result.trials[result.trials["chosen"] == 1].iloc[0]
    return description | {
        "architecture": {
            "inputs": len(fit.encoding.columns),
            "hidden": list(result.hidden),
            "activation": "relu",
            "batch_normalization": f"between the hidden layers, momentum {BATCH_MOMENTUM}",
            "output": "2 neurons, softmax: benign, malignant",
        },
        "training": {
            "loss": "cross-entropy, class-balanced",
            "optimizer": "adam",
            "learning_rate": result.how.learning_rate,
            "dropout": result.how.dropout,
            "l2": result.how.l2,
            "batch": result.how.batch,
            "patience_epochs": PATIENCE,
            "cases": len(fit.training.malignant),
            "malignant": int(fit.training.malignant.sum()),
            "validation_cases": len(fit.validation.malignant),
            "validation_malignant": int(fit.validation.malignant.sum()),
        },
        "chosen": {
            "trial": int(chosen["trial"]),
            "of_trials": len(result.trials),
            "epoch": result.history.best_epoch,
            "epochs": result.history.epochs,
            "validation_cross_entropy": result.history.best,
            "validation_auroc": float(chosen["auroc"]),
        },
    }
