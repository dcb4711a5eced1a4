"""The manual: short where it starts, no link that leads nowhere, and the studies that there are."""

import re
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [
    *REPOSITORY.glob("*.md"),
    *REPOSITORY.glob("docs/*.md"),
    *REPOSITORY.glob("workflow/packages/*/README.md"),
    *REPOSITORY.glob("workflow/packages/*/docs/*.md"),
    REPOSITORY / "results/README.md",
]
LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMANDS = ["pip install uv && uv run snakemake --cores all", "pip install uv && uv run pytest"]


def anchors(page: Path) -> set[str]:
    """Return the names by which a page's headings can be linked to."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_every_link_leads_somewhere(page):
    dead = []
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"https?:|mailto:", target):
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            dead.append(target)
    assert not dead


def test_every_page_of_the_manual_can_be_reached():
    """From README, by links."""
    reached, waiting = set(), [REPOSITORY / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        links = [link.partition("#")[0] for link in LINK.findall(page.read_text(encoding="utf-8"))]
        pages = {(page.parent / link).resolve() for link in links if link.endswith(".md")}
        waiting += pages - reached
    assert {page.resolve() for page in PAGES} <= reached


def test_the_readme_is_short_and_starts_with_two_commands_and_pictures():
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    assert re.findall(r"^```\n(.*)\n```$", text, re.MULTILINE)[:2] == COMMANDS
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert len(pictures) >= 2 and all(
        (REPOSITORY / name).stat().st_size < 300_000 for name in pictures
    )


def test_the_readme_names_every_study():
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    table = text[text.index("| `--config study=`") : text.index("Each study's part")]
    named = [name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)[1:]
             for name in re.findall(r"`(\w+)`", row)]  # fmt: skip
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    assert sorted(named) == sorted(config["studies"])
