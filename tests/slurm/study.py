"""The study `tiny` on a cluster, as the tests start and watch it."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
from cluster import Cluster

from tiny import digests

CONFIG = "study=tiny"
TRAINED = "results/tiny/image_model/seed0/full/weights.h5"
READ = "results/tiny/image_model/seed0/full/detections.csv"
# Files are awaited for a minute on a real cluster.
QUICK = ("--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "10")
# After each look that finds no job ended, the executor waits 10 s longer until the next, up to
# three minutes: most of a test's time. Nothing else of it is changed.
SNAKEMAKE = """\
from snakemake.cli import main
from snakemake_executor_plugin_slurm import Executor
Executor.next_seconds_between_status_checks = property(lambda self: 2, lambda self, value: None)
main()
"""


def start(cluster: Cluster, folder: Path, *arguments: str) -> subprocess.Popen:
    """Start the study with the SLURM profile; its words go to snakemake.out."""
    environment = {
        key: value
        for key, value in cluster.environment.items()
        if not key.startswith(("SNAKEMAKE_", "SLURM_JOB"))
    }
    profile = ("--profile", "profiles/slurm")
    with open(folder / "snakemake.out", "wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", SNAKEMAKE, *profile, *QUICK, *arguments],
            cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    cluster.runs[folder] = process
    return process


def words(folder: Path) -> str:
    """Return what Snakemake printed in `folder`."""
    return (folder / "snakemake.out").read_text(errors="replace")


def finish(process: subprocess.Popen, folder: Path) -> None:
    """Wait for a run that must succeed."""
    assert process.wait(1200) == 0, words(folder)[-8000:]


def model(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the image model's files, without what it read."""
    return {
        name: sha256
        for name, sha256 in digests(folder / "results/tiny").items()
        if name.startswith("image_model/seed") and not name.endswith("detections.csv")
    }


def until(cluster: Cluster, folder: Path, ready, seconds: float = 600):
    """Wait until `ready()` returns something, as long as the run in `folder` lives; return that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and cluster.runs[folder].poll() is None:
        if state := ready():
            return state
        time.sleep(0.5)
    raise AssertionError(f"waited in vain:\n{words(folder)[-6000:]}")


def jobs_of(cluster: Cluster, folder: Path) -> list[dict[str, str]]:
    """Return the jobs that were submitted in `folder`, oldest first."""
    jobs = [job for job in cluster.jobs() if job.get("WorkDir") == str(folder)]
    return sorted(jobs, key=lambda job: int(job["JobId"]))


def training_jobs(cluster: Cluster, folder: Path) -> list[dict[str, str]]:
    """Return those that asked for a GPU."""
    return [job for job in jobs_of(cluster, folder) if "gpu" in job.get("TresPerJob", "")]


def running_training(cluster: Cluster, folder: Path, number: int = 1) -> dict[str, str]:
    """Wait until a folder's GPU job runs that is the `number`-th, and return it."""

    def running():
        jobs = training_jobs(cluster, folder)[number - 1 :]
        return [job for job in jobs if job["JobState"] == "RUNNING"]

    return until(cluster, folder, running)[0]


def epoch(cluster: Cluster, folder: Path, number: int) -> None:
    """Wait until an epoch of the training is over and its state is on the disk."""
    log = folder / "results/tiny/logs/train_image_model_seed0_full.log"
    wanted = f"epoch {number} of "
    until(cluster, folder, lambda: log.exists() and wanted in log.read_text(errors="replace"))


def script(folder: Path, rule: str) -> psutil.Process | None:
    """Return the process of a rule's script in `folder`, if it runs."""
    for process in psutil.process_iter(["cmdline"]):
        text = " ".join(process.info["cmdline"] or [])
        if text.endswith(f"{rule}.py") and f"{folder}/.snakemake/scripts" in text:
            return process
    return None


def uncomment(folder: Path, *keys: str) -> None:
    """Take these commented lines of the SLURM profile in, as a user does."""
    path = folder / "profiles/slurm/config.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for number, line in enumerate(lines):
        text = line.removeprefix("  ").removeprefix("# ")
        if text.strip().partition(":")[0] in keys and line.lstrip().startswith("#"):
            indent = "  " if line.startswith("  ") else ""
            lines[number] = indent + text
    path.write_text("".join(lines), encoding="utf-8")
