"""The JSON schema of ``config.yaml``, document from the models of the settings."""

from typing import Any

from smallmass.settings.model import Configuration


def schema() -> dict[str, Any]:
    """Return the schema: nothing is required of a section, as a study holds what it changes."""
    document = Configuration.model_json_schema()
    for section in document["$defs"].values():
        section.pop("required", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_without_titles(document)}


def _without_titles(part: Any) -> Any:
    """Return a part of the schema without the titles that repeat the keys."""
    if isinstance(part, list):
        return [_without_titles(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        key: _without_titles(value)
        for key, value in part.items()
        if key != "title" or isinstance(value, dict)  # a title is a text, a key is a group
    }
