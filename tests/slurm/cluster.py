"""A real SLURM on one machine: munged, slurmctld and slurmd on the loopback, without systemd.

Needs the Debian packages slurmctld, slurmd, slurm-client and munge, and root (slurmd starts jobs).
One node with sixteen declared CPUs and stand-in GPUs. Without accounting a job's state is asked of
slurmctld alone; with it (accounting.py) slurmdbd keeps the jobs in a database. Everything lies in
one folder and ends with the cluster; several clusters can run at the same time.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue")
# Declared, whatever the machine has: several runs at the same time.
CPUS, MEMORY_MB, GPUS = 16, 96000, 4
GPU_TYPE = "a100"

CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
{accounting}
ReturnToService=2
SlurmdParameters=config_overrides
MinJobAge=7200
KillWait=5
OverTimeLimit=0
InactiveLimit=0
SlurmdTimeout=300
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs={cpus} RealMemory={memory} Gres={gpus}
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
PartitionName=long Nodes={host} MaxTime=INFINITE State=UP OverSubscribe=NO
"""  # fmt: skip


def missing() -> str:
    """Return why no cluster can be started here, or an empty text."""
    lacking = [name for name in PROGRAMS if shutil.which(name, path=search_path()) is None]
    if lacking:
        return f"SLURM is not installed: no {', '.join(lacking)}"
    return "" if os.geteuid() == 0 else "starting slurmd needs root"


class Cluster:
    """A one-node cluster.

    Args:
        folder: For its configuration, state and logs; short, since a socket lies in it.
        database: Started with it, if jobs are to be kept in one.

    Attributes:
        runs: Snakemake's last process in each folder that submits to it.
    """

    def __init__(self, folder: Path, database=None):
        self.folder = folder
        self.conf = folder / "slurm.conf"
        self.socket = folder / "munge.socket"
        self.runs: dict[Path, subprocess.Popen] = {}
        self._database = database
        self._processes: dict[str, subprocess.Popen] = {}

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which sbatch and snakemake reach this cluster."""
        path = f"{self.folder / 'bin'}:{search_path()}"
        return {**os.environ, "SLURM_CONF": str(self.conf), "PATH": path}

    def start(self) -> None:
        """Write the configuration and start the daemons."""
        for name in ("state", "spool", "bin"):
            (self.folder / name).mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        accounting = "AccountingStorageType=accounting_storage/none"
        self.conf.write_text(
            CONF.format(
                host=self.node,
                folder=self.folder,
                ports=free_ports(2),
                cpus=CPUS,
                memory=MEMORY_MB,
                gpus=f"gpu:{GPU_TYPE}:{GPUS}",
                accounting=self._database.slurm_conf if self._database else accounting,
            )
        )
        self._write_gpus()
        # Snakemake's job step drops SLURM_CONF before it calls srun.
        wrapper = self.folder / "bin/srun"
        srun = shutil.which("srun", path=search_path())
        wrapper.write_text(f'#!/bin/sh\nSLURM_CONF="{self.conf}" exec {srun} "$@"\n')
        wrapper.chmod(0o755)
        self._run(
            "munged", "-F", "--force", f"--key-file={key}", f"--socket={self.socket}",
            f"--pid-file={self.folder}/munge.pid", f"--log-file={self.folder}/munge.log",
            f"--seed-file={self.folder}/munge.seed",
        )  # fmt: skip
        until(self.socket.exists, 10, lambda: "munged did not start")
        if self._database:
            self._database.start(self)
        self._run("slurmctld", "-D", "-f", str(self.conf), "-c")
        self.start_slurmd()

    def start_slurmd(self) -> None:
        """Start the node's daemon and wait until the node takes jobs."""
        self._run("slurmd", "-D", "-f", str(self.conf), "-N", self.node)
        until(self._idle, 60, lambda: f"the node did not come up:\n{self.log()}")

    def stop_slurmd(self) -> None:
        """Stop the node's daemon; its running jobs go on."""
        process = self._processes.pop("slurmd")
        process.send_signal(signal.SIGTERM)
        process.wait(30)

    def end_runs(self) -> None:
        """End the runs that are left of tests that failed."""
        for run in self.runs.values():
            run.kill()
            run.wait()

    def stop(self) -> None:
        """End what runs, cancel all jobs and end the daemons."""
        self.end_runs()
        self.command("scancel", "--user=root", check=False)
        time.sleep(1)
        for process in reversed(self._processes.values()):
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        if self._database:
            self._database.stop()

    @property
    def node(self) -> str:
        """The node's name."""
        return socket.gethostname().partition(".")[0]

    def job(self, number: str) -> dict[str, str]:
        """Return one job, which slurmctld must remember."""
        return next(job for job in self.jobs() if job["JobId"] == number)

    def command(self, *words: str, check: bool = True) -> str:
        """Run one of SLURM's commands and return what it prints."""
        done = subprocess.run(
            words, env=self.environment, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=60, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stdout}")
        return done.stdout

    def jobs(self) -> list[dict[str, str]]:
        """Return every job that slurmctld remembers, with what it asked for and how it ended."""
        text = self.command("scontrol", "show", "job", "--oneliner")
        lines = [line for line in text.splitlines() if line.startswith("JobId=")]
        return [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]

    def log(self) -> str:
        """Return the ends of the daemons' logs."""
        parts = []
        for name in ("munge", "slurmctld", "slurmd"):
            file = self.folder / f"{name}.log"
            text = file.read_text(errors="replace")[-2000:] if file.exists() else "(none)"
            parts.append(f"== {name}\n{text}")
        return "\n".join(parts)

    def _idle(self) -> bool:
        state = self.command("sinfo", "-h", "-o", "%t", check=False).strip()
        return state in ("idle", "mix", "alloc")

    def _write_gpus(self) -> None:
        """Write which files stand for the GPUs: a count alone would drain the node."""
        lines = ["AutoDetect=off"]
        for number in range(GPUS):
            file = self.folder / f"gpu{number}"
            file.touch()
            lines.append(f"Name=gpu Type={GPU_TYPE} File={file}")
        (self.folder / "gres.conf").write_text("\n".join(lines) + "\n")

    def _run(self, program: str, *arguments: str) -> None:
        path = shutil.which(program, path=search_path())
        with open(self.folder / f"{program}.out", "ab") as out:
            self._processes[program] = subprocess.Popen(
                [path, *arguments], stdout=out, stderr=out, env=self.environment,
                start_new_session=True,
            )  # fmt: skip


@contextmanager
def running(database: Callable | None = None) -> Iterator[Cluster]:
    """A cluster that ends with the block.

    Args:
        database: Makes the database in which it keeps its jobs from the cluster's folder.
    """
    # Not pytest's folder: the path of a socket has at most 108 characters.
    with tempfile.TemporaryDirectory(prefix="slurm") as name:
        folder = Path(name)
        cluster = Cluster(folder, database(folder) if database else None)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


def search_path() -> str:
    """Return PATH with the folders of daemons."""
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback that nobody uses."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def until(ready, seconds: float, otherwise) -> None:
    """Wait until `ready()` is true.

    Raises:
        TimeoutError: With the text `otherwise()`.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return
        time.sleep(0.2)
    raise TimeoutError(otherwise())
