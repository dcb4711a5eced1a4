"""The study `tiny`, built once for all tests that look at it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tiny import CONFIG


@pytest.fixture(scope="session")
def tree(working_copy, snakemake) -> Path:
    """A copy of the project in which the study `tiny` was built."""
    folder = working_copy("tiny")
    run = snakemake(folder, "--cores", "2", *CONFIG)
    assert run.returncode == 0, run.stdout[-8000:]
    return folder


@pytest.fixture(scope="session")
def results(tree) -> Path:
    """The folder with what the study `tiny` made."""
    return tree / "results/tiny"
