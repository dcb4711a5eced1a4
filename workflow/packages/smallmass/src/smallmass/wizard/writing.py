"""The file of settings that the wizard writes: what it is sure of, and questions."""

from collections.abc import Iterator

import yaml

from smallmass.wizard.looking import Found, Guess

QUESTION = "# ?"


def settings_text(found: Found, root: str) -> str:
    """Return a file of settings; lines that begin with ``# ?`` ask, and count for nothing.

    Args:
        found: What was found in the folder.
        root: The folder.
    """
    return "\n".join(_lines(found, root)) + "\n"


def questions(text: str) -> list[str]:
    """Return the lines of a file of settings that ask."""
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line.startswith(QUESTION) and not line.endswith(":")]


def _lines(found: Found, root: str) -> Iterator[str]:
    yield "# Written by: smallmass start. Lines with '# ?' are questions: correct them, and take"
    yield "# '# ?' away. Everything else was taken as it stands here; see docs/own-patients.md."
    yield "study: own"
    yield "override:"
    yield "  cohort:"
    yield f"    root: {_quoted(root)}"
    if found.source is not None:
        mark = "" if found.source.sure else f"{QUESTION} "
        yield f"    {mark}sources: {{{found.source.value}: dealt}}    # {found.source.why}"
    for name in ("table", "sheet", "outlines"):
        guess: Guess | None = getattr(found, name)
        if guess is not None:
            yield _line("    ", name, guess)
    columns = [_line("      ", name, guess) for name, guess in found.columns.items()]
    columns += [
        f"      {QUESTION} {needed}: NAME OF YOUR COLUMN    # not found"
        for needed in found.needed
        if needed not in found.columns
    ]
    yield from _group("    ", "columns", columns)
    yield from _group("    ", "units", [_line("      ", *pair) for pair in found.units.items()])
    yield from _group("    ", "dicom", [_line("      ", *pair) for pair in found.dicom.items()])
    words: list[str] = []
    for name, unknown in found.words.items():
        asked = [f"        {QUESTION} {_quoted(word)}: MEANING" for word in unknown]
        words += _group("      ", name, asked)
    yield from _group("    ", "words", words)
    for remark in found.remarks:
        yield f"    # {remark}"


def _group(indent: str, name: str, lines: list[str]) -> Iterator[str]:
    """Yield a key and the lines below it; where all of them ask, the key does, too."""
    if lines:
        asks = all(line.strip().startswith(QUESTION) for line in lines)
        yield f"{indent}{QUESTION + ' ' if asks else ''}{name}:"
        yield from lines


def _line(indent: str, name: str, guess: Guess) -> str:
    why = f"    # {guess.why}" if guess.why else ""
    mark = "" if guess.sure else f"{QUESTION} "
    return f"{indent}{mark}{name}: {_quoted(guess.value)}{why}"


def _quoted(value: str) -> str:
    """Return a text as YAML writes it, in a line."""
    return yaml.safe_dump(value, allow_unicode=True, width=10_000).splitlines()[0]
