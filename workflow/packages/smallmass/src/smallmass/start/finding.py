"""A start's files, and everything that is wrong with them before anything runs.

A study that consists of phantoms alone and stands in ``config.yaml`` is made by the run that starts
from it, unless recorded models of it lie in ``models/``. Any other study must have been trained.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mrcnn.download import Remote
from smallmass.errors import UserError, closest
from smallmass.files import read_json, sha256
from smallmass.settings import ImageModelSettings, Settings
from smallmass.settings.resolve import resolve
from smallmass.start import published
from smallmass.start.fitting import misfits
from smallmass.start.form import form_of
from smallmass.start.kinds import SUFFIXES, Kind, kind_of, study_of
from smallmass.trained_models import RECORD, image_folder
from smallmass.words import PHANTOM

SEED = 0
"""Which of a study's image models is the start: the first seed's, trained on all training cases."""


@dataclass(frozen=True)
class Start:
    """What an image model starts from.

    Args:
        name: ``image_model.weights``.
        kind: Where the weights come from.
        weights: The weight file.
        description: The ``model.json`` beside it; None: the weights are no image model of a study.
        remote: The published file that the weights are; None: they are none.
        made: The study that this run trains before, to make these files; None: they must be there.
        problems: What of the settings forbids the start.
    """

    name: str
    kind: Kind
    weights: Path
    description: Path | None = None
    remote: Remote | None = None
    made: str | None = None
    problems: tuple[str, ...] = ()


def find_start(
    image_model: ImageModelSettings,
    *,
    study: str,
    config: Mapping[str, Any],
    results: Path,
    models: Path,
    mirror: str | None = None,
) -> Start | None:
    """Return where the start of a study lies; None where it starts from random weights.

    Args:
        image_model: Of the study.
        study: Its name.
        config: ``config.yaml`` with what the command line added.
        results: The folder of all studies' results.
        models: The folder of recorded models, and of published weights below it.
        mirror: Where published weights are fetched from; None: from their publishers.
    """
    weights = image_model.weights
    if not weights:
        return None
    remote = published.remote(image_model, mirror)
    if remote:
        path = models / published.FOLDER / published.name_of(remote)
        return Start(weights, kind_of(weights), path, remote=remote)
    name = study_of(weights)
    if name is None:
        path = Path(weights).expanduser()
        beside = path.with_name("model.json")
        return Start(weights, kind_of(weights), path, beside if beside.is_file() else None)
    made, problems = _made(name, [study], image_model, config)
    folder = results / name / image_folder(SEED)
    recorded = models / name
    if (recorded / RECORD).is_file() and not (folder / "weights.h5").is_file():
        made, folder = False, recorded / image_folder(SEED)
    return Start(
        name=weights,
        kind=Kind.STUDY,
        weights=folder / "weights.h5",
        description=folder / "model.json",
        made=name if made and not problems else None,
        problems=tuple(problems),
    )


def check(start: Start, image_model: ImageModelSettings, studies: Mapping[str, Any]) -> list[str]:
    """Return everything that is wrong with a start's files, as far as they must be there already.

    Args:
        start: Of `find_start`.
        image_model: Of the study that starts from it.
        studies: Of the configuration, for what may be meant.
    """
    if start.problems or start.made:
        return list(start.problems)
    if start.remote:
        return list(_published_problems(start, image_model))
    if start.kind is Kind.FILE:
        return list(_file_problems(start, image_model))
    return list(_study_problems(start, image_model, studies))


def described(start: Start) -> dict[str, Any]:
    """Return a start as a rule's parameter: a change of it is another training.

    Args:
        start: Of `find_start`; the files of one that is made are inputs of the rule.
    """
    record: dict[str, Any] = {"name": start.name, "kind": str(start.kind)}
    if start.description and not start.made and start.description.is_file():
        record["sha256"] = _recorded(start.description).get("weights_sha256")
    return record


def files(start: Start) -> dict[str, str | None]:
    """Return the paths of a start's files for the job that loads them.

    Args:
        start: Of `find_start`.
    """
    return {
        "weights": str(start.weights),
        "description": str(start.description) if start.description else None,
    }


def _made(
    name: str, before: list[str], image_model: ImageModelSettings, config: Mapping[str, Any]
) -> tuple[bool, list[str]]:
    """Return whether a run trains a study to start from it, and what is wrong with that."""
    if name in before:
        chain = " -> ".join([*before, name])
        return False, [f"image_model.weights: a study cannot start from itself: {chain}"]
    studies = config.get("studies")
    if not isinstance(studies, Mapping) or name not in studies:
        return False, []
    try:
        settings = resolve({**config, "study": name, "override": {}}).settings
    except UserError as error:
        return False, [f"image_model.weights: the study {name}: {text}" for text in error.problems]
    if set(settings.cohort.sources) != {PHANTOM}:
        return False, []
    problems = _other_backbone(name, settings, image_model)
    inner = study_of(settings.image_model.weights)
    if inner:
        problems += _made(inner, [*before, name], settings.image_model, config)[1]
    return True, problems


def _other_backbone(name: str, settings: Settings, image_model: ImageModelSettings) -> list[str]:
    """Return that a study which is to be made has another backbone, if it has."""
    theirs, ours = settings.image_model.backbone, image_model.backbone
    if theirs == ours:
        return []
    return [
        f"image_model.weights: the model of the study {name} is a {theirs}, and this study's "
        f"backbone is {ours}. Write a study of phantoms with image_model: {{backbone: {ours}}} "
        "into config.yaml and name it: study:NAME"
    ]


def _published_problems(start: Start, image_model: ImageModelSettings) -> Iterator[str]:
    """Yield what is wrong with a published file that is there; one that is not is fetched."""
    assert start.remote is not None
    wrong = published.problems(start.remote, start.weights)
    yield from wrong
    # With the user's own hash it may be anything; torchvision's is no HDF5.
    if not wrong and start.weights.is_file() and start.weights.suffix in SUFFIXES:
        yield from misfits(start, image_model)


def _recorded(description: Path) -> dict[str, Any]:
    """Return the content of a ``model.json``; nothing of a file that is none."""
    try:
        record = read_json(description)
        form_of(record)
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return record


def _file_problems(start: Start, image_model: ImageModelSettings) -> Iterator[str]:
    """Yield what is wrong with a file of the user's."""
    if not start.weights.is_file():
        yield f"image_model.weights: there is no file {start.weights}"
        return
    found = sha256(start.weights)
    if found != image_model.weights_sha256:
        yield (
            f"image_model.weights: {start.weights} is not the recorded file (its sha256 is "
            f"{found}, image_model.weights_sha256 is {image_model.weights_sha256})"
        )
        return
    problem = _record_problem(start, found) if start.description else None
    if problem:
        yield f"{problem}. Restore both, or move the file away from the model.json"
        return
    yield from misfits(start, image_model)


def _record_problem(start: Start, found: str) -> str | None:
    """Return what is wrong between a model and the ``model.json`` beside it.

    Args:
        start: A start with a description, whose files are there.
        found: The SHA-256 of its weights.
    """
    assert start.description is not None
    record = _recorded(start.description)
    if not record:
        return (
            f"image_model.weights: {start.description} describes no model: it is cut off, or "
            "another file"
        )
    recorded = record.get("weights_sha256")
    if found != recorded:
        return (
            f"image_model.weights: {start.weights} is not the file that the model.json beside it "
            f"records (its sha256 is {found}, recorded is {recorded})"
        )
    if "taught" not in record:
        return (
            f"image_model.weights: {start.description} does not say which images taught the model, "
            "so that nobody knows whether they are tested here: it is of an older version"
        )
    return None


def _study_problems(
    start: Start, image_model: ImageModelSettings, studies: Mapping[str, Any]
) -> Iterator[str]:
    """Yield what is wrong with the model of another study."""
    name = study_of(start.name) or ""
    assert start.description is not None
    missing = [path for path in (start.description, start.weights) if not path.is_file()]
    if missing and name not in studies:
        yield (
            f"image_model.weights: there is no study {name}{closest(name, studies)}, nor a model "
            f"of one in {start.weights.parent}. Studies: {', '.join(studies)}"
        )
        return
    if missing:
        yield (
            f"image_model.weights: the study {name} was never trained here: there is no "
            f"{' and no '.join(map(str, missing))}. Train it: uv run snakemake --cores all "
            f"--config study={name}; or take a recorded one: uv run dvc pull models/{name}.dvc"
        )
        return
    problem = _record_problem(start, sha256(start.weights))
    if problem:
        yield f"{problem}. Train the study {name} again, or restore the file"
        return
    yield from misfits(start, image_model)
