# Image model: Mask R-CNN. One training job and one reading job a seed and fit; "full" is trained
# on all training cases, "fold{k}" without those of fold k, whose scores are then out of fold.

IMAGE_MODEL = "<results>/image_model/seed{seed}/{fit}"
# No output: it must survive a job that is killed, which is then resumed from it. Reading deletes it,
# and training does not: when reading fails, Snakemake deletes all that its group has made.
CHECKPOINTS = f"{R}/image_model/checkpoints/seed{{seed}}_{{fit}}"
# How sources are balanced is of use only where several train.
TRAINING = [entry for entry in SOURCES.values() if "training" in entry.splits]
BALANCE = ["cohort.balance"] if len(TRAINING) > 1 else []


wildcard_constraints:
    seed=r"\d+",
    fit=r"full|fold\d+",


rule train_image_model:
    input:
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
        folds=rules.split.output.folds,
        transforms=rules.prepare.output.transforms,
        images=rules.prepare.output.images,
        masks=rules.prepare.output.masks,
        start=start_inputs,
        checked=CHECKED,
    output:
        weights=f"{IMAGE_MODEL}/weights.h5",
        model=f"{IMAGE_MODEL}/model.json",
        history=f"{IMAGE_MODEL}/history.csv",
    log:
        "<logs>/train_image_model_seed{seed}_{fit}.log",
    benchmark:
        "<benchmarks>/train_image_model_seed{seed}_{fit}.tsv"
    conda:
        "../../envs/gpu.yaml"
    threads: S.image_model.threads
    resources:
        gpu=S.resources.gpus,
        mem_mb=grows(S.resources.train_mem_mb),
        runtime=grows(S.resources.train_minutes),
    params:
        code=code("workflow/scripts/train_image_model.py"),
        # Not what the scores depend on alone: another A09 must not train anew.
        settings=pick(
            "seed",
            "image_model.backbone",
            "image_model.size_px",
            "image_model.weights",
            "image_model.weights_sha256",
            "image_model.epochs",
            "image_model.least_steps",
            "image_model.batch",
            "image_model.learning_rate",
            "image_model.optimizer",
            "image_model.augmentation",
            "image_model.threads",
            "image_model.precision",
            *BALANCE,
        ),
        start=START_RECORD,
        start_files=lambda wildcards, input: START_FILES,
        checkpoints=CHECKPOINTS,
        # With the times of day in them: beside the log, which has them, too.
        events=f"{R}/logs/tensorboard/seed{{seed}}_{{fit}}",
    message:
        "Training the image model, seed {wildcards.seed}, {wildcards.fit}"
    script:
        "../scripts/train_image_model.py"


rule read_images:
    input:
        weights=rules.train_image_model.output.weights,
        model=rules.train_image_model.output.model,
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
        folds=rules.split.output.folds,
        transforms=rules.prepare.output.transforms,
        images=rules.prepare.output.images,
    output:
        detections=f"{IMAGE_MODEL}/detections.csv",
    log:
        "<logs>/read_images_seed{seed}_{fit}.log",
    benchmark:
        "<benchmarks>/read_images_seed{seed}_{fit}.tsv"
    conda:
        "../../envs/gpu.yaml"
    threads: S.image_model.threads
    resources:
        gpu=S.resources.gpus,
        mem_mb=grows(S.resources.train_mem_mb),
        # Each case once and forwards alone, where training takes it forwards and back every epoch.
        runtime=grows(max(20, S.resources.train_minutes // 10)),
    params:
        code=code("workflow/scripts/read_images.py"),
        folders=lambda wildcards: FOLDERS,
        settings=pick("image_model.mirrored"),
        checkpoints=CHECKPOINTS,
    message:
        "Reading the cohort with the image model, seed {wildcards.seed}, {wildcards.fit}"
    script:
        "../scripts/read_images.py"


rule image_scores:
    input:
        detections=expand(f"{IMAGE_MODEL}/detections.csv", seed=SEEDS, fit=FITS),
        cohort=rules.cohort.output.cohort,
    output:
        scores="<results>/image_model/scores.csv",
    log:
        "<logs>/image_scores.log",
    benchmark:
        "<benchmarks>/image_scores.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grows(2000),
        runtime=grows(20),
    params:
        code=code("workflow/scripts/image_scores.py"),
        folders=lambda wildcards: FOLDERS,
        seeds=list(SEEDS),
        settings=pick(
            "image_model.region_score",
            "image_model.image_score",
            "image_model.floor",
            "image_model.found",
        ),
    message:
        "Making one image score of each image's regions"
    script:
        "../scripts/image_scores.py"


# What the images that teach it are like: `predict` says which new ones are unlike them.
rule likeness:
    input:
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
        transforms=rules.prepare.output.transforms,
        images=rules.prepare.output.images,
    output:
        likeness="<results>/image_model/likeness.json",
    log:
        "<logs>/likeness.log",
    benchmark:
        "<benchmarks>/likeness.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 4
    resources:
        mem_mb=grows(2000),
        runtime=grows(20),
    params:
        code=code("workflow/scripts/likeness.py"),
    message:
        "Describing what the training images are like"
    script:
        "../scripts/likeness.py"
