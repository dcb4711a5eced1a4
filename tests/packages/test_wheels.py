"""Each package builds a wheel that works where nothing else is installed."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from libraries import NAMES, PACKAGES, example

REPOSITORY = PACKAGES.parents[1]
LICENSE = (REPOSITORY / "LICENSE").read_text(encoding="utf-8")
# What each brings with it of this repository, and what must be installed beside it.
BRINGS = {
    "diagnostic_accuracy": {"diagnostic_accuracy"},
    "mrcnn": {"mrcnn"},
    "printed_numbers": {"printed_numbers", "diagnostic_accuracy"},
    "smallmass": set(NAMES),
}
BESIDE = {"mrcnn": ["tensorflow"]}  # a backend of Keras: the user's choice
DATA = {
    "printed_numbers": [
        "audit.html.j2",
        "data/findings.csv",
        "data/published_numbers.csv",
        "data/relations.yaml",
        "example/numbers.csv",
        "template/relations.yaml",
    ],
    "smallmass": ["paper/report.html.j2", "phantom/manifest.csv"],
}

pytestmark = pytest.mark.slow


def uv(*arguments: str | Path) -> str:
    """Run uv and return what it prints."""
    program = os.environ.get("UV") or shutil.which("uv")
    if program is None:
        pytest.skip("needs uv")
    run = subprocess.run(
        [program, *arguments], cwd=REPOSITORY, capture_output=True, encoding="utf-8"
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with the source archives and the wheels, these made from the archives."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--all-packages", "--out-dir", folder)
    return folder


@pytest.fixture(scope="module")
def locked(built) -> Path:
    """The versions of uv.lock as constraints, so that nobody's release breaks these tests."""
    path = built / "constraints.txt"
    path.write_text(
        uv("export", "--frozen", "--all-packages", "--no-emit-workspace", "--no-hashes"),
        encoding="utf-8",
    )
    return path


def one(folder: Path, package: str, ending: str) -> Path:
    """Return the one file of a package that was built."""
    (path,) = folder.glob(f"{NAMES[package].replace('-', '_')}-*{ending}")
    return path


# Snakemake finds its plugins by their names.
PLUGINS = {"smallmass": ["snakemake_logger_plugin_smallmass"]}


@pytest.mark.parametrize("package", NAMES)
def test_licence_and_data_are_inside(built, package):
    """The licence as text, in archive and wheel; templates and tables in the wheel."""
    with tarfile.open(one(built, package, ".tar.gz")) as archive:
        (name,) = [name for name in archive.getnames() if name.endswith("/LICENSE")]
        file = archive.extractfile(name)
        assert file is not None
        assert file.read().decode() == LICENSE
    with zipfile.ZipFile(one(built, package, ".whl")) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith("licenses/LICENSE")]
        assert wheel.read(name).decode() == LICENSE
        assert {f"{package}/{data}" for data in DATA.get(package, [])} <= set(wheel.namelist())
        assert {name.split("/")[0] for name in wheel.namelist()} == {
            package,
            *PLUGINS.get(package, []),
            next(name for name in wheel.namelist() if ".dist-info" in name).split("/")[0],
        }


@pytest.mark.parametrize("package", NAMES)
def test_the_wheel_works_alone(built, locked, package, tmp_path):
    """In an empty environment, the README's example prints what the README shows."""
    environment = tmp_path / "environment"
    python = environment / "bin/python"
    uv("venv", "--python", sys.executable, environment)
    wanted = [one(built, package, ".whl"), *BESIDE.get(package, [])]
    uv("pip", "install", "--python", python, "--find-links", built, "-c", locked, *wanted)
    installed = uv("pip", "freeze", "--python", python)
    brought = {folder for folder, name in NAMES.items() if name in installed}
    assert brought == BRINGS[package]
    code, output = example(package)
    run = subprocess.run(
        [python, "-I", "-c", code], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert run.returncode == 0, run.stderr
    assert output is None or run.stdout == output
