"""What the image model starts from (A40): START, what is wrong with it, and its files."""

from smallmass.start import finding

START = start_of(study)
# What of a start is part of a training's result; its files are verified when they are loaded.
START_RECORD = finding.described(START) if START else None
START_FILES = finding.files(START) if START else {}


def start_problems():
    """Return everything that is wrong with the start's files; a job's own process does not ask."""
    return problems_of_start(study) if workflow.is_main_process else []


def start_inputs(wildcards):
    """Return the start's files where this run makes them; end with what is wrong with the others.

    A start that was there before is no input: it may be restored, and its hash says what it is.
    """
    if texts := start_problems():
        sys.exit(UserError([*(ABSENT.problems if ABSENT else []), *texts]).report())
    if START and START.remote:
        return ancient(START_FILES["weights"])  # its hash says what it is
    return [START_FILES[key] for key in ("weights", "description")] if START and START.made else []


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
