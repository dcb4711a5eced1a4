"""The settings of a study: defaults, what the study changes, what the command line changes.

The schema (``workflow/schemas/config.schema.yaml``) says which keys there are and what they may
hold. Everything that is wrong is gathered and raised once.
"""

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from smallmass.errors import UserError

NULLS = ("null", "none", "~", "")
TYPE_NAMES = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of keys",
    "null": "null",
}


@dataclass(frozen=True)
class Study:
    """A study that was asked for, with every setting resolved.

    Attributes:
        name: Its name in ``config.yaml``.
        datasets: Folder of public datasets, if one was named.
        predict: Folder of new images, if one was named.
        models: Folder of trained models to read them with, if one was named.
        settings: Every setting of the schema, by section.
    """

    name: str
    datasets: Path | None
    settings: dict[str, Any]
    predict: Path | None = None
    models: Path | None = None


def resolve(config: dict[str, Any], schema: dict[str, Any]) -> Study:
    """Return the study that a configuration asks for.

    Args:
        config: ``config.yaml`` as read, with what the command line added.
        schema: The configuration's JSON schema.

    Raises:
        UserError: A key is unknown, a value is not allowed, a setting is missing, settings
            contradict each other, or the study does not exist. Lists every such problem.
    """
    config = _typed(config, schema, schema)
    validator = Draft202012Validator(schema)
    errors = sorted(validator.iter_errors(config), key=lambda error: list(map(str, error.path)))
    problems = [text for error in errors for text in _explain(error, schema)]

    studies = config.get("studies")
    name = config.get("study")
    if isinstance(studies, dict) and isinstance(name, str) and name not in studies:
        problems.append(
            f"study: there is no study {name!r}{_closest(name, studies)}. "
            f"Studies: {', '.join(studies)}. Choose with --config study=NAME"
        )
    if problems:
        raise UserError(problems)

    name = config["study"]
    own = merge(config["studies"][name], config.get("override") or {})
    settings = merge(config["defaults"], own)
    problems = [
        f"defaults.{key}: missing ({text}); add it to `defaults` in config.yaml"
        for key, text in _missing(settings, schema["$defs"]["settings"], schema)
    ]
    problems = problems or _contradictions(settings)
    if problems:
        raise UserError(problems)
    datasets, predict, models = (_folder(config, key) for key in ("datasets", "predict", "models"))
    return Study(name, datasets, settings, predict, models)


def shown(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that results may show: without the place of a hospital's own files.

    Args:
        settings: A study's settings.
    """
    if settings["cohort"]["source"] not in ("folder", "dicom"):
        return settings
    return settings | {"cohort": settings["cohort"] | {"root": None}}


def _folder(config: dict[str, Any], key: str) -> Path | None:
    """Return a folder that the configuration names at its top."""
    return Path(config[key]).expanduser() if config.get(key) else None


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return ``base`` with the values of ``over``, group by group; lists are replaced whole."""
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def _typed(value: Any, part: dict, schema: dict) -> Any:
    """Return ``value`` with text read as what the schema wants at its place.

    Snakemake hands everything inside ``--config override={...}`` over as text, and YAML reads
    ``1e-3`` as text.
    """
    part = _follow(part, schema)
    if isinstance(value, dict):
        properties, others = part.get("properties", {}), part.get("additionalProperties")
        others = others if isinstance(others, dict) else {}
        return {
            key: _typed(item, properties.get(key, others), schema) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_typed(item, part.get("items", {}), schema) for item in value]
    types = _types(part)
    if value is None and "object" in types:
        return {}  # a group without keys, such as `synthetic:` with nothing behind it
    if not isinstance(value, str):
        return str(value) if types == ["string"] and type(value) in (int, float) else value
    if "null" in types and value.lower() in NULLS:
        return None
    if "string" in types or not types:
        return value
    for reader in (int, float, yaml.safe_load):
        try:
            return reader(value)
        except (ValueError, yaml.YAMLError):
            continue
    return value


def _follow(part: dict, schema: dict) -> dict:
    """Return a part of the schema with its ``$ref`` followed."""
    name = part.get("$ref", "").rpartition("/")[2]
    return schema["$defs"][name] if name else part


def _types(part: dict) -> list[str]:
    """Return the JSON types that a part of the schema allows."""
    types = part.get("type", ["string"] if "enum" in part else [])
    return [types] if isinstance(types, str) else types


def _explain(error: ValidationError, schema: dict) -> list[str]:
    """Return one line for each thing that a schema error says."""
    place = ".".join(map(str, error.absolute_path))
    found = json.dumps(error.instance, ensure_ascii=False, default=str)
    match error.validator:
        case "additionalProperties":
            known = error.schema.get("properties", {})
            return [
                _unknown_key(place, key, known, schema)
                for key in error.instance
                if key not in known
            ]
        case "required":
            missing = [key for key in error.validator_value if key not in error.instance]
            # jsonschema reports every missing key in an error of its own: take this error's.
            key = next(key for key in missing if repr(key) in error.message)
            return [f"{_join(place, key)}: missing; add it to config.yaml"]
        case "enum":
            allowed = ", ".join(map(str, error.validator_value))
            hint = _closest(str(error.instance), error.validator_value)
            return [f"{place}: {found} is not allowed{hint}. Allowed: {allowed}"]
        case "type":
            wanted = " or ".join(TYPE_NAMES[name] for name in _types(error.schema))
            return [f"{place}: {found} is not {wanted}"]
        case "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum" | "multipleOf":
            words = {
                "minimum": "at least",
                "exclusiveMinimum": "more than",
                "maximum": "at most",
                "exclusiveMaximum": "less than",
                "multipleOf": "a multiple of",
            }
            return [f"{place}: {found} must be {words[error.validator]} {error.validator_value}"]
    return [f"{place or 'config.yaml'}: {error.message}"]


def _unknown_key(place: str, key: str, known: dict, schema: dict) -> str:
    """Say that a key is unknown, which one may be meant, and where a setting belongs."""
    hint = _closest(key, known)
    text = f"{_join(place, key)}: unknown key{hint}. Allowed here: {', '.join(known)}"
    elsewhere = [path for path, _ in _leaves(schema["$defs"]["settings"], schema)]
    elsewhere += list(schema["$defs"]["settings"]["properties"])
    homes = sorted({path for path in elsewhere if path.rpartition(".")[2] == key})
    if hint or not homes:
        return text
    if place:
        return f"{text}. A key {key} belongs to: {', '.join(homes)}"
    inner: Any = "VALUE"
    for part in reversed(homes[0].split(".")):
        inner = {part: inner}
    example = json.dumps(inner).replace('"VALUE"', "VALUE")
    return f"{text}. A setting is overridden with --config 'override={example}'"


def _closest(word: str, known: Any) -> str:
    """Return ' (did you mean ...?)' or nothing."""
    near = difflib.get_close_matches(word, [str(item) for item in known], n=1, cutoff=0.6)
    return f" (did you mean {near[0]}?)" if near else ""


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _leaves(part: dict, schema: dict, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield dotted key and description of every setting under a part of the schema."""
    for key, inner in _follow(part, schema)["properties"].items():
        inner = _follow(inner, schema)
        if "properties" in inner:
            yield from _leaves(inner, schema, _join(place, key))
        else:
            yield _join(place, key), inner.get("description", "")


def _missing(settings: dict, part: dict, schema: dict) -> Iterator[tuple[str, str]]:
    """Yield the settings of the schema that have no value."""
    for path, text in _leaves(part, schema):
        value: Any = settings
        for key in path.split("."):
            if key not in value:
                yield path, text
                break
            value = value[key]


def _contradictions(settings: dict) -> list[str]:
    """Return what is wrong between settings that are each allowed."""
    problems = []
    split, image, combined = settings["split"], settings["image_model"], settings["combined_model"]
    if split["validation"] + split["test"] >= 1:
        problems.append("split: validation and test together must be less than 1")
    if image["folds"] == 1:
        problems.append("image_model.folds: 1 is no cross-fitting; 0 (none) or at least 2")
    if image["weights"] and not image["weights_sha256"]:
        problems.append(
            "image_model.weights_sha256: missing; a weight file is read only if its sha256 is named"
        )
    if combined["fitted_on"] == "training_out_of_fold" and image["folds"] < 2:
        problems.append(
            "combined_model.fitted_on: training_out_of_fold needs image_model.folds of at least 2"
        )
    return problems + _cross_fitting(settings)


def _cross_fitting(settings: dict) -> list[str]:
    """Return what contradicts the cross-fitting that the settings ask for."""
    cross, problems = settings["cross_fitting"], []
    if cross["repeats"] % 2 == 0:
        problems.append("cross_fitting.repeats: an odd number, so that most repeats say one thing")
    if not cross["cohort"]:
        return problems
    for section, key in (("combined_model", "fitted_on"), ("operating_point", "chosen_on")):
        if settings[section][key] != "validation":
            problems.append(
                f"{section}.{key}: only validation is possible with cross_fitting.cohort, whose "
                "cases outside of a fold are validation cases in turn"
            )
    return problems
