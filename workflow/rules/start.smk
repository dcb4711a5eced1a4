"""What the image model starts from (A40): START, and the study that is made to start from it."""

from smallmass.start import finding

START = finding.find_start(
    S.image_model,
    study=STUDY,
    config=config,
    results=Path("results"),
    models=Path(own_file("models")),
)
# What of a start is part of a training's result; its files are verified when they are loaded.
START_RECORD = finding.described(START) if START else None
START_FILES = finding.files(START) if START else {}

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
    return [START_FILES[key] for key in ("weights", "description")] if START and START.made else []
