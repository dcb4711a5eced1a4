"""The parts of a study: from which lesions combined models learn, and which they then read.

A plain study has one part: its own models read every lesion. Where lesions are dealt into folds,
there is a part for each repeat and fold: its models learn from the other folds and read that one.
The image model, with its operating point, was made on other patients and is the same throughout.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from smallmass.combined.cutoff import combined_cutoff
from smallmass.combined.data import IMAGE, Data, clinical_inputs
from smallmass.combined.fit import Fitted, fit_and_score, fit_rows
from smallmass.combined.gate import final_call
from smallmass.combined.operating_point import OperatingPoint
from smallmass.options import FittedOn
from smallmass.settings import Settings
from smallmass.words import COMBINED, Arm, Fit, Split


@dataclass(frozen=True)
class Part:
    """The lesions once, with what learns from them.

    Attributes:
        repeat, fold: Which part; both 0 of a plain study.
        data: The lesions, in the same order in every part.
        rows: int ``(lesions,)``, their positions in the study's table.
        held_out: bool ``(lesions,)``, which are held out; none of a plain study.
        settings: The study's, as they hold inside the part.
    """

    repeat: int
    fold: int
    data: Data
    rows: np.ndarray
    held_out: np.ndarray
    settings: Settings

    @property
    def read(self) -> np.ndarray:
        """Which lesions the part's models read for the study, bool ``(lesions,)``."""
        return self.held_out if self.held_out.any() else ~self.held_out


@dataclass(frozen=True)
class Reading:
    """What one combined model says of the lesions.

    Attributes:
        score: float ``(lesions,)``, mean over repeats; NaN where some repeat has none.
        call: float ``(lesions,)``: 1 or 0, that of most repeats; NaN where some repeat has none.
        scores, calls: float ``(repeats, lesions)``, those of every repeat.
        fits: The model and the cut-off of every part.
    """

    score: np.ndarray
    call: np.ndarray
    scores: np.ndarray
    calls: np.ndarray
    fits: list[tuple[Part, Fitted, OperatingPoint]]


def study_parts(
    table: pd.DataFrame,
    *,
    folds: pd.DataFrame,
    part_scores: pd.DataFrame,
    point: OperatingPoint,
    settings: Settings,
    seed: int,
) -> list[Part]:
    """Return the parts of a study.

    Args:
        table: Of `data.sort_table`.
        folds: Columns case_id, arm, repeat, fold; without rows of the clinical arm there is one
            part.
        part_scores: Columns repeat, fold, case_id, clinical_score: what a lesion's clinical score
            is where a fold is left out.
        point: The image model's operating point.
        settings: See `study.fit_combined`.
        seed: The study's seed.
    """
    dealt = folds[folds["arm"] == Arm.CLINICAL] if len(folds) else folds
    if dealt.empty:
        data = _called(table, point, settings, seed)
        everywhere, none = np.arange(len(table)), np.zeros(len(table), bool)
        return [
            Part(repeat=0, fold=0, data=data, rows=everywhere, held_out=none, settings=settings)
        ]
    fold_of = dealt.set_index(["repeat", "case_id"])["fold"]
    rows = np.flatnonzero(table["case_id"].isin(dealt["case_id"]))
    lesions, inside = table.iloc[rows].reset_index(drop=True), _inside(settings)
    parts = []
    for (repeat, fold), scores in part_scores.groupby(["repeat", "fold"], sort=True):
        held_out = (lesions["case_id"].map(fold_of[repeat]) == fold).to_numpy()
        here = lesions.assign(
            clinical_score=lesions["case_id"].map(scores.set_index("case_id")["clinical_score"]),
            split=np.where(held_out, Split.TEST, Split.TRAINING),
            fit=np.where(held_out, Fit.HELD_OUT, Fit.IN_SAMPLE),
        )
        data = _called(here, point, settings, seed)
        parts.append(
            Part(
                repeat=int(repeat),
                fold=int(fold),
                data=data,
                rows=rows,
                held_out=held_out,
                settings=inside,
            )
        )
    return parts


def _called(table: pd.DataFrame, point: OperatingPoint, settings: Settings, seed: int) -> Data:
    """Return lesions as arrays, with the image model's calls."""
    image = table[IMAGE].to_numpy(float)
    data = Data(
        table=table,
        malignant=table["malignant"].to_numpy(bool),
        image_call=np.full(len(table), np.nan),
        inputs={IMAGE: image} | clinical_inputs(table, settings),
        seed=seed,
    )
    return data.called(image, point.threshold)


def _inside(settings: Settings) -> Settings:
    """Return the settings of a part, in which the other folds' lesions are the training cases."""
    return settings.changed(
        {
            "combined_model.fitted_on": FittedOn.TRAINING_IN_SAMPLE,
            "operating_point.chosen_on": Split.TRAINING,
        }
    )


def second_reading(parts: list[Part]) -> dict[str, Reading]:
    """Return what each combined model says of the lesions, from a fit and a cut-off each part.

    Args:
        parts: Of `study_parts`.
    """
    shape = 1 + max(part.repeat for part in parts), len(parts[0].held_out)
    readings: dict[str, Reading] = {}
    for name in COMBINED:
        scores, calls, fits = np.full(shape, np.nan), np.full(shape, np.nan), []
        for part in parts:
            combined_model = part.settings.combined_model
            fitted = fit_and_score(
                name, part.data, fit_rows(part.data, combined_model), combined_model
            )
            cutoff = combined_cutoff(name, part.data, fitted, part.settings)
            gated = combined_model.applied_to.gated
            call = final_call(part.data.image_call, fitted.score, cutoff.threshold, gated=gated)
            scores[part.repeat, part.read] = fitted.score[part.read]
            calls[part.repeat, part.read] = call[part.read]
            fits.append((part, fitted, cutoff))
        votes = calls.mean(axis=0)
        majority = np.where(np.isnan(votes), np.nan, votes > 0.5)
        readings[name] = Reading(scores.mean(axis=0), majority, scores, calls, fits)
    return readings


def by_repeat(parts: list[Part], readings: Mapping[str, Reading]) -> pd.DataFrame:
    """Return what every repeat says of every held-out lesion: `REPEAT_COLUMNS`.

    Args:
        parts: Of `study_parts`.
        readings: Of `second_reading`; may lack a model.
    """
    tables = []
    for part in parts:
        own = part.data.table.loc[part.held_out, ["case_id", "clinical_score"]]
        table = own.assign(repeat=part.repeat).reindex(columns=REPEAT_COLUMNS)
        for name, reading in readings.items():
            table[f"{name}_score"] = reading.scores[part.repeat, part.held_out]
            table[f"{name}_call"] = reading.calls[part.repeat, part.held_out]
        tables.append(table)
    table = pd.concat(tables).sort_values(["repeat", "case_id"], ignore_index=True)
    return table.astype({f"{name}_call": "Int64" for name in COMBINED})


REPEAT_COLUMNS = [
    *("repeat", "case_id", "clinical_score"),
    *(f"{model}_{kind}" for model in COMBINED for kind in ("score", "call")),
]
