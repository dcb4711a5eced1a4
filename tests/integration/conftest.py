"""The study `tiny`, built once for all tests that look at it."""

from pathlib import Path

import pytest

from loads import read_loads, recording
from tiny import CONFIG


@pytest.fixture(scope="session")
def notes(tmp_path_factory) -> Path:
    """The folder in which the run of `tree` notes what its scripts load."""
    return tmp_path_factory.mktemp("loads")


@pytest.fixture(scope="session")
def tree(working_copy, snakemake, notes) -> Path:
    """A copy of the project in which the study `tiny` was built."""
    folder = working_copy("tiny")
    run = snakemake(folder, "--cores", "2", *CONFIG, env=recording(notes, folder))
    assert run.returncode == 0, run.stdout[-8000:]
    return folder


@pytest.fixture(scope="session")
def loads(tree, notes) -> dict[str, set[str]]:
    """What each script loaded when `tree` was built: modules and data, below the project."""
    return read_loads(notes, tree)


@pytest.fixture(scope="session")
def results(tree) -> Path:
    """The folder with what the study `tiny` made."""
    return tree / "results/tiny"
