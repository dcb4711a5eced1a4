"""A file of settings before Snakemake reads it: what is wrong with it, in words."""

import codecs
import re
from pathlib import Path

import yaml

_QUOTE_WITHIN = re.compile(r":\s*'[^']*'[^\s,\]}#]")
_WITHOUT_BLANK = re.compile(r"\s*(?P<key>\w+):\S")
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
    if told := _invisible(text):
        return f"--configfile: {path}, {told}"
    try:
        settings = yaml.load(text, Loader=_EachKeyOnce)
    except yaml.YAMLError as error:
        return f"--configfile: {path}, {_in_words(error, text)}"
    if not isinstance(settings, dict):
        return f"--configfile: {path} must hold keys and values, as in study: own."
    return None


class _EachKeyOnce(yaml.SafeLoader):
    """Reads YAML, but refuses a key that stands twice: the last one would win unseen."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        """Return a group of keys, as the base class does."""
        lines: dict[str, int] = {}
        for key, _ in node.value:
            name, line = str(getattr(key, "value", "")), key.start_mark.line + 1
            if name in lines:
                problem = f"the key {name!r} stands in line {lines[name]} already; join the two"
                raise _Twice(None, None, problem, key.start_mark)
            lines[name] = line
        return super().construct_mapping(node, deep)


class _Twice(yaml.constructor.ConstructorError):
    """A key that stands twice in its group; the problem is in our own words."""


def _invisible(text: str) -> str | None:
    """Return where a blank is none: those of word processors and web pages do not indent."""
    for number, line in enumerate(text.splitlines(), 1):
        indent = line[: len(line) - len(line.lstrip())]
        if other := set(indent) - {" ", "\t"}:
            what = ", ".join(f"U+{ord(character):04X}" for character in sorted(other))
            return (
                f"line {number}: it is indented by something that looks like a blank and is none "
                f"({what}). Use blanks: {line.strip()!r}"
            )
    return None


def _in_words(error: yaml.YAMLError, text: str) -> str:
    """Return the place of what is wrong, what is likely wrong there, and the line."""
    mark = getattr(error, "problem_mark", None)
    lines = text.splitlines() or [""]
    number = min(mark.line + 1 if mark else 1, len(lines))
    column = mark.column + 1 if mark and mark.line < len(lines) else len(lines[-1]) + 1
    if windows := _WINDOWS_PATH.search(text):
        number = text[: windows.start()].count("\n") + 1
        return (
            f"line {number}: in double quotation marks a backslash means something else. Write the "
            f"path in single ones, or with /: {windows[0]}"
        )
    if isinstance(error, _Twice):
        return f"line {number}, column {column}: {error.problem}"
    opened = getattr(error, "context_mark", None)
    before = opened.line + 1 if opened else number
    words = _likely(error, lines, number, before)
    return f"line {number}, column {column}: {words}: {lines[number - 1].strip()!r}"


def _likely(error: yaml.YAMLError, lines: list[str], number: int, before: int) -> str:
    """Return what is likely wrong, and what to do.

    Args:
        error: What the reader of YAML says.
        lines: Of the file.
        number: The line of the problem, from 1.
        before: The line in which what is not finished began.
    """
    said, line = (
        f"{getattr(error, 'problem', '')} {getattr(error, 'context', '')}",
        lines[number - 1],
    )
    if "\t" in line or "\\t" in said:
        return "it holds a tab; use blanks to indent"
    if "flow" in said or "expected ',' or" in said:
        return f"a bracket that was opened in line {before} is not closed; close it with ] or }}"
    if "quoted scalar" in said:
        return f"a quotation mark that was opened in line {before} is not closed"
    if _QUOTE_WITHIN.search(line):
        return "a quotation mark within single ones ends them; write it twice, or use double ones"
    if "mapping values" in said and (bare := _WITHOUT_BLANK.match(lines[max(number - 2, 0)])):
        return f"in the line above, a blank is missing behind the colon of {bare['key']!r}"
    if "mapping values" in said:
        return "a value that holds a colon and a blank needs quotation marks around it"
    if "cannot start any token" in said or "alias" in said or "anchor" in said:
        return "a value that begins with such a sign needs quotation marks around it"
    if "block end" in said or "could not find expected" in said:
        return "it is not indented as the lines above, or a colon or a quotation mark is missing"
    return "it cannot be understood; look at colons, brackets, quotation marks and indents"


def _folder(path: Path) -> Path:
    return path.parent if path.parent.is_dir() else Path(".")
