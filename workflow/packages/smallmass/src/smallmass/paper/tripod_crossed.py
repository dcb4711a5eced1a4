"""What the TRIPOD checklist says of cross-fitted models: there is one for each repeat and fold.

A number that differs between these models is given by its lowest and highest value.
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from diagnostic_accuracy.rounding import half_up, joined
from smallmass.paper import labels
from smallmass.paper.tripod_run import LESIONS, RunFiles, image_network

WEIGHTS = "clinical_model/weights.h5; "


def fits(model: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is known of each model that could be fitted, of a JSON file of all."""
    return [fit for fit in model.get("fits", []) if fit["status"].fitted]


def between(values: Iterable[float], digits: int = 0) -> str:
    """Return the lowest and the highest value, or the one that there is."""
    known = list(values)
    low, high = (half_up(end(known), digits) for end in (min, max))
    return low if low == high else joined(low, high)


def encodings(model: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Return, a clinical factor, how each model codes it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for fit in fits(model):
        for factor in fit["encoding"]["factors"]:
            found.setdefault(factor["name"], []).append(factor)
    return list(found.values())


def inputs(model: dict[str, Any]) -> list[str]:
    """Return the inputs of a combined model, in any of its fits."""
    return list(dict.fromkeys(name for fit in fits(model) for name in fit["inputs"]))


def networks(run: RunFiles) -> str:
    """Return what the image model and the clinical models are."""
    known = fits(run.clinical)
    if not known:
        return f"{image_network(run)}. Clinical model: {run.clinical['status']}"
    widths = {"-".join(map(str, fit["architecture"]["hidden"])) for fit in known}
    return (
        f"{image_network(run)}. Clinical model: multilayer perceptron {' or '.join(sorted(widths))}"
        f", {len(known):,} networks for the repeats and folds, each the best of "
        f"{between(fit['chosen']['of_trials'] for fit in known)} trials"
    )


def analyses(run: RunFiles) -> list[str]:
    """Return the lesions behind the clinical and the combined models, a text a model."""
    cases = run.clinical_cases
    whole = f"{len(cases):,} lesions of {run.crossed}, {_malignant(cases):,} malignant"
    known = [fit["training"] for fit in fits(run.clinical)]
    texts = [f"Clinical model: {run.clinical['status']}"]
    if known:
        fitted, stopped = (
            f"{between(fit[f'{of}cases'] for fit in known)} lesions "
            f"({between(fit[f'{of}malignant'] for fit in known)} malignant)"
            for of in ("", "validation_")
        )
        texts = [f"Clinical model: {whole}; each of {len(known):,} networks fitted to {fitted}, "
                 f"stopped on {stopped}"]  # fmt: skip
    for name, model in (("regression", run.regression), ("tree", run.tree)):
        if not fits(model):
            texts.append(f"{labels.SHORT_MODELS[name]}: {model['status']}")
            continue
        texts.append(
            f"{labels.SHORT_MODELS[name]}: {whole}; each of {len(fits(model)):,} fitted to "
            f"{between(fit['n'] for fit in fits(model))} {LESIONS[model['fitted_to']]} of the "
            f"other folds ({between(fit['n_malignant'] for fit in fits(model))} malignant)"
        )
    return texts


def limits(run: RunFiles) -> list[str]:
    """Return the limitations that cross-fitting and its test set bring."""
    rows = run.results[(run.results["split"] == "test") & (run.results["model"] == "image")]
    counts = rows.loc[rows["metric"] == "sensitivity", "denominator"]
    few = [f"test set: {int(n)} malignant lesions" for n in counts if n > 0]
    return [*few, "intervals and tests of the clinical and combined models take the models of the "
                  "folds as fixed"]  # fmt: skip


def use(run: RunFiles) -> str:
    """Return how new images are read: by the image model alone."""
    threshold = next(p["threshold"] for p in run.operating_points if p["model"] == "image")
    cutoff = "no cut-off" if threshold is None else f"{half_up(threshold, 3)} or above: positive"
    return (
        f"by the image model alone (score {cutoff}). The clinical and combined models are made and "
        f"tested in {run.crossed}, with none for new patients; a call is that of most repeats, "
        "each by its own cut-off, and a score the mean over repeats, so no one cut-off parts the "
        "mean scores by call"
    )


def _malignant(cases: pd.DataFrame) -> int:
    return int((cases["label"] == "malignant").sum())
