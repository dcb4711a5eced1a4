"""What the image model starts from (A40): START, and the study that is made to start from it."""

from smallmass.start import finding

START = finding.find_start(
    S.image_model,
    study=STUDY,
    config=config,
    results=Path("results"),
    models=Path(own_file("models")),
    mirror=study.mirror,
)
# What of a start is part of a training's result; its files are verified when they are loaded.
START_RECORD = finding.described(START) if START else None
START_FILES = finding.files(START) if START else {}

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
            remote=lambda wildcards: list(START.remote),
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


def start_problems():
    """Return everything that is wrong with the start's files; a job's own process does not ask."""
    if START is None or not workflow.is_main_process:
        return []
    return finding.check(START, S.image_model, config["studies"])


def start_inputs(wildcards):
    """Return the start's files where this run makes them; end with what is wrong with the others.

    A start that was there before is no input: it may be restored, and its hash says what it is.
    """
    if texts := start_problems():
        sys.exit(UserError([*(ABSENT.problems if ABSENT else []), *texts]).report())
    if START and START.remote:
        return ancient(START_FILES["weights"])  # its hash says what it is
    return [START_FILES[key] for key in ("weights", "description")] if START and START.made else []


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
            code=code("workflow/scripts/check_start.py"),
            start=START_RECORD,
            start_files=lambda wildcards: START_FILES,
            settings=pick("image_model.folds"),
        message:
            "Looking whether {params.start[name]} was taught by images that are judged here"
        script:
            "../scripts/check_start.py"

    # Another look at the same start trains nothing anew.
    CHECKED = ancient(rules.check_start.output.record)


def refuse_what_cannot_be_fetched():
    """End the run where published weights cannot be had, before any job; for onstart."""
    from mrcnn.download import DownloadError, Remote, reach

    problems = []
    for job in workflow.dag.needrun_jobs():
        if job.rule.name.endswith("fetch_weights"):
            try:
                reach(Remote(*job.params.remote), job.output.weights)
            except DownloadError as error:
                problems.append(f"image_model.weights: {error}")
    if problems:
        sys.exit(UserError(problems).report())
