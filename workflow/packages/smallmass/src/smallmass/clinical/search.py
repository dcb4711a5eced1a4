"""Bayesian search of the clinical network's hyper-parameters on validation cases (A18).

"The MLP structure was determined through hyperparameter tuning using the Bayesian optimization
method": the space and the budget are not stated. Here a tree-structured Parzen estimator
(Bergstra et al. 2011) minimises the class-balanced cross-entropy of validation. Its first trial
is the printed network with the optimiser's defaults, so a search never ends below that one.
"""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from smallmass.clinical.mlp import Cases, History, Mlp, Training
from smallmass.seeds import derive
from smallmass.settings import ClinicalModelSettings

LEARNING_RATES = (1e-4, 1e-2)
LARGEST_DROPOUT = 0.5
L2 = (0.0, 1e-5, 1e-4, 1e-3, 1e-2)
NEURONS = (15, 30, 60, 120)
MOST_LAYERS = 5

TRIAL_COLUMNS = [
    "trial",
    "state",
    "chosen",
    "hidden",
    "learning_rate",
    "dropout",
    "l2",
    "batch",
    "cross_entropy",
    "auroc",
    "best_epoch",
    "epochs",
]

Networks = dict[tuple[int, tuple[int, ...]], Mlp]
"""Traced networks by their columns and hidden layers."""


@dataclass(frozen=True)
class SearchResult:
    """What the search ends with.

    Attributes:
        hidden: Neurons of the hidden layers.
        how: Optimiser clinical_model.
        history: Of the chosen trial's training.
        arrays: The chosen trial's weights.
        trials: Every trial, with `TRIAL_COLUMNS`.
    """

    hidden: tuple[int, ...]
    how: Training
    history: History
    arrays: dict[str, np.ndarray]
    trials: pd.DataFrame


class _Trials:
    """Trains what the search proposes, and keeps a row of every trial and the best weights."""

    def __init__(
        self,
        training: Cases,
        validation: Cases,
        epochs: int,
        seed: int,
        log: logging.Logger,
        networks: Networks,
    ):
        self.training, self.validation = training, validation
        self.epochs, self.seed, self.log = epochs, seed, log
        self.rows: list[dict[str, Any]] = []
        self.best: SearchResult | None = None
        self._networks = networks

    def run(self, hidden: tuple[int, ...], how: Training) -> float:
        """Train one trial; return its validation cross-entropy (NaN where training failed)."""
        number = len(self.rows)
        key = self.training.x.shape[1], hidden
        if key not in self._networks:
            # One network at a time: a searched architecture seldom comes back.
            self._networks.clear()
            self._networks[key] = Mlp(columns=key[0], hidden=hidden)
        network = self._networks[key]
        history = network.train(
            self.training,
            self.validation,
            how=how,
            epochs=self.epochs,
            seed=derive(self.seed, "trial", number),
        )
        failed = math.isnan(history.best)
        row = {
            "trial": number,
            "state": "failed" if failed else "complete",
            "chosen": 0,
            "hidden": "-".join(map(str, hidden)),
            "learning_rate": how.learning_rate,
            "dropout": how.dropout,
            "l2": how.l2,
            "batch": how.batch,
            "cross_entropy": history.best,
            "auroc": math.nan if failed else self._auroc(network),
            "best_epoch": history.best_epoch,
            "epochs": history.epochs,
        }
        self.rows.append(row)
        self.log.info(
            "trial %d: %s, learning rate %.2g, dropout %.2g, L2 %g, batch %d: validation "
            "cross-entropy %.4f, AUROC %.3f (epoch %d of %d)",
            *(row[name] for name in ("trial", *TRIAL_COLUMNS[3:])),
        )
        if not failed and (self.best is None or history.best < self.best.history.best):
            self.best = SearchResult(hidden, how, history, network.arrays(), pd.DataFrame())
            for other in self.rows:
                other["chosen"] = int(other is row)
        return history.best

    def _auroc(self, network: Mlp) -> float:
        """Return validation's AUROC; NaN where validation has one class."""
        from sklearn.metrics import roc_auc_score

        truth = self.validation.malignant
        if truth.all() or not truth.any():
            return math.nan
        return float(roc_auc_score(truth, network.score(self.validation.x)))


def search(
    training: Cases,
    validation: Cases,
    *,
    clinical_model: ClinicalModelSettings,
    seed: int,
    log: logging.Logger,
    networks: Networks | None = None,
) -> SearchResult | None:
    """Train the printed network, then as many trials as the settings allow; return the best.

    The chosen trial's own weights are the model: nothing is trained again.

    Args:
        training: Cases that every trial learns from.
        validation: Cases that stop each training and judge each trial.
        clinical_model: ``hidden``, ``architecture``, ``trials``, ``epochs`` and ``batch`` of the
            config's ``clinical_model``.
        seed: Of the sampler and of every trial.
        log: Gets a line a trial.
        networks: Networks of earlier searches, to be used again: every training starts anew, so
            they change nothing but the time. The last one used is put into it.

    Returns:
        SearchResult | None: None where every training ended in NaN.
    """
    networks = {} if networks is None else networks
    trials = _Trials(training, validation, clinical_model.epochs, seed, log, networks)
    printed = tuple(clinical_model.hidden)
    if clinical_model.trials == 0:
        trials.run(printed, Training(batch=clinical_model.batch))
    else:
        _optimise(trials, printed, clinical_model, derive(seed, "sampler"))
    if trials.best is None:
        return None
    best = trials.best
    table = pd.DataFrame(trials.rows, columns=TRIAL_COLUMNS)
    return SearchResult(best.hidden, best.how, best.history, best.arrays, table)


def _optimise(
    trials: _Trials, printed: tuple[int, ...], clinical_model: ClinicalModelSettings, seed: int
) -> None:
    """Let the sampler propose trials, after the printed network."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    searched = clinical_model.architecture == "searched"
    batch = clinical_model.batch

    def objective(trial) -> float:
        how = Training(
            learning_rate=trial.suggest_float("learning_rate", *LEARNING_RATES, log=True),
            dropout=trial.suggest_float("dropout", 0.0, LARGEST_DROPOUT),
            l2=trial.suggest_categorical("l2", L2),
            batch=trial.suggest_categorical("batch", (batch, 2 * batch)),
        )
        return trials.run(_widths(trial, printed) if searched else printed, how)

    sampler = optuna.samplers.TPESampler(
        seed=seed, n_startup_trials=max(3, clinical_model.trials // 3)
    )
    study = optuna.create_study(sampler=sampler, direction="minimize")
    default = Training(batch=batch)
    first = {
        "learning_rate": default.learning_rate,
        "dropout": default.dropout,
        "l2": default.l2,
        "batch": default.batch,
        "layers": len(printed),
    }
    study.enqueue_trial(first | {f"neurons_{i}": n for i, n in enumerate(printed, 1)})
    study.optimize(objective, n_trials=clinical_model.trials)


def _widths(trial, printed: Sequence[int]) -> tuple[int, ...]:
    """Return the hidden layers that a trial proposes (A16 ``searched``)."""
    choices = tuple(sorted({*NEURONS, *printed}))
    layers = trial.suggest_int("layers", 1, max(MOST_LAYERS, len(printed)))
    return tuple(trial.suggest_categorical(f"neurons_{i}", choices) for i in range(1, layers + 1))
