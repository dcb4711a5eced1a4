"""The page ``docs/findings.md``: every rule of the registry, with its code.

uv run python -m smallmass.cohort.rules.page > docs/findings.md
"""

from collections.abc import Iterator
from string import Formatter

from smallmass.cohort.rules.registry import AREAS, RULES
from smallmass.cohort.rules.rule import Rule

_INTRODUCTION = """# What may be found in a cohort

`snakemake check` and every run list what they find in patients and images, each with its code, in
`results/STUDY/cohort/integrity.csv` and on the screen. An *error* must be put right before
anything is trained; what is *dropped* is left out and counted in the flow of cases; a *warning*
is to be known and stops nothing. Words in capitals stand for what a finding names.
"""


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join([_INTRODUCTION, *_tables()])


def _tables() -> Iterator[str]:
    for letter, area in AREAS.items():
        yield f"## {letter}: {area}\n"
        yield "| code | severity | finding | what to do |\n|---|---|---|---|"
        for code, rule in RULES.items():
            if code.startswith(letter):
                title, remedy = _with_capitals(rule.title), _with_capitals(rule.remedy)
                yield f"| {code} | {_severity(rule)} | {title} | {remedy} |"
        yield ""


def _severity(rule: Rule) -> str:
    return f"{rule.severity}; in a public set {rule.public}" if rule.public else rule.severity


def _with_capitals(template: str) -> str:
    """Return a template with its fields as words in capitals."""
    parts = Formatter().parse(template)
    return "".join(text + (field or "").upper() for text, field, _, _ in parts)


if __name__ == "__main__":
    print(page(), end="")
