"""The study on a real SLURM: whole, short of memory, cancelled, out of time, the node restarted.

`apt-get install slurmctld slurmd slurm-client munge`, then `pytest -m slurm` as root. All runs take
place at the same time, since each waits for something most of it; the tests look at what came out.
"""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import Popen

import pytest
from cluster import GPU_TYPE, GPUS, MEMORY_MB, Cluster, running
from study import (
    CONFIG,
    READ,
    TRAINED,
    epoch,
    finish,
    jobs_of,
    model,
    running_training,
    script,
    start,
    training_jobs,
    uncomment,
    until,
    words,
)

pytestmark = pytest.mark.slurm


LOG = "results/tiny/logs/train_image_model_seed0_full.log"


def lack_memory(cluster: Cluster, folder: Path) -> None:
    """Train with less memory than the 1.8 GB that training needs."""
    settings = "override={resources: {train_mem_mb: 1200}}"
    finish(start(cluster, folder, TRAINED, "--config", CONFIG, settings), folder)


def cancel(cluster: Cluster, folder: Path) -> None:
    """`scancel` the training after its second epoch."""
    process = start(cluster, folder, TRAINED, "--config", CONFIG)
    job = running_training(cluster, folder)
    epoch(cluster, folder, 2)
    cluster.command("scancel", job["JobId"])
    finish(process, folder)


def run_out_of_time(cluster: Cluster, folder: Path) -> None:
    """Let the time limit end a training after its second epoch, and cancel the reading after it."""
    process = start(cluster, folder, READ, "--config", CONFIG)
    job = running_training(cluster, folder)
    (folder / "first_limit").write_text(job["TimeLimit"])
    epoch(cluster, folder, 2)
    # Limits are minutes and SLURM looks at them every half minute, but this training takes seconds:
    # its end is brought nearer, and it stands still until SLURM wakes and ends it.
    until(cluster, folder, lambda: script(folder, "train_image_model")).suspend()
    # Not "now": the second may be over when slurmctld reads it, and a time in the past is refused.
    cluster.command("scontrol", "update", f"JobId={job['JobId']}", "EndTime=now+10seconds")
    second = running_training(cluster, folder, number=2)
    until(cluster, folder, lambda: script(folder, "read_images"))
    shutil.copy(folder / LOG, folder / "second.log")
    cluster.command("scancel", second["JobId"])
    finish(process, folder)


def restart_the_daemon(cluster: Cluster, folder: Path) -> None:
    """Stop and start the node's daemon during a training, on a cluster of the run's own."""
    uncomment(folder, "slurm_partition", "set-resources", "train_image_model", "read_images",
              "gpu_model")  # fmt: skip
    process = start(cluster, folder, TRAINED, "--config", CONFIG)
    running_training(cluster, folder)
    cluster.stop_slurmd()
    time.sleep(5)
    cluster.start_slurmd()
    finish(process, folder)


@pytest.fixture(scope="module")
def begun(cluster, working_copy) -> tuple[Path, Popen]:
    """The folder and process of a run to which nothing happens, once its cohort is prepared."""
    folder = working_copy("undisturbed")
    process = start(cluster, folder, "--config", CONFIG)
    until(cluster, folder, lambda: training_jobs(cluster, folder))
    return folder, process


@pytest.fixture(scope="module")
def own_cluster(cluster):
    """A second cluster, whose node can be taken away without harm to the other runs."""
    with running() as second:
        yield second


@pytest.fixture(scope="module")
def disturbed(cluster, own_cluster, begun, working_copy):
    """The folders of the disturbed runs, by what is done to them; all run at the same time."""

    def run(disturb, where: Cluster) -> Path:
        folder = working_copy(disturb.__name__)
        for made in ("phantoms", "cohort"):
            shutil.copytree(begun[0] / "results/tiny" / made, folder / "results/tiny" / made)
        disturb(where, folder)
        return folder

    disturbances = {
        lack_memory: cluster, cancel: cluster, run_out_of_time: cluster,
        restart_the_daemon: own_cluster,
    }  # fmt: skip
    with ThreadPoolExecutor(len(disturbances)) as pool:
        folders = {what: pool.submit(run, what, where) for what, where in disturbances.items()}
        try:
            yield lambda what: folders[what].result()
        finally:  # else an interrupted test would wait for them
            cluster.end_runs()
            own_cluster.end_runs()


@pytest.fixture(scope="module")
def undisturbed(begun, disturbed) -> Path:
    """The folder of the run to which nothing happened, and which ended beside the others."""
    folder, process = begun
    finish(process, folder)
    return folder


def test_the_study_runs_on_the_cluster(cluster, undisturbed):
    """Every file is there, and a second call has nothing to do."""
    assert (undisturbed / "results/tiny/report.html").stat().st_size > 0
    jobs = jobs_of(cluster, undisturbed)
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    again = start(cluster, undisturbed, "--config", CONFIG)
    finish(again, undisturbed)
    assert "Nothing to be done" in words(undisturbed)


def test_a_job_that_no_node_can_take_is_refused(cluster, working_copy):
    """What the node has is what the real sinfo lists; nothing is submitted."""
    folder = working_copy("refused")
    settings = f"override={{resources: {{train_mem_mb: {MEMORY_MB + 1}, gpus: {GPUS + 1}}}}}"
    process = start(cluster, folder, "--config", CONFIG, settings)
    assert process.wait(300) == 1
    text = words(folder)
    assert f"asks for {MEMORY_MB + 1} MB of memory" in text and f"asks for {GPUS + 1} GPUs" in text
    assert "the job cohort" not in text
    assert not jobs_of(cluster, folder)


def test_short_jobs_go_together(cluster, undisturbed):
    """Four jobs in all: cohort, image model, clinical model, and what follows them."""
    jobs = jobs_of(cluster, undisturbed)
    assert sorted(job["Comment"].split("_")[1] for job in jobs) == [
        "clinical", "cohort", "evaluation", "image",
    ]  # fmt: skip


def test_one_gpu_job_a_seed_and_fold(cluster, undisturbed):
    """Training and reading share it; no other job asks for a GPU."""
    (job,) = training_jobs(cluster, undisturbed)
    assert job["JobState"] == "COMPLETED"
    assert "train_image_model" in job["Comment"] and "read_images" in job["Comment"]
    assert job["NumCPUs"] == "2"


def test_a_job_that_lacks_memory_is_given_more(cluster, undisturbed, disturbed):
    """It is killed with less than training needs, and passes with twice that."""
    folder = disturbed(lack_memory)
    killed, last = training_jobs(cluster, folder)
    assert killed["JobState"] in ("OUT_OF_MEMORY", "FAILED", "CANCELLED")
    assert last["JobState"] == "COMPLETED"
    assert [job["MinMemoryNode"] for job in (killed, last)] == ["1200M", "2400M"]
    assert model(folder) == model(undisturbed)


def test_a_cancelled_training_is_resumed(cluster, undisturbed, disturbed):
    """It is submitted again, goes on after the last epoch, and ends in the same weights."""
    folder = disturbed(cancel)
    first, last = training_jobs(cluster, folder)
    assert (first["JobState"], last["JobState"]) == ("CANCELLED", "COMPLETED")
    assert "epoch 2 of 6" not in (folder / LOG).read_text()
    assert model(folder) == model(undisturbed)


def test_a_training_that_ran_out_of_time_is_resumed(cluster, undisturbed, disturbed):
    """The next job has twice the time, goes on after the last epoch, ends in the same weights."""
    folder = disturbed(run_out_of_time)
    first, second, last = training_jobs(cluster, folder)
    assert first["JobState"] == "TIMEOUT"
    # 60 minutes of training and 20 of reading.
    assert (folder / "first_limit").read_text() == "01:20:00"
    assert [job["TimeLimit"] for job in (second, last)] == ["02:40:00", "05:20:00"]
    log = (folder / "second.log").read_text()
    assert "epoch 2 of 6" not in log and "epoch 6 of 6" in log
    assert model(folder) == model(undisturbed)


def test_a_training_is_not_repeated_when_its_reading_fails(cluster, undisturbed, disturbed):
    """Both are one job, of which all that it made is deleted: the last epoch's state is kept."""
    folder = disturbed(run_out_of_time)
    _, second, last = training_jobs(cluster, folder)
    assert (second["JobState"], last["JobState"]) == ("CANCELLED", "COMPLETED")
    assert "Removing output files" in words(folder) and "weights.h5" in words(folder)
    assert "epoch" not in (folder / LOG).read_text()
    assert model(folder) == model(undisturbed)
    assert (folder / READ).read_bytes() == (undisturbed / READ).read_bytes()
    assert not list((folder / "results/tiny/image_model/checkpoints").rglob("*"))


def test_the_node_s_daemon_is_restarted(own_cluster, undisturbed, disturbed):
    """The daemon stops and starts during a training: the job goes on, and so does the study."""
    folder = disturbed(restart_the_daemon)
    (job,) = training_jobs(own_cluster, folder)
    assert job["JobState"] == "COMPLETED"
    assert model(folder) == model(undisturbed)


def test_partition_and_gpu_type_are_set_in_the_profile(own_cluster, disturbed):
    """Its commented lines, taken in as they stand, reach the job."""
    (job,) = training_jobs(own_cluster, disturbed(restart_the_daemon))
    assert job["Partition"] == "long"
    assert f"gpu:{GPU_TYPE}:1" in job["TresPerJob"]
