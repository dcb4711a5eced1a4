# Beside radiologists, plain features and other models: `snakemake rivals` (not part of `all`).
# Each part writes what its rivals say of the test cases, and why any is left out; one table and one
# figure hold all of them against the study's models. The report shows them once they are there.

from smallmass.options import RivalPart

RIVALS = "<results>/rivals"
# By part the benchmarks of its rules: what it cost.
RIVAL_COSTS = {
    "plain": r"rival_features|rival_plain",
    "birads": "rival_birads",
    "weak": r"rival_weak_(train|read)",
    "folds": r"retrained_\w+_folds_.*|rival_folds",
    "scanners": r"retrained_\w+_scanners_.*|rival_scanners",
    "learning": r"retrained_\w+_learning_.*|rival_learning",
}
RIVAL_PARTS = [part.value for part in RivalPart if part in S.rivals.parts]
RIVAL_RULES = {
    "study": r"(train_image_model|read_images)_.*|image_scores",
    **{part: RIVAL_COSTS[part] for part in RIVAL_PARTS},
    # Its trainings are of another tool, and not measured here.
    **({"imported": "no rule"} if study.predictions else {}),
}
RIVAL_PARTS += ["imported"] if study.predictions else []
# What the report shows of a part alone.
OF_PARTS = {
    "birads": {"within_birads": f"{R}/rivals/within_birads.csv"},
    "weak": {"weak_maps": f"{R}/rivals/weak_maps.csv"},
    "folds": {"folds": f"{R}/rivals/folds/numbers.csv"},
    "scanners": {
        "scanners": f"{R}/rivals/scanners/numbers.csv",
        "heterogeneity": f"{R}/rivals/scanners/heterogeneity.csv",
    },
    "learning": {
        "learning": f"{R}/rivals/learning/numbers.csv",
        "learning_curve": f"{R}/figures/learning.svg",
    },
}
RIVAL_RESULTS = {
    "rivals": f"{R}/rivals.csv",
    "forest": f"{R}/figures/rivals.svg",
    "patients_needed": f"{R}/rivals/patients_needed.csv",
    "rival_records": [f"{R}/rivals/{part}.json" for part in RIVAL_PARTS],
    **{name: path for part in RIVAL_PARTS for name, path in OF_PARTS.get(part, {}).items()},
}


localrules:
    export_nnunet,
    export_coco,


# The cohort for other tools' trainings, what they predict comes back as `predictions`.
rule export_nnunet:
    input:
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
    output:
        folder=directory(f"{R}/export/nnunet/Dataset500_{STUDY}"),
    log:
        "<logs>/export_nnunet.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/export_nnunet.py"),
        folders=lambda wildcards: FOLDERS,
    message:
        "The cohort in the layout of nnU-Net v2: {output.folder}"
    script:
        "../scripts/export_nnunet.py"


rule export_coco:
    input:
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
    output:
        folder=directory(f"{R}/export/coco"),
    log:
        "<logs>/export_coco.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/export_coco.py"),
        folders=lambda wildcards: FOLDERS,
    message:
        "The cohort in the layout of COCO: {output.folder}"
    script:
        "../scripts/export_coco.py"


rule rival_features:
    input:
        detections=DETECTIONS,
        scores=rules.image_scores.output.scores,
        cohort=rules.cohort.output.cohort,
    output:
        features=f"{RIVALS}/features.csv",
    log:
        "<logs>/rival_features.log",
    benchmark:
        "<benchmarks>/rival_features.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grows(2000),
        runtime=grows(30),
    params:
        code=code("workflow/scripts/rival_features.py"),
        folders=lambda wildcards: FOLDERS,
        seeds=list(SEEDS),
    message:
        "Sixteen plain features of every outline, predicted and true"
    script:
        "../scripts/rival_features.py"


rule rival_plain:
    input:
        features=rules.rival_features.output.features,
        predictions=rules.combined_models.output.predictions,
    output:
        scores=f"{RIVALS}/plain.csv",
        record=f"{RIVALS}/plain.json",
    log:
        "<logs>/rival_plain.log",
    benchmark:
        "<benchmarks>/rival_plain.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/rival_plain.py"),
        settings=pick("operating_point"),
    script:
        "../scripts/rival_plain.py"


rule rival_birads:
    input:
        predictions=rules.combined_models.output.predictions,
        cohort=rules.cohort.output.cohort,
        folds=rules.split.output.folds,
        cross_scores=rules.clinical_model.output.cross_scores,
    output:
        scores=f"{RIVALS}/birads.csv",
        record=f"{RIVALS}/birads.json",
        within=f"{RIVALS}/within_birads.csv",
    log:
        "<logs>/rival_birads.log",
    benchmark:
        "<benchmarks>/rival_birads.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/rival_birads.py"),
        settings=pick(
            "seed",
            "cohort.max_diameter_cm",
            "cohort.inclusive",
            "operating_point",
            "cross_fitting",
            "evaluation.proportion_interval",
            "evaluation.auroc_interval",
            "evaluation.replicates",
            "evaluation.confidence",
        ),
    script:
        "../scripts/rival_birads.py"


# A classifier that no outline taught, and where its maps point. Masks are read when it has learnt.
rule rival_weak_train:
    input:
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
        images=rules.prepare.output.images,
        start=start_inputs,
        checked=CHECKED,
    output:
        weights=f"{RIVALS}/weak_model.h5",
        model=f"{RIVALS}/weak_model.json",
    log:
        "<logs>/rival_weak_train.log",
    benchmark:
        "<benchmarks>/rival_weak_train.tsv"
    conda:
        "../../envs/gpu.yaml"
    threads: S.image_model.threads
    resources:
        gpu=S.resources.gpus,
        mem_mb=grows(S.resources.train_mem_mb),
        runtime=grows(S.resources.train_minutes),
    params:
        code=code("workflow/scripts/rival_weak_train.py"),
        settings=pick(
            "seed",
            "image_model.backbone",
            "image_model.size_px",
            "image_model.epochs",
            "image_model.least_steps",
            "image_model.batch",
            "image_model.learning_rate",
            "image_model.optimizer",
            "image_model.augmentation",
            "image_model.threads",
            "image_model.precision",
            "image_model.weights",
            "image_model.weights_sha256",
            *BALANCE,
        ),
        start=START_RECORD,
        start_files=lambda wildcards, input: START_FILES,
    message:
        "Training an image classifier on labels alone"
    script:
        "../scripts/rival_weak_train.py"


rule rival_weak_read:
    input:
        weights=rules.rival_weak_train.output.weights,
        model=rules.rival_weak_train.output.model,
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
        images=rules.prepare.output.images,
        masks=rules.prepare.output.masks,
        predictions=rules.combined_models.output.predictions,
        scores=rules.image_scores.output.scores,
    output:
        part=f"{RIVALS}/weak.csv",
        record=f"{RIVALS}/weak.json",
        lesions=f"{RIVALS}/weak_lesions.csv",
        maps=f"{RIVALS}/weak_maps.csv",
    log:
        "<logs>/rival_weak_read.log",
    benchmark:
        "<benchmarks>/rival_weak_read.tsv"
    conda:
        "../../envs/gpu.yaml"
    threads: S.image_model.threads
    resources:
        gpu=S.resources.gpus,
        mem_mb=grows(S.resources.train_mem_mb),
        runtime=grows(max(20, S.resources.train_minutes // 10)),
    params:
        code=code("workflow/scripts/rival_weak_read.py"),
        settings=pick(
            "cohort.max_diameter_cm",
            "cohort.inclusive",
            "image_model.mirrored",
            "operating_point",
            "evaluation.confidence",
        ),
    message:
        "Reading test cases with the classifier from labels alone, and where its maps point"
    script:
        "../scripts/rival_weak_read.py"


if study.predictions:

    rule rival_imported:
        input:
            predicted_files,
            predictions=rules.combined_models.output.predictions,
            scores=rules.image_scores.output.scores,
            cohort=rules.cohort.output.cohort,
            transforms=rules.prepare.output.transforms,
        output:
            part=f"{RIVALS}/imported.csv",
            record=f"{RIVALS}/imported.json",
            outlines=f"{RIVALS}/outlines.csv",
        log:
            "<logs>/rival_imported.log",
        benchmark:
            "<benchmarks>/rival_imported.tsv"
        conda:
            "../../envs/cpu.yaml"
        params:
            code=code("workflow/scripts/rival_imported.py"),
            folder=str(study.predictions),
            folders=lambda wildcards: FOLDERS,
            settings=pick(
                "cohort.max_diameter_cm",
                "cohort.inclusive",
                "operating_point",
                "image_model.found",
                "evaluation.confidence",
            ),
        message:
            "Predictions of other models in {params.folder}"
        script:
            "../scripts/rival_imported.py"


rule rival_patients:
    input:
        scores=expand(f"{RIVALS}/{{part}}.csv", part=RIVAL_PARTS),
        records=expand(f"{RIVALS}/{{part}}.json", part=RIVAL_PARTS),
        predictions=rules.combined_models.output.predictions,
        cohort=rules.cohort.output.cohort,
    output:
        needed=f"{RIVALS}/patients_needed.csv",
    log:
        "<logs>/rival_patients.log",
    benchmark:
        "<benchmarks>/rival_patients.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/rival_patients.py"),
        settings=pick("seed", "cohort.max_diameter_cm", "cohort.inclusive", "evaluation.mcnemar"),
    message:
        "How many test patients would show the paper's gain"
    script:
        "../scripts/rival_patients.py"


rule rival_table:
    input:
        scores=expand(f"{RIVALS}/{{part}}.csv", part=RIVAL_PARTS),
        records=expand(f"{RIVALS}/{{part}}.json", part=RIVAL_PARTS),
        predictions=rules.combined_models.output.predictions,
        cohort=rules.cohort.output.cohort,
        notes=rules.page_notes.output.notes,
    output:
        table="<results>/rivals.csv",
        csv=report(
            "<results>/tables/rivals.csv",
            caption="../report/rivals.rst",
            category="Tables",
            labels={"table": "rivals", "shows": "the models beside rivals"},
        ),
        md="<results>/tables/rivals.md",
        tex="<results>/tables/rivals.tex",
        svg=report(
            "<results>/figures/rivals.svg",
            caption="../report/rivals.rst",
            category="Figures",
            labels={"figure": "rivals", "shows": "AUROC beside rivals"},
        ),
        png="<results>/figures/rivals.png",
    log:
        "<logs>/rival_table.log",
    benchmark:
        "<benchmarks>/rival_table.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/rival_table.py"),
        benchmarks=f"{R}/benchmarks",
        rules=RIVAL_RULES,
        settings=pick(
            "seed",
            "cohort.max_diameter_cm",
            "cohort.inclusive",
            "evaluation.proportion_interval",
            "evaluation.mcnemar",
            "evaluation.difference_interval",
            "evaluation.auroc_interval",
            "evaluation.replicates",
            "evaluation.confidence",
        ),
    message:
        "Rivals beside the study's models"
    script:
        "../scripts/rival_table.py"


RIVALS_OF_ALL = [rules.rival_table.output, rules.rival_patients.output] if S.rivals.in_all else []
