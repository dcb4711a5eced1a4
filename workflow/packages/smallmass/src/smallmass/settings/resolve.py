"""The settings of a study: defaults, what the study changes, what the command line changes.

Everything that is wrong is gathered and raised once.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from smallmass.cohort.roles import (
    HOSPITALS,
    contradictions,
    without_roots,
)
from smallmass.errors import UserError, closest
from smallmass.settings.base import Section, null
from smallmass.settings.model import Configuration, Settings
from smallmass.settings.problems import explain
from smallmass.start.kinds import problems as start_problems

Model = TypeVar("Model", bound=Section)
FOLDERS = ("datasets", "predict", "models", "paper", "predictions")
WHOLE = ("sources",)  # groups of keys that are replaced as one


@dataclass(frozen=True)
class Study:
    """A study that was asked for, with every setting resolved.

    Attributes:
        name: Its name in ``config.yaml``.
        datasets: Folder of public datasets, if one was named.
        predict: Folder of new images, if one was named.
        models: Folder of trained models to read them with, if one was named.
        paper: Folder of another paper to audit, if one was named.
        predictions: Folder of other models' predictions, if one was named.
        mirror: Address that published weights are fetched from, if one was named.
        settings: Every setting.
    """

    name: str
    datasets: Path | None
    settings: Settings
    predict: Path | None = None
    models: Path | None = None
    paper: Path | None = None
    predictions: Path | None = None
    mirror: str | None = None


class Contradictory(UserError):
    """Settings that are each allowed, and contradict each other.

    Args:
        problems: One line a problem.
        study: With these settings, so that its files can be looked at, too.
    """

    def __init__(self, problems: Iterable[str], study: Study):
        super().__init__(problems)
        self.study = study


def resolve(config: dict[str, Any]) -> Study:
    """Return the study that a configuration asks for.

    Args:
        config: ``config.yaml`` as read, with what the command line added.

    Raises:
        UserError: A key is unknown, a value is not allowed, a setting is missing, settings
            contradict each other (`Contradictory`), or the study does not exist. Lists every such
            problem.
    """
    _, errors = _checked(Configuration, config)
    # Studies and overrides hold what they change alone; what is missing in the end is told below.
    problems = [text for error in errors if not _is_partial(error) for text in explain(error)]
    name, studies = str(config.get("study")), config.get("studies")
    if isinstance(studies, dict) and "study" in config and name not in studies:
        problems.append(
            f"study: there is no study {name!r}{closest(name, studies)}. "
            f"Studies: {', '.join(studies)}. Choose with --config study=NAME"
        )
    if problems or not isinstance(studies, dict):
        raise UserError(problems)

    own = merge(studies[name] or {}, config.get("override") or {})
    settings, errors = _checked(Settings, merge(config["defaults"] or {}, own))
    if settings is None:
        raise UserError(text for error in errors for text in explain(error, "defaults"))
    folders = {key: _folder(config.get(key)) for key in FOLDERS}
    mirror = null(config.get("mirror"))
    study = Study(name=name, settings=settings, mirror=mirror, **folders)
    problems = [text for check in CONTRADICTIONS for text in check(settings)]
    if problems:
        raise Contradictory(problems, study)
    return study


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return ``base`` with the values of ``over``, group by group; lists are replaced whole."""
    merged = dict(base)
    for key, value in over.items():
        before = merged.get(key)
        if not isinstance(before, dict) or key in WHOLE:
            merged[key] = value
        elif value is not None:  # a group without keys changes nothing
            merged[key] = merge(before, value) if isinstance(value, dict) else value
    return merged


def shown(settings: Settings) -> Settings:
    """Return the settings that results may show: without the place of a hospital's own files.

    Args:
        settings: A study's settings.
    """
    sources = settings.cohort.sources
    if not sources.keys() & set(HOSPITALS):
        return settings
    return settings.changed({"cohort.root": None, "cohort.sources": without_roots(sources)})


def _checked(model: type[Model], values: Any) -> tuple[Model | None, list[ErrorDetails]]:
    """Return the checked settings, or None and everything that is wrong with them."""
    try:
        return model.model_validate(values), []
    except ValidationError as error:
        return None, error.errors()


def _is_partial(error: ErrorDetails) -> bool:
    """Return whether an error is that a study, an override or the defaults lack a setting."""
    return error["type"] == "missing" and len(error["loc"]) > 1


def _folder(text: Any) -> Path | None:
    """Return a folder that the configuration names at its top."""
    named = null(text)
    return Path(str(named)).expanduser() if named else None


def _split(settings: Settings) -> Iterator[str]:
    if settings.split.validation + settings.split.test >= 1:
        yield "split: validation and test together must be less than 1"


def _folds(settings: Settings) -> Iterator[str]:
    folds = settings.image_model.folds
    if folds == 1:
        yield "image_model.folds: 1 is no cross-fitting; 0 (none) or at least 2"
    if settings.combined_model.fitted_on == "training_out_of_fold" and folds < 2:
        yield "combined_model.fitted_on: training_out_of_fold needs image_model.folds of at least 2"


def _weights(settings: Settings) -> Iterator[str]:
    yield from start_problems(settings.image_model)


def _factors(settings: Settings) -> Iterator[str]:
    factors = settings.clinical_model.factors
    if len(set(factors)) < len(factors):
        yield f"clinical_model.factors: {', '.join(factors)} names one of them twice"


def _cross_fitting(settings: Settings) -> Iterator[str]:
    if settings.cross_fitting.repeats % 2 == 0:
        yield "cross_fitting.repeats: an odd number, so that most repeats say one thing"
    if not settings.cross_fitting.cohort:
        return
    only = (
        "only validation is possible with cross_fitting.cohort, whose cases outside of a fold are "
        "validation cases in turn"
    )
    if settings.combined_model.fitted_on != "validation":
        yield f"combined_model.fitted_on: {only}"
    if settings.operating_point.chosen_on != "validation":
        yield f"operating_point.chosen_on: {only}"


# What is wrong between settings that are each allowed.
CONTRADICTIONS: tuple[Callable[[Settings], Iterable[str]], ...] = (
    contradictions,
    _split,
    _folds,
    _weights,
    _factors,
    _cross_fitting,
)
