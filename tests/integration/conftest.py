"""The study `tiny`, built once for all tests that look at it."""

import os
import sys
from pathlib import Path

import pytest
from filelock import FileLock

sys.path.insert(0, str(Path(__file__).parent))

from tiny import CONFIG


@pytest.fixture(scope="session")
def tree(working_copy, snakemake, tmp_path_factory) -> Path:
    """A copy of the project in which the study `tiny` was built, once for all of xdist's workers."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with FileLock(shared / "tiny.lock"):
        done = shared / "tiny.path"
        if done.exists():
            return Path(done.read_text("utf-8"))
        folder = working_copy("tiny")
        run = snakemake(folder, "--cores", "2", *CONFIG)
        assert run.returncode == 0, run.stdout[-8000:]
        done.write_text(str(folder), "utf-8")
    return folder


@pytest.fixture(scope="session")
def results(tree) -> Path:
    """The folder with what the study `tiny` made."""
    return tree / "results/tiny"
