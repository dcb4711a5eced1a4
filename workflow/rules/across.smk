# How much is lost on another set: `snakemake across --config datasets=...` (not part of `all`).
# A model of each set that trains, and of all but each; each is a small study of its own, which
# shares the cohort with the others and differs in its split.

from smallmass.across.train_sets import train_sets

TRAINED_ON = [entry.cohort for entry in TRAINING]
TRAIN_SETS = [train.name for train in train_sets(TRAINED_ON)]
OF_SET = "<results>/{train}"
MODEL_OF_SET = f"{OF_SET}/image_model/seed{{seed}}/{{fit}}"


wildcard_constraints:
    train=r"(only|without)_\w+",


localrules:
    across_split,
    across,


rule across_split:
    input:
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
    output:
        split=f"{OF_SET}/split.csv",
    log:
        "<logs>/across_split_{train}.log",
    benchmark:
        "<benchmarks>/across_split_{train}.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/across_split.py"),
        cohorts=TRAINED_ON,
    message:
        "Splitting the sets for the model {wildcards.train}"
    script:
        "../scripts/across_split.py"


CHECKED_OF_SET = {}
if CHECKED:

    use rule check_start as across_check_start with:
        input:
            **with_inputs(rules.check_start, split=rules.across_split.output.split),
        output:
            record=f"{OF_SET}/image_model/start.json",
        log:
            "<logs>/across_check_start_{train}.log",
        benchmark:
            "<benchmarks>/across_check_start_{train}.tsv"

    CHECKED_OF_SET = {"checked": rules.across_check_start.output.record}


use rule train_image_model as across_train with:
    input:
        **with_inputs(
            rules.train_image_model, split=rules.across_split.output.split, **CHECKED_OF_SET
        ),
    output:
        weights=f"{MODEL_OF_SET}/weights.h5",
        model=f"{MODEL_OF_SET}/model.json",
        history=f"{MODEL_OF_SET}/history.csv",
    log:
        "<logs>/across_train_{train}_seed{seed}_{fit}.log",
    benchmark:
        "<benchmarks>/across_train_{train}_seed{seed}_{fit}.tsv"
    params:
        checkpoints=f"{R}/{{train}}/image_model/checkpoints/seed{{seed}}_{{fit}}",
    message:
        "Training the image model {wildcards.train}, seed {wildcards.seed}"


use rule read_images as across_read with:
    input:
        **with_inputs(
            rules.read_images,
            weights=rules.across_train.output.weights,
            model=rules.across_train.output.model,
            split=rules.across_split.output.split,
        ),
    output:
        detections=f"{MODEL_OF_SET}/detections.csv",
    log:
        "<logs>/across_read_{train}_seed{seed}_{fit}.log",
    benchmark:
        "<benchmarks>/across_read_{train}_seed{seed}_{fit}.tsv"
    params:
        checkpoints=f"{R}/{{train}}/image_model/checkpoints/seed{{seed}}_{{fit}}",
    message:
        "Reading every set with the image model {wildcards.train}, seed {wildcards.seed}"


use rule image_scores as across_scores with:
    input:
        **with_inputs(
            rules.image_scores,
            detections=expand(
                rules.across_read.output.detections, seed=SEEDS, fit="full", allow_missing=True
            ),
        ),
    output:
        scores=f"{OF_SET}/scores.csv",
    log:
        "<logs>/across_scores_{train}.log",
    benchmark:
        "<benchmarks>/across_scores_{train}.tsv"


rule across:
    input:
        scores=expand(rules.across_scores.output.scores, train=TRAIN_SETS),
        splits=expand(rules.across_split.output.split, train=TRAIN_SETS),
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
        # What was found in the cohort, copies among it; nothing is made of it.
        integrity=rules.integrity.output.integrity,
    output:
        cells="<results>/across.csv",
        csv="<results>/tables/across.csv",
        md="<results>/tables/across.md",
        tex="<results>/tables/across.tex",
        svg="<results>/figures/across.svg",
        png="<results>/figures/across.png",
    log:
        "<logs>/across.log",
    benchmark:
        "<benchmarks>/across.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/across.py"),
        cohorts=TRAINED_ON,
        missing=MISSING,
        settings=pick("cohort.balance", "image_model.seeds", "evaluation.confidence"),
    message:
        "Each set and all but one trained, each tested: table and heat map"
    script:
        "../scripts/across.py"
