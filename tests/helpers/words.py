"""Edits of words and layout: other docstrings, comments, blank lines and wrapped lines."""

import ast
import subprocess
import sys
from pathlib import Path

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def edit_words(files: list[Path]) -> None:
    """Change the words and the layout of Python files in place, and nothing that they do."""
    for file in files:
        text = _other_docstrings(file.read_text("utf-8"))
        file.write_text(f"# A comment.\n\n\n{text}\n\n# Another comment.\n", encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "60", "--quiet"]
    subprocess.run([*ruff, *map(str, files)], check=True)


def _other_docstrings(text: str) -> str:
    """Return a module's text in which every docstring says something else."""
    lines = text.splitlines()
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, DOCUMENTED)]
    docstrings = [node.body[0] for node in nodes if ast.get_docstring(node) is not None]
    for docstring in sorted(docstrings, key=lambda line: -line.lineno):
        indent = " " * docstring.col_offset
        lines[docstring.lineno - 1 : docstring.end_lineno] = [f'{indent}"""Other words."""']
    return "\n".join(lines) + "\n"
