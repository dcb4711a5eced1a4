"""The study on a real SLURM: submitted, retried with more memory, cancelled, the node restarted.

`apt-get install slurmctld slurmd slurm-client munge`, then `pytest -m slurm` as root.
"""

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slurm

CONFIG = "study=tiny"
READ = "results/tiny/image_model/seed0/full/detections.csv"
# Polling begins after 40 s on a real cluster, and files are awaited for a minute.
QUICK = ("--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "10")
TIMED = {"run.json", "report.html"}


def start(cluster, folder: Path, *arguments: str) -> subprocess.Popen:
    """Start the study with the SLURM profile; its words go to snakemake.out."""
    environment = {
        key: value
        for key, value in cluster.environment.items()
        if not key.startswith(("SNAKEMAKE_", "SLURM_JOB"))
    }
    with open(folder / "snakemake.out", "wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", "--profile", "profiles/slurm", *QUICK, *arguments],
            cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip


def words(folder: Path) -> str:
    """Return what Snakemake said in `folder`."""
    return (folder / "snakemake.out").read_text(errors="replace")


def finish(process: subprocess.Popen, folder: Path) -> None:
    """Wait for a run that must succeed."""
    assert process.wait(1200) == 0, words(folder)[-8000:]


def results(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every result that holds no times."""
    found = {}
    for path in sorted((folder / "results/tiny").rglob("*")):
        name = path.relative_to(folder / "results/tiny")
        apart = name.parts[0] in ("logs", "benchmarks") or name.as_posix() in TIMED
        if path.is_file() and not apart and not path.name.startswith(".snakemake"):
            found[name.as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def until(ready, seconds: float, folder: Path):
    """Wait until `ready()` returns something, and return that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = ready()
        if found:
            return found
        time.sleep(0.3)
    raise AssertionError(f"waited {seconds} s in vain:\n{words(folder)[-6000:]}")


def training_jobs(cluster, folder: Path) -> list[dict[str, str]]:
    """Return the jobs of `folder` that asked for a GPU, oldest first."""
    jobs = [job for job in cluster.jobs() if job.get("WorkDir") == str(folder)]
    found = [job for job in jobs if "gpu" in job.get("TresPerJob", "")]
    return sorted(found, key=lambda job: int(job["JobId"]))


@pytest.fixture(scope="module")
def undisturbed(cluster, working_copy) -> Path:
    """The folder of a run that nothing happened to."""
    folder = working_copy("undisturbed")
    finish(start(cluster, folder, "--config", CONFIG), folder)
    return folder


def test_the_study_runs_on_the_cluster(cluster, undisturbed):
    """Every file is there, and a second call has nothing to do."""
    assert (undisturbed / "results/tiny/report.html").stat().st_size > 0
    again = start(cluster, undisturbed, "--config", CONFIG)
    finish(again, undisturbed)
    assert "Nothing to be done" in words(undisturbed)


def test_one_gpu_job_a_seed_and_fold(cluster, undisturbed):
    """Training and reading share it; no other job asks for a GPU."""
    (job,) = training_jobs(cluster, undisturbed)
    assert job["JobState"] == "COMPLETED"
    assert "train_image_model" in job["Comment"] and "read_images" in job["Comment"]
    assert job["NumCPUs"] == "2"


@pytest.fixture
def before_training(undisturbed, tmp_path) -> Path:
    """A copy of that folder, from before the image model was trained."""
    folder = tmp_path / "study"
    shutil.copytree(undisturbed, folder)
    shutil.rmtree(folder / "results/tiny/image_model")
    return folder


def model(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the trained model's files."""
    return {name: digest for name, digest in results(folder).items() if "seed0" in name}


def test_a_job_that_lacks_memory_is_given_more(cluster, undisturbed, before_training):
    """Training needs about a gigabyte: it is killed with less, and passes with twice or four."""
    folder = before_training
    settings = "override={resources: {train_mem_mb: 500}}"
    finish(start(cluster, folder, READ, "--config", CONFIG, settings), folder)
    *killed, last = training_jobs(cluster, folder)
    assert killed and last["JobState"] == "COMPLETED"
    assert {job["JobState"] for job in killed} <= {"OUT_OF_MEMORY", "FAILED", "CANCELLED"}
    memory = [job["MinMemoryNode"] for job in (*killed, last)]
    assert memory == ["500M", "1000M", "2000M"][: len(memory)]
    assert model(folder) == model(undisturbed)


def test_a_cancelled_training_is_resumed(cluster, undisturbed, before_training):
    """`scancel` after the first epochs: it is submitted again, and ends in the same weights."""
    folder = before_training
    process = start(cluster, folder, READ, "--config", CONFIG)
    checkpoints = folder / "results/tiny/image_model/checkpoints"
    until(lambda: any(path.is_file() for path in checkpoints.rglob("*")), 600, folder)
    (job,) = training_jobs(cluster, folder)
    cluster.command("scancel", job["JobId"])
    finish(process, folder)
    first, *others = training_jobs(cluster, folder)
    assert first["JobState"] == "CANCELLED" and others[-1]["JobState"] == "COMPLETED"
    assert model(folder) == model(undisturbed)


def test_the_node_s_daemon_is_restarted(cluster, undisturbed, before_training):
    """The daemon stops and starts during a training: the job goes on, and so does the study."""
    folder = before_training
    process = start(cluster, folder, READ, "--config", CONFIG)
    running = until(
        lambda: [job for job in training_jobs(cluster, folder) if job["JobState"] == "RUNNING"],
        600,
        folder,
    )
    cluster.stop_slurmd()
    time.sleep(5)
    cluster.start_slurmd()
    finish(process, folder)
    jobs = training_jobs(cluster, folder)
    assert [job["JobId"] for job in jobs] == [running[0]["JobId"]]
    assert jobs[0]["JobState"] == "COMPLETED"
    assert model(folder) == model(undisturbed)
