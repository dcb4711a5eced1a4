"""``choices.csv``: the whole analysis under other answers to what the paper leaves open.

Thresholds, fits and tests of the test set are run again for combinations that need no new image
model and no new clinical model. Three families of questions are each crossed in full, with the
study's own answers to the others: how thresholds, gate and fit are chosen (`CHOSEN`), what form
the combined models have (`FORM`), and how regions become an image score (`SCORED`). Every
combination comes with every variant of McNemar's test.
"""

import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd

from smallmass.clinical.encoding import FACTORS
from smallmass.evaluation.cases import COMBINED, calls, join_notes, reasons, why_empty
from smallmass.evaluation.comparisons import METRICS, paired_table
from smallmass.evaluation.refit import Pair, fitting_table, pairs_in_test, refit, share
from smallmass.image_model.scores import image_scores
from smallmass.statistics.paired import MCNEMAR_VARIANTS, mcnemar

# id -> (section of the settings, key, options)
SCORED = {
    "A09": ("image_model", "region_score", ("malignant_share", "malignant_probability",
                                            "signed_top")),
    "A10": ("image_model", "image_score", ("top_foreground", "highest", "mean", "largest")),
    "A39": ("image_model", "floor", (0.0, 0.7)),
}  # fmt: skip
CHOSEN = {
    "A12": ("operating_point", "chosen_on", ("validation", "training", "test")),
    "A13": ("operating_point", "tie", ("specificity", "sensitivity")),
    "A20": ("combined_model", "fitted_on", ("validation", "training_out_of_fold",
                                            "training_in_sample")),
    "A20_lesions": ("combined_model", "fitted_to", ("image_negatives", "all")),
    "A21": ("combined_model", "applied_to", ("image_negatives", "all")),
    "A22": ("combined_model", "cutoff", ("youden_gated", "half", "prevalence")),
}  # fmt: skip
FORM = {
    "A19": ("combined_model", "inputs", ("scores", "factors")),
    "A23": ("combined_model", "tree_depth", ("fixed", "cross_validated")),
}
OPTIONS = SCORED | CHOSEN | FORM
TEST = "A25"
_OF_COMBINED = (*METRICS, "gain_sensitivity", "loss_specificity", "p_sensitivity",
                "p_specificity")  # fmt: skip
COLUMNS = [*OPTIONS, TEST, "main", *(f"image_{name}" for name in METRICS),
           *(f"{model}_{name}" for model in COMBINED for name in _OF_COMBINED),
           "note"]  # fmt: skip


def choices(
    predictions: pd.DataFrame,
    detections: list[pd.DataFrame],
    cohort: pd.DataFrame,
    folds: pd.DataFrame,
    operating_points: list[dict],
    settings: dict,
) -> pd.DataFrame:
    """Return ``choices.csv``; ``main`` is 1 in the row of the study's own settings.

    Args:
        predictions: ``predictions.csv``.
        detections: ``detections.csv`` of every seed and fold.
        cohort: ``cohort.csv``.
        folds: ``folds.csv``.
        operating_points: ``operating_points.json``.
        settings: The study's ``seed``, ``evaluation``, ``image_model``, ``clinical_model``,
            ``combined_model`` and ``operating_point``.
    """
    table = fitting_table(predictions, cohort, folds)
    # The study's own models may be missing and another choice's not: only without anything
    # clinical is there nothing to try.
    if table[["clinical_score", *FACTORS]].isna().all(axis=None):
        note = why_empty("regression", reasons(operating_points, {}))
        return pd.DataFrame([{"note": note}], columns=COLUMNS)
    own = own_choice(settings)
    rows = []
    for chosen in combinations(table, settings):
        changed = with_choice(settings, chosen)
        scored = table
        if any(chosen[name] != own[name] for name in SCORED):
            scored = table.assign(image_score=rescored(table, detections, chosen))
        found = refit(scored, changed).predictions
        pairs = pairs_in_test(found)
        numbers = _of_image(found) | _of_pairs(pairs)
        for variant in MCNEMAR_VARIANTS:
            main = chosen == own and variant == settings["evaluation"]["mcnemar"]
            rows.append(
                {
                    **chosen,
                    TEST: variant,
                    "main": int(main),
                    **numbers,
                    **_p_values(pairs, variant),
                    "note": _note(pairs),
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def combinations(table: pd.DataFrame, settings: dict) -> Iterator[dict]:
    """Yield each combination of options by id, the study's own first, none twice.

    Options that the run's own data do not allow are left out: out-of-fold scores without folds,
    raw factors where none is known.

    Args:
        table: See `refit.fitting_table`.
        settings: As in `choices`.
    """
    impossible = set()
    if not (table["fit"] == "out_of_fold").any():
        impossible.add("training_out_of_fold")
    if table[list(FACTORS)].isna().all(axis=None):
        impossible.add("factors")
    own = own_choice(settings)
    yield own
    for family in (CHOSEN, FORM, SCORED):
        options = [
            [own[name], *(value for value in values if value not in {own[name], *impossible})]
            for name, (_, _, values) in family.items()
        ]
        for values in itertools.product(*options):
            chosen = own | dict(zip(family, values, strict=True))
            if chosen != own:
                yield chosen


def own_choice(settings: dict) -> dict:
    """Return the study's own options by id."""
    return {name: settings[section][key] for name, (section, key, _) in OPTIONS.items()}


def with_choice(settings: dict, chosen: dict) -> dict:
    """Return the settings with the chosen options in place of the study's own."""
    changed = {
        name: dict(part) if isinstance(part, dict) else part for name, part in settings.items()
    }
    for name, value in chosen.items():
        section, key, _ = OPTIONS[name]
        changed[section][key] = value
    return changed


def rescored(table: pd.DataFrame, detections: list[pd.DataFrame], chosen: dict) -> np.ndarray:
    """Return image scores, mean over seeds, under other options; float64 ``(rows,)``.

    Args:
        table: case_id and fit of each row.
        detections: ``detections.csv`` of every seed and fold.
        chosen: Options by id.
    """
    options = {SCORED[name][1]: chosen[name] for name in SCORED}
    scores = pd.concat([image_scores(part, **options) for part in detections])
    mean = scores.groupby(["case_id", "fit"])["image_score"].mean()
    return mean.reindex(pd.MultiIndex.from_frame(table[["case_id", "fit"]])).to_numpy(np.float64)


def _of_image(predictions: pd.DataFrame) -> dict[str, float]:
    """Return the image model's sensitivity and specificity in the test set."""
    tested = predictions[predictions["split"] == "test"]
    call = calls(tested["image_call"])
    known = ~np.isnan(call)
    malignant = (tested["label"] == "malignant").to_numpy()[known]
    return {f"image_{metric}": share(metric, call[known] == 1, malignant) for metric in METRICS}


def _of_pairs(pairs: dict[str, Pair]) -> dict[str, float]:
    """Return the combined models' sensitivities and specificities, gains and losses."""
    numbers = {}
    for model, pair in pairs.items():
        for metric in METRICS:
            numbers[f"{model}_{metric}"] = share(metric, pair.combined, pair.malignant)
        numbers[f"{model}_gain_sensitivity"] = pair.gain
        numbers[f"{model}_loss_specificity"] = pair.loss
    return numbers


def _p_values(pairs: dict[str, Pair], variant: str) -> dict[str, float]:
    """Return McNemar's P of the combined models against the image model."""
    return {
        f"{model}_p_{metric}": mcnemar(
            paired_table(pair.image, pair.combined, pair.malignant, metric), variant
        ).p_value
        for model, pair in pairs.items()
        for metric in METRICS
        if len(pair.malignant)
    }


def _note(pairs: dict[str, Pair]) -> str:
    """Return which models could not be fitted with this choice."""
    return join_notes(
        *(
            f"not estimable: the {model} model gave no calls"
            for model, pair in pairs.items()
            if not len(pair.malignant)
        )
    )
