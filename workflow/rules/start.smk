# What the image model starts from (A40): published weights are fetched, a study of phantoms is made,
# and a start that was taught by what is judged here is refused.

if START and START.remote:

    # On the machine that Snakemake runs on: a cluster's nodes often have no way out.
    rule fetch_weights:
        output:
            # Kept if it is there: neither other code nor another address fetches it again.
            weights=update(str(START.weights)),
        log:
            "<logs>/fetch_weights.log",
        benchmark:
            "<benchmarks>/fetch_weights.tsv"
        priority: 100
        localrule: True
        conda:
            "../../envs/cpu.yaml"
        params:
            # Not a trigger, as what is derived is none: another mirror has the same file.
            remote=lambda wildcards, input: list(START.remote),
        message:
            f"Fetching {START.remote.url}"
        script:
            "../scripts/fetch_weights.py"


if START and START.made:

    # Its settings are those of its own name: what the command line overrides is this study's.
    module start:
        snakefile:
            "../model_study.smk"
        config:
            {**config, "study": START.made, "override": {}}

    use rule * from start as start_*


CHECKED = []
# Photographs and files of which nobody knows taught nothing that could be tested here.
if START and START.description:

    rule check_start:
        input:
            cohort=rules.cohort.output.cohort,
            split=rules.split.output.split,
            transforms=rules.prepare.output.transforms,
            images=rules.prepare.output.images,
            start=start_inputs,
        output:
            record="<results>/image_model/start.json",
        log:
            "<logs>/check_start.log",
        benchmark:
            "<benchmarks>/check_start.tsv"
        # What is refused is to be known before anything is trained.
        priority: 60
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=grows(4000),
            runtime=grows(20),
        params:
            # Without a digest of its code, else an edit of the look would train anew; what it
            # looks at are inputs of the training, too.
            start=START_RECORD,
            start_files=lambda wildcards, input: START_FILES,
            settings=pick("image_model.folds"),
        message:
            "Looking whether {params.start[name]} was taught by images that are judged here"
        script:
            "../scripts/check_start.py"

    CHECKED = rules.check_start.output.record
