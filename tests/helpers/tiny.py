"""What the tests of the study `tiny` share."""

import hashlib
import re
from pathlib import Path

CONFIG = ("--config", "study=tiny")
TIMED = {"run.json", "report.html"}  # the only results that hold times


def digests(results: Path) -> dict[str, str]:
    """Return the SHA-256 of every result that must come out the same again, by its name."""
    sha256 = {}
    for path in sorted(results.rglob("*")):
        name = path.relative_to(results)
        apart = name.parts[0] in ("logs", "benchmarks") or path.name.startswith(".snakemake")
        if path.is_file() and not apart and name.as_posix() not in TIMED:
            sha256[name.as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return sha256


def jobs(text: str) -> dict[str, int]:
    """Return how many jobs of each rule a dry run announces, from Snakemake's table of them."""
    table = text.partition("Job stats:")[2].partition("\ntotal")[0]
    return {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}
