"""The study `tiny`, built once for all tests that look at it, also by several workers."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from loads import read_loads, recording
from tiny import CONFIG


@pytest.fixture(scope="session")
def built(working_copy, snakemake, tmp_path_factory) -> tuple[Path, Path]:
    """A copy of the project in which `tiny` was built, and what its scripts noted that they load.

    The first worker of pytest-xdist that asks builds it, the others wait. Nobody changes it. Where
    ``TINY_IN`` names a folder, several sessions share it.
    """
    shared = tmp_path_factory.getbasetemp()
    if shared.name.startswith("popen-"):  # a worker's own, in the folder of all
        shared = shared.parent
    shared = Path(os.environ.get("TINY_IN", shared))
    place, notes = shared / "tiny_is_in", shared / "loads"
    with open(shared / "tiny.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            folder = Path(shutil.move(working_copy("built"), shared / "built"))
            notes.mkdir(exist_ok=True)
            run = snakemake(folder, "--cores", "2", *CONFIG, env=recording(notes, folder))
            assert run.returncode == 0, run.stdout[-8000:]
            place.write_text(str(folder), encoding="utf-8")
    return Path(place.read_text(encoding="utf-8")), notes


@pytest.fixture(scope="session")
def tree(built, tmp_path_factory) -> Path:
    """A worker's own copy of the project in which `tiny` was built; what is edited is put back."""
    folder = tmp_path_factory.mktemp("tiny")
    shutil.copytree(built[0], folder, symlinks=True, dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def loads(built) -> dict[str, set[str]]:
    """What each script loaded when `tiny` was built: modules and data, below the project."""
    folder, notes = built
    return read_loads(notes, folder)


@pytest.fixture(scope="session")
def results(tree) -> Path:
    """The folder with what the study `tiny` made."""
    return tree / "results/tiny"
