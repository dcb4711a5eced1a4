"""Write the conda files of `envs/` from uv.lock, the one source of versions.

    python envs/generate.py           writes cpu.yaml and gpu.yaml
    python envs/generate.py --check   exit code 1 if one of them differs from uv.lock

The files are for clusters that deploy with conda (`snakemake --sdm conda`). They pin what uv.lock
holds for Linux on x86-64, the project's modules themselves are found beside the rules.
"""

import argparse
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.markers import Marker

PYTHON = "3.11"
PLATFORM = {
    "python_version": PYTHON,
    "python_full_version": f"{PYTHON}.7",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
}
EXTRAS = {"cpu": (), "gpu": ("gpu",)}
FOLDER = Path(__file__).resolve().parent


def pins(lock: dict, extras: tuple[str, ...]) -> list[str]:
    """Return ``name==version`` of every package that the project needs on the platform, sorted.

    Args:
        lock: The content of uv.lock.
        extras: Extras of the project to include.
    """
    packages: dict[str, list[dict]] = {}
    for package in lock["package"]:
        packages.setdefault(package["name"], []).append(package)
    (project,) = packages["smallmass-workflow"]
    chosen: dict[str, str] = {}
    seen: set[tuple[str, str | None]] = set()
    waiting = list(_edges(project, extras))
    while waiting:
        edge = waiting.pop()
        versions = packages[edge["name"]]
        (package,) = [
            one for one in versions if one["version"] == edge.get("version", one["version"])
        ]
        chosen[package["name"]] = package["version"]
        for extra in (None, *edge.get("extra", ())):
            if (package["name"], extra) not in seen:
                seen.add((package["name"], extra))
                waiting += _edges(package, (extra,) if extra else (), base=extra is None)
    own = {name for name, known in packages.items() if "registry" not in known[0]["source"]}
    return sorted(f"{name}=={version}" for name, version in chosen.items() if name not in own)


def _edges(package: dict, extras: tuple[str, ...], base: bool = True) -> Iterator[dict]:
    """Yield the dependencies of a locked package that apply on the platform."""
    groups = [package.get("dependencies", [])] if base else []
    groups += [package.get("optional-dependencies", {}).get(extra, []) for extra in extras]
    for edge in (edge for group in groups for edge in group):
        marker = edge.get("marker")
        if marker is None or Marker(marker).evaluate({**PLATFORM, "extra": ""}):
            yield edge


def text(lock: dict, name: str) -> str:
    """Return the conda file of one environment."""
    lines = [
        "# Generated from uv.lock by envs/generate.py: change pyproject.toml and run `uv lock`,",
        "# then `uv run python envs/generate.py`.",
        f"name: smallmass-{name}",
        "channels:",
        "  - conda-forge",
        "  - nodefaults",
        "dependencies:",
        f"  - python={PYTHON}",
        "  - pip",
        "  - pip:",
    ]
    return "\n".join(lines + [f"      - {pin}" for pin in pins(lock, EXTRAS[name])]) + "\n"


def main() -> int:
    """Write the files, or with --check say which of them differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing, exit 1 on a difference"
    )
    check = parser.parse_args().check
    lock = tomllib.loads((FOLDER.parent / "uv.lock").read_text(encoding="utf-8"))
    stale = []
    for name in EXTRAS:
        path, content = FOLDER / f"{name}.yaml", text(lock, name)
        if not path.is_file() or path.read_text(encoding="utf-8") != content:
            stale.append(path.name)
            if not check:
                path.write_text(content, encoding="utf-8", newline="\n")
    if check and stale:
        print(f"{', '.join(stale)} differ from uv.lock: run `uv run python envs/generate.py`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
