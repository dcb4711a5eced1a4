"""A file of settings before Snakemake reads it: what is wrong with it, in words."""

import codecs
import re
from pathlib import Path

import yaml

_WINDOWS_PATH = re.compile(r"\"[^\"\n]*[A-Za-z]:\\[^\"\n]*\"|\"\\\\[^\"\n]*\"")


def problem(path: str | Path) -> str | None:
    """Return what is wrong with a file of settings, and what to do; None if it can be read."""
    path = Path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        near = sorted(file.name for file in _folder(path).glob("*.y*ml"))
        here = f" Files of settings there: {', '.join(near)}." if near else ""
        return f"--configfile: there is no file {path}.{here}"
    except OSError as error:
        return f"--configfile: {path} cannot be read ({error.strerror})."
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in content:
        return f"--configfile: {path} is no UTF-8. Save it as UTF-8 in your editor."
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return (
            f"--configfile: line {line} of {path} is no UTF-8: it was saved in another encoding. "
            "Save it as UTF-8 in your editor."
        )
    try:
        settings = yaml.safe_load(text)
    except yaml.YAMLError as error:
        return f"--configfile: {_in_words(error, text, path)}"
    if not isinstance(settings, dict):
        return f"--configfile: {path} must hold keys and values, as in study: own."
    return None


def _in_words(error: yaml.YAMLError, text: str, path: Path) -> str:
    mark = getattr(error, "problem_mark", None)
    number = mark.line + 1 if mark else 1
    lines = text.splitlines()
    line = lines[number - 1].strip() if number <= len(lines) else ""
    if windows := _WINDOWS_PATH.search(text):
        number = text[: windows.start()].count("\n") + 1
        return (
            f"line {number} of {path}: in double quotation marks a backslash means something "
            f"else. Write the path in single ones, or with /: {windows[0]}"
        )
    if "\t" in line or "\\t" in str(error):
        return f"line {number} of {path} holds a tab. Use blanks to indent: {line!r}"
    return (
        f"line {number} of {path} cannot be understood "
        f"({getattr(error, 'problem', None) or 'no YAML'}): {line!r}"
    )


def _folder(path: Path) -> Path:
    return path.parent if path.parent.is_dir() else Path(".")
