"""Trained models as files: what `version` records, and what `predict` reads new images with."""

MODELS = own_file("models")


def model_inputs():
    """Return all files of the study's models."""
    from smallmass.trained_models import model_files

    return [f"{R}/{name}" for name in model_files(S)]


def trained_models():
    """Return the trained models that are to read new images; end with every problem listed."""
    if study.predict is None:
        return None
    from smallmass.folders import folder_problem
    from smallmass.trained_models import find_models, open_models

    problems = []
    if wrong := folder_problem(study.predict):
        problems.append(f"predict: {wrong}")
    try:
        project = Path(own_file("."))
        models = open_models(find_models(STUDY, study.models, project), STUDY)
    except UserError as error:
        problems += error.problems
    if problems:
        sys.exit(UserError(problems).report())
    return models


def state_of(folder, names=()):
    """Return a text that changes when a file of a folder does; None without new images."""
    from smallmass.cohort.listing import fingerprint

    return fingerprint(folder, names) if study.predict else None


def new_dicom():
    """Return whether the new images are DICOM files."""
    from smallmass.prediction.dicom import holds_dicom

    return study.predict is not None and holds_dicom(study.predict)


def place_of_new():
    """Return the name of a place among the predictions that no other call takes.

    Other images, models or settings have another place: nothing is replaced.
    """
    from smallmass.prediction.places import place

    if study.predict is None:
        return "none"
    read = state_of(study.predict), TRAINED.sha256, NEW_SETTINGS
    return place(study.predict, *read, named=not NEW_DICOM)


def show_problems():
    """Show what is wrong with the new images as the last thing of a run that it stopped."""
    from smallmass.cohort.findings import ERROR, from_table
    from smallmass.files import read_csv

    findings = from_table(read_csv(f"{NEW}/problems.csv"))
    lines = [finding.line() for finding in findings if finding.severity == ERROR]
    if lines:
        print("", UserError(lines).report(), "", sep="\n", file=sys.stderr)


def no_folder(wildcards):
    """End with what is missing, once the rule `predict` was asked for."""
    sys.exit(
        "predict: no folder of new images is named. Name one: uv run snakemake predict --cores all "
        f"--config study={STUDY} predict=FOLDER"
    )


TRAINED = trained_models()
# How a folder of new images is read, and where what the models say of it goes.
NEW_SETTINGS = merge(
    pick(
        "cohort.columns",
        "cohort.units",
        "cohort.words",
        "cohort.sheet",
        "cohort.grey_range",
        "cohort.dicom.match",
        "cohort.dicom.patient",
        "cohort.dicom.frames",
        "cohort.dicom.mask",
        "cohort.dicom.salt_file",
    ),
    picking.pick(TRAINED.settings, "cohort") if TRAINED else {},
)
NEW_DICOM = new_dicom()
SIGNED_OFF = S.cohort.dicom.signed_off if NEW_DICOM else None
NEW = f"{R}/predict/{place_of_new()}"
