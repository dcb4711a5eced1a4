"""Fixtures that several test modules share."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

# How long an example takes is the machine's business, and what else it does.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")

REPOSITORY = Path(__file__).resolve().parents[1]


# Files in the order in which workers take them. One builds the study `tiny` for the first; most
# that look at it come late, so that nobody waits for it, the longest early, so that none is left.
FIRST = (
    "test_tiny_study.py",
    "test_replication.py",
    "test_across_study.py",
    "test_mrcnn_crash.py",
    "test_crash.py",
)
LAST = ("test_edits.py", "test_versions.py", "test_published_study.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files first and last; all others keep their order between."""
    order = {name: place for place, name in enumerate((*FIRST, None, *LAST))}
    items.sort(key=lambda item: order.get(item.path.name, len(FIRST)))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the paper and the public datasets; tests that need it skip without it."""
    path = REPOSITORY.parent / "shared"
    if not path.is_dir():
        pytest.skip("needs ../shared (public datasets)")
    return path


@pytest.fixture(scope="session")
def working_copy(tmp_path_factory) -> Callable[[str], Path]:
    """A function that copies the project's files, and nothing that runs made, to a new folder."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    files = [name for name in listed.split("\0") if name and (REPOSITORY / name).is_file()]

    def copy(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        for file in files:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / file, folder / file)
        return folder

    return copy


@pytest.fixture(scope="session")
def snakemake() -> Callable[..., subprocess.CompletedProcess]:
    """A function that runs Snakemake in a folder; output and errors come back as one text.

    Its ``env`` adds to the environment.
    """
    # Snakemake's own variables must not reach an inner run if the tests run under it.
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SNAKEMAKE_")}

    def run(
        folder: Path, *arguments: str, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "snakemake", *arguments],
            cwd=folder,
            env=clean | (env or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return run
