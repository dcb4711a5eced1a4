"""From all settings to those that a rule uses, and back to typed ones in its script."""

from collections.abc import Mapping
from typing import Any, TypeVar

from smallmass.settings.base import Section, reader, section_of
from smallmass.settings.model import Settings

Model = TypeVar("Model", bound=Section)


def pick(settings: Settings, *names: str) -> dict[str, Any]:
    """Return some settings as a rule's parameter, so that no other setting's change re-runs it.

    Args:
        settings: All settings of the study.
        names: Dotted names, ``"combined_model.cutoff"``; a section's name takes the whole section.

    Returns:
        Nested dictionaries of plain values: ``{"combined_model": {"cutoff": "half"}}``.

    Raises:
        KeyError: If a name is no setting.
    """
    plain = settings.plain()
    picked: dict[str, Any] = {}
    for name in names:
        *sections, key = name.split(".")
        source, target = plain, picked
        try:
            for section in sections:
                source, target = source[section], target.setdefault(section, {})
            target[key] = source[key]
        except (KeyError, TypeError):
            raise KeyError(f"there is no setting {name}") from None
    return picked


def chosen(values: Mapping[str, Any]) -> Settings:
    """Return the settings that a rule picked: a setting that it did not pick is an error to use.

    Args:
        values: Of `pick`.
    """
    return typed(Settings, values)


def typed(model: type[Model], values: Mapping[str, Any]) -> Model:
    """Return a section that holds some of its settings.

    Args:
        model: The section.
        values: Plain values, also of an older version: what is no setting any more is left out.
    """
    known: dict[str, Any] = {}
    for key, value in values.items():
        if key in model.model_fields:
            inner = section_of(model, key)
            known[key] = typed(inner, value) if inner else reader(model, key)(value)
    return model.model_construct(set(known), **known)
