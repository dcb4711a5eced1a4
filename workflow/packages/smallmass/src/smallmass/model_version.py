"""The version of released models: models.dvc names the folder models/, and DVC's cache has it."""

from pathlib import Path

from smallmass import dvc_folder
from smallmass.dvc_folder import IGNORED, Named
from smallmass.errors import UserError
from smallmass.files import sha256
from smallmass.trained_models import RECORD, open_models


def record(folder: Path, pointer: Path, study: str) -> Named:
    """Make the pointer name the folder of models as it is now, and let DVC's cache have it.

    One pointer names the models of every study that was recorded. Those of other studies must be
    there and be the recorded ones: a clone that has not pulled them must not make them vanish.

    Args:
        folder: ``models/``, with a folder a study.
        pointer: ``models.dvc``, beside it.
        study: The study whose models were just collected.

    Raises:
        UserError: If other studies' models are missing or changed, or something else lies in the
            folder. Lists every problem; nothing is written. Or if DVC fails.
    """
    studies = _studies(folder)
    problems = _lost(folder, pointer, study, studies) + _changed(folder, study, studies)
    if problems:
        raise UserError(problems)
    # The sha256 of each study's models.json, which names every file.
    meta = {"studies": studies}
    return dvc_folder.add(pointer, "trained models; recorded with: uv run snakemake version", meta)


def named_studies(pointer: Path) -> dict[str, str]:
    """Return the studies that a pointer names, with the sha256 of their models.json.

    Raises:
        UserError: If the pointer is not one that `record` wrote.
    """
    if not pointer.exists():
        return {}
    studies = dvc_folder.named(pointer).meta.get("studies")
    if not isinstance(studies, dict):
        raise UserError(
            f"{pointer} does not say whose models it names. Restore it from the repository, or "
            f"delete it to begin anew."
        )
    return {str(name): str(digest) for name, digest in studies.items()}


def _studies(folder: Path) -> dict[str, str]:
    """Return every folder of models with the sha256 of its record; refuse anything else."""
    problems, studies = [], {}
    for path in sorted(folder.iterdir()):
        if path.name in IGNORED:
            continue
        if not (path / RECORD).is_file():
            problems.append(
                f"{path} is not a study's models (it has no {RECORD}). Move it elsewhere: all of "
                f"{folder} is recorded."
            )
        else:
            studies[path.name] = sha256(path / RECORD)
    if problems:
        raise UserError(problems)
    return studies


def _lost(folder: Path, pointer: Path, study: str, studies: dict[str, str]) -> list[str]:
    """Return which other studies the pointer names that are not here as it names them."""
    problems = []
    for name, digest in named_studies(pointer).items():
        if name == study or studies.get(name) == digest:
            continue
        state = "is not the version" if name in studies else "is not here"
        problems.append(
            f"{pointer} also names the models of the study {name}, and {folder / name} {state}. "
            f"Fetch it first: uv run dvc pull --force {pointer.name}; or record another version: "
            f"uv run snakemake version --config study={name}. To give it up, delete its line in "
            f"{pointer}."
        )
    return problems


def _changed(folder: Path, study: str, studies: dict[str, str]) -> list[str]:
    """Return which files of other studies are not those of their models.json."""
    problems = []
    for name in studies:
        if name != study:
            try:
                open_models(folder / name, name).verify()
            except UserError as error:
                problems += error.problems
    return problems
