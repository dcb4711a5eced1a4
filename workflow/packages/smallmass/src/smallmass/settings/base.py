"""What all sections of the settings share: strict keys, plain messages, changes by name."""

import re
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator
from pydantic_core import CoreSchema, PydanticKnownError
from pydantic_core.core_schema import literal_schema

NULLS = ("null", "none", "~", "")


def _no_flag(kind: Literal["int_type", "float_type"]) -> BeforeValidator:
    """Return what refuses true and false as numbers, which Python takes for 1 and 0."""

    def check(value: Any) -> Any:
        if isinstance(value, bool):
            raise PydanticKnownError(kind)
        return value

    return BeforeValidator(check)


def _from_text(value: Any) -> Any:
    """Read the text of a list or of a group of keys, as the command line may hand it over."""
    if not isinstance(value, str):
        return value
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError:
        return value


def _word(value: Any) -> Any:
    """Read a word of a table, which may look like a number or a flag."""
    if isinstance(value, (bool, int, float, str)):
        return value if isinstance(value, bool) else str(value)
    raise PydanticKnownError("string_type")


class Among:
    """What refuses all text but some words that another module names; for these, a `Literal`."""

    def __init__(self, *words: str) -> None:
        self.words = list(words)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        """Return what pydantic checks a value by."""
        return literal_schema(self.words)


def one_of(*values: str) -> BeforeValidator:
    """Return what refuses everything but some words, where they are of several types."""

    def check(value: Any) -> Any:
        if value not in values:
            allowed = ", ".join(f"'{word}'" for word in values)
            raise PydanticKnownError("literal_error", {"expected": allowed})
        return value

    return BeforeValidator(check)


def null(value: Any) -> Any:
    """Read the words for nothing as nothing."""
    return None if isinstance(value, str) and value.lower() in NULLS else value


# Pydantic reads the text of a number as a number: "1e-3" is 0.001 on the command line and in YAML.
# Limits stand before these, for the schema: Annotated[int, Field(ge=1), WHOLE].
WHOLE = _no_flag("int_type")
NUMBER = _no_flag("float_type")
Share = Annotated[float, Field(gt=0, lt=1), NUMBER]  # of a whole, neither none nor all of it
Text = Annotated[str, Field(min_length=1)]
SHA256 = "^[0-9a-f]{64}$"
Sha256 = Annotated[str, Field(pattern=SHA256)]
Word = Annotated[bool | str, BeforeValidator(_word)]  # YAML reads yes and no as true and false
FROM_TEXT = BeforeValidator(_from_text)
NULL = BeforeValidator(null)


class Section(BaseModel):
    """A group of settings that cannot be changed; what is not a setting is refused.

    A section holds every one of its settings, or those that a rule picked: see `picking.chosen`.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        coerce_numbers_to_str=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, values: Any) -> Any:
        """Take a name with nothing behind it, which is YAML's null, as a group without keys."""
        return {} if values is None else values

    def plain(self) -> dict[str, Any]:
        """Return the settings as nested dictionaries of plain values."""
        return _plain(self.model_dump())

    def changed(self, values: Mapping[str, Any]) -> Self:
        """Return the settings with other values; their limits are not checked.

        Args:
            values: By dotted name below this section, ``{"combined_model.cutoff": "half"}``.
        """
        copy = self
        for name, value in values.items():
            key, _, rest = name.partition(".")
            if rest:
                new = getattr(copy, key).changed({rest: value})
            else:
                new = reader(type(copy), key)(value)
            copy = copy.model_copy(update={key: new})
        return copy

    if not TYPE_CHECKING:  # for mypy a setting that does not exist stays an error

        def __getattr__(self, name: str) -> Any:
            """Say of a setting that the rule did not pick what is to be done."""
            if name not in type(self).model_fields:
                return super().__getattr__(name)
            raise AttributeError(
                f"{_key(type(self))}{name} is a setting that was not picked: add its dotted name "
                "to `settings=pick(...)` of the rule"
            )


def _plain(value: Any) -> Any:
    """Return a value without enumerations; unlike JSON's, the keys of groups stay as they are."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def _key(model: type[Section]) -> str:
    """Return the key of a section with a dot, ``"combined_model."``; of all settings nothing."""
    name = model.__name__.removesuffix("Settings")
    key = re.sub(r"\B(?=[A-Z])", "_", name).lower()
    return f"{key}." if key else ""


@cache
def reader(model: type[BaseModel], key: str) -> Callable[[Any], Any]:
    """Return what turns a plain value into that of a setting, text into an option."""
    kind: Any = model.model_fields[key].annotation
    return TypeAdapter(kind).validate_python


def section_of(model: type[BaseModel], key: str) -> type[Section] | None:
    """Return the section that lies under a key of another; None where a value does."""
    field = model.model_fields.get(key)
    inner = field.annotation if field else None
    return inner if isinstance(inner, type) and issubclass(inner, Section) else None
