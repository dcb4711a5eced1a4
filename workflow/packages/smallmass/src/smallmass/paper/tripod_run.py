"""A run as the TRIPOD checklist reads it: its files, and phrases that are made from them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from diagnostic_accuracy.rounding import count_percent, half_up, mean_sd
from smallmass.evaluation.cases import SMALL, main_set
from smallmass.paper import labels
from smallmass.paper.figure1 import BACKBONES
from smallmass.paper.figure2 import fit_words
from smallmass.paper.report_parts import flow
from smallmass.paper.table2 import printed

NAMES = {"age_years": "age", "family_history": "family history", "brca_mutation": "BRCA mutation",
         "breast_density": "breast density", "diameter_cm": "lesion size",
         "image_score": "image score", "clinical_score": "clinical score"}  # fmt: skip
UNITS = {"age_years": "years", "diameter_cm": "cm"}
SOURCES = {
    "phantom": "Simulated: made by a program, no patient took part",
    "folder": "Own patients: images with a table",
    "dicom": "Own patients: DICOM files with a table",
}
LESIONS = {"image_negatives": "image-negative lesions", "all": "lesions"}
SHOWN = ("auroc", "sensitivity", "specificity", "calibration_slope")


@dataclass(frozen=True)
class RunFiles:
    """The files of a run that the checklist is made from, read.

    Attributes:
        study: Name of the study.
        settings: Its resolved settings.
        cohort, split, integrity, performance: The tables of these names.
        operating_points: ``operating_points.json``.
        clinical: ``clinical_model/model.json``.
        regression, tree: ``combined/regression.json``, ``combined/tree.json``.
    """

    study: str
    settings: dict[str, Any]
    cohort: pd.DataFrame
    split: pd.DataFrame
    integrity: pd.DataFrame
    performance: pd.DataFrame
    operating_points: list[dict]
    clinical: dict[str, Any]
    regression: dict[str, Any]
    tree: dict[str, Any]

    @property
    def simulated(self) -> bool:
        """Whether the cohort is the phantoms'."""
        return labels.is_simulated(self.cohort["cohort"].unique())

    @property
    def sized(self) -> bool:
        """Whether the size of any lesion is known: a limit was then applied."""
        return bool(self.cohort["diameter_cm"].notna().any())

    @property
    def parts(self) -> dict[str, pd.DataFrame]:
        """The cases of each split, in the order of training, validation, test."""
        cases = self.split[["case_id", "split"]].merge(self.cohort, on="case_id")
        return {name: cases[cases["split"] == name] for name in labels.SPLITS}

    @property
    def results(self) -> pd.DataFrame:
        """The estimates of the main analysis set, and of the mean score of all seeds."""
        whole = main_set(self.performance)
        return whole[(whole["seed"] == "all") & whole["estimate"].notna()]

    @property
    def external(self) -> str:
        """The cohort that the image model is tested in, where that is another than its own."""
        names = {part: set(cases["cohort"]) for part, cases in self.parts.items()}
        if not names["test"] or names["test"] & names["training"]:
            return ""
        return ", ".join(labels.COHORTS.get(name, name) for name in sorted(names["test"]))

    @property
    def crossed(self) -> str:
        """The cohort in which clinical and combined models are cross-fitted, or nothing."""
        name = self.settings.get("cross_fitting", {}).get("cohort") or ""
        return labels.COHORTS.get(name, name)

    @property
    def clinical_cases(self) -> pd.DataFrame:
        """The cases that clinical factors are wanted of."""
        name = self.settings.get("cross_fitting", {}).get("cohort")
        return self.cohort[self.cohort["cohort"] == name] if name else self.cohort

    @property
    def models(self) -> list[str]:
        """The models that the run could estimate, in the paper's order."""
        return [name for name in labels.MODELS if name in set(self.results["model"])]


def fitted(model: dict[str, Any]) -> bool:
    """Return whether a model's JSON file holds a model, and not the reason why there is none."""
    return bool(model["status"].fitted)


def source(run: RunFiles) -> str:
    """Return where the cohort came from."""
    names = [labels.COHORTS.get(name, str(name)) for name in run.cohort["cohort"].unique()]
    return SOURCES.get(run.settings["cohort"]["source"], f"Public data set {', '.join(names)}")


def size(run: RunFiles) -> str:
    """Return the limit of size in words; none was applied where no size is known."""
    if not run.sized:
        return "of all sizes"
    settings = run.settings["cohort"]
    limit = f"{'up to' if settings['inclusive'] else 'under'} {settings['max_diameter_cm']} cm"
    if settings.get("larger_lesions") == "keep":
        return f"of all sizes (main analysis: {limit})"
    return limit


def trained_on_all_sizes(run: RunFiles) -> bool:
    """Return whether the main test set is of small lesions, and the image model learnt of others.

    A lesion of unknown size counts as another.
    """
    tested = main_set(run.performance[run.performance["split"] == "test"])
    if not (tested["subset"] == SMALL).any():
        return False
    sizes, setting = run.parts["training"]["diameter_cm"], run.settings["cohort"]
    limit = setting["max_diameter_cm"]
    return not (sizes <= limit if setting["inclusive"] else sizes < limit).all()


def predictors(run: RunFiles) -> str:
    """Return the clinical factors that are inputs, and those that are known of no lesion."""
    factors = run.settings["clinical_model"]["factors"]
    gone = [name for name in labels.never_known(run.clinical_cases) if name in factors]
    text = listed([name for name in factors if name not in gone])
    where = f" of {run.crossed}" if run.crossed else ""
    return text + (
        f"; unknown for every lesion{where}, so no input: {listed(gone)}" if gone else ""
    )


def counts(cases: pd.DataFrame, column: str) -> str:
    """Return "biopsy (375), surgery (286)" from words, the most frequent first, unknown last."""
    known = cases[column].dropna() if column in cases else pd.Series(dtype=str)
    ranked = sorted(known.value_counts().items(), key=lambda item: (-item[1], str(item[0])))
    if ranked and len(known) < len(cases):
        ranked.append(("unknown", len(cases) - len(known)))
    return ", ".join(f"{name} ({n:,})" for name, n in ranked) or "not recorded"


def malignant(cases: pd.DataFrame) -> str:
    """Return how many lesions are malignant: "malignant 36 of 120, 30.0%"."""
    count = int((cases["label"] == "malignant").sum())
    if not len(cases):
        return "no lesion"
    share = count_percent(count, len(cases)).partition("(")[2].rstrip(")")
    return f"malignant {count:,} of {len(cases):,}, {share}%"


def listed(factors: list[str]) -> str:
    """Return factors by their names, with units."""
    return ", ".join(
        NAMES.get(name, name) + (f" ({UNITS[name]})" if name in UNITS else "") for name in factors
    )


def unknown(run: RunFiles) -> str:
    """Return how many lesions lack each clinical factor, and the size."""
    lacking = {}
    for name in [*run.settings["clinical_model"]["factors"], "diameter_cm"]:
        cases = run.clinical_cases
        column = cases.get(name, pd.Series("unknown", index=cases.index))
        lacking[name] = int((column.isna() | (column == "unknown")).sum())
    return ", ".join(f"{NAMES.get(name, name)} {count:,}" for name, count in lacking.items())


def means(cases: pd.DataFrame) -> str:
    """Return mean ± SD of age (years) and lesion size (cm) of those in whom they are known."""
    return ", ".join(
        f"{NAMES[name]} {mean_sd(cases[name].dropna())} {UNITS[name]}"
        if cases[name].notna().any()
        else f"{NAMES[name]} not recorded"
        for name in ("age_years", "diameter_cm")
    )


def left_out(run: RunFiles) -> str:
    """Return how many lesions were dropped, and why."""
    dropped = flow(run.cohort, run.split, run.integrity).dropped
    return ", ".join(f"{count:,} ({reason})" for reason, count in dropped) or "none"


def split_sizes(run: RunFiles) -> str:
    """Return the lesions of each split by label."""
    splits = flow(run.cohort, run.split, run.integrity).splits
    words = [f"{name} {a + b:,} ({a:,} benign, {b:,} malignant)" for name, a, b in splits]
    return ", ".join(words).capitalize()


def cutoffs(run: RunFiles) -> str:
    """Return from which score on each model calls a lesion malignant."""
    found = []
    for point in run.operating_points:
        words = point["status"].reason if point["status"].fitted else point["status"]
        if point["threshold"] is not None:
            words = half_up(point["threshold"], 3)
        found.append(f"{labels.SHORT_MODELS[point['model']]}: {words}")
    return "; ".join(found)


def image_network(run: RunFiles) -> str:
    """Return what the image model is."""
    image = run.settings["image_model"]
    weights = image.get("weights")
    # The name alone: a path may tell of the machine.
    begun = f"pretrained ({Path(weights).name})" if weights else "trained from scratch"
    return (
        f"Image model: Mask R-CNN, {BACKBONES.get(image['backbone'], image['backbone'])}, "
        f"{image['size_px']:,} px, {begun}, {image['epochs']} epochs, seeds: {image['seeds']}"
    )


def networks(run: RunFiles) -> str:
    """Return what the image model and the clinical model are."""
    words = image_network(run)
    if not fitted(run.clinical):
        return f"{words}. Clinical model: {run.clinical['status']}"
    hidden = "-".join(map(str, run.clinical["architecture"]["hidden"]))
    trials = run.clinical["chosen"]["of_trials"]
    return f"{words}. Clinical model: multilayer perceptron {hidden}, best of {trials} trials"


def second_reading(name: str, model: dict[str, Any]) -> str:
    """Return what a combined model was fitted to, with its numbers.

    Args:
        name: "regression" or "tree".
        model: Its JSON file.
    """
    label = labels.SHORT_MODELS[name]
    if not fitted(model):
        return f"{label}: {model['status']}"
    return (
        f"{label}: {model['n']:,} {LESIONS[model['fitted_to']]} of "
        f"{model['fitted_on'].replace('_', ' ')} ({model['n_malignant']:,} malignant)"
    )


def test_results(run: RunFiles, model: str) -> str:
    """Return the main results of a model on the test set, with intervals."""
    rows = run.results[(run.results["split"] == "test") & (run.results["model"] == model)]
    cells = [
        f"{labels.METRICS[name]} {printed(row)}"
        for name in SHOWN
        for row in rows[rows["metric"] == name].to_dict("records")
    ]
    name = labels.SHORT_MODELS[model] + fit_words(run.results, model)
    return f"{name}: {', '.join(cells)}"


def auroc_by_split(run: RunFiles, model: str) -> str:
    """Return a model's AUROC on each split, and how the scores came about."""
    rows = run.results[(run.results["model"] == model) & (run.results["metric"] == "auroc")]
    several = run.results["cohort"].nunique() > 1
    cells = [
        f"{row['split']}{_of_which(row, several)} ({labels.FITS[row['fit']]}) "
        f"{half_up(row['estimate'], 2)}"
        for name in labels.SPLITS
        for row in rows[rows["split"] == name].to_dict("records")
    ]
    return f"{labels.SHORT_MODELS[model]}: {', '.join(cells)}"


def _of_which(row: dict[str, Any], several: bool) -> str:
    """Return the cohort, where there are several, and the size of lesions, where it is a part."""
    name = f", {labels.COHORTS.get(row['cohort'], row['cohort'])}" if several else ""
    return name + (f", {labels.SUBSETS[SMALL]}" if row["subset"] == SMALL else "")
