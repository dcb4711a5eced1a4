"""What is written for contributors is so: paths, checks, versions."""

import re
import tomllib
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = REPOSITORY / "workflow/packages"
LINTERS = ("ruff format", "ruff check", "snakefmt", "mypy")
NAMED_LATER = {"results/STUDY/"}


def text(name: str) -> str:
    """Return a file of the repository."""
    return (REPOSITORY / name).read_text(encoding="utf-8")


def test_contributing_is_a_page_with_twenty_words():
    """At most 120 lines; the table of words has 20 rows."""
    words = text("CONTRIBUTING.md").split("## Words")[1].split("\n## ")[0]
    assert len(text("CONTRIBUTING.md").splitlines()) <= 120
    assert len(re.findall(r"^\| (?!word|-)", words, re.MULTILINE)) == 20


def test_every_path_that_contributing_names_is_there():
    """From the root of the repository, or inside a package."""
    roots = [REPOSITORY, *PACKAGES.glob("*/src")]
    named = re.findall(r"`([\w./]+/[\w./]*)`", text("CONTRIBUTING.md"))
    missing = [name for name in named if not any((root / name).exists() for root in roots)]
    assert len(named) > 20
    assert set(missing) <= NAMED_LATER


def test_hooks_quick_check_and_ci_run_the_same_linters():
    """A commit that the hooks pass is not refused by CI for its form."""
    hooks = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"][0]["hooks"]
    entries = [re.sub(" --.*", "", hook["entry"]) for hook in hooks]
    assert entries == [f"uv run {name}" for name in LINTERS]
    assert all(hook["language"] == "system" for hook in hooks)  # nothing is fetched
    for script in (".ci/quick", ".ci/run"):
        lines = re.findall(r"uv run (ruff format|ruff check|snakefmt|mypy)\b", text(script))
        assert sorted(lines) == sorted(LINTERS), script


def test_the_quick_check_names_tests_that_are_there():
    """A folder that moves must not fall out of the check."""
    named = re.findall(r"tests/[\w/.]+", text(".ci/quick"))
    assert named
    assert all((REPOSITORY / name).exists() for name in named)


def test_the_changelog_ends_with_the_version_of_the_packages():
    """What is not released stands first; the newest release is the packages' version."""
    headings = re.findall(r"^## \[(.+?)\]", text("CHANGELOG.md"), re.MULTILINE)
    versions = {
        tomllib.loads(path.read_text(encoding="utf-8"))["project"]["version"]
        for path in [*PACKAGES.glob("*/pyproject.toml"), REPOSITORY / "pyproject.toml"]
    }
    assert headings[0] == "Unreleased"
    assert versions == {headings[1]}


def test_no_two_tests_have_a_file_of_one_name():
    """Pytest collects neither then, and stops."""
    names = [path.name for path in (REPOSITORY / "tests").rglob("test_*.py")]
    assert sorted({name for name in names if names.count(name) > 1}) == []
