"""A cluster with accounting: jobs go to the profile's account; sacct or squeue knows their states.

Needs `slurmdbd mariadb-server` besides what test_slurm.py needs.
"""

from pathlib import Path

import accounting
import pytest
from cluster import Cluster, running
from study import CONFIG, finish, jobs_of, script, start, uncomment, until

pytestmark = pytest.mark.slurm

SPLIT = "results/tiny/cohort/split.csv"
FIELDS = ("State", "Account", "Partition", "Comment", "TimelimitRaw", "WorkDir")


@pytest.fixture(scope="module")
def with_accounting(cluster):
    """A cluster whose jobs are kept in a database; without the packages its tests skip."""
    if reason := accounting.missing():
        pytest.skip(reason)
    with running(accounting.Database) as started:
        yield started


@pytest.fixture(scope="module")
def folders(with_accounting, working_copy) -> dict[str, Path]:
    """The cohort made twice at the same time, asking sacct and asking squeue; each loses a job."""
    folders = {command: working_copy(command) for command in ("sacct", "squeue")}
    processes = {}
    for command, folder in folders.items():
        uncomment(folder, "slurm_partition", "slurm_account")
        words = (SPLIT, "--slurm-status-command", command, "--config", CONFIG)
        processes[command] = start(with_accounting, folder, *words)
    asked, watched = folders["sacct"], folders["squeue"]
    (job,) = until(with_accounting, watched, lambda: jobs_of(with_accounting, watched))
    with_accounting.command("scancel", job["JobId"])
    until(with_accounting, asked, lambda: script(asked, "phantoms")).kill()
    for command, folder in folders.items():
        finish(processes[command], folder)
    return folders


def kept(cluster: Cluster, folder: Path) -> list[dict[str, str]]:
    """Return what the database knows of a folder's jobs, oldest first."""
    rows = cluster.command(
        "sacct", "--allocations", "--noheader", "--parsable2", f"--format={','.join(FIELDS)}"
    )
    jobs = [dict(zip(FIELDS, row.split("|"), strict=True)) for row in rows.splitlines()]
    return [job for job in jobs if job["WorkDir"] == str(folder)]


@pytest.mark.parametrize(("command", "lost"), [("sacct", "FAILED"), ("squeue", "CANCELLED by 0")])
def test_a_lost_job_is_submitted_again(with_accounting, folders, command, lost):
    """In the profile's partition and account, both times, and with twice the time the second."""
    first, second = kept(with_accounting, folders[command])
    assert (first["State"], second["State"]) == (lost, "COMPLETED")
    for job in (first, second):
        assert (job["Account"], job["Partition"]) == (accounting.ACCOUNT, "long")
        assert job["Comment"].startswith("rule_cohort_")
    assert int(second["TimelimitRaw"]) == 2 * int(first["TimelimitRaw"])
    assert (folders[command] / SPLIT).exists()
