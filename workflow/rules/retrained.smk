# Image models trained anew on other cases of the same cohort: parts of `snakemake rivals`, each of
# which also runs alone (`snakemake rival_folds`). Which trainings there are is known once the
# cohort is there. Each is a job of the study's own rule with another split, as those of `across`;
# its weights are deleted once it has read its cases.

RETRAINED = "<results>/rivals/{part}"
OF_TRAINING = f"{RETRAINED}/{{training}}"
MODEL_OF_TRAINING = f"{OF_TRAINING}/seed{{seed}}/{{fit}}"
CHECKPOINTS_OF_TRAINING = f"{R}/rivals/{{part}}/checkpoints/{{training}}_seed{{seed}}_{{fit}}"


wildcard_constraints:
    part="folds|scanners|learning",
    training=r"\w+",


localrules:
    rival_trainings,


# What the trainings of a part depend on.
DEALT_BY = {
    "folds": ("seed", "image_model.seeds", "rivals.folds"),
    "scanners": ("image_model.seeds",),
    "learning": ("seed", "image_model.seeds", "rivals.sizes", "rivals.draws"),
}


checkpoint rival_trainings:
    input:
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
    output:
        trainings=f"{RETRAINED}/trainings.json",
        # These stay as they are where nothing changes: one more draw trains no other model anew.
        judged=update(f"{RETRAINED}/judged.csv"),
        splits=update(directory(f"{RETRAINED}/splits")),
        to_read=update(directory(f"{RETRAINED}/to_read")),
    log:
        "<logs>/rival_trainings_{part}.log",
    benchmark:
        "<benchmarks>/rival_trainings_{part}.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/rival_trainings.py"),
        settings=lambda wildcards: pick(*DEALT_BY[wildcards.part]),
    message:
        "Dealing the cases for the trainings of {wildcards.part}"
    script:
        "../scripts/rival_trainings.py"


CHECKED_OF_PART = {}
if CHECKED:

    # Every case that any model of the part reads, as test cases.
    use rule check_start as retrained_check_start with:
        input:
            **with_inputs(rules.check_start, split=rules.rival_trainings.output.judged),
        output:
            record=f"{RETRAINED}/start.json",
        log:
            "<logs>/retrained_check_start_{part}.log",
        benchmark:
            "<benchmarks>/retrained_check_start_{part}.tsv"

    CHECKED_OF_PART = {"checked": rules.retrained_check_start.output.record}


use rule train_image_model as retrained_train with:
    input:
        **with_inputs(
            rules.train_image_model,
            split=f"{RETRAINED}/splits/{{training}}.csv",
            **CHECKED_OF_PART,
        ),
    output:
        weights=temp(f"{MODEL_OF_TRAINING}/weights.h5"),
        model=f"{MODEL_OF_TRAINING}/model.json",
        history=f"{MODEL_OF_TRAINING}/history.csv",
    log:
        "<logs>/retrained_train_{part}_{training}_seed{seed}_{fit}.log",
    benchmark:
        "<benchmarks>/retrained_train_{part}_{training}_seed{seed}_{fit}.tsv"
    params:
        checkpoints=CHECKPOINTS_OF_TRAINING,
        events=f"{R}/logs/tensorboard/{{part}}_{{training}}_seed{{seed}}_{{fit}}",
    message:
        "Training the image model for {wildcards.part}: {wildcards.training}, seed {wildcards.seed}"


use rule read_images as retrained_read with:
    input:
        **with_inputs(
            rules.read_images,
            weights=rules.retrained_train.output.weights,
            model=rules.retrained_train.output.model,
            split=f"{RETRAINED}/to_read/{{training}}.csv",
        ),
    output:
        detections=f"{MODEL_OF_TRAINING}/detections.csv",
    log:
        "<logs>/retrained_read_{part}_{training}_seed{seed}_{fit}.log",
    benchmark:
        "<benchmarks>/retrained_read_{part}_{training}_seed{seed}_{fit}.tsv"
    params:
        checkpoints=CHECKPOINTS_OF_TRAINING,
    message:
        "Reading with the image model for {wildcards.part}: {wildcards.training}, seed {wildcards.seed}"


use rule image_scores as retrained_scores with:
    input:
        **with_inputs(rules.image_scores, detections=read_by_training),
    output:
        scores=f"{OF_TRAINING}/scores.csv",
    log:
        "<logs>/retrained_scores_{part}_{training}.log",
    benchmark:
        "<benchmarks>/retrained_scores_{part}_{training}.tsv"
    params:
        seeds=seeds_of_training,


rule rival_folds:
    input:
        trainings="<results>/rivals/folds/trainings.json",
        scores=scores_of("folds"),
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
        notes=rules.page_notes.output.notes,
    output:
        part="<results>/rivals/folds.csv",
        record="<results>/rivals/folds.json",
        cases="<results>/rivals/folds/cases.csv",
        numbers="<results>/rivals/folds/numbers.csv",
        csv="<results>/tables/folds.csv",
        md="<results>/tables/folds.md",
        tex="<results>/tables/folds.tex",
    log:
        "<logs>/rival_folds.log",
    benchmark:
        "<benchmarks>/rival_folds.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/rival_folds.py"),
        settings=pick("operating_point", "evaluation.confidence"),
    message:
        "An out-of-fold score of every case"
    script:
        "../scripts/rival_folds.py"


rule rival_scanners:
    input:
        trainings="<results>/rivals/scanners/trainings.json",
        scores=scores_of("scanners"),
        out_of_fold=rules.rival_folds.output.cases,
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
        notes=rules.page_notes.output.notes,
    output:
        part="<results>/rivals/scanners.csv",
        record="<results>/rivals/scanners.json",
        cases="<results>/rivals/scanners/cases.csv",
        numbers="<results>/rivals/scanners/numbers.csv",
        differ="<results>/rivals/scanners/heterogeneity.csv",
        csv="<results>/tables/scanners.csv",
        md="<results>/tables/scanners.md",
        tex="<results>/tables/scanners.tex",
    log:
        "<logs>/rival_scanners.log",
    benchmark:
        "<benchmarks>/rival_scanners.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/rival_scanners.py"),
        settings=pick("evaluation.confidence"),
    message:
        "What is lost on a scanner that the image model never saw"
    script:
        "../scripts/rival_scanners.py"


rule rival_learning:
    input:
        trainings="<results>/rivals/learning/trainings.json",
        scores=scores_of("learning"),
        study_scores=rules.image_scores.output.scores,
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
        notes=rules.page_notes.output.notes,
    output:
        part="<results>/rivals/learning.csv",
        record="<results>/rivals/learning.json",
        cases="<results>/rivals/learning/cases.csv",
        numbers="<results>/rivals/learning/numbers.csv",
        csv="<results>/tables/learning.csv",
        md="<results>/tables/learning.md",
        tex="<results>/tables/learning.tex",
        svg="<results>/figures/learning.svg",
        png="<results>/figures/learning.png",
    log:
        "<logs>/rival_learning.log",
    benchmark:
        "<benchmarks>/rival_learning.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/rival_learning.py"),
        settings=pick("rivals.draws", "evaluation.confidence"),
    message:
        "The learning curve of the image model"
    script:
        "../scripts/rival_learning.py"
