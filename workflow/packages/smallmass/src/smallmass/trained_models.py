"""The trained models of a study: which files they are, where they lie, and whether they are intact.

They lie in the study's results, where ``run.json`` records every file, or in a folder of their own
that `snakemake version` made, where ``models.json`` does.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smallmass.cohort.roles import entries, without_roots
from smallmass.errors import UserError
from smallmass.files import read_json, sha256, write_json
from smallmass.settings import Settings
from smallmass.settings.picking import chosen, pick
from smallmass.words import PHANTOM, Split

RECORD = "models.json"
RUN = "run.json"
FULL = "full"
# What reading a new image depends on, beside the models.
READING = (
    "cohort.sources",
    "cohort.max_diameter_cm",
    "cohort.inclusive",
    "cohort.resize",
    "image_model.seeds",
    "image_model.folds",
    "image_model.region_score",
    "image_model.image_score",
    "image_model.floor",
    "image_model.drawn_floor",
    "image_model.mirrored",
    "image_model.found",
)
LIGHT = ("clinical_model/model.json", "combined/regression.json", "combined/tree.json")
POINTS = "operating_points.json"
# Models of an earlier version lack it.
LIKENESS = "image_model/likeness.json"


@dataclass(frozen=True)
class TrainedModels:
    """The models of one study, and what is recorded of them.

    Args:
        folder: Where they lie.
        study: The study's name.
        settings: Those that reading a new image depends on.
        sha256: The recorded hash of every file, by its name in the folder.
    """

    folder: Path
    study: str
    settings: Settings
    sha256: dict[str, str]

    @property
    def simulated(self) -> bool:
        """Whether the models were trained on phantoms."""
        return any(
            entry.source == PHANTOM and Split.TRAINING in entry.splits
            for entry in entries(self.settings.cohort.sources)
        )

    @property
    def seeds(self) -> range:
        """The seeds that an image model was trained from."""
        return range(self.settings.image_model.seeds)

    @property
    def names(self) -> list[str]:
        """The files that new images are read with: no model of a fold."""
        return [name for name in self.sha256 if "/fold" not in name]

    def image_model(self, seed: int) -> tuple[Path, Path]:
        """Return the weights and the description of the image model that reads new images."""
        folder = self.folder / image_folder(seed)
        return folder / "weights.h5", folder / "model.json"

    def record(self) -> dict[str, Any]:
        """Return the content of ``models.json``."""
        return {
            "study": self.study,
            "simulated": self.simulated,
            "settings": self.settings.plain(),
            "sha256": self.sha256,
        }

    def verify(self, names: Iterable[str] | None = None) -> None:
        """Check that files are the recorded ones.

        Args:
            names: The files; None for all.

        Raises:
            UserError: If a file is missing, is another one, or is not recorded. Lists every one.
        """
        problems = []
        for name in self.sha256 if names is None else names:
            path = self.folder / name
            if name not in self.sha256:
                problems.append(f"{path} is not recorded, so it is not read")
            elif not path.is_file():
                problems.append(f"{path} is missing")
            elif sha256(path) != self.sha256[name]:
                problems.append(
                    f"{path} is not the recorded file: its sha256 is {sha256(path)}, recorded is "
                    f"{self.sha256[name]}"
                )
        if problems:
            raise UserError([*problems, _remedy(self.folder, self.study)])


def image_folder(seed: int, fit: str = FULL) -> str:
    """Return the folder of an image model below the study's."""
    return f"image_model/seed{seed}/{fit}"


def model_files(settings: Settings) -> list[str]:
    """Return the names of all files of a study's models.

    Args:
        settings: The study's settings.
    """
    seeds, folds = settings.image_model.seeds, settings.image_model.folds
    fits = [FULL, *(f"fold{k}" for k in range(folds))]
    return [
        *(
            f"{image_folder(seed, fit)}/{file}"
            for seed in range(seeds)
            for fit in fits
            for file in ("model.json", "weights.h5")
        ),
        LIKENESS,
        "clinical_model/weights.h5",
        *LIGHT,
        POINTS,
    ]


def reading_settings(settings: Settings) -> Settings:
    """Return those of a study's settings that reading a new image depends on."""
    picked = pick(settings, *READING)
    picked["cohort"]["sources"] = without_roots(picked["cohort"]["sources"])
    return chosen(picked)


def find_models(study: str, models: Path | None, project: Path = Path()) -> Path:
    """Return the folder of a study's models.

    Args:
        study: The study's name.
        models: The folder that the user named; None: the study's results where they are complete,
            else ``models/{study}``.
        project: The project's folder.

    Raises:
        UserError: If there are no models.
    """
    folders = [models] if models else [project / "results" / study, project / "models" / study]
    for folder in folders:
        if (folder / RECORD).is_file() or (folder / RUN).is_file():
            return folder
    looked = " and ".join(f"{folder}" for folder in folders)
    raise UserError(
        f"the study {study} has no trained models here (looked for {RECORD} or {RUN} in {looked}). "
        f"Take recorded ones: uv run dvc pull models/{study}.dvc; or train them: "
        f"uv run snakemake --cores all --config study={study}"
    )


def open_models(folder: Path, study: str | None = None) -> TrainedModels:
    """Return the models of a folder with what is recorded of them; nothing is verified yet.

    Args:
        folder: Of `find_models`.
        study: The study that they must be of; None for any.

    Raises:
        UserError: If the record is not one, or is another study's.
    """
    path = folder / (RECORD if (folder / RECORD).is_file() else RUN)
    try:
        record = read_json(path)
        settings = reading_settings(chosen(record["settings"]))
        known = record["sha256"]
        names = [name for name in model_files(settings) if name in known or name != LIKENESS]
        hashes = {name: known[name] for name in names}
        name = record["study"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} does not record a study's models ({type(error).__name__}: {error}). "
            f"{_remedy(folder, study or folder.name)}"
        ) from None
    if study is not None and name != study:
        raise UserError(
            f"{folder} holds the models of the study {name}, not of {study}: say study={name}, "
            f"or name another folder with models="
        )
    return TrainedModels(folder, name, settings, hashes)


def collect(results: Path, folder: Path, study: str, settings: Settings) -> TrainedModels:
    """Copy a study's models into a folder of their own and record the hash of every file.

    The folder then holds these files and no others. It is replaced as a whole, and left as it is
    where it holds the same already.

    Args:
        results: The study's results.
        folder: Where the models go.
        study: The study's name.
        settings: The study's settings.

    Raises:
        UserError: If a file is missing, or a weight file is not the one that its ``model.json``
            records. Lists every one.
    """
    names = model_files(settings)
    missing = [f"{results / name} is missing" for name in names if not (results / name).is_file()]
    if missing:
        raise UserError([*missing, f"Run the study: snakemake --cores all --config study={study}"])
    hashes = {name: sha256(results / name) for name in names}
    wrong = [
        f"{results / name} is not the file that the model.json beside it records"
        for name in names
        if name.endswith("weights.h5")
        and read_json((results / name).with_name("model.json")).get("weights_sha256")
        != hashes[name]
    ]
    if wrong:
        raise UserError([*wrong, "Delete these files and train again."])
    models = TrainedModels(folder, study, reading_settings(settings), hashes)
    if not _holds(folder, models):
        _replace(results, models)
    return models


def _holds(folder: Path, models: TrainedModels) -> bool:
    """Return whether a folder holds these models and nothing else."""
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if files != {*models.sha256, RECORD}:
        return False
    try:
        if open_models(folder).record() != models.record():
            return False
        models.verify()
    except UserError:
        return False
    return True


def _replace(results: Path, models: TrainedModels) -> None:
    """Put the models into their folder, under a temporary name first."""
    folder = models.folder
    new, old = (folder.with_name(f".{folder.name}.{word}") for word in ("new", "old"))
    for path in [*folder.parent.glob(".*.new"), *folder.parent.glob(".*.old")]:
        shutil.rmtree(path)  # a killed run left it
    for name in models.sha256:
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(results / name, new / name)
    write_json(new / RECORD, models.record())
    TrainedModels(new, models.study, models.settings, models.sha256).verify()
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _remedy(folder: Path, study: str) -> str:
    if (folder / RECORD).is_file():
        return (
            f"Restore {folder}: uv run dvc checkout --force {folder}.dvc, or dvc pull {folder}.dvc."
        )
    return f"Finish the study: uv run snakemake --cores all --config study={study}."
