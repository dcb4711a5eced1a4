"""Runs a rule's script as Snakemake would, and tells what it took: for benchmarks/scale.py.

python benchmarks/workers/rule_worker.py workflow/scripts/split.py < FILES_AND_SETTINGS.json
"""

import json
import resource
import runpy
import sys
import time
from pathlib import Path


class Files(dict):
    """What is named, by name and as an attribute."""

    __getattr__ = dict.__getitem__


class Job:
    """What a script finds under the name ``snakemake``."""

    def __init__(self, rule: str, description: dict):
        self.rule, self.log, self.threads = rule, [], description.get("threads", 1)
        self.input, self.output, self.params = (
            Files(description[name]) for name in ("input", "output", "params")
        )


script = Path(sys.argv[1])
job = Job(script.stem, json.load(sys.stdin))
sys.path.insert(0, str(script.parent))
began = time.perf_counter()
runpy.run_path(str(script), init_globals={"snakemake": job})
seconds = time.perf_counter() - began
usage = resource.getrusage(resource.RUSAGE_SELF)
scale = 1 if sys.platform == "darwin" else 1024  # Linux counts in KiB
print(
    "benchmark:"
    + json.dumps(
        {
            "seconds": round(seconds, 2),
            "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
            "peak_mib": round(usage.ru_maxrss * scale / 2**20),
        }
    )
)
