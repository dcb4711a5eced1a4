"""A run that was killed leaves its locks: they are removed once no run in this folder is alive.

Snakemake locks the files of a run, and a SIGKILL or a power failure leaves them locked, so that the
next call would refuse to go on. Each run therefore notes its host, process and the time at which the
process began; a lock is stale if none of the noted processes is there any more. What another host
has noted is taken to be alive.
"""

import atexit
import shutil
import socket

LOCKS = Path(".snakemake", "locks")
RUNS = Path(".snakemake", "runs")


def this_run():
    """Return the name under which this process is noted: host, process, seconds of its start."""
    import psutil

    born = round(psutil.Process().create_time())
    return f"{socket.gethostname()}.{os.getpid()}.{born}"


def is_alive(run):
    """Return whether a noted run may still be at work."""
    import psutil

    host, pid, born = run.rsplit(".", 2)
    if host != socket.gethostname():
        return True
    try:
        process = psutil.Process(int(pid))
        # The kernel's clock ticks and rounding leave a second's doubt.
        same = abs(process.create_time() - int(born)) < 2
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


if workflow.is_main_process and LOCKS.is_dir() and any(LOCKS.iterdir()) and RUNS.is_dir():
    noted = [path.name for path in RUNS.iterdir()]
    if noted and not any(map(is_alive, noted)):
        print("The last run was killed: its locks are removed, and it goes on.", file=sys.stderr)
        shutil.rmtree(LOCKS)
        shutil.rmtree(RUNS)


def note_run():
    """Note that this run is at work, until it ends in whatever way but a kill."""
    RUNS.mkdir(parents=True, exist_ok=True)
    RUNS.joinpath(this_run()).touch()
    atexit.register(forget_run)


def forget_run():
    """Note that it no longer is."""
    RUNS.joinpath(this_run()).unlink(missing_ok=True)


# Before Snakemake locks anything: a run that is killed in between leaves no lock that nobody noted.
if workflow.is_main_process:
    note_run()
