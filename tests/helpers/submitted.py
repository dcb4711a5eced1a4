"""What the SLURM profile would submit, as JSON: `python submitted.py OUT ARGUMENTS_OF_SNAKEMAKE`.

Snakemake itself reads the profile and groups the jobs; it is stopped where it would submit them.
No SLURM is needed.
"""

import json
import sys
from pathlib import Path

from snakemake import cli, workflow
from snakemake.iocontainers import Wildcards

ATTEMPTS = (1, 2)
NAMES = ("mem_mb", "runtime", "gpu")


def write(workflow, out: Path) -> None:
    """Write the jobs to be submitted, and the resources of every rule, also of those not needed."""
    dag = workflow.dag
    units = {dag.get_job_group(job) or job for job in dag.needrun_jobs() if not job.is_local}
    local = workflow._localrules
    out.write_text(
        json.dumps(
            {
                "jobs": [_job(unit) for unit in units],
                "rules": {
                    rule.name: {"local": rule.name in local, "resources": _resources(rule)}
                    for rule in workflow.rules
                    if not rule.norun
                },
            }
        )
    )


def _job(unit) -> dict:
    jobs = unit.jobs if unit.is_group() else [unit]
    requests = []
    for attempt in ATTEMPTS:
        unit.attempt = attempt
        asked = {name: unit.resources.get(name) for name in NAMES}
        requests.append(asked | {"cpus": unit.threads})
    return {
        "group": unit.groupid if unit.is_group() else None,
        "rules": sorted(job.rule.name for job in jobs),
        "requests": requests,
    }


def _resources(rule) -> list[dict]:
    wildcards = Wildcards(fromdict={name: "0" for name in rule.wildcard_names})
    expanded = [rule.expand_resources(wildcards, [], attempt) for attempt in ATTEMPTS]
    return [{name: asked.get(name) for name in ("_cores", *NAMES)} for asked in expanded]


def main() -> None:
    """Let Snakemake begin, and write what it is about to submit."""
    out = Path(sys.argv[1]).resolve()

    class NoScheduler:
        def __init__(self, workflow, *rest):
            write(workflow, out)
            sys.exit()

    workflow.JobScheduler = NoScheduler
    cli.main(sys.argv[2:])


if __name__ == "__main__":
    main()
