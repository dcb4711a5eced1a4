"""Estimates as they are printed, and what their sets of cases and their models are called."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from diagnostic_accuracy.rounding import (
    half_up,
    p_value,
    percent,
    percent_of_counts,
    with_interval,
)
from smallmass.evaluation.cases import KEY
from smallmass.status import NOT_ESTIMABLE
from smallmass.words import (
    CALL_METRICS,
    Fit,
    Metric,
    Model,
    Split,
    Subset,
    cohort_name,
)

ESTIMATE_KEY = [*KEY, "seed", "model", "metric"]
"""The columns that tell the estimates of ``performance.csv`` apart."""
PAPER_METRICS = (Metric.SENSITIVITY, Metric.SPECIFICITY, Metric.ACCURACY)
"""What the paper's Table 2 prints."""
PERCENTAGES = frozenset({*CALL_METRICS, Metric.FOUND})
OUT_OF_FOLD = f"clinical and combined: {Fit.OUT_OF_FOLD.printed}"
SPLITS_ON_PAGES = (Split.TEST, Split.VALIDATION, Split.TRAINING)
FITS_ON_PAGES = (Fit.HELD_OUT, Fit.IN_SAMPLE, Fit.OUT_OF_FOLD)


def printed(row: Mapping[str, Any]) -> str:
    """Return one row of ``performance.csv`` as it is printed, or why there is no number."""
    if pd.isna(row["estimate"]):
        note = row.get("note")
        return str(note) if isinstance(note, str) and note else NOT_ESTIMABLE
    as_percent = row["metric"] in PERCENTAGES
    if not as_percent:
        text = half_up(row["estimate"], 2)
    elif is_count(row["numerator"]) and is_count(row["denominator"]) and row["denominator"] > 0:
        text = percent_of_counts(int(row["numerator"]), int(row["denominator"]))
    else:
        text = percent(row["estimate"])
    return with_interval(text, row["ci_low"], row["ci_high"], as_percent=as_percent)


def p_cell(row: Mapping[str, Any]) -> str:
    """Return the P value of one row of ``comparisons.csv``, with Holm's beside it (A32)."""
    if pd.isna(row["p_value"]):
        return NOT_ESTIMABLE
    text = p_value(row["p_value"])
    return text if pd.isna(row["p_holm"]) else f"{text} (Holm {p_value(row['p_holm'])})"


def is_count(value: float) -> bool:
    """Return whether a number is known and whole; weighted counts are not."""
    return bool(pd.notna(value)) and float(value).is_integer()


def blocks(results: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield a title and the rows of every data set, in the paper's order.

    A data set whose image scores came about in two ways is two blocks: "Training set" and
    "Training set (out-of-fold)". With several cohorts a block is of one, and with lesions on both
    sides of the limit of size the smaller ones are a block of their own, the first.

    Args:
        results: An evaluation table with columns cohort, subset, split, fit and model.
    """
    several = results["cohort"].nunique() > 1
    for split in SPLITS_ON_PAGES:
        part = results[results["split"] == split]
        fits_of_image = set(part.loc[part["model"] == Model.IMAGE, "fit"])
        fits = [fit for fit in FITS_ON_PAGES if fit in fits_of_image]
        for fit in fits:
            # With the models that read these cases in another way: cross-fitted ones.
            whole = part[(part["fit"] == fit) | ~part["fit"].isin(fits)]
            for cohort in whole["cohort"].unique():
                title = split.printed
                title += f" ({fit.printed})" if fit is Fit.OUT_OF_FOLD else ""
                title += f", {cohort_name(cohort)}" if several else ""
                yield from _by_size(title, whole[whole["cohort"] == cohort])


def _by_size(title: str, block: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the rows of small lesions, then those of all, with the size in the title of two."""
    subsets = [subset for subset in Subset if subset in set(block["subset"])]
    for subset in subsets:
        size = f", {subset.printed}" if len(subsets) > 1 else ""
        yield title + size, block[block["subset"] == subset]


def test_set(results: pd.DataFrame) -> str:
    """Return what the test set of the main analysis is called, as in `blocks`.

    Args:
        results: Of the main analysis set (`main_set`): columns cohort, subset and split.
    """
    cases = results[results["split"] == Split.TEST]
    text = Split.TEST.printed
    if results["cohort"].nunique() > 1:
        text += f", {', '.join(map(cohort_name, cases['cohort'].unique()))}"
    small = "subset" in cases and (cases["subset"] == Subset.SMALL).any()
    return text + (f", {Subset.SMALL.printed}" if small else "")


def fit_of(results: pd.DataFrame, model: str) -> Fit:
    """Return how a model's scores of the test set came about; a cross-fitted one's, out of fold.

    Args:
        results: An evaluation table with columns split, fit and model.
        model: image, clinical, regression or tree.
    """
    rows = results[(results["split"] == Split.TEST) & (results["model"] == model)]
    return Fit.OUT_OF_FOLD if (rows["fit"] == Fit.OUT_OF_FOLD).any() else Fit.HELD_OUT


def fit_words(results: pd.DataFrame, model: str) -> str:
    """Return ", out-of-fold" for a model whose scores of the test set are, else nothing."""
    fit = fit_of(results, model)
    return f", {fit.printed}" if fit is Fit.OUT_OF_FOLD else ""


def any_out_of_fold(results: pd.DataFrame) -> bool:
    """Return whether any model's scores of the test set are out of fold."""
    return any(fit_of(results, model) is Fit.OUT_OF_FOLD for model in Model)


def model_names(results: pd.DataFrame) -> dict[str, str]:
    """Return what each model is called, with "out-of-fold" where its test scores are."""
    return {model.value: model.short + fit_words(results, model) for model in Model}
