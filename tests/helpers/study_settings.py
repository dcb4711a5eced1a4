"""The settings of config.yaml for tests, with a few of them changed."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from smallmass.settings import CohortSettings, Settings
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
    return chosen(merge(_resolved(study).plain(), override))


def cohort_settings(changes: Mapping[str, Any] | None = None) -> CohortSettings:
    """Return the settings of a study's cohort.

    Args:
        changes: Other values by name, ``{"sources": {"busi": "dealt"}, "dicom.match": "file"}``.
    """
    return study_settings().cohort.changed(changes or {})


@cache
def _resolved(study: str) -> Settings:
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    return resolve(config | {"study": study}).settings
