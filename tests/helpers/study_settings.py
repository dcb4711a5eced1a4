"""The settings of config.yaml for tests, with a few of them changed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from smallmass.settings import Settings
from smallmass.settings.picking import chosen
from smallmass.settings.resolve import merge, resolve

CONFIG = Path(__file__).resolve().parents[2] / "config.yaml"


def study_settings(changes: Mapping[str, Any] | None = None, study: str = "synthetic") -> Settings:
    """Return the settings of a study.

    Args:
        changes: Other values by dotted name, ``{"combined_model.cutoff": "half"}``; whether they
            contradict others is not checked.
        study: Its name in config.yaml.
    """
    override: dict[str, Any] = {}
    for name, value in (changes or {}).items():
        *sections, key = name.split(".")
        place = override
        for section in sections:
            place = place.setdefault(section, {})
        place[key] = value
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    settings = resolve(config | {"study": study}).settings
    return chosen(merge(settings.plain(), override))
