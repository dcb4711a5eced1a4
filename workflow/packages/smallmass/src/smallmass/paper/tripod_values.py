"""What the TRIPOD checklist says of a run, as values for its template."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from diagnostic_accuracy.rounding import half_up, mean_sd, percent_of_counts
from smallmass.evaluation.cases import main_set
from smallmass.options import (
    Backbone,
    Density,
    FittedOn,
    Lesions,
    ReferenceStandard,
    Unit,
)
from smallmass.paper import origins, page_notes
from smallmass.paper.estimates import fit_words, printed, test_set
from smallmass.paper.flow import flow
from smallmass.paper.run_files import RunFiles
from smallmass.paper.writing import between
from smallmass.start.kinds import in_words
from smallmass.words import (
    Factor,
    Fit,
    Label,
    Metric,
    Model,
    Split,
    Subset,
    cohort_name,
)

NAMES = {factor.value: factor.printed for factor in Factor} | {
    "diameter_cm": "lesion size",
    "image_score": "image score",
    "clinical_score": "clinical score",
}
UNITS = {"age_years": "years", "diameter_cm": "cm"}
SHOWN = (Metric.AUROC, Metric.SENSITIVITY, Metric.SPECIFICITY, Metric.CALIBRATION_SLOPE)
FITTED_ON = {where.value: where.printed for where in FittedOn} | {"other_folds": "the other folds"}
SPLIT_OF = {
    FittedOn.VALIDATION: Split.VALIDATION,
    FittedOn.TRAINING_OUT_OF_FOLD: Split.TRAINING,
    FittedOn.TRAINING_IN_SAMPLE: Split.TRAINING,
}


def values(run: RunFiles) -> dict[str, Any]:
    """Return every value that the template names."""
    return _cohort(run) | _methods(run) | _models(run) | _results(run)


def _cohort(run: RunFiles) -> dict[str, Any]:
    """Return who took part, and what is known of them."""
    cohort, crossed, clinical = run.cohort, run.crossed, run.clinical_cases
    of_crossed = f" of {crossed}" if crossed else ""
    cases = flow(cohort=cohort, split=run.split, integrity=run.integrity)
    of_splits = (
        f"{part.split} {part.lesions:,} ({part.benign:,} benign, {part.malignant:,} malignant)"
        for part in cases.parts
    )
    dropped = (f"{count:,} ({reason})" for reason, count in cases.dropped)
    factors = [] if page_notes.no_factors(cohort) else run.settings.clinical_model.factors
    never_known = [name for name in page_notes.never_known(clinical) if name in factors]
    return {
        "study": run.study,
        "simulated": page_notes.is_simulated(cohort["cohort"].unique()),
        "source": origins.source(run.settings, run.parts),
        "external": _external(run),
        "crossed": crossed,
        "of_crossed": of_crossed,
        "clinical_cases": (
            f"{len(clinical):,} lesions{of_crossed}, {_malignant(clinical):,} malignant"
        ),
        "lesions": len(cohort),
        "clinical_lesions": len(clinical),
        "patients": cohort["patient_id"].nunique(),
        "machines": _counts(cohort, "device"),
        "reference_standards": _counts(cohort, "reference_standard"),
        "malignant": _share_malignant(cohort),
        "size": _size(run),
        "sized": _sized(run),
        "unsized": int(cohort["diameter_cm"].isna().sum()),
        "flow": cases,
        "left_out": ", ".join(dropped) or "none",
        "split_sizes": ", ".join(of_splits).capitalize(),
        "factors": _named(name for name in factors if name not in never_known),
        "never_known": _named(never_known),
        "unknown": _unknown(run),
        "means": _means(clinical),
        "parts": [
            {
                "name": name.capitalize(),
                "malignant": _share_malignant(part),
                "means": _means(part),
            }
            for name, part in run.parts.items()
        ],
        "no_factors": page_notes.no_factors(cohort),
        "ultrasound_density": "breast" in set(cohort["cohort"]),
        "trained_on_all_sizes": _trained_on_all_sizes(run),
    }


def _methods(run: RunFiles) -> dict[str, Any]:
    """Return what was chosen, in words."""
    settings = run.settings
    evaluation = settings.evaluation
    image = settings.image_model
    whose = "other folds’" if run.crossed else "training set’s"
    return {
        "image": image,
        "backbone": Backbone(image.backbone).printed,
        "weights": bool(image.weights),
        "pretrained": in_words(image.weights),
        "missing": settings.clinical_model.missing.printed.format(whose),
        "chosen_on": settings.operating_point.chosen_on,
        "combined_cutoff": settings.combined_model.cutoff.printed,
        "assignment": origins.assignment(settings),
        "apart": origins.apart(run.parts),
        "evaluation": evaluation,
        "confidence": half_up(100 * evaluation.confidence, 0),
        "unit": Unit(evaluation.unit).printed,
        "only_biopsied": evaluation.reference_standard == ReferenceStandard.BIOPSIED,
        "measures": [
            metric.printed.removesuffix(" (%)")
            for metric in Metric
            if metric in set(run.results["metric"])
        ],
    }


def fits(model: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is known of each fit of a model: one, or one for each repeat and fold.

    Args:
        model: The JSON file of the clinical model, the regression or the tree.
    """
    return [fit for fit in model.get("fits", [model]) if fit["status"].fitted]


def _models(run: RunFiles) -> dict[str, Any]:
    """Return what the models are and what they were fitted to."""
    networks = fits(run.clinical)
    training = [fit["training"] for fit in networks]
    regression = _combined(Model.REGRESSION, run.regression)
    threshold = next(p["threshold"] for p in run.operating_points if p["model"] == Model.IMAGE)
    return {
        "clinical": {"fits": networks, "status": run.clinical["status"]},
        "layers": sorted({"-".join(map(str, f["architecture"]["hidden"])) for f in networks}),
        "trials": [fit["chosen"]["of_trials"] for fit in networks],
        "codings": _codings(networks, run.crossed),
        "network_training": {name: [n[name] for n in training] for name in ("cases", "malignant")},
        "network_validation": {
            name: [n[f"validation_{name}"] for n in training] for name in ("cases", "malignant")
        },
        "regression": regression,
        "tree": _combined(Model.TREE, run.tree),
        "applied_to": Lesions(run.regression["applied_to"]).printed,
        "operating_points": [
            (Model(point["model"]).short, _cutoff(point)) for point in run.operating_points
        ],
        "image_cutoff": "" if threshold is None else half_up(threshold, 3),
        "test_events": _test_events(run),
        "fitted_where_chosen": bool(regression["fits"])
        and SPLIT_OF.get(run.regression["fitted_on"]) == run.regression["cutoff"]["chosen_on"],
        # Its search and its early stop are by the validation cases.
        "fitted_where_searched": bool(regression["fits"])
        and SPLIT_OF.get(run.regression["fitted_on"]) == Split.VALIDATION,
    }


def _combined(name: Model, model: dict[str, Any]) -> dict[str, Any]:
    """Return what a combined model is, and the numbers of each of its fits."""
    known = fits(model)
    fitted_to = Lesions(model["fitted_to"])
    return {
        "name": name.short,
        "status": model["status"],
        "fits": known,
        "method": known[0]["method"] if known else "",
        "inputs": _named(dict.fromkeys(name for fit in known for name in fit["inputs"])),
        "cases": [fit["n"] for fit in known],
        "malignant": [fit["n_malignant"] for fit in known],
        "fitted_to": "lesions" if fitted_to is Lesions.ALL else fitted_to.printed,
        "fitted_on": FITTED_ON[model["fitted_on"]],
    }


def _codings(networks: Sequence[dict[str, Any]], crossed: str) -> list[str]:
    """Return, a clinical factor, how it becomes a number in every network."""
    whose = f"mean and SD of the folds of {crossed} that each model is fitted on"
    by_factor: dict[str, list[dict[str, Any]]] = {}
    for network in networks:
        for factor in network["encoding"]["factors"]:
            by_factor.setdefault(factor["name"], []).append(factor)
    texts = []
    for name, codings in by_factor.items():
        if name == Factor.AGE:
            mean, sd = (between((c[key] for c in codings), digits=1) for key in ("mean", "sd"))
            of = whose if crossed else "training’s mean and SD"
            text = f"less {mean} years, divided by {sd} ({of})"
        elif name == Factor.DENSITY:
            text = (Density.ONEHOT if codings[0]["onehot"] else Density.ORDINAL).printed
        else:
            text = "0 or 1"
        texts.append(f"{NAMES[name]}: {text}")
    return texts


def _cutoff(point: dict[str, Any]) -> str:
    """Return from which score on a model calls a lesion malignant, or why it has no cut-off."""
    if point["threshold"] is not None:
        return half_up(point["threshold"], 3)
    status = point["status"]
    return status.reason if status.fitted else str(status)


def _results(run: RunFiles) -> dict[str, Any]:
    """Return the results on the test set, and the AUROC of each split."""
    names = set(run.results["model"])
    return {
        "test_set": test_set(run.results),
        "models": [
            {
                "name": model.short,
                "fit": fit_words(run.results, model),
                "test_results": _test_results(run.results, model),
                "aurocs": _aurocs(run.results, model),
            }
            for model in Model
            if model in names
        ],
    }


def _test_results(results: pd.DataFrame, model: Model) -> list[str]:
    """Return the main results of a model on the test set, with intervals."""
    rows = results[(results["split"] == Split.TEST) & (results["model"] == model)]
    return [
        f"{metric.printed} {printed(row)}"
        for metric in SHOWN
        for row in rows[rows["metric"] == metric].to_dict("records")
    ]


def _aurocs(results: pd.DataFrame, model: Model) -> list[str]:
    """Return a model's AUROC on each split, and how the scores came about."""
    rows = results[(results["model"] == model) & (results["metric"] == Metric.AUROC)]
    several = results["cohort"].nunique() > 1
    texts = []
    for split in Split:
        for row in rows[rows["split"] == split].to_dict("records"):
            where = f", {cohort_name(row['cohort'])}" if several else ""
            where += f", {Subset.SMALL.printed}" if row["subset"] == Subset.SMALL else ""
            fit = Fit(row["fit"]).printed
            texts.append(f"{split}{where} ({fit}) {half_up(row['estimate'], 2)}")
    return texts


def _external(run: RunFiles) -> str:
    """Return the cohort that the image model is tested in, where it is another than its own."""
    names = {part: set(cases["cohort"]) for part, cases in run.parts.items()}
    if not names[Split.TEST] or names[Split.TEST] & names[Split.TRAINING]:
        return ""
    return ", ".join(map(cohort_name, sorted(names[Split.TEST])))


def _sized(run: RunFiles) -> bool:
    """Return whether the size of any lesion is known: a limit was then applied."""
    return bool(run.cohort["diameter_cm"].notna().any())


def _size(run: RunFiles) -> str:
    """Return the limit of size in words; none was applied where no size is known."""
    if not _sized(run):
        return "of all sizes"
    settings = run.settings.cohort
    limit = f"{'up to' if settings.inclusive else 'under'} {settings.max_diameter_cm} cm"
    if settings.larger_lesions == "keep":
        return f"of all sizes (main analysis: {limit})"
    return limit


def _trained_on_all_sizes(run: RunFiles) -> bool:
    """Return whether the main test set is of small lesions, and the image model learnt of others.

    A lesion of unknown size counts as another.
    """
    tested = main_set(run.performance[run.performance["split"] == Split.TEST])
    if not (tested["subset"] == Subset.SMALL).any():
        return False
    sizes, setting = run.parts[Split.TRAINING]["diameter_cm"], run.settings.cohort
    limit = setting.max_diameter_cm
    return not (sizes <= limit if setting.inclusive else sizes < limit).all()


def _test_events(run: RunFiles) -> list[int]:
    """Return the malignant lesions of the test set, a number a set."""
    rows = run.results[(run.results["split"] == Split.TEST) & (run.results["model"] == Model.IMAGE)]
    counts = rows.loc[rows["metric"] == Metric.SENSITIVITY, "denominator"]
    return [int(count) for count in counts if count > 0]


def _counts(cases: pd.DataFrame, column: str) -> str:
    """Return "biopsy (375), surgery (286)" from words, the most frequent first, unknown last."""
    known = cases[column].dropna() if column in cases else pd.Series(dtype=str)
    ranked = sorted(known.value_counts().items(), key=lambda item: (-item[1], str(item[0])))
    if ranked and len(known) < len(cases):
        ranked.append(("unknown", len(cases) - len(known)))
    return ", ".join(f"{name} ({n:,})" for name, n in ranked) or "not recorded"


def _malignant(cases: pd.DataFrame) -> int:
    return int((cases["label"] == Label.MALIGNANT).sum())


def _share_malignant(cases: pd.DataFrame) -> str:
    """Return how many lesions are malignant: "malignant 36 of 120, 30.0%"."""
    if not len(cases):
        return "no lesion"
    share = percent_of_counts(_malignant(cases), len(cases))
    return f"malignant {_malignant(cases):,} of {len(cases):,}, {share}%"


def _named(columns: Iterable[str]) -> list[str]:
    """Return columns by their names, with units."""
    return [
        NAMES.get(name, name) + (f" ({UNITS[name]})" if name in UNITS else "") for name in columns
    ]


def _unknown(run: RunFiles) -> str:
    """Return how many lesions lack each clinical factor, and the size."""
    cases = run.clinical_cases
    texts = []
    for name in [*run.settings.clinical_model.factors, "diameter_cm"]:
        column = cases.get(name, pd.Series("unknown", index=cases.index))
        count = int((column.isna() | (column == "unknown")).sum())
        texts.append(f"{NAMES.get(name, name)} {count:,}")
    return ", ".join(texts)


def _means(cases: pd.DataFrame) -> str:
    """Return mean ± SD of age (years) and lesion size (cm) of those in whom they are known."""
    return ", ".join(
        f"{NAMES[name]} {mean_sd(cases[name].dropna())} {UNITS[name]}"
        if cases[name].notna().any()
        else f"{NAMES[name]} not recorded"
        for name in ("age_years", "diameter_cm")
    )
