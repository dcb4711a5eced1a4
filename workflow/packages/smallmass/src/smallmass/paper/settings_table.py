"""The settings of a run as a table, with the ids of the paper's open questions beside them."""

import json
import math
import re
from dataclasses import dataclass
from typing import Any

import yaml

from smallmass.settings import Settings

IDS = re.compile(r"\bA\d\d\b")
LINE = re.compile(r"^(?P<indent> *)(?P<key>[A-Za-z_]\w*):(?P<rest>.*)$")


@dataclass(frozen=True)
class Setting:
    """One setting of a run.

    Args:
        section: "image_model".
        key: "floor", or "augmentation.flip" for a nested one.
        value: As it is printed.
        ids: The ids of the paper's open questions, "A09, A10".
        words: The comment of ``config.yaml``: the paper's words, or "not stated: we chose".
    """

    section: str
    key: str
    value: str
    ids: str
    words: str


def settings_table(settings: Settings, config_text: str) -> list[Setting]:
    """Return every resolved setting with the comment that ``config.yaml`` gives it.

    Args:
        settings: Resolved settings of the study.
        config_text: Text of ``config.yaml``; its comments carry the ids.
    """
    words = comments(config_text)
    rows = []
    for section, content in settings.plain().items():
        items = content.items() if isinstance(content, dict) else [("", content)]
        for key, value in items:
            text = words.get((section, key), "")
            ids = ", ".join(dict.fromkeys(IDS.findall(text)))
            bare = IDS.sub("", text).strip(" ,:|")
            rows.append(Setting(section, key, _printed(value), ids, bare))
    return rows


def comments(config_text: str) -> dict[tuple[str, str], str]:
    """Return the comment of every setting under ``defaults``, by (section, key).

    A comment is what follows ``#`` on the setting's own line.
    """
    by_setting: dict[tuple[str, str], str] = {}
    section, inside = "", False
    for line in config_text.splitlines():
        match = LINE.match(line)
        if not match:
            continue
        depth = len(match["indent"])
        if depth == 0:
            inside = match["key"] == "defaults"
        elif inside and depth == 2:
            section = match["key"]
            by_setting[section, ""] = _comment(match["rest"])
        elif inside and depth == 4:
            by_setting[section, match["key"]] = _comment(match["rest"])
    return by_setting


def _comment(rest: str) -> str:
    """Return what follows the first ``#`` that stands outside quotation marks."""
    quote = ""
    for position, letter in enumerate(rest):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "#":
            return rest[position + 1 :].strip()
    return ""


def _printed(value: Any) -> str:
    """Return a value in words; a group of keys as a person would write it in ``config.yaml``."""
    if value is None or value in ([], {}):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        text = yaml.safe_dump(
            value, default_flow_style=True, sort_keys=False, width=math.inf, allow_unicode=True
        )
        return text.strip()
    return value if isinstance(value, str) else json.dumps(value)
