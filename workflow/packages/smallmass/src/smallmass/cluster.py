"""Whether a SLURM cluster can ever start a job: what it asks for, beside what the nodes have.

A job that no node can take is not refused by every cluster: it may wait in the queue for ever.
"""

import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PROFILE = "profiles/slurm/config.yaml"
CPUS_FROM = f"max-threads in {PROFILE}"
MEMORY_FROM = (
    f"set-resources in {PROFILE} (RULE: {{mem_mb: ...}}); of trainings resources.train_mem_mb in "
    "config.yaml"
)
GPUS_FROM = f"slurm_partition or gpu_model in {PROFILE}, or resources.gpus in config.yaml"


@dataclass(frozen=True)
class Node:
    """What a node has for jobs of one partition.

    Attributes:
        partition: The partition's name.
        default: Jobs that name no partition go there.
        cpus: CPUs.
        memory_mb: Memory (MB).
        gpus: GPUs by type; a type without a name is the empty text.
    """

    partition: str
    default: bool
    cpus: int
    memory_mb: int
    gpus: tuple[tuple[str, int], ...] = ()

    def gpus_of(self, model: str | None) -> int:
        """Return how many GPUs of a type, or of any type, the node has."""
        return sum(count for name, count in self.gpus if model in (None, name))


@dataclass(frozen=True)
class Request:
    """What a job asks for: one node has to have all of it.

    Attributes:
        name: What the user knows the job by.
        partition: Partitions, separated by commas; None for the default one.
        cpus: CPUs.
        memory_mb: Memory (MB).
        gpus: GPUs.
        gpu_model: Their type; None for any.
    """

    name: str
    partition: str | None
    cpus: int
    memory_mb: int
    gpus: int = 0
    gpu_model: str | None = None

    def fits(self, node: Node) -> bool:
        """Tell whether an empty node could take the job."""
        return (
            self.cpus <= node.cpus
            and self.memory_mb <= node.memory_mb
            and self.gpus <= node.gpus_of(self.gpu_model)
        )


def read_nodes() -> list[Node]:
    """Return the nodes that ``sinfo`` lists, also busy and broken ones; none where it fails."""
    command = ["sinfo", "--noheader", "--Node", "--format=%P|%c|%m|%G"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return parse_nodes(run.stdout)


def parse_nodes(listing: str) -> list[Node]:
    """Return the nodes of a listing by ``sinfo --Node --format=%P|%c|%m|%G``.

    A line is ``main*|16|96000|gpu:a100:4(S:0-1)``: the default partition has an asterisk.
    """
    nodes = []
    for line in listing.split():
        partition, cpus, memory, resources = line.split("|")
        gpus = re.findall(r"\bgpu:(?:([^:,()]+):)?(\d+)", resources)
        nodes.append(
            Node(
                partition=partition.removesuffix("*"),
                default=partition.endswith("*"),
                cpus=int(cpus.removesuffix("+")),
                memory_mb=int(memory.removesuffix("+")),
                gpus=tuple((name, int(count)) for name, count in gpus),
            )
        )
    return nodes


def problems(requests: Iterable[Request], nodes: Sequence[Node]) -> list[str]:
    """Return why jobs can never start, each with the place to change; empty where nothing is known.

    Args:
        requests: The jobs to be submitted.
        nodes: All nodes of the cluster.
    """
    return [text for request in dict.fromkeys(requests) for text in _problems(request, nodes)]


def _problems(request: Request, nodes: Sequence[Node]) -> list[str]:
    """Return why one job can never start."""
    usable = _nodes_for(request, nodes)
    if not usable or any(request.fits(node) for node in usable):
        return []
    gpus = f"{request.gpu_model or ''} {'GPU' if request.gpus == 1 else 'GPUs'}".strip()
    amounts = [
        (request.cpus, max(node.cpus for node in usable), "CPUs", CPUS_FROM),
        (request.memory_mb, max(node.memory_mb for node in usable), "MB of memory", MEMORY_FROM),
        (request.gpus, max(node.gpus_of(request.gpu_model) for node in usable), gpus, GPUS_FROM),
    ]
    where = f"partition {request.partition}" if request.partition else "the default partition"
    lacking = [
        f"{request.name} would wait for ever: it asks for {asked} {unit}, and no node of {where} "
        f"has more than {most}. Change {place}"
        for asked, most, unit, place in amounts
        if asked > most
    ]
    together = ", ".join(f"{asked} {unit}" for asked, _, unit, _ in amounts if asked)
    return lacking or [
        f"{request.name} would wait for ever: no node of {where} has all that it asks for, "
        f"{together}. Change {CPUS_FROM}, {MEMORY_FROM}, or {GPUS_FROM}"
    ]


def _nodes_for(request: Request, nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes of a job's partitions; all, where the cluster has no default partition."""
    if request.partition:
        names = request.partition.split(",")
        return [node for node in nodes if node.partition in names]
    return [node for node in nodes if node.default] or list(nodes)
