"""``performance.csv``: every model's metrics in every set of cases, with interval and counts."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from diagnostic_accuracy import bootstrap, calibration
from diagnostic_accuracy.clustered import CLUSTER_INTERVALS, clustered_proportion
from diagnostic_accuracy.means import mean, median
from diagnostic_accuracy.proportions import proportion
from diagnostic_accuracy.results import Result
from diagnostic_accuracy.roc import AUROC_INTERVALS, auroc, delong, fewest
from smallmass.evaluation import crossed
from smallmass.evaluation.cases import (
    COMBINED,
    KEY,
    MODELS,
    CaseSet,
    case_sets,
    join_notes,
    patients,
    reasons,
    several_note,
    threshold_of,
    why_empty,
)
from smallmass.evaluation.metrics import (
    CALL_METRICS,
    class_note,
    counted,
    empty_note,
    of_counts,
)
from smallmass.seeds import derive
from smallmass.settings import Settings

COLUMNS = [*KEY, "seed", "model", "metric", "estimate", "ci_low", "ci_high", "numerator",
           "denominator", "ci_method", "note"]  # fmt: skip
ALL_SEEDS = "all"
UNGATED = "of the ungated score: the gate takes no part in the AUROC"
RESAMPLED = "bootstrap percentile, patients, threshold fixed"
BY_PATIENT = "delong-cluster"
PATIENTS_KNOWN = (BY_PATIENT, "bootstrap")
# Metrics of a score, in the order of the table.
_OF_SCORE = ("auroc", "brier", "calibration_slope", "calibration_intercept")


def performance(
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
    known = reasons(operating_points, clinical_model)
    lacking = crossed.gaps(operating_points, clinical_model)
    rows = []
    for cases in case_sets(predictions, cohort, settings.cohort):
        # Where the test set chose the threshold its calls are in-sample; its scores still are not.
        fit = "held_out" if cases.split == "test" else cases.fit
        of_set = scores[scores["fit"] == fit].merge(cases.cases[["case_id"]], on="case_id")
        for seed, part in of_set.groupby("seed", sort=False):
            rows += _of_seed(cases, str(seed), part, operating_points, settings)
        for model in MODELS:
            why = crossed.reasons_in(cases, known, lacking)
            said = crossed.notes(cases, model, lacking)
            ranges = crossed.ranges(cases, model, repeats)
            for row in _of_model(cases, model, operating_points, why, settings, said):
                spread = ranges.get(row["metric"], "") if math.isfinite(row["estimate"]) else ""
                rows.append(row | {"note": join_notes(row["note"], spread)})
        rows += _outlines(cases, ALL_SEEDS, _mean_over_seeds(of_set), settings)
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({"numerator": "Int64", "denominator": "Int64"})


def _of_model(cases, model, operating_points, known, settings, said) -> list[dict]:
    """Return the rows of one model's mean score in one set of cases, ``said`` beside each."""
    score = cases.score(model)
    reason = why_empty(model, known) if np.isnan(score).all() else ""
    fitted = "model fitted on these cases" if _fitted(cases, model, settings) else ""
    rows = []
    if model != "clinical":  # it has no operating point
        _, chosen_on = threshold_of(operating_points, model)
        chosen = "operating point chosen on these cases" if cases.split == chosen_on else ""
        call = cases.call(model)
        why = reason or (known.get(model, "") if np.isnan(call).all() else "")
        rows += _of_calls(cases, model, call, settings, why, (chosen, fitted, *said))
    beside = join_notes(fitted, *said)
    rows += _of_scores(cases, ALL_SEEDS, model, score, settings, reason, beside)
    return rows


def _fitted(cases: CaseSet, model: str, settings: Settings) -> bool:
    """Return whether a combined model was fitted on the cases whose scores these are."""
    where = settings.combined_model.fitted_on  # training_out_of_fold, ..., validation
    own_fold_left_out = where == "training_out_of_fold" and cases.fit == "out_of_fold"
    return model in COMBINED and where.startswith(cases.split) and not own_fold_left_out


def _of_seed(cases, seed, scores, operating_points, settings) -> list[dict]:
    """Return the rows of the image model of one seed, read at the mean score's threshold."""
    table = cases.cases[["cohort", "case_id", "patient_id", "label"]].merge(
        scores, on="case_id", how="left"
    )
    one = CaseSet(cases.cohort, cases.subset, cases.split, cases.fit, table)
    score = one.score("image")
    threshold, _ = threshold_of(operating_points, "image")
    call = np.where(np.isnan(score) | np.isnan(threshold), np.nan, score >= threshold)
    reason = why_empty("image", {}) if np.isnan(score).all() else ""
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
            why = reason or f"not estimable: the {model} model gave no calls"
            rows.append(_row(cases, seed, model, _none(metric), why))
            continue
        hit, among = counted(metric, call[called] == 1, malignant)
        result = measured_proportion(metric, hit, among, cases.cases[called], settings)
        empty = "" if result.estimable else empty_note(metric)
        note = join_notes(empty, missing, *notes, width_note(result), result.note)
        rows.append(_row(cases, seed, model, result, note))
    return rows


def _of_scores(cases, seed, model, score, settings, reason, beside="") -> list[dict]:
    """Return the rows of the metrics of scores; cases without a score are left out and counted."""
    scored = np.isfinite(score)
    missing = _missing(int((~scored).sum()), "score")
    ungated = UNGATED if model in COMBINED else ""
    rows = []
    for metric in _OF_SCORE:
        why = reason or (class_note(cases.malignant[scored]) if metric == "auroc" else "")
        if why:
            rows.append(_row(cases, seed, model, _none(metric), why))
            continue
        result = _score_metric(metric, score[scored], cases.malignant[scored], cases, scored,
                               settings)  # fmt: skip
        extra = ungated if metric == "auroc" else ""
        aware = metric == "auroc" and settings.evaluation.auroc_interval in PATIENTS_KNOWN
        several = "" if aware else several_note(cases.cases[scored])
        note = join_notes(result.note, missing, extra, beside, width_note(result), several)
        rows.append(_row(cases, seed, model, result, note))
    return rows


def _score_metric(metric, score, malignant, cases, scored, settings) -> Result:
    confidence = settings.evaluation.confidence
    if metric == "brier":
        result = calibration.brier_score(score, malignant, confidence)
    elif metric == "calibration_slope":
        result = calibration.calibration_slope(score, malignant, confidence)
    elif metric == "calibration_intercept":
        result = calibration.calibration_intercept(score, malignant, confidence)
    else:
        result = _auroc(score, malignant, cases.cases[scored], settings)
    return replace(result, name=metric)


def _auroc(score, malignant, table, settings) -> Result:
    """Return the AUROC with the interval that the settings name (A26)."""
    method = settings.evaluation.auroc_interval
    confidence = settings.evaluation.confidence
    if method == "bootstrap":
        low, high = _resampled(
            lambda weights: bootstrap.auroc(weights, score, malignant), table, settings
        )
        return _bootstrapped("auroc", auroc(score, malignant), low, high, len(score), settings)
    by_patient = method == BY_PATIENT
    whose = patients(table) if by_patient else np.arange(len(malignant))
    if method in ("delong", BY_PATIENT) and fewest(malignant, whose) < 2:
        kind = "patients" if by_patient else "cases"
        note = f"no interval: DeLong's variance needs two malignant and two benign {kind}"
        return replace(_none("auroc"), estimate=auroc(score, malignant), n=len(score), note=note)
    if by_patient:
        return delong(score, malignant, confidence, whose)
    return AUROC_INTERVALS[method](score, malignant, confidence)


def measured_proportion(
    metric: str,
    hit: np.ndarray,
    among: np.ndarray,
    table: pd.DataFrame,
    settings: Settings,
    method: str = "",
) -> Result:
    """Return a proportion with the interval that the settings name (A24).

    Args:
        metric: Its name.
        hit: bool ``(cases,)``, the cases that are right.
        among: bool ``(cases,)``, the cases that count.
        table: Rows of ``predictions.csv``, for the patients and labels ``(cases,)``.
        settings: The study's ``seed`` and ``evaluation``.
        method: Another interval than that of the settings.
    """
    method = method or settings.evaluation.proportion_interval
    count, n = int((hit & among).sum()), int(among.sum())
    confidence = settings.evaluation.confidence
    if not n:
        return replace(_none(metric), count=0)
    if method in CLUSTER_INTERVALS:
        whose = patients(table)[among]
        return clustered_proportion(
            hit[among], whose, name=metric, method=method, confidence=confidence
        )
    if method != "bootstrap":
        found = proportion(count, n, name=metric, method=method, confidence=confidence)
        return replace(found, note=several_note(table[among]))
    low, high = _resampled(lambda weights: bootstrap.rate(weights, hit, among), table, settings)
    return _bootstrapped(metric, count / n, low, high, n, settings, count)


def _resampled(statistic, table, settings) -> tuple[float, float]:
    """Return the percentile interval of one metric, patients drawn within labels."""
    groups = bootstrap.clusters(patients(table), table["label"].to_numpy(str))
    found = bootstrap.bootstrap(
        lambda weights: statistic(weights)[:, None],
        groups,
        settings.evaluation.replicates,
        derive(settings.seed, "performance", "bootstrap"),
    )
    low, high = bootstrap.percentile(found, settings.evaluation.confidence)
    return float(low[0]), float(high[0])


def _bootstrapped(name, estimate, low, high, n, settings, count=None) -> Result:
    return Result(
        name=name,
        estimate=estimate,
        low=low,
        high=high,
        confidence=settings.evaluation.confidence,
        method=RESAMPLED,
        source=bootstrap.DAVISON_HINKLEY,
        n=n,
        count=count,
    )


def _outlines(cases, seed, scores, settings) -> list[dict]:
    """Return the image model's rows about outlines: found, and Dice with a miss counted as 0."""
    confidence = settings.evaluation.confidence
    rows = []
    several = several_note(cases.cases)
    found = pd.to_numeric(scores["found"]).dropna().to_numpy(np.float64)
    if not len(found):
        why = "not estimable: no outlines in these cases"
        return [_row(cases, seed, "image", _none(m), why) for m in ("dice", "dice_median", "found")]
    dice = pd.to_numeric(scores["dice"]).dropna().to_numpy(np.float64)
    if len(dice):
        middle = median(dice, "dice_median", confidence)
        average = mean(dice, "dice", confidence)
        note = join_notes(
            f"a miss counts as 0; median {middle.value()}", width_note(average), several
        )
        rows.append(_row(cases, seed, "image", average, note))
        rows.append(_row(cases, seed, "image", middle, join_notes("a miss counts as 0", several)))
    if np.isin(found, (0, 1)).all():
        method = of_counts(settings.evaluation.proportion_interval)
        result = proportion(
            int(found.sum()), len(found), name="found", method=method, confidence=confidence
        )
        rows.append(_row(cases, seed, "image", result, join_notes(width_note(result), several)))
    else:
        result = mean(found, "found", confidence)
        note = join_notes("mean over cases of the share of seeds", several)
        rows.append(_row(cases, seed, "image", result, note))
    return rows


def _mean_over_seeds(scores: pd.DataFrame) -> pd.DataFrame:
    """Return one row a case with ``found`` and ``dice`` averaged over seeds."""
    numbers = scores.assign(
        found=pd.to_numeric(scores["found"]), dice=pd.to_numeric(scores["dice"])
    )
    return numbers.groupby("case_id", sort=False)[["found", "dice"]].mean().reset_index()


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


def _none(metric: str) -> Result:
    return Result(name=metric, estimate=math.nan, method="", source="", n=0)


def _missing(count: int, what: str) -> str:
    return f"{count} cases without a {what} left out" if count else ""


def width_note(result: Result) -> str:
    """Return a warning where an interval has no width: it then says nothing of the spread."""
    same = math.isfinite(result.low) and result.low == result.high
    return f"{result.method} gives no width here" if same else ""
