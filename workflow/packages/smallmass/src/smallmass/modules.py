"""Which of the project's modules a script runs, found in the source and not by importing it.

Snakemake re-runs a rule when its script changes, but not when a module changes that the script
imports. Rules therefore have a digest of what these modules do as a parameter: comments, layout
and docstrings are no part of it, so that an edit of words re-runs nothing.
"""

import ast
import hashlib
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeGuard


def digest(files: Iterable[Path], roots: Iterable[Path]) -> str:
    """Return a digest of what Python files do: 64 hexadecimal digits.

    Args:
        files: The files; their order does not matter.
        roots: The folders that they are imported from: a file counts with its name below one.

    Raises:
        SyntaxError: A file is not valid Python.
    """
    folders = tuple(root.resolve() for root in roots)
    named = sorted((_name(file.resolve(), folders), _syntax(file.resolve())) for file in files)
    return hashlib.sha256(repr(named).encode()).hexdigest()


def _name(file: Path, roots: tuple[Path, ...]) -> str:
    """Return a file's path below the first root that holds it, else its own name."""
    for root in roots:
        if file.is_relative_to(root):
            return file.relative_to(root).as_posix()
    return file.name


@cache
def _syntax(file: Path) -> str:
    """Return what a file does as text: without docstrings, comments and layout."""
    tree = ast.parse(file.read_bytes(), filename=str(file))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            node.body = [line for line in node.body if not _is_text(line)]
    return ast.unparse(tree)


def _is_text(line: ast.stmt) -> bool:
    """Tell whether a statement is a text and nothing else: a docstring, or words as a comment."""
    return (
        isinstance(line, ast.Expr)
        and isinstance(line.value, ast.Constant)
        and isinstance(line.value.value, str)
    )


def closure(
    script: Path, roots: Iterable[Path], skipped: Collection[Path] = frozenset()
) -> list[Path]:
    """Return the project's modules that a script imports, directly or through others.

    Imports inside functions count: they are how the project keeps heavy packages out of light
    steps. A package's ``__init__.py`` counts with each of its modules.

    Args:
        script: A Python file.
        roots: Folders from which modules are imported; what lies elsewhere is not the project's.
        skipped: Resolved paths of modules that do not count, nor what they alone import.

    Returns:
        Paths under ``roots``, sorted, without the script itself.

    Raises:
        SyntaxError: A file is not valid Python.
        FileNotFoundError: The script does not exist.
    """
    script, folders = script.resolve(), tuple(root.resolve() for root in roots)
    modules: set[Path] = set()
    waiting = [script]
    while waiting:
        new = _imported(waiting.pop(), folders) - modules - {script} - set(skipped)
        modules |= new
        waiting += new
    return sorted(modules)


@cache
def _imported(file: Path, roots: tuple[Path, ...]) -> frozenset[Path]:
    """Return the files that one file's import statements load."""
    tree = ast.parse(file.read_bytes(), filename=str(file))
    guards = [node for node in ast.walk(tree) if _is_for_types(node)]
    never_run = {node for guard in guards for line in guard.body for node in ast.walk(line)}
    package = _package(file, roots)
    names = {name for node in set(ast.walk(tree)) - never_run for name in _names(node, package)}
    return frozenset(path for name in names for path in _files(name, roots))


def _is_for_types(node: ast.AST) -> TypeGuard[ast.If]:
    """Tell whether a statement is an ``if TYPE_CHECKING:``, whose imports never happen."""
    names = ("TYPE_CHECKING", "typing.TYPE_CHECKING")
    return isinstance(node, ast.If) and ast.unparse(node.test) in names


def _package(file: Path, roots: tuple[Path, ...]) -> list[str]:
    """Return the parts of the package's name that relative imports in a file start from."""
    for root in roots:
        if file.is_relative_to(root):
            return list(file.relative_to(root).parent.parts)
    return []


def _names(node: ast.AST, package: list[str]) -> Iterator[str]:
    """Yield the dotted names that a statement imports, modules or things inside modules."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = package[: len(package) - node.level + 1] if node.level else []
        base += node.module.split(".") if node.module else []
        yield from (".".join([*base, alias.name]) for alias in node.names)


def _files(name: str, roots: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the files that importing a dotted name loads: its packages and its module."""
    parts = name.split(".")
    for root in roots:
        for length in range(1, len(parts) + 1):
            stem = root.joinpath(*parts[:length])
            for path in (stem / "__init__.py", stem.with_name(stem.name + ".py")):
                if path.is_file():
                    yield path
