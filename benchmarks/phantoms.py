"""How long the phantoms take, and how much memory.

    uv run python benchmarks/phantoms.py [--n 1041] [--px 512] [--workers 2]

Makes the cohort once in a temporary folder and prints wall time, CPU time of all processes (which
tells more than wall time on a busy machine) and the highest memory of all together; with --growth
also for a quarter and a half of the cases, to see whether the cost is linear and the memory
flat.
"""

import argparse
import os
import tempfile
import threading
import time
from pathlib import Path

import psutil

from smallmass.phantom import make_cohort

SEED = 20230401
EVERY = 0.1  # seconds between two looks at the memory


class Usage:
    """Highest memory and CPU time of this process and those that it started."""

    def __init__(self):
        self.peak = 0
        self._cpu: dict[int, float] = {}
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch)

    def __enter__(self):
        self._before = self._now()
        self._watcher.start()
        return self

    def __exit__(self, *problem):
        self._ended.set()
        self._watcher.join()
        self.cpu = self._now() - self._before

    def _watch(self) -> None:
        while not self._ended.wait(EVERY):
            self._now()

    def _now(self) -> float:
        """Look at all processes; return the CPU seconds of all, also of those that have ended."""
        own, memory = psutil.Process(), 0
        for process in (own, *own.children(recursive=True)):
            try:
                with process.oneshot():
                    memory += process.memory_info().rss
                    times = process.cpu_times()
                self._cpu[process.pid] = times.user + times.system
            except psutil.NoSuchProcess:
                continue
        self.peak = max(self.peak, memory)
        return sum(self._cpu.values())


def measure(n: int, px: int, workers: int) -> str:
    """Make a cohort and return a line about it."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        with Usage() as usage:
            make_cohort(Path(folder), n=n, image_px=px, seed=SEED, workers=workers)
        wall = time.perf_counter() - begun
    return (
        f"{n:6} phantoms of {px} px, {workers} workers: {wall:6.1f} s, CPU {usage.cpu:6.1f} s "
        f"({1000 * usage.cpu / n:.0f} ms a phantom), peak {usage.peak / 2**20:.0f} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=1041)
    parser.add_argument("--px", type=int, default=512)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--growth", action="store_true", help="also a quarter and a half of --n")
    args = parser.parse_args()
    for n in (args.n // 4, args.n // 2, args.n) if args.growth else (args.n,):
        print(measure(n, args.px, args.workers), flush=True)


if __name__ == "__main__":
    main()
