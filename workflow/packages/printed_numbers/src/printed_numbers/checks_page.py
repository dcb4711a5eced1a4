"""The page of every check, its keys and every allowed word, made from the forms.

uv run python -m printed_numbers.checks_page > workflow/packages/printed_numbers/docs/checks.md
"""

from collections.abc import Iterator, Mapping

from printed_numbers.checks import CHECKS
from printed_numbers.forms import Key
from printed_numbers.relations import TOP
from printed_numbers.verdicts import VERDICTS

_INTRODUCTION = """# The checks

Made from the code by `python -m printed_numbers.checks_page`; `printed-numbers --checks` prints it.
A key in *italics* may be left out. How the two files are written, and what `each` does: [the data's
README](../src/printed_numbers/data/README.md).
"""


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join([_INTRODUCTION, *_verdicts(), *_top(), *_checks()])


def _verdicts() -> Iterator[str]:
    yield "## Verdicts\n\n| verdict | means |\n|---|---|"
    for name, (meaning, _) in VERDICTS.items():
        yield f"| {name} | {meaning} |"
    yield ""


def _top() -> Iterator[str]:
    yield "## The top of the file of relations\n"
    yield from _table(TOP)


def _checks() -> Iterator[str]:
    for name, form in CHECKS.items():
        yield f"## {name}\n\nCompares {form.what}.\n"
        yield from _table(form.fields)


def _table(fields: Mapping[str, Key]) -> Iterator[str]:
    yield "| key | value | means |\n|---|---|---|"
    for path, key in _flat(fields):
        name = f"`{path}`" if key.required else f"*`{path}`*"
        yield f"| {name} | {key.kind.name.replace('|', chr(92) + '|')} | {key.what} |"
    yield ""


def _flat(fields: Mapping[str, Key], before: str = "") -> Iterator[tuple[str, Key]]:
    """Yield every key with the keys of the mappings within it: ``rows: p``."""
    for name, key in fields.items():
        yield f"{before}{name}", key
        yield from _flat(key.kind.keys(), f"{before}{name}: ")


if __name__ == "__main__":
    print(page(), end="")
