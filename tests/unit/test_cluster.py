"""Jobs that no node of a cluster has room for, from what `sinfo` prints."""

import pytest

from smallmass.cluster import Node, Request, parse_nodes, problems

# As sinfo prints nodes with --Node --format=%P|%c|%m|%G; a node of two partitions stands twice.
LISTING = """\
main*|16|96000|(null)
main*|32|64000|(null)
gpu|16|96000|gpu:a100:4(S:0-1),tmp:100
gpu|8|32000|gpu:2,gpu:v100:1
"""
NODES = parse_nodes(LISTING)


def test_nodes_are_read():
    """GPUs with a type, without one, and none; the default partition has the asterisk."""
    expected = [
        Node("main", True, 16, 96000),
        Node("main", True, 32, 64000),
        Node("gpu", False, 16, 96000, (("a100", 4),)),
        Node("gpu", False, 8, 32000, (("", 2), ("v100", 1))),
    ]
    assert parse_nodes(LISTING) == expected


@pytest.mark.parametrize(
    "request_",
    [
        Request("job", None, cpus=32, memory_mb=64000),
        Request("job", None, cpus=16, memory_mb=96000),
        Request("job", "gpu", cpus=16, memory_mb=96000, gpus=4),
        Request("job", "gpu", cpus=8, memory_mb=32000, gpus=1, gpu_model="v100"),
        Request("job", "main,gpu", cpus=1, memory_mb=1, gpus=3),
        Request("job", "elsewhere", cpus=1000, memory_mb=1),
    ],
)
def test_what_a_node_has_is_no_problem(request_):
    """Up to the last CPU; of a partition that is not listed nothing is known."""
    assert problems([request_], NODES) == []


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request("job", None, 33, 1), ["33 CPUs", "default partition", "than 32", "max-threads"]),
        (Request("job", "gpu", 17, 1), ["17 CPUs", "partition gpu", "than 16", "max-threads"]),
        (Request("job", None, 1, 96001), ["96001 MB", "than 96000", "resources.train_mem_mb"]),
        (Request("job", None, 1, 1, gpus=1), ["1 GPU,", "than 0", "slurm_partition"]),
        (Request("job", "gpu", 1, 1, 2, "v100"), ["2 v100 GPUs", "than 1", "gpu_model"]),
        # Each amount alone is there, but not on one node.
        (Request("job", None, 32, 96000), ["32 CPUs, 96000 MB of memory", "max-threads", "mem_mb"]),
    ],
)
def test_what_no_node_has_is_told_with_the_place_to_change(request_, words):
    """CPUs, memory, GPUs, GPUs of a type, and all together."""
    (text,) = problems([request_, request_], NODES)
    for word in ["job would wait for ever", *words]:
        assert word in text


def test_each_amount_that_lacks_is_told():
    """All of them at once, of every job."""
    big = Request("the job a", None, cpus=64, memory_mb=128000)
    huge = Request("the job b", None, cpus=128, memory_mb=1)
    assert [text[:9] for text in problems([big, huge], NODES)] == ["the job a"] * 2 + ["the job b"]


def test_nothing_is_told_where_nothing_is_known():
    """No sinfo, no nodes; a cluster without a default partition."""
    assert problems([Request("job", None, 1000, 1)], []) == []
    assert problems([Request("job", None, 16, 1)], [Node("main", False, 16, 1)]) == []
