"""The packages of this repository: their names, dependencies, and their READMEs' examples."""

import re
import tomllib
from pathlib import Path

PACKAGES = Path(__file__).resolve().parents[2] / "workflow/packages"
_PROJECTS = {
    path.parent.name: tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    for path in sorted(PACKAGES.glob("*/pyproject.toml"))
}
NAMES = {folder: project["name"] for folder, project in _PROJECTS.items()}
_BLOCKS = r"```python\n(?P<code>.*?)```\n(?:\n```text\n(?P<output>.*?)```\n)?"


def example(package: str) -> tuple[str, str | None]:
    """Return the code of a README's first example, and the output shown below it, if it is."""
    text = (PACKAGES / package / "README.md").read_text(encoding="utf-8")
    block = re.search(_BLOCKS, text, re.DOTALL)
    assert block, f"the README of {package} has no example"
    return block["code"], block["output"]


def declared(package: str) -> set[str]:
    """Return the names of the distributions that a package needs, for its extras too."""
    project = _PROJECTS[package]
    extras = project.get("optional-dependencies", {}).values()
    needed = [*project["dependencies"], *(line for extra in extras for line in extra)]
    return {re.split(r"[^a-z0-9-]", line.lower())[0] for line in needed}
