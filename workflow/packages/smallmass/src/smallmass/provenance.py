"""What a run was made from and on: versions, hashes, hardware, times.

Times and machines are written here alone, so that every other file of a run can be compared byte
for byte with another run's.
"""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from smallmass.files import read_json, sha256
from smallmass.settings import Settings

PACKAGES = (
    "smallmass", "tensorflow", "keras", "numpy", "scipy", "pandas", "scikit-learn", "statsmodels",
    "optuna", "h5py", "pillow", "matplotlib", "jinja2", "snakemake", "dvc",
)  # fmt: skip
IMAGE_MODEL = r"image_model/.*/model\.json"
NVIDIA_QUERY = (
    "nvidia-smi",
    "--query-gpu=name,memory.total,driver_version",
    "--format=csv,noheader",
)


def describe(
    *,
    study: str,
    settings: Settings,
    files: Mapping[str, Path],
    benchmarks: Path,
    repository: Path,
) -> dict[str, Any]:
    """Return everything that ``run.json`` holds.

    Args:
        study: Name of the study.
        settings: Its resolved settings.
        files: The files whose hashes are recorded, by the name they are recorded under.
        benchmarks: Folder of Snakemake's benchmark files, nested folders included.
        repository: The project's folder, for the git commit and ``uv.lock``.
    """
    return {
        "study": study,
        "settings": settings.plain(),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "uv_lock_sha256": _hash(repository / "uv.lock"),
        "git": git_state(repository),
        "sha256": {name: _hash(path) for name, path in sorted(files.items())},
        "hardware": hardware(),
        "precision": precisions(files),
        "times": times(benchmarks),
    }


def versions() -> dict[str, str | None]:
    """Return the versions of Python and of the main packages; None where one is not installed.

    They are read from the packages' metadata: nothing is imported.
    """
    installed: dict[str, str | None] = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            installed[name] = None
    return installed


def git_state(repository: Path) -> dict[str, Any]:
    """Return the commit and whether tracked or new files differ from it; None without git."""
    commit = _run(("git", "-C", str(repository), "rev-parse", "--verify", "HEAD"))
    status = _run(("git", "-C", str(repository), "status", "--porcelain"))
    return {"commit": commit or None, "dirty": None if status is None else bool(status)}


def hardware() -> dict[str, Any]:
    """Return the processor, its cores, the memory in GiB, and the GPUs where there are any."""
    import psutil

    gpus = _run(NVIDIA_QUERY) if shutil.which(NVIDIA_QUERY[0]) else None
    return {
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "cpu": _cpu_model(),
        "cores_physical": psutil.cpu_count(logical=False),
        "cores_logical": psutil.cpu_count(),
        "cores_usable": _usable_cores(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "gpus": gpus.splitlines() if gpus else [],
    }


def precisions(files: Mapping[str, Path]) -> dict[str, str]:
    """Return the precision that each image model among the files was trained in, by its name."""
    models = [name for name in sorted(files) if re.fullmatch(IMAGE_MODEL, name)]
    return {name: read_json(files[name])["configuration"]["PRECISION"] for name in models}


def times(benchmarks: Path) -> list[dict[str, Any]]:
    """Return wall time, CPU time (s) and peak memory (MiB) of every rule, in order of path.

    Args:
        benchmarks: Folder of Snakemake's benchmark files: tab-separated, one row a repeat, columns
            ``s``, ``max_rss`` and ``cpu_time``; a ``-`` or ``NA`` where nothing was sampled.
    """
    rows = []
    for path in sorted(benchmarks.rglob("*.tsv")):
        table = pd.read_csv(path, sep="\t", na_values=["-", "NA"])
        rows.append(
            {
                "rule": path.relative_to(benchmarks).with_suffix("").as_posix(),
                "seconds": _largest(table, "s"),
                "cpu_seconds": _largest(table, "cpu_time"),
                "max_rss_mib": _largest(table, "max_rss"),
            }
        )
    return rows


def _largest(table: pd.DataFrame, column: str) -> float | None:
    values = pd.to_numeric(table[column], errors="coerce") if column in table else None
    return None if values is None or values.isna().all() else round(float(values.max()), 2)


def _cpu_model() -> str:
    """Return the processor's name as the system gives it."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.lower().startswith("model name"):
                return line.partition(":")[2].strip()
    if platform.system() == "Darwin":
        return _run(("sysctl", "-n", "machdep.cpu.brand_string")) or platform.machine()
    return platform.processor() or platform.machine()


def _usable_cores() -> int | None:
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
    return len(affinity(0)) if affinity else os.cpu_count()


def _hash(path: Path) -> str | None:
    return sha256(path) if path.is_file() else None


def _run(command: tuple[str, ...]) -> str | None:
    """Return what a command prints, or None if it fails or is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
