"""What the packages' READMEs and docstrings show is what their code does."""

import doctest
import subprocess
import sys
from importlib import import_module
from inspect import isfunction

import pytest

from libraries import PACKAGES, example

WITH_DOCTESTS = ("diagnostic_accuracy", "printed_numbers")
MODULES = [
    ".".join(path.relative_to(PACKAGES / package / "src").with_suffix("").parts)
    for package in WITH_DOCTESTS
    for path in sorted((PACKAGES / package / "src").rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize(
    "package",
    [
        "diagnostic_accuracy",
        pytest.param("mrcnn", marks=pytest.mark.slow),  # it trains
        "printed_numbers",
        "smallmass",
    ],
)
def test_the_example_of_the_readme_prints_what_it_shows(package, tmp_path):
    """In a process and a folder of its own."""
    code, output = example(package)
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == output


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings_hold(name):
    """Each line after ``>>>`` gives what stands below it."""
    result = doctest.testmod(import_module(name))
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize("package", WITH_DOCTESTS)
def test_every_public_function_has_an_example(package):
    """Classes are in the examples of the functions that take and give them."""
    library = import_module(package)
    functions = [getattr(library, name) for name in library.__all__]
    without = [f.__name__ for f in functions if isfunction(f) and ">>> " not in (f.__doc__ or "")]
    assert without == []
