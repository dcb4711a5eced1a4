"""The words that a setting may be, as the schema says."""

from smallmass.settings.schema import schema

SCHEMA = schema()


def allowed(name: str) -> list[str]:
    """Return the words that a setting may be; none of numbers, of texts, or where it may be null.

    Args:
        name: Its dotted name.
    """
    part = SCHEMA["properties"]["defaults"]
    for key in name.split("."):
        part = followed(part)["properties"][key]
    kinds = [followed(kind) for kind in part.get("anyOf", [part])]
    words = [kind.get("enum", [kind["const"]] if "const" in kind else []) for kind in kinds]
    return [word for group in words for word in group] if all(words) else []


def followed(part: dict) -> dict:
    """Return a part of the schema with its reference followed."""
    return SCHEMA["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
