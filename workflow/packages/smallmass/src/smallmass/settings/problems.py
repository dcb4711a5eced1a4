"""What is wrong with a configuration, in words: the place, the value, and what would be right."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from smallmass.cohort.roles import Role, problems, replacement
from smallmass.errors import closest
from smallmass.settings.base import SHA256, section_of
from smallmass.settings.model import NAME, SOURCES, Configuration, Settings

# By pydantic's name of an error: what would have been right.
WANTED = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number with an end",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text",
    "list_type": "a list",
    "dict_type": "a group of keys",
    "model_type": "a group of keys",
}
# By pydantic's name of an error: what must be, with pydantic's name of the limit.
LIMITS = {
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "too_short": "is too short: at least {min_length} of them",
    "too_long": "is too long: at most {max_length} of them",
    "string_too_short": "is empty: write a text, or leave the key out",
    "invalid_key": "is no text: write the key in quotation marks",
}
# By the pattern of a text: what it looks like.
PATTERNS = {
    SHA256: "is no SHA-256: 64 of the digits 0 to 9 and a to f, in small letters",
    NAME: "is no name of a study: small letters, digits and _, the first a letter",
}
KEY = "[key]"  # the last part of a place where a key is meant and not its value


def explain(error: ErrorDetails, below: str = "") -> list[str]:
    """Return the lines for an error of pydantic: the key's whole name and what would be right.

    Args:
        error: Of a `Configuration`, or of the `Settings` below one of its keys.
        below: That key, ``"defaults"``; empty for the configuration itself.
    """
    location = [below, *error["loc"]] if below else list(error["loc"])
    names = [str(part) for part in location if part != KEY]
    place, kind = ".".join(names) or "config.yaml", error["type"]
    value = json.dumps(error["input"], ensure_ascii=False, default=str)
    if kind == SOURCES:
        return problems(error["input"], place)
    return [_line(error, names, place, value, below)]


def _line(error: ErrorDetails, names: list[str], place: str, value: str, below: str) -> str:
    """Return the line for an error that is of one value."""
    kind, context = error["type"], error.get("ctx", {})
    if names[-2:] == ["cohort", "source"]:
        return f"{place}: sources have roles now. Write cohort: {{{replacement(error['input'])}}}"
    if names[-2:] == ["split", "assignment"] and error["input"] == Role.PUBLISHED:
        return (
            f"{place}: published is a source's role now. Write cohort: {{sources: {{NAME: "
            f"published}}}}"
        )
    if kind == "extra_forbidden":
        return _unknown_key(names)
    if kind == "missing":
        return _missing(place, names, below)
    if kind in ("literal_error", "enum"):
        allowed = re.findall(r"'([^']*)'", context["expected"])
        hint = closest(error["input"], allowed)
        return f"{place}: {value} is not allowed{hint}. Allowed: {', '.join(allowed)}"
    if kind in WANTED:
        return f"{place}: {value} is not {WANTED[kind]}"
    if kind in LIMITS:
        return f"{place}: {value} {LIMITS[kind].format_map(_numbers(context))}"
    if kind == "string_pattern_mismatch":
        return f"{place}: {value} {PATTERNS[context['pattern']]}"
    return f"{place}: {value}: {error['msg']}"


def _numbers(context: dict[str, Any]) -> dict[str, str]:
    """Return an error's numbers as a person writes them: 1 for 1.0."""
    return {key: f"{n:.15g}" for key, n in context.items() if isinstance(n, int | float)}


def _missing(place: str, names: Sequence[str], below: str) -> str:
    """Say what is missing, and what it means."""
    field = _model_at(names[:-1]).model_fields[names[-1]]
    words = f" ({field.description})" if field.description else ""
    return f"{place}: missing{words}; add it to {f'`{below}` in ' if below else ''}config.yaml"


def _unknown_key(names: Sequence[str]) -> str:
    """Say that a key is unknown, which one may be meant, and where a setting belongs."""
    *groups, key = names
    known = _model_at(groups).model_fields
    hint = closest(key, known)
    text = f"{'.'.join(names)}: unknown key{hint}. Allowed here: {', '.join(known)}"
    homes = sorted(name for name in settings_below(Settings) if name.rpartition(".")[2] == key)
    if hint or not homes:
        return text
    if groups:
        return f"{text}. A key {key} belongs to: {', '.join(homes)}"
    inner = "VALUE"
    for part in reversed(homes[0].split(".")):
        inner = f'{{"{part}": {inner}}}'
    return f"{text}. A setting is overridden with --config 'override={inner}'"


def _model_at(names: Sequence[str]) -> type[BaseModel]:
    """Return the section that lies under a place of the configuration."""
    if names and names[0] == "studies":
        names = ["defaults", *names[2:]]  # a study holds what the defaults do
    elif names and names[0] == "override":
        names = ["defaults", *names[1:]]
    model: type[BaseModel] = Configuration
    for name in names:
        model = section_of(model, name) or model
    return model


def settings_below(model: type[BaseModel], start: str = "") -> Iterator[str]:
    """Yield the dotted name of every section and setting below a section."""
    for key in model.model_fields:
        yield f"{start}{key}"
        inner = section_of(model, key)
        if inner:
            yield from settings_below(inner, f"{start}{key}.")
