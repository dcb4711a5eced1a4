"""What a run can say to each item of the TRIPOD checklist; the rest is for the authors."""

from diagnostic_accuracy.rounding import half_up
from smallmass.paper import labels
from smallmass.paper import tripod_crossed as crossed
from smallmass.paper import tripod_run as made
from smallmass.paper.figure2 import test_set
from smallmass.paper.report_parts import flow
from smallmass.paper.tripod_run import RunFiles, fitted

AUTHORS = "For the authors."
SIMULATED = "Not applicable: simulated."
MISSING = {
    "impute": "replaced by the training set’s median (age) or most frequent level",
    "indicator": "replaced by the training set’s median (age) or most frequent level, and marked "
                 "in an input of its own",
    "complete": "only cases in which all are known",
}  # fmt: skip
DENSITY = {"ordinal": "its four levels as equal steps", "onehot": "an input for each level"}
ASSIGNMENTS = {
    "published": "as the cohort itself assigns it",
    "stratified": "drawn by patient, stratified by label",
    "random": "drawn by patient",
}
STANDARDS = {
    "as_recorded": "",
    "biopsied": " Benign lesions without biopsy or surgery take no part from the operating points "
                "on.",
}  # fmt: skip
APPLIED = {"image_negatives": "image-negative lesions", "all": "all lesions"}
CUTOFFS = {"youden_gated": "Youden index of the final call", "half": "0.5",
           "prevalence": "share of malignant lesions"}  # fmt: skip
UNITS = {"lesion": "a lesion in one image", "patient": "a patient, by the highest score"}


def answers(run: RunFiles) -> dict[str, str]:
    """Return the text of every item by its number: words of this run, or "For the authors."."""
    return _frame(run) | _participants(run) | _methods(run) | _results(run) | _discussion(run)


def _frame(run: RunFiles) -> dict[str, str]:
    """Return title to dates, and what stands at the end of a paper."""
    names = ", ".join(labels.SHORT_MODELS[name] for name in run.models)
    patients = run.cohort["patient_id"].nunique()
    return {
        "1": f"{_kind(run)}; breast masses {made.size(run)} on ultrasonography; malignant or "
             f"benign. The wording is for the authors.",
        "2": f"{AUTHORS} The numbers are in the report.",
        "3a": AUTHORS,
        "3b": f"Development and test of: {names}. {_external(run)}",
        "4a": f"{made.source(run)}; {len(run.cohort):,} lesions of {patients:,} patients."
              + ("" if run.simulated else " The design is for the authors."),
        "4b": SIMULATED if run.simulated else f"{AUTHORS} The run uses no dates.",
        "20": "None from phantoms." if run.simulated else AUTHORS,
        "21": ("Protocol and registration: not applicable, simulated." if run.simulated
               else "Protocol, registration and access to the data are for the authors.")
              + " run.json has versions, hashes and hardware; the report has every setting.",
        "22": AUTHORS,
    }  # fmt: skip


def _participants(run: RunFiles) -> dict[str, str]:
    """Return who took part, what is predicted, and from what."""
    cohort = run.cohort
    recorded = not labels.no_factors(cohort)
    unsized = int(cohort["diameter_cm"].isna().sum())
    sizes = f", size unknown in {unsized:,}" if run.sized and unsized else ""
    return {
        "5a": (f"{SIMULATED} Machines imitated: " if run.simulated
               else "Places and centres are for the authors. Machines: ")
              + f"{made.counts(cohort, 'device')}.",
        "5b": f"Breast masses {made.size(run)}{sizes}. Left out: {made.left_out(run)}."
              + ("" if run.simulated else " How the source chose them is for the authors."),
        "5c": SIMULATED if run.simulated else f"{AUTHORS} The run uses no treatment.",
        "6a": f"Malignant or benign ({made.malignant(cohort)}). Reference standard: "
              f"{made.counts(cohort, 'reference_standard')}"
              + (", as simulated." if run.simulated else "; when, is for the authors.")
              + STANDARDS[run.settings["evaluation"]["reference_standard"]],
        "6b": SIMULATED if run.simulated else AUTHORS,
        "7a": "The ultrasound image; " + (made.predictors(run) if recorded
              else "no clinical factor is recorded") + "."
              + ("" if run.simulated else " How and when they were measured is for the authors."),
        "7b": (SIMULATED if run.simulated else AUTHORS)
              + " In the run, no label of a test case takes part in "
              + ("its own score." if run.crossed else "a score."),
    }  # fmt: skip


def _methods(run: RunFiles) -> dict[str, str]:
    """Return sample size to the differences between development and test."""
    settings = run.settings
    evaluation, point = settings["evaluation"], settings["operating_point"]
    metrics = [labels.METRICS[name].removesuffix(" (%)") for name in labels.METRICS
               if name in set(run.results["metric"])]  # fmt: skip
    folds = settings["image_model"]["folds"]
    on_test = point["chosen_on"] == "test"
    unknown_factors = "Unknown factors in the clinical model: "
    unknown_factors += f"{MISSING[settings['clinical_model']['missing']]}. "
    if run.crossed:
        unknown_factors = unknown_factors.replace("training set’s", "other folds’")
    elif not fitted(run.clinical):
        unknown_factors = ""
    return {
        "8": f"No calculation was made: every eligible lesion takes part. {made.split_sizes(run)}.",
        "9": f"Unknown in {len(run.clinical_cases):,} lesions"
             f"{f' of {run.crossed}' if run.crossed else ''}: {made.unknown(run)}. "
             f"{unknown_factors}An image without any region scores 0 and is counted.",
        "10a": _coding(run),
        "10b": f"{crossed.networks(run) if run.crossed else made.networks(run)}. "
               f"{_combination(run)} Image model’s cut-off: "
               f"Youden index, on {point['chosen_on']}. No predictor was selected. Internal check: "
               + (f"cross-fitting in {run.crossed} of all but the image model; no "
                  if run.crossed else
                  f"one held-out test set{f', and {folds} folds of training' if folds else ''}; "
                  "no ")
               + "correction for optimism.",
        "10c": "The fitted models were applied unchanged"
               + ("; the cut-offs were chosen on the test set itself, which is optimistic."
                  if on_test else ", with their cut-offs (fit: held_out)"
                  + (f"; in {run.crossed} each fold by the models of the others (out_of_fold)."
                     if run.crossed else ".")),
        "10d": f"{'; '.join(metrics)}. {half_up(100 * evaluation['confidence'], 0)}% intervals: "
               f"{evaluation['proportion_interval']} (proportions), {evaluation['auroc_interval']} "
               f"(AUROC), bootstrap of patients ({evaluation['replicates']:,} draws). Combined "
               f"against image model: McNemar ({evaluation['mcnemar']}), raw P and Holm’s. Unit: "
               f"{UNITS[evaluation['unit']]}.",
        "10e": "None: no model was changed after its test.",
        "11": f"Two, positive and negative, by cut-off. {made.cutoffs(run)}."
              + (" A call is that of most repeats." if run.crossed else ""),
        "12": (f"The test is in another cohort, {run.external}; how the two differ is for the "
               f"authors. {_external(run)}" if run.external else
               "Same cohort, criteria, outcome and predictors; the split is "
               f"{ASSIGNMENTS[settings['split']['assignment']]}. No external validation."),
    }  # fmt: skip


def _results(run: RunFiles) -> dict[str, str]:
    """Return the flow of participants to performance."""
    passed = flow(run.cohort, run.split, run.integrity)
    beside = [f"{name}: {made.malignant(part)}; {made.means(part)}"
              for name, part in run.parts.items()]  # fmt: skip
    return {
        "13a": f"{passed.read:,} lesions read; left out: {made.left_out(run)}; in the study "
               f"{passed.kept:,} of {run.cohort['patient_id'].nunique():,} patients. "
               f"{made.split_sizes(run)}."
               + ("" if run.simulated else " Length of follow-up is for the authors."),
        "13b": (f"{run.crossed}, where known: {made.means(run.clinical_cases)}." if run.crossed
                else _sentence(made.means(run.cohort)))
               + f" Unknown{f' in {run.crossed}' if run.crossed else ''}: {made.unknown(run)}.",
        "13c": " ".join(_sentence(text) for text in beside),
        "14a": _analyses(run),
        "14b": "Not done.",
        "15a": _full_models(run),
        "15b": f"snakemake predict --config study={run.study} predict=FOLDER reads new images"
               + (f" {crossed.use(run)}" if run.crossed else
                  ". A score from the cut-off on is a positive call. " + made.cutoffs(run))
               + ". For research, not for diagnosis.",
        "16": f"{test_set(run.results)}. "
              + " ".join(f"{made.test_results(run, name)}." for name in run.models),
        "17": "None: no model was updated.",
        "19a": "AUROC. " + " ".join(f"{made.auroc_by_split(run, name)}." for name in run.models),
    }  # fmt: skip


def _discussion(run: RunFiles) -> dict[str, str]:
    """Return the limitations that the run itself shows, and what may be concluded."""
    settings, regression = run.settings, run.regression
    together = fitted(regression) and regression["fitted_on"].startswith(
        str(regression["cutoff"]["chosen_on"])
    )
    limits = {
        "simulated: no evidence for a clinical claim": run.simulated,
        "no external validation": not run.external,
        f"clinical and combined models tested in no cohort but {run.crossed}": bool(run.crossed),
        "tissue composition on ultrasound in place of mammographic density": "breast"
        in set(run.cohort["cohort"]),
        "lesions of all sizes": not run.sized,
        "image model trained on lesions of all sizes": made.trained_on_all_sizes(run),
        "image model not pretrained": not settings["image_model"].get("weights"),
        "one seed of the image model": settings["image_model"]["seeds"] == 1,
        "clinical and combined models not estimable": labels.no_factors(run.cohort),
        "cut-offs chosen on the test set": settings["operating_point"]["chosen_on"] == "test",
        "combined models fitted on the cases that choose their cut-off": together,
    }
    shown = [text for text, holds in limits.items() if holds]
    if fitted(regression):
        rarer = min(regression["n_malignant"], regression["n"] - regression["n_malignant"])
        shown.append(f"regression: {rarer} lesions of the rarer class for "
                     f"{len(regression['coefficients'])} coefficients")  # fmt: skip
    shown += crossed.limits(run) if run.crossed else []
    return {
        "18": _sentence("; ".join(shown)) + ("" if run.simulated else " Others: for the authors."),
        "19b": "None from phantoms: they show that the pipeline works, no more." if run.simulated
               else f"{AUTHORS} The scorecard has the paper’s claims beside this run.",
    }  # fmt: skip


def _kind(run: RunFiles) -> str:
    """Return what kind of study this is."""
    if run.external:
        return f"Development of diagnostic models and their test on other patients ({run.external})"
    return "Development of diagnostic models and their test on held-out cases of the same cohort"


def _external(run: RunFiles) -> str:
    """Return which models are tested in a cohort that they were not made in."""
    if not run.external:
        return "No validation in another cohort."
    rest = "; the clinical and combined models are made there, too, by cross-fitting"
    return f"Image model: validation in {run.external}{rest if run.crossed else ''}."


def _coding(run: RunFiles) -> str:
    """Return how factors and scores become numbers."""
    if run.crossed:
        coded, inputs = crossed.encodings(run.clinical), crossed.inputs(run.regression)
        of = f"mean and SD of the folds of {run.crossed} that each model is fitted on"
    else:
        known = fitted(run.clinical)
        coded = [[f] for f in run.clinical["encoding"]["factors"]] if known else []
        inputs = run.regression["inputs"] if fitted(run.regression) else []
        of = "training’s mean and SD"
    if not coded and not fitted(run.clinical):
        return f"Clinical model: {run.clinical['status']}."
    words = []
    for models in coded:
        factor = models[0]
        name = made.NAMES[factor["name"]]
        if factor["name"] == "age_years":
            mean, sd = (crossed.between((m[key] for m in models), 1) for key in ("mean", "sd"))
            words.append(f"{name}: less {mean} years, divided by {sd} ({of})")
        elif factor["name"] == "breast_density":
            words.append(f"{name}: {DENSITY['onehot' if factor['onehot'] else 'ordinal']}")
        else:
            words.append(f"{name}: 0 or 1")
    return (
        f"{_sentence('; '.join(words))} Inputs of the combined models: "
        f"{made.listed(inputs) if inputs else 'none'}."
    )


def _combination(run: RunFiles) -> str:
    """Return what the combined models are and where they are applied."""
    regression, tree = (
        next(iter(crossed.fits(model)), model) if run.crossed else model
        for model in (run.regression, run.tree)
    )
    if not fitted(regression):
        return f"Combined models: {run.regression['status']}."
    each = ", one of each for each repeat and fold" if run.crossed else ""
    return (
        f"Combined models: logistic regression ({regression['method']}) and decision tree "
        f"({tree.get('method', tree['status'])}){each}, applied to "
        f"{APPLIED[run.regression['applied_to']]}; cut-offs: "
        f"{CUTOFFS[run.settings['combined_model']['cutoff']]}."
    )


def _analyses(run: RunFiles) -> str:
    """Return the lesions behind each fit."""
    words = [f"Image model: training, {made.malignant(run.parts['training'])}"]
    if run.crossed:
        return ". ".join([*words, *crossed.analyses(run)]) + "."
    fit = run.clinical.get("training") if fitted(run.clinical) else None
    words.append(
        f"Clinical model: {fit['cases']:,} lesions, {fit['malignant']:,} malignant; stopped on "
        f"{fit['validation_cases']:,} of validation, {fit['validation_malignant']:,} malignant"
        if fit
        else f"Clinical model: {run.clinical['status']}"
    )
    words += [made.second_reading("regression", run.regression),
              made.second_reading("tree", run.tree)]  # fmt: skip
    return ". ".join(words) + "."


def _full_models(run: RunFiles) -> str:
    """Return the regression's formula, and where the others are."""
    if run.crossed:
        return (
            "Image model: weights and settings in its files, named by SHA-256. Regression and "
            "tree of every repeat and fold: in their files. Clinical networks are not kept."
        )
    words = ["Networks: weights and settings in their files, named by SHA-256"]
    if fitted(run.regression):
        words.append(f"Regression: {run.regression['formula']}")
    if fitted(run.tree):
        words.append(f"Decision tree: depth {run.tree['depth']}, {run.tree['leaves']} leaves, "
                     "every node in its file")  # fmt: skip
    return ". ".join(words) + "."


def _sentence(text: str) -> str:
    """Return a text with a capital and a full stop."""
    return f"{text[0].upper()}{text[1:]}."
