"""The conda files hold what uv.lock holds; uv itself is the judge."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ENVS = Path(__file__).resolve().parents[2] / "envs"
OPTIONS = [
    "--frozen",
    "--no-dev",
    "--no-emit-workspace",
    "--no-hashes",
    "--no-header",
    "--no-annotate",
    "--quiet",
]
LINUX = {
    "python_version": "3.11",
    "python_full_version": "3.11.7",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "extra": "",
}


def test_they_are_what_the_lock_file_gives_now():
    """After `uv lock` they have to be generated again."""
    run = subprocess.run(
        [sys.executable, ENVS / "generate.py", "--check"], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(("name", "extra"), [("cpu", []), ("gpu", ["--extra", "gpu"])])
def test_they_pin_the_packages_that_uv_exports(name, extra):
    """`uv export` resolves extras and markers by its own code."""
    uv = shutil.which("uv")
    if not uv:
        pytest.skip("needs uv on the path")
    lines = subprocess.run(
        [uv, "export", *OPTIONS, *extra],
        cwd=ENVS.parent,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    wanted = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    expected = {
        f"{one.name}{one.specifier}"
        for one in wanted
        if one.marker is None or one.marker.evaluate(LINUX)
    }
    content = yaml.safe_load((ENVS / f"{name}.yaml").read_text(encoding="utf-8"))
    assert set(content["dependencies"][-1]["pip"]) == expected
