"""Killed, interrupted, out of disk: the next call goes on and ends in the same bytes."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tiny import CONFIG, digests

pytestmark = pytest.mark.slow

KILLS = 10


def start(folder: Path, cores: int = 2) -> subprocess.Popen:
    """Start the study in a process group of its own, so that its jobs can be killed with it."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SNAKEMAKE_")}
    with open(folder / "snakemake.out", "ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", "--cores", str(cores), *CONFIG],
            cwd=folder, env=clean, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            # Tests that a shell runs in the background ignore Ctrl-C, and so would what they start.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip


def assert_whole(folder: Path) -> None:
    """Check that what lies under a final name is no part of a file."""
    for path in (folder / "results/tiny").rglob("*.csv"):
        if "benchmarks" not in path.parts:
            assert path.read_bytes().endswith(b"\n"), path
    for path in (folder / "results/tiny").rglob("*.json"):
        assert path.read_text("utf-8").rstrip().endswith(("}", "]")), path


def test_ten_kills_at_random_moments(working_copy, results):
    """SIGKILL to Snakemake and all its jobs; every call just goes on, no lock is in its way."""
    folder = working_copy("killed")
    moments = random.Random(20230401)
    killed = 0
    for _ in range(KILLS):
        process = start(folder)
        try:
            assert process.wait(moments.uniform(4, 16)) == 0, (folder / "snakemake.out").read_text()
            break  # done before the last kill
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            killed += 1
            assert_whole(folder)
    last = start(folder)
    assert last.wait(900) == 0, (folder / "snakemake.out").read_text()[-8000:]
    assert killed >= KILLS // 2
    assert digests(folder / "results/tiny") == digests(results)


def test_interrupted_from_the_keyboard(working_copy, tree, results):
    """Ctrl-C during the training: it is resumed from its last epoch.

    All of it on one core: the same bytes as on two, also from training to report.
    """
    folder = copy_before_training(tree, working_copy)
    process = start(folder, cores=1)
    checkpoints = folder / "results/tiny/image_model/checkpoints"
    end = time.monotonic() + 300
    while not any(path.is_file() for path in checkpoints.rglob("*")):
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(120) != 0
    assert not (folder / "results/tiny/image_model/seed0/full/weights.h5").exists()
    assert start(folder, cores=1).wait(900) == 0
    assert digests(folder / "results/tiny") == digests(results)


def test_the_disk_is_full(working_copy, tree, results, tmp_path):
    """A small file system holds the results: the run ends with an error, and goes on with room."""
    folder = copy_before_training(tree, working_copy)
    target = folder / "results/tiny/image_model"
    target.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "none", str(target)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a file system")
    try:
        assert start(folder).wait(900) != 0
        assert "No space left" in (folder / "snakemake.out").read_text()
        assert not (target / "seed0/full/weights.h5").exists()
        subprocess.run(["mount", "-o", "remount,size=2g", str(target)], check=True)
        assert start(folder).wait(900) == 0, (folder / "snakemake.out").read_text()[-8000:]
        assert digests(folder / "results/tiny") == digests(results)
    finally:
        subprocess.run(["umount", "-l", str(target)], check=False)


def copy_before_training(tree: Path, working_copy) -> Path:
    """Return a copy of the finished study, from before the image model was trained."""
    folder = working_copy("resumed")
    for name in (".snakemake", "results/tiny"):
        shutil.copytree(tree / name, folder / name, dirs_exist_ok=True)
    shutil.rmtree(folder / "results/tiny/image_model")
    return folder
