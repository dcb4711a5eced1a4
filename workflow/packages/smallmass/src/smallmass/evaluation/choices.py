"""``choices.csv``: the whole analysis under every answer to what the paper leaves open.

Operating points, fits and tests of the test set are run again under the full product of the
options that need no new image model and no new clinical model (`OPTIONS`). A row is a
combination; the variants of McNemar's test (A25) are columns, as they need the discordant pairs
alone. What a combination shares with others is computed once: image scores by A09, A10 and A39,
calls by A12 and A13 as well, fits by their inputs and the lesions they are fitted on.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from operator import attrgetter

import numpy as np
import pandas as pd

from smallmass.clinical.encoding import any_known
from smallmass.combined.cutoff import combined_cutoff
from smallmass.combined.data import IMAGE, Data, clinical_inputs, prepare
from smallmass.combined.fit import Fitted, fit_and_score, fit_rows
from smallmass.combined.gate import final_call
from smallmass.combined.operating_point import image_operating_point
from smallmass.combined.scores import by_tissue, patients
from smallmass.evaluation.cases import COMBINED, join_notes
from smallmass.evaluation.refit import fitting_table
from smallmass.evaluation.remarks import Remarks, no_calls
from smallmass.evaluation.tallies import TALLY_COLUMNS, Tally, image_rates
from smallmass.image_model.scores import image_scores
from smallmass.options import (
    CHOSEN_ON,
    Cutoff,
    FittedOn,
    ImageScore,
    Inputs,
    Lesions,
    RegionScore,
    Threshold,
    Tie,
    TreeDepth,
)
from smallmass.settings import EvaluationSettings, Settings
from smallmass.status import Status
from smallmass.words import Model, cohort_name

# id -> (setting, options); the order is that of the columns.
SCORED = {
    "A09": ("image_model.region_score", tuple(RegionScore)),
    "A10": ("image_model.image_score", tuple(ImageScore)),
    "A39": ("image_model.floor", (0.0, 0.7)),
}
CALLED = {
    "A12": ("operating_point.chosen_on", CHOSEN_ON),
    "A13": ("operating_point.tie", tuple(Tie)),
    "A13_threshold": ("operating_point.threshold", tuple(Threshold)),
}
FITTED = {
    "A19": ("combined_model.inputs", tuple(Inputs)),
    "A20": ("combined_model.fitted_on", tuple(FittedOn)),
    "A20_lesions": ("combined_model.fitted_to", tuple(Lesions)),
}
APPLIED = {
    "A21": ("combined_model.applied_to", tuple(Lesions)),
    "A22": ("combined_model.cutoff", tuple(Cutoff)),
    "A23": ("combined_model.tree_depth", tuple(TreeDepth)),
}
OPTIONS = SCORED | CALLED | FITTED | APPLIED
COLUMNS = [*OPTIONS, "main", "image_sensitivity", "image_specificity",
           *(f"{model}_{name}" for model in COMBINED for name in TALLY_COLUMNS),
           "note"]  # fmt: skip
WHY_LEFT_OUT = {
    "training_out_of_fold": "no out-of-fold scores, as no folds were trained (A20)",
    "factors": "no clinical factor is known (A19)",
}


def choices(
    *,
    predictions: pd.DataFrame,
    detections: list[pd.DataFrame],
    cohort: pd.DataFrame,
    folds: pd.DataFrame,
    operating_points: list[dict],
    settings: Settings,
) -> pd.DataFrame:
    """Return ``choices.csv``; ``main`` is 1 in the row of the study's own settings, the first.

    Args:
        predictions: ``predictions.csv``.
        detections: ``detections.csv`` of every seed and fold.
        cohort: ``cohort.csv``.
        folds: ``folds.csv``.
        operating_points: ``operating_points.json``.
        settings: The study's ``seed``, ``evaluation``, ``image_model``, ``clinical_model``,
            ``combined_model``, ``cross_fitting`` and ``operating_point``.
    """
    crossed = settings.cross_fitting.cohort
    if crossed:
        return _nothing_tried(str(_of_folds(crossed)))
    table = fitting_table(predictions=predictions, cohort=cohort, folds=folds)
    # The study's own models may be missing and another choice's not: only without anything
    # clinical is there nothing to try.
    if table["clinical_score"].isna().all() and not any_known(table):
        return _nothing_tried(Remarks(operating_points).no_score(Model.REGRESSION))
    whose = _patients(cohort, settings.evaluation)
    rows = list(_rows(table, detections, whose, settings))
    combinations = pd.DataFrame(rows, columns=COLUMNS)
    counts = [name for name in COLUMNS if name.endswith(("_gained", "_lost"))]
    return combinations.astype(dict.fromkeys(counts, "Int64"))


def _nothing_tried(why: str) -> pd.DataFrame:
    """Return the table of no combination, with the reason in its one row."""
    return pd.DataFrame([{"note": why}], columns=COLUMNS)


def _of_folds(cohort: str) -> Status:
    """Return why there is no other choice where the study's own models are of folds alone."""
    return Status.not_estimable(
        f"the combined models are cross-fitted in {cohort_name(cohort)}, and the other choices "
        "fit them on training or validation cases, of which none has a clinical factor"
    )


def allowed(table: pd.DataFrame, settings: Settings) -> dict[str, list]:
    """Return the options of every question by id, the study's own first.

    Options that the run's own data do not allow are left out: out-of-fold scores without folds,
    raw factors where none is known.

    Args:
        table: See `refit.fitting_table`.
        settings: As in `choices`.
    """
    impossible = set()
    if not (table["fit"] == "out_of_fold").any():
        impossible.add("training_out_of_fold")
    if not any_known(table):
        impossible.add("factors")
    own = own_choice(settings)
    return {
        name: [own[name], *(value for value in values if value not in {own[name], *impossible})]
        for name, (_, values) in OPTIONS.items()
    }


def left_out(table: pd.DataFrame) -> tuple[int, list[str]]:
    """Return how many combinations of the full product are not in a table, and why.

    Args:
        table: ``choices.csv``.
    """
    if table[list(OPTIONS)].isna().all(axis=None):  # nothing was combined, and the table says why
        return 0, []
    full, here, why = 1, 1, []
    for name, (_, values) in OPTIONS.items():
        seen = set(table[name].dropna())
        full *= len(seen | set(values))
        here *= max(len(seen), 1)
        why += [WHY_LEFT_OUT[str(value)] for value in values if value not in seen]
    return full - here, why


def own_choice(settings: Settings) -> dict:
    """Return the study's own options by id."""
    return {name: attrgetter(setting)(settings) for name, (setting, _) in OPTIONS.items()}


def with_choice(settings: Settings, chosen: dict) -> Settings:
    """Return the settings with the chosen options in place of the study's own."""
    return settings.changed({OPTIONS[name][0]: value for name, value in chosen.items()})


def rescored(
    table: pd.DataFrame,
    detections: list[pd.DataFrame],
    chosen: dict,
    whose: dict[str, str] | None = None,
) -> np.ndarray:
    """Return image scores, mean over seeds, under other options; float64 ``(rows,)``.

    Args:
        table: case_id and fit of each row.
        detections: ``detections.csv`` of every seed and fold.
        chosen: Options by id.
        whose: The patient of each case, where the unit is the patient (A37): the highest score
            of a patient's cases stands for the patient.
    """
    options = {SCORED[name][0].rpartition(".")[2]: chosen[name] for name in SCORED}
    scores = pd.concat([image_scores(part, **options) for part in detections])
    mean = scores.groupby(["case_id", "fit"])[IMAGE].mean()
    if whose is not None:
        patient = mean.index.get_level_values("case_id").map(whose)
        mean = mean.groupby([patient, mean.index.get_level_values("fit")]).transform("max")
    return mean.reindex(pd.MultiIndex.from_frame(table[["case_id", "fit"]])).to_numpy(np.float64)


def _patients(cohort: pd.DataFrame, evaluation: EvaluationSettings) -> dict[str, str] | None:
    """Return the patient of each case, or None where the unit is the lesion (A37)."""
    if evaluation.unit == "lesion":
        return None
    own = cohort["case_id"].astype(str).to_numpy()
    kept = by_tissue(cohort, evaluation.reference_standard)
    return dict(zip(own, np.where(kept, patients(cohort), own), strict=True))


def _rows(table, detections, whose, settings) -> Iterator[dict]:
    """Yield a row a combination, with the study's own options first."""
    options, own = allowed(table, settings), own_choice(settings)
    data, _ = prepare(table, settings, settings.seed)
    clinical = {
        inputs: clinical_inputs(data.table, with_choice(settings, {"A19": inputs}))
        for inputs in options["A19"]
    }
    for scored in _product(SCORED, options):
        image = data.inputs[IMAGE]
        if any(scored[name] != own[name] for name in SCORED):
            image = rescored(data.table, detections, scored, whose)
        fits: dict[tuple, Fitted] = {}
        for called in _product(CALLED, options):
            point = image_operating_point(
                data.table.assign(image_score=image),
                with_choice(settings, called).operating_point,
            )
            read = data.called(image, point.threshold)
            for fitted in _product(FITTED, options):
                part = replace(read, inputs={IMAGE: image} | clinical[fitted["A19"]])
                chosen = scored | called | fitted
                yield from _of_fit(part, chosen, options, own, settings, fits)


def _product(family: dict, options: dict) -> Iterator[dict]:
    for values in itertools.product(*(options[name] for name in family)):
        yield dict(zip(family, values, strict=True))


def _of_fit(data: Data, chosen, options, own, settings, fits) -> Iterator[dict]:
    """Yield the rows that share their calls, inputs and fitted lesions."""
    rows = fit_rows(data, with_choice(settings, chosen).combined_model)
    key = (chosen["A19"], rows.tobytes())
    image = image_rates(data)
    seen: dict[tuple, Tally] = {}
    for applied in _product(APPLIED, options):
        combination = chosen | applied
        changed = with_choice(settings, combination)
        row = {**combination, "main": int(combination == own), **image}
        missing = []
        for model in COMBINED:
            form = applied["A23"] if model == "tree" else ""
            again = (model, form, applied["A21"], applied["A22"])
            if again not in seen:
                fit = (model, form, *key)
                if fit not in fits:
                    fits[fit] = fit_and_score(model, data, rows, changed.combined_model)
                seen[again] = _tally(model, data, fits[fit], changed)
            tally = seen[again]
            row |= {f"{model}_{name}": value for name, value in tally.numbers().items()}
            if not tally.n:
                missing.append(str(no_calls(model)))
        yield row | {"note": join_notes(*missing)}


def _tally(model: str, data: Data, fitted: Fitted, settings: Settings) -> Tally:
    """Return the combined model's calls in the test set, counted against the image model's."""
    cutoff = combined_cutoff(model, data, fitted, settings).threshold
    tested = data.rows("test")
    gated = settings.combined_model.applied_to == "image_negatives"
    image = data.image_call[tested]
    combined = final_call(image, fitted.score[tested], cutoff, gated=gated)
    return Tally.of(image, combined, data.malignant[tested])
