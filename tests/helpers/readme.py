"""The example of a package's README: its first Python block, and what it prints."""

import re
from pathlib import Path

PACKAGES = Path(__file__).resolve().parents[2] / "workflow/packages"
_BLOCKS = r"```python\n(?P<code>.*?)```\n(?:\n```text\n(?P<output>.*?)```\n)?"


def example(package: str) -> tuple[str, str | None]:
    """Return the code of a README's first example, and the output shown below it, if it is."""
    text = (PACKAGES / package / "README.md").read_text(encoding="utf-8")
    block = re.search(_BLOCKS, text, re.DOTALL)
    assert block, f"the README of {package} has no example"
    return block["code"], block["output"]
