"""Deep learning and clinical factors for breast masses under 1 cm on ultrasound: the study.

Read from top to bottom as the paper's Methods. What to build and how is in config.yaml;
`snakemake --cores all` builds results/{study}/.
"""

from snakemake.utils import min_version

min_version("9.27")


configfile: "config.yaml"


# The study that a target stands for: config["study"].
include: "workflow/rules/target.smk"
# The settings of the chosen study, checked: STUDY, S, R, DATASETS, ROOT, code().
include: "workflow/rules/common.smk"
# What a killed run left locked is free again.
include: "workflow/rules/locks.smk"
# What a cluster can never start is refused before it is submitted.
include: "workflow/rules/cluster.smk"
# Patients and images: the cohort, its integrity, the split, the target masks.
include: "workflow/rules/cohort.smk"
# What the image model starts from: START.
include: "workflow/rules/found_start.smk"
# Published weights, or another study's model that this run makes; never one that saw the test.
include: "workflow/rules/start.smk"
# Image model: a Mask R-CNN, from pixels to a malignancy score of each image.
include: "workflow/rules/image_model.smk"
# Clinical model: four clinical factors, a Bayesian search, a multilayer perceptron.
include: "workflow/rules/clinical_model.smk"
# Combined models: operating points, regression and decision tree for image-negative lesions.
include: "workflow/rules/combined_model.smk"
# Statistical analysis: performance, intervals, paired tests, what the choices change.
include: "workflow/rules/evaluation.smk"
# Results: Figures 1-3, the specification curve, the gate's controls.
include: "workflow/rules/figures.smk"
# Image models trained anew: what they make is known once they are dealt.
include: "workflow/rules/trainings.smk"
# Image models trained anew on other cases of the cohort: parts of the rivals, on demand.
include: "workflow/rules/retrained.smk"
# Rivals: plain features, radiologists, other models, on the same test cases: on demand.
include: "workflow/rules/rivals.smk"
# Results: Tables 1-2, the TRIPOD checklist, the report, run.json.
include: "workflow/rules/paper.smk"
# The paper's printed numbers, checked against one another: needs no cohort.
include: "workflow/rules/audit.smk"
# Trained models as files: MODELS, NEW, TRAINED.
include: "workflow/rules/trained_models.smk"
# The trained models as a version of their own, in models/STUDY.dvc: on demand.
include: "workflow/rules/version.smk"
# New images through the trained models of a study, without its cohort: on demand.
include: "workflow/rules/predict.smk"
# Models of each public set and of all but one, tested on each: on demand.
include: "workflow/rules/across.smk"
# Predictions of single lesions that were published, as tables and figures: on demand.
include: "workflow/rules/published.smk"
# The phantoms beside real scans of BUS-BRA: on demand.
include: "workflow/rules/realism.smk"


onstart:
    refuse_what_cannot_start()
    refuse_what_cannot_be_fetched()


onsuccess:
    forget_run()
    show_results()


onerror:
    forget_run()
    show_refusal(log)


localrules:
    all,
    check,
    tables,
    figures,
    report,
    rivals,


rule all:
    default_target: True
    input:
        DATA_VERSION,
        FILES["check"],
        FILES["models"],
        FILES["evaluation"],
        FILES["tables"],
        FILES["figures"],
        FILES["report"],
        RIVALS_OF_ALL,


# The cohort alone: every problem of a data set at once, before anything is trained.
rule check:
    input:
        candidates=rules.inspect.output.candidates,
        integrity=rules.integrity.output.integrity,
        # Looked at before the list is refused.
        page=UNDERSTOOD,
    log:
        "<logs>/check.log",
    conda:
        "envs/cpu.yaml"
    params:
        code=code("workflow/scripts/check.py"),
        settings=pick(*SPLIT_SETTINGS, "image_model.weights"),
    message:
        "What was found in the cohort of study {STUDY}"
    script:
        "workflow/scripts/check.py"


rule tables:
    input:
        FILES["tables"],


rule figures:
    input:
        FILES["figures"],


rule report:
    input:
        FILES["report"],


# Of any study, as far as it has what a part needs.
rule rivals:
    input:
        rules.rival_table.output,
        rules.rival_patients.output,
        FILES["report"],
