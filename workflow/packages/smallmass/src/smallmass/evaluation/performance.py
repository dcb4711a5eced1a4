"""``performance.csv``: every model's metrics in every set of cases, with interval and counts."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from diagnostic_accuracy.calibration import brier_score, calibration_intercept, calibration_slope
from diagnostic_accuracy.means import mean, median
from diagnostic_accuracy.proportions import proportion
from diagnostic_accuracy.results import Result
from smallmass.combined.probability import IMAGE_PROBABILITY
from smallmass.evaluation.by_patient import LOCALISED, mean_over_seeds
from smallmass.evaluation.cases import (
    KEY,
    CaseSet,
    case_sets,
    join_notes,
    several_note,
    threshold_of,
)
from smallmass.evaluation.measured import (
    PATIENTS_KNOWN,
    Hits,
    Scored,
    measured_auroc,
    measured_proportion,
    unmeasured,
)
from smallmass.evaluation.metrics import (
    NO_OUTLINES,
    class_note,
    counted,
    empty_note,
    of_counts,
    width_note,
)
from smallmass.evaluation.remarks import Remarks, no_calls
from smallmass.evaluation.repeats import ranges
from smallmass.options import FittedOn
from smallmass.settings import Settings
from smallmass.words import (
    ALL_SEEDS,
    CALL_METRICS,
    COMBINED,
    PAIRED_METRICS,
    Fit,
    Metric,
    Model,
    Split,
)

COLUMNS = [*KEY, "seed", "model", "metric", "estimate", "ci_low", "ci_high", "numerator",
           "denominator", "ci_method", "note"]  # fmt: skip
UNGATED = "of the ungated score: the gate takes no part in the AUROC"


def performance(
    *,
    predictions: pd.DataFrame,
    scores: pd.DataFrame,
    cohort: pd.DataFrame,
    operating_points: list[dict],
    clinical_model: dict,
    settings: Settings,
    repeats: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return ``performance.csv``.

    Args:
        predictions: ``predictions.csv``.
        scores: ``image_model/scores.csv``, one row a case, seed and fit.
        cohort: ``cohort.csv``.
        operating_points: ``operating_points.json``.
        clinical_model: ``clinical_model/model.json``.
        settings: The study's ``seed``, ``cohort``, ``evaluation`` and ``combined_model``.
        repeats: ``combined/cross_calls.csv``.
    """
    remarks = Remarks(operating_points, clinical_model)
    rows = []
    for cases in case_sets(predictions, cohort, settings.cohort):
        # Where the test set chose the threshold its calls are in-sample; its scores still are not.
        fit = Fit.HELD_OUT if cases.split == Split.TEST else cases.fit
        of_set = scores[scores["fit"] == fit].merge(cases.cases[["case_id"]], on="case_id")
        for seed, part in of_set.groupby("seed", sort=False):
            rows += _of_seed(cases, str(seed), part, operating_points, settings)
        for model in Model:
            spread = ranges(cases, model, repeats)
            for row in _of_model(cases, model, operating_points, remarks, settings):
                over = spread.get(row["metric"], "") if math.isfinite(row["estimate"]) else ""
                rows.append(row | {"note": join_notes(row["note"], over)})
        rows += _outlines(cases, ALL_SEEDS, mean_over_seeds(of_set, LOCALISED), settings)
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({"numerator": "Int64", "denominator": "Int64"})


def _of_model(
    cases: CaseSet,
    model: Model,
    operating_points: list[dict],
    remarks: Remarks,
    settings: Settings,
) -> list[dict]:
    """Return the rows of one model's mean score in one set of cases."""
    score = cases.score(model)
    reason = remarks.no_score(model, cases) if np.isnan(score).all() else ""
    fitted = "model fitted on these cases" if _fitted(cases, model, settings) else ""
    beside = remarks.beside(model, cases)
    rows = []
    if model != Model.CLINICAL:  # it has no operating point
        _, chosen_on = threshold_of(operating_points, model)
        chosen = "operating point chosen on these cases" if cases.split == chosen_on else ""
        call = cases.call(model)
        why = reason or (remarks.reason(model, cases) if np.isnan(call).all() else "")
        rows += _of_calls(cases, model, call, settings, why, (chosen, fitted, *beside))
    rows += _of_scores(
        cases, ALL_SEEDS, model, score, settings, reason, join_notes(fitted, *beside)
    )
    return rows + (_of_probability(cases, settings) if model == Model.IMAGE else [])


def _of_probability(cases: CaseSet, settings: Settings) -> list[dict]:
    """Return the rows of the image model's recalibrated score; none in tables without it."""
    if IMAGE_PROBABILITY not in cases.cases:
        return []
    probability = pd.to_numeric(cases.cases[IMAGE_PROBABILITY]).to_numpy(np.float64)
    known = np.isfinite(probability)
    whose = Scored(probability[known], cases.malignant[known], cases.cases[known])
    rows = []
    for metric, measure in _OF_PROBABILITY.items():
        if not known.any():
            why = "no probability: the cases that choose the cut-off have no two labels"
            rows.append(_row(cases, ALL_SEEDS, Model.IMAGE, unmeasured(metric), why))
            continue
        result = replace(measure(whose, settings), name=metric)
        note = join_notes(result.note, width_note(result), several_note(cases.cases[known]))
        rows.append(_row(cases, ALL_SEEDS, Model.IMAGE, result, note))
    return rows


def _fitted(cases: CaseSet, model: str, settings: Settings) -> bool:
    """Return whether a combined model was fitted on the cases whose scores these are."""
    where = settings.combined_model.fitted_on  # training_out_of_fold, ..., validation
    own_fold_left_out = where == FittedOn.TRAINING_OUT_OF_FOLD and cases.fit == Fit.OUT_OF_FOLD
    return model in COMBINED and where.startswith(cases.split) and not own_fold_left_out


def _of_seed(cases, seed, scores, operating_points, settings) -> list[dict]:
    """Return the rows of the image model of one seed, read at the mean score's threshold."""
    table = cases.cases[["cohort", "case_id", "patient_id", "label"]].merge(
        scores, on="case_id", how="left"
    )
    one = CaseSet(cases.cohort, cases.subset, cases.split, cases.fit, table)
    score = one.score(Model.IMAGE)
    threshold, _ = threshold_of(operating_points, Model.IMAGE)
    call = np.where(np.isnan(score) | np.isnan(threshold), np.nan, score >= threshold)
    reason = Remarks().no_score(Model.IMAGE) if np.isnan(score).all() else ""
    note = "operating point of the mean score"
    rows = _of_calls(one, "image", call, settings, reason, (note,), seed)
    rows += _of_scores(one, seed, "image", score, settings, reason)
    return rows + _outlines(cases, seed, scores, settings)


def _of_calls(cases, model, call, settings, reason, notes, seed=ALL_SEEDS) -> list[dict]:
    """Return the rows of the metrics of calls; cases without a call are left out and counted."""
    called = ~np.isnan(call)
    malignant = cases.malignant[called]
    missing = _missing(len(call) - len(malignant), "call")
    rows = []
    for metric in CALL_METRICS:
        if reason or not called.any():
            why = reason or str(no_calls(model))
            rows.append(_row(cases, seed, model, unmeasured(metric), why))
            continue
        hit, among = counted(metric, call[called] == 1, malignant)
        result = measured_proportion(Hits(metric, hit, among, cases.cases[called]), settings)
        empty = "" if result.estimable else empty_note(metric)
        of_mix = at_share(metric, malignant)
        note = join_notes(empty, of_mix, missing, *notes, width_note(result), result.note)
        rows.append(_row(cases, seed, model, result, note))
    return rows


def at_share(metric: str, malignant: np.ndarray) -> str:
    """Return at which share of malignant lesions a metric is, where it depends on it.

    Args:
        metric: One of `CALL_METRICS`.
        malignant: bool ``(cases,)``, at least one case.
    """
    if metric in PAIRED_METRICS:
        return ""
    return f"at {100 * malignant.mean():.0f}% malignant, see at_prevalence.csv"


def _of_scores(cases, seed, model, score, settings, reason, beside="") -> list[dict]:
    """Return the rows of the metrics of scores; cases without a score are left out and counted."""
    scored = np.isfinite(score)
    missing = _missing(int((~scored).sum()), "score")
    ungated = UNGATED if model in COMBINED else ""
    whose = Scored(score[scored], cases.malignant[scored], cases.cases[scored])
    rows = []
    for metric, measure in _OF_SCORE.items():
        of_auroc = metric == Metric.AUROC
        why = reason or (class_note(cases.malignant[scored]) if of_auroc else "")
        if why:
            rows.append(_row(cases, seed, model, unmeasured(metric), why))
            continue
        result = replace(measure(whose, settings), name=metric)
        extra = ungated if of_auroc else ""
        aware = of_auroc and settings.evaluation.auroc_interval in PATIENTS_KNOWN
        several = "" if aware else several_note(cases.cases[scored])
        note = join_notes(result.note, missing, extra, beside, width_note(result), several)
        rows.append(_row(cases, seed, model, result, note))
    return rows


def _slope(scored: Scored, settings: Settings) -> Result:
    return calibration_slope(scored.score, scored.malignant, settings.evaluation.confidence)


def _intercept(scored: Scored, settings: Settings) -> Result:
    return calibration_intercept(scored.score, scored.malignant, settings.evaluation.confidence)


def _brier(scored: Scored, settings: Settings) -> Result:
    return brier_score(scored.score, scored.malignant, settings.evaluation.confidence)


# In the order of the table.
_OF_SCORE: dict[str, Callable[[Scored, Settings], Result]] = {
    Metric.AUROC: measured_auroc,
    Metric.BRIER: _brier,
    Metric.CALIBRATION_SLOPE: _slope,
    Metric.CALIBRATION_INTERCEPT: _intercept,
}

_OF_PROBABILITY: dict[str, Callable[[Scored, Settings], Result]] = {
    Metric.PROBABILITY_BRIER: _brier,
    Metric.PROBABILITY_SLOPE: _slope,
    Metric.PROBABILITY_INTERCEPT: _intercept,
}


def _outlines(cases: CaseSet, seed: str, scores: pd.DataFrame, settings: Settings) -> list[dict]:
    """Return the image model's rows about outlines: found, and Dice with a miss counted as 0."""
    lesions_found = pd.to_numeric(scores["found"]).dropna().to_numpy(np.float64)
    if not len(lesions_found):
        why = str(NO_OUTLINES)
        metrics = (Metric.DICE, Metric.DICE_MEDIAN, Metric.FOUND)
        return [_row(cases, seed, Model.IMAGE, unmeasured(metric), why) for metric in metrics]
    dice = pd.to_numeric(scores["dice"]).dropna().to_numpy(np.float64)
    rows = _of_dice(cases, seed, dice, settings) if len(dice) else []
    of_lesions = _found_by_seed if np.isin(lesions_found, (0, 1)).all() else _found_by_some_seeds
    result, note = of_lesions(lesions_found, settings)
    note = join_notes(note, several_note(cases.cases))
    return [*rows, _row(cases, seed, Model.IMAGE, result, note)]


def _of_dice(cases: CaseSet, seed: str, dice: np.ndarray, settings: Settings) -> list[dict]:
    """Return the rows of mean and median Dice, float64 ``(cases,)``."""
    confidence = settings.evaluation.confidence
    several = several_note(cases.cases)
    middle = median(dice, Metric.DICE_MEDIAN, confidence)
    average = mean(dice, Metric.DICE, confidence)
    beside = f"a miss counts as 0; median {middle.value()}"
    return [
        _row(cases, seed, Model.IMAGE, average, join_notes(beside, width_note(average), several)),
        _row(cases, seed, Model.IMAGE, middle, join_notes("a miss counts as 0", several)),
    ]


def _found_by_seed(found: np.ndarray, settings: Settings) -> tuple[Result, str]:
    """Return the share of lesions found, a proportion, and its note."""
    result = proportion(
        int(found.sum()),
        len(found),
        name=Metric.FOUND,
        method=of_counts(settings.evaluation.proportion_interval),
        confidence=settings.evaluation.confidence,
    )
    return result, width_note(result)


def _found_by_some_seeds(found: np.ndarray, settings: Settings) -> tuple[Result, str]:
    """Return the mean share of seeds that found a lesion, and its note."""
    result = mean(found, Metric.FOUND, settings.evaluation.confidence)
    return result, "mean over cases of the share of seeds"


def _row(cases: CaseSet, seed: str, model: str, result: Result, note: str) -> dict:
    return {
        **cases.key_of(model),
        "seed": seed,
        "model": model,
        "metric": result.name,
        "estimate": result.estimate,
        "ci_low": result.low,
        "ci_high": result.high,
        "numerator": result.count,
        "denominator": result.n if result.estimable or result.count is not None else None,
        "ci_method": result.method if math.isfinite(result.low) else "",
        "note": note,
    }


def _missing(count: int, what: str) -> str:
    return f"{count} cases without a {what} left out" if count else ""
